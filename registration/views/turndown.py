"""The customer cannot be served: choose the reason, and what the customer takes along."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from outlets.http import StaffRequest, for_role
from outlets.models import Channel, Post
from registration import flow
from registration.forms.turndown import TurndownForm
from registration.http import open_application
from registration.models import Application
from registration.rules.consent import ANSWER_DAYS, REFUSED_DAYS
from registration.rules.engine import blocks
from registration.rules.turndown import TURNDOWNS, suggested
from registration.services import policy


@dataclass(frozen=True)
class Notice:
    """What the customer is told in writing (Anti-Fraud Law, article 32): the reason, the law, what
    is needed, and how to appeal. ``staff`` is for the clerk's eyes. Nothing of the person."""

    label: str
    why: str
    papers: str
    article: str
    staff: str
    is_held: bool
    was_at_counter: bool
    hotline: str
    office: str
    answer_days: int
    erased_after_days: int
    on: date


@for_role(Post.Role.CLERK)
@require_http_methods(["GET", "POST"])
def choose(request: StaffRequest, pk: int) -> HttpResponse:
    application, now = open_application(request, pk), timezone.now()
    if application.order_id:
        # A number of an order is taken off it; who is turned down is the unit.
        return redirect("order", pk=application.order_id)
    if application.status == Application.Status.REFUSED:
        return redirect("application_result", pk=pk)  # a second click; the first one counted
    if request.method == "POST":
        form = TurndownForm(request.POST)
        if form.is_valid():
            flow.turn_down(application, form.cleaned_data["code"], by=request.user, now=now)
            return redirect("application_result", pk=pk)
    elif not application.is_editable:
        return redirect("application_result", pk=pk)
    else:
        found = blocks(flow.judge(application, clerk=request.user, now=now))
        form = TurndownForm(initial={"code": suggested([one.rule.id for one in found])})
    context = {"application": application, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "registration/turndown/choose.html", context, status=status)


def _refusal(application: Application) -> tuple[str, datetime] | None:
    """Why it was refused and when: at the counter, or by the verifier of its last round."""
    if application.status != Application.Status.REFUSED:
        return None
    application = _decided_as(application)
    if made := getattr(application, "turndown", None):
        return made.code, made.at
    rounds = application.reviews.filter(stands=True).select_related("decision")
    review = rounds.order_by("-round").first()
    return (review.decision.reason, review.decision.decided_at) if review else None


def notice(application: Application) -> Notice | None:
    code, at = _refusal(application) or ("", None)
    found = TURNDOWNS.get(code)
    if found is None:
        return None
    on = timezone.localdate(at)
    policies = policy.in_force(application.channel_path, on)
    return Notice(
        label=_(found.label),
        why=_(found.why),
        papers=_(found.papers),
        article=str(found.article),
        staff=_(found.staff) if found.staff else "",
        is_held=application.legal_hold_at is not None,
        was_at_counter=hasattr(_decided_as(application), "turndown"),
        hotline=settings.CARRIER_HOTLINE,
        office=_office(application),
        answer_days=ANSWER_DAYS.of(policies),
        erased_after_days=REFUSED_DAYS.of(policies),
        on=on,
    )


def _decided_as(application: Application) -> Application:
    """Itself, or the unit's order that a number was decided with."""
    if application.order is None or application.reviews.exists():
        return application
    return application.order


def _office(application: Application) -> str:
    """The company that answers for the outlet: of its city, or the next one above."""
    above = list(Channel.objects.get_ancestors(application.outlet.channel))
    cities = [node for node in above if node.kind == Channel.Kind.CITY]
    return (cities or above)[-1].name if above else ""
