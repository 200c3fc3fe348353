"""特殊协助: somebody above stands by at a customer who cannot do the ordinary steps (CV-12)."""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from outlets.http import StaffRequest, for_role
from outlets.models import Post
from portal.http import address_of
from portal.refusal import Refusal
from portal.services import account
from registration import intake
from registration.forms.assist import AssistForm
from registration.http import open_application
from registration.models import Application
from registration.services import application as applications
from registration.services import assist
from registration.views import steps

CLERK = Post.Role.CLERK


@for_role(CLERK)
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """Why the customer needs help, and who stands by."""
    application = open_application(request, pk)
    now = timezone.now()
    form = AssistForm(request, request.POST if request.method == "POST" else None)
    if form.is_valid() and _begin(request, application, form, now):
        return redirect("application", pk=pk)
    if form.was_refused:
        locked = bool(getattr(request, "axes_locked_out", False))
        account.vouch_failed(form.cleaned_data["username"], now=now, locked=locked)
    return _page(request, application, form, now)


def _begin(
    request: StaffRequest, application: Application, form: AssistForm, now: datetime
) -> bool:
    """Whether the supervisor now stands by; what speaks against it is said beside the name."""
    supervisor = form.supervisor
    assert supervisor is not None  # noqa: S101 - the form is valid
    account.vouched(supervisor, address_of(request), now=now)
    reason = form.cleaned_data["reason"]
    try:
        assist.begin(application, reason, supervisor=supervisor, by=request.user, now=now)
    except applications.NotEditable:
        raise
    except Refusal as refusal:
        form.add_error("username", f"{refusal.text}{refusal.todo}")
        return False
    return True


def _page(
    request: StaffRequest, application: Application, form: AssistForm, now: datetime
) -> HttpResponse:
    if not application.is_editable:
        return redirect("application_result", pk=application.pk)
    if wrong := next((name for name in form.fields if name in form.errors), None):
        form.fields[wrong].widget.attrs["autofocus"] = True
    context = {
        "board": steps.board(request, application, "sign", now),
        "application": application,
        "form": form,
        "is_possible": assist.is_possible(application.outlet, now=now),
    }
    status = 422 if form.is_bound else 200
    return render(request, "registration/assist/show.html", context, status=status)


@for_role(CLERK)
@require_POST
def end(request: StaffRequest, pk: int) -> HttpResponse:
    application = open_application(request, pk)
    intake.unassist(application, by=request.user, now=timezone.now())
    return redirect(reverse("application_sign", kwargs={"pk": pk}))
