"""Appeals: what waits for an answer, one of them, and the sheet that the customer gets."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outlets.http import StaffRequest
from outlets.views.door import manages, page_of
from registration.forms.appeal import AnswerForm, AppealForm
from registration.models import Appeal, Application
from registration.services import appeal as appeals
from registration.services import case
from registration.views import compliance, turndown


@manages
@require_GET
def waiting(request: StaffRequest) -> HttpResponse:
    """What waits for an answer in the viewer's part of the tree; with the number that stands on
    a customer's notice, the way to that case."""
    q = request.GET.get("q", "").strip()
    if found := Application.objects.visible_to(request.user).called(q):
        return redirect("report_case", pk=found.pk)
    rows = Appeal.objects.visible_to(request.user).open()
    rows = rows.select_related("application__outlet__channel", "made_by").defer("words", "answer")
    page, today = page_of(request, rows, "due_date"), timezone.localdate()
    context = {
        "q": q,
        "page": page,
        "number": rows.count(),
        "rows": [(row, row.is_late(today)) for row in page],
    }
    return render(request, "registration/appeal/list.html", context)


@manages
@require_POST
def make(request: StaffRequest, pk: int) -> HttpResponse:
    """Take an appeal down, on the page of its case."""
    application = compliance.case_or_404(request, pk)
    form = AppealForm(request.POST)
    if not form.is_valid():
        return compliance.case_page(request, application, form)
    said = form.cleaned_data
    made = appeals.make(
        application, said["way"], said["words"], by=request.user, now=timezone.now()
    )
    day = made.due_date.isoformat()
    messages.success(request, _("已登记。请在 %(day)s 前答复客户。") % {"day": day})
    return redirect("appeal", pk=made.pk)


@manages
@require_GET
def show(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, _appeal(request, pk), AnswerForm())


@manages
@require_POST
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    appeal = _appeal(request, pk)
    if appeal.decided_by_id == request.user.pk:
        return redirect("appeal", pk=pk)  # a second click; the first one counted
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, appeal, form)
    said = form.cleaned_data
    appeals.decide(appeal, said["outcome"], said["answer"], by=request.user, now=timezone.now())
    return redirect("appeal", pk=pk)


def _appeal(request: StaffRequest, pk: int) -> Appeal:
    found: Appeal = get_object_or_404(
        Appeal.objects.visible_to(request.user).select_related(
            "application__outlet__channel", "application__order", "made_by", "decided_by"
        ),
        pk=pk,
    )
    return found


def _page(request: StaffRequest, appeal: Appeal, form: AnswerForm) -> HttpResponse:
    application = appeal.application
    context = {
        "appeal": appeal,
        "application": application,
        "is_late": appeal.is_late(timezone.localdate()),
        "people": case.people(application),
        "notice": turndown.notice(application),
        "is_own_work": appeals.is_own_work(application, request.user),
        "form": form,
    }
    status = 422 if form.is_bound else 200
    return render(request, "registration/appeal/show.html", context, status=status)
