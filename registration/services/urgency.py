"""Where a case stands in the queue: who waits for it, by when it is due, who knows it already."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import chinese_calendar
from django.utils import timezone

from outlets.models import Post
from portal.models import User
from registration.models.application import Application
from registration.models.check import Finding
from registration.models.decision import Decision
from registration.rules import desk
from registration.services import policy, skill

FRIDAY = 4
# What goes before what: what the policy puts first, what it puts second, all else.
RANKS = (2, 1, 0)


@dataclass(frozen=True)
class Urgency:
    """``kept_for``: to whom it is offered first, until ``kept_until``."""

    priority: int
    due_at: datetime
    kept_for: User | None = None
    kept_until: datetime | None = None


def of(application: Application, *, now: datetime) -> Urgency:
    """What the policies at its node make of it now."""
    policies = policy.in_force(application.channel_path, timezone.localdate(now))
    hours = desk.Hours(policies, is_workday)
    left = timedelta(minutes=desk.MINUTES.of(policies)) - _used(application, hours)
    due_at = timezone.make_aware(hours.after(_local(now), max(left, timedelta())))
    kept_for = _knows_it(application, now)
    kept = timedelta(minutes=desk.KEPT_MINUTES.of(policies))
    if kept_for is None or not kept:
        return Urgency(priority(application, policies), due_at)
    return Urgency(priority(application, policies), due_at, kept_for, now + kept)


def afterwards(application: Application, *, now: datetime) -> Urgency:
    """Of a look from which nothing follows: nobody waits for it. It is due as any case is, so that
    whoever has it before them cannot tell."""
    policies = policy.in_force(application.channel_path, timezone.localdate(now))
    minutes = timedelta(minutes=desk.MINUTES.of(policies))
    due_at = desk.Hours(policies, is_workday).after(_local(now), minutes)
    return Urgency(RANKS[-1], timezone.make_aware(due_at))


def priority(application: Application, policies: dict[str, Any]) -> int:
    """The higher the sooner: what the policy puts first, before the other of the two."""
    order = {
        desk.COUNTER: (_waits_at_counter, _is_risky),
        desk.RISK: (_is_risky, _waits_at_counter),
        desk.NONE: (),
    }[desk.FIRST.of(policies)]
    for rank, holds in zip(RANKS, order, strict=False):
        if holds(application):
            return rank
    return RANKS[-1]


def is_workday(day: date) -> bool:
    """As the State Council has ordered; of a year that is not announced yet, Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() <= FRIDAY


def _waits_at_counter(application: Application) -> bool:
    # A unit's order is long; nobody stands there until it is decided.
    return application.customer_left_at is None and not application.holder.is_order


def _is_risky(application: Application) -> bool:
    return application.findings.filter(severity=Finding.Severity.REVIEW).exists()


def _used(application: Application, hours: desk.Hours) -> timedelta:
    """Working time that earlier rounds lay at the desk; what it lay at the counter counts not."""
    rounds = Decision.objects.filter(
        review__application=application, review__stands=True, review__status="decided"
    )
    spans = rounds.values_list("review__queued_at", "decided_at")
    return sum((hours.between(_local(since), _local(until)) for since, until in spans), timedelta())


def _knows_it(application: Application, now: datetime) -> User | None:
    last = Decision.objects.filter(
        review__application=application,
        review__round=application.round - 1,
        review__stands=True,
        verdict=Decision.Verdict.RETURN,
    ).select_related("decided_by")
    found = last.first()
    if found is None or not _may_judge(found.decided_by, application):
        return None
    return found.decided_by if _takes(found.decided_by, application, now) else None


def _may_judge(verifier: User, application: Application) -> bool:
    """Who has stood by at the counter since, or is a clerk there, must not."""
    posts = Post.objects.filter(user=verifier, role=Post.Role.CLERK)
    is_clerk = posts.filter(channel=application.outlet.channel_id).exists()
    return not is_clerk and application.assisted_by_id != verifier.pk


def _takes(verifier: User, application: Application, now: datetime) -> bool:
    """Whether they still get cases there, and such ones."""
    posts = skill.takers(timezone.localdate(now)).filter(user=verifier)
    paths = posts.knowing(skill.needs(application)).values_list("channel__path", flat=True)
    return any(application.channel_path.startswith(path) for path in paths)


def _local(moment: datetime) -> datetime:
    return timezone.make_naive(moment)
