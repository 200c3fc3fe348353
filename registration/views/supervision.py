"""The desk as its supervisor sees it: what waits and is late, who is at what, and a hand in it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outlets.http import StaffRequest
from outlets.views.door import manages
from registration.http import polled
from registration.models import Review
from registration.services import looks, supervision
from registration.views.review import token


@manages
@require_GET
def show(request: StaffRequest) -> HttpResponse:
    waiting = looks.waiting(request.user, now=timezone.now())
    state = _state(request) | {"stuck": sum(row.is_stuck for row in waiting)}
    return render(request, "registration/supervision/show.html", state)


@manages
@require_GET
def live(request: StaffRequest) -> HttpResponse:
    """The part of the page that keeps itself fresh: one query while nothing has changed. What is
    late shows by the minute."""
    now = timezone.now()
    signature = supervision.signature(request.user, now=now)
    return polled(
        request,
        (now.minute, signature),
        lambda: render(request, "registration/supervision/_live.html", _state(request)),
    )


@manages
@require_POST
def take_away(request: StaffRequest, pk: int) -> HttpResponse:
    case = _case(request, pk)
    supervision.take_away(case, claim_no=token(request), by=request.user, now=timezone.now())
    _say(request, _("受理 %(reference)s 已放回队列。"), case)
    return redirect("supervision")


@manages
@require_POST
def assign(request: StaffRequest, pk: int) -> HttpResponse:
    """Offer it to the chosen verifier first."""
    case, now = _case(request, pk), timezone.now()
    chosen = request.POST.get("post", "")
    posts = supervision.verifiers(request.user, timezone.localdate(now))
    post = get_object_or_404(posts, pk=chosen if chosen.isdecimal() and len(chosen) < 18 else None)
    supervision.assign(case, post, claim_no=token(request), by=request.user, now=now)
    _say(request, _("受理 %(reference)s 已改派。"), case)
    return redirect("supervision")


def _state(request: StaffRequest) -> dict[str, Any]:
    now = timezone.now()
    loads = supervision.loads(request.user, now=now)
    waiting = supervision.waiting(request.user, now=now)
    cases = supervision.cases(request.user, loads, now=now)
    opened = request.GET.get("team", "")
    return {
        "waiting": waiting,
        "oldest_at": supervision.oldest(waiting, cases),
        "cases": cases,
        "loads": loads,
        "teams": supervision.teams(loads, opened=opened),
        "opened": opened,
    }


def _case(request: StaffRequest, pk: int) -> Review:
    # A gold case is its verifier's test, in nobody else's hands.
    rows = Review.objects.visible_to(request.user).exclude(kind=Review.Kind.GOLD)
    rows = rows.select_related("application")
    case: Review = get_object_or_404(rows, pk=pk)
    return case


def _say(request: StaffRequest, text: str, case: Review) -> None:
    messages.success(request, text % {"reference": case.application.reference})
