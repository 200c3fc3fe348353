"""The verifier's first page: what waits, what they did today, and the next case."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outlets.http import StaffRequest, for_role
from outlets.models import Post
from portal.models import User
from registration.http import polled
from registration.models import Decision, Review
from registration.services import accuracy, ahead, decision, review
from registration.services import queue as queues

VERIFIER = Post.Role.VERIFIER


@for_role(VERIFIER)
@require_GET
def show(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    context = _state(request) | {
        "fresh": fresh(request, now),
        "own": accuracy.own(request.user, now=now),
    }
    return render(request, "registration/review/desk.html", context)


@for_role(VERIFIER)
@require_GET
def queue(request: StaffRequest) -> HttpResponse:
    """The part of the page that keeps itself fresh: one query while nothing has changed. Whatever
    the verifier decides changes what is in their hands, and with it today's figures."""
    standing = queues.standing(request.user, now=timezone.now())
    return polled(
        request,
        (timezone.localdate(), standing),
        lambda: render(request, "registration/review/_queue.html", _state(request)),
    )


@for_role(VERIFIER)
@require_POST
def claim(request: StaffRequest) -> HttpResponse:
    """The next case; who comes back gets their own again."""
    case = take(request.user, timezone.now())
    if case is None:
        if _pause(request) is None:  # else the page says why
            messages.info(request, _("现在没有等待审核的受理单。"))
        return redirect("desk")
    return redirect("review", pk=case.pk)


def take(verifier: User, now: datetime) -> Review | None:
    """The next case; what was reserved counts for its minute and not longer."""
    ahead.drop(verifier, late=now)
    case = review.claim(verifier, now=now)
    ahead.drop(verifier)
    return case


@dataclass(frozen=True)
class Pause:
    """Who has asked this verifier to finish, and when."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Fresh:
    """The decision that was just made, and how long it can still be taken back."""

    decision: Decision
    left: int


def fresh(request: StaffRequest, now: datetime) -> Fresh | None:
    made = decision.fresh(request.user, now=now)
    if made is None:
        return None
    return Fresh(decision=made, left=seconds(made.decided_at + settings.UNDO, now))


def seconds(until: datetime | None, now: datetime) -> int:
    """Whole seconds from now until then, never below zero."""
    return max(0, ceil((until - now).total_seconds())) if until else 0


def _state(request: StaffRequest) -> dict[str, object]:
    now = timezone.now()
    held = review.held(request.user, now=now)
    return {
        "queue": queues.of(request.user, now=now),
        "held": held and held.application.reference,
        "today": decision.today(request.user, now=now),
        "pause": _pause(request),
        "lacks": "、".join(str(Post.Skill(name).label) for name in _lacks(request)),
    }


def _lacks(request: StaffRequest) -> tuple[str, ...]:
    return request.post.lacks if request.post else ()


def _pause(request: StaffRequest) -> Pause | None:
    post = request.post
    if post is None or post.paused_at is None:
        return None
    return Pause(post.paused_by.name if post.paused_by else _("主管"), post.paused_at)
