"""Second looks as the supervisor sees them: what waits, what was wrong, and how good who is."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from outlets.http import StaffRequest
from outlets.views.door import manages
from registration.forms.second import GoldForm
from registration.services import accuracy, gold, looks
from registration.views import compliance


@manages
@require_GET
def show(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "waiting": looks.waiting(request.user, now=now),
        "lapsed": looks.lapsed(request.user, now=now),
        "wrongs": accuracy.wrongs(request.user, now=now),
        "people": accuracy.of_all(request.user, now=now),
        "few": accuracy.FEW,
    }
    return render(request, "registration/second/show.html", context)


@manages
@require_POST
def plant(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a decided case before verifiers who do not know it, with its answer."""
    application = compliance.case_or_404(request, pk)
    form = GoldForm(request.POST)
    if not form.is_valid():
        raise gold.NoAnswer
    planted = gold.plant(application, by=request.user, now=timezone.now(), **form.cleaned_data)
    messages.success(
        request,
        ngettext(
            "已放进 %(count)s 位审核员的队列。",
            "已放进 %(count)s 位审核员的队列。",
            len(planted),
        )
        % {"count": len(planted)},
    )
    return redirect("report_case", pk=application.pk)
