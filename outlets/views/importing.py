from typing import Any, Final

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from outlets.forms.importing import UploadForm
from outlets.http import StaffRequest
from outlets.services import importing, table
from outlets.services.columns import COLUMNS, TITLES
from outlets.views.door import manages
from portal.refusal import Refusal

# Between the dry run and the confirmation the page carries the file itself, compressed and
# signed: nothing to store or to clean up, on one server or on many. The rows are judged again.
SALT: Final = "outlets.import"
HOUR: Final = 3600


class Outdated(Refusal):
    text = gettext_lazy("这次检查的结果已经失效。")
    todo = gettext_lazy("请重新上传文件。")


@manages
def upload(request: StaffRequest) -> HttpResponse:
    """The file, and what it would do: a dry run that changes nothing."""
    posted = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if posted else UploadForm()
    if form.is_valid():
        text = form.cleaned_data["file"]
        try:
            return _checked(request, text)
        except table.BadFile as bad:
            form.add_error("file", str(bad))
    context = {"form": form, "columns": COLUMNS, "most_rows": importing.MOST_ROWS}
    status = 422 if form.is_bound else 200
    return render(request, "outlets/importing/upload.html", context, status=status)


@manages
@require_POST
def confirm(request: StaffRequest) -> HttpResponse:
    text = _carried(request)
    try:
        rows = importing.run(text, by=request.user, now=timezone.now())
    except importing.BadRows as bad:
        messages.error(request, str(bad))
        return _checked(request, text)
    messages.success(request, _("已导入 %(rows)s 个网点。") % {"rows": rows})
    return redirect("channels")


@manages
@require_POST
def problems(request: StaffRequest) -> HttpResponse:
    """The bad rows as CSV, to work through beside the file."""
    plan = importing.plan(_carried(request), by=request.user, now=timezone.now())
    titles = (_("行号"), _("列"), _("内容"), _("原因"))
    rows = [(one.row, one.column, one.value, one.reason) for one in plan.problems]
    return _csv("import-problems.csv", table.write(titles, rows))


@manages
@require_GET
def template(request: StaffRequest) -> HttpResponse:
    return _csv("outlets.csv", table.write(TITLES, []))


def _checked(request: StaffRequest, text: str) -> HttpResponse:
    plan = importing.plan(text, by=request.user, now=timezone.now())
    context: dict[str, Any] = {
        "plan": plan,
        "carried": signing.dumps([request.user.pk, text], salt=SALT, compress=True),
        "all_exist": plan.only_repeats,
    }
    return render(request, "outlets/importing/checked.html", context)


def _carried(request: StaffRequest) -> str:
    """The file that the dry run of this user handed to the page, at most an hour ago."""
    try:
        user, text = signing.loads(request.POST.get("carried", ""), salt=SALT, max_age=HOUR)
    except signing.BadSignature:
        raise Outdated from None
    if user != request.user.pk:
        raise Outdated
    return str(text)


def _csv(name: str, text: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)
