"""What lies at a clerk's counter: what is unfinished, and what was finished today."""

from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from portal.models import User
from portal.prepared import Prepared, prepare
from registration.models.application import Application
from registration.services import stand_in

Status = Application.Status

UNFINISHED = (
    Status.DRAFT,
    Status.RETURNED,
    Status.SUBMITTED,
    Status.IN_REVIEW,
    Status.APPROVED,
)
FINISHED = (Status.ACTIVE, Status.REFUSED)
MOST = 200


def rows(clerk: User, *, now: datetime) -> QuerySet[Application]:
    """Newest first. An order stands for its numbers, and is unfinished while one of them lies at
    the counter."""
    at_hand = Application.objects.open().filter(order=OuterRef("pk"))
    wanted = (
        Q(status__in=UNFINISHED)
        | Q(status__in=FINISHED, touched_at__gte=midnight(now))
        | Q(status=Status.ACTIVE, has_numbers_at_hand=True)
    )
    here = Application.objects.at_counter_of(clerk).of_their_own()
    marked = here.annotate(has_numbers_at_hand=Exists(at_hand))
    found: QuerySet[Application] = marked.filter(wanted).order_by("-touched_at")[:MOST]
    return found


def standing(clerk: User, *, now: datetime) -> list[tuple[Any, ...]]:
    """Of each row what its line in the list rests on, in one query; to be compared with what it
    was, not to be read."""
    if clerk.post is None:
        return []
    return _standing().rows(**stand_in.values(clerk), midnight=midnight(now))


def midnight(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


@cache
def _standing() -> Prepared:
    told = rows(stand_in.user(), now=stand_in.NEVER).values_list("pk", "status", "touched_at")
    names = stand_in.NAMES | {midnight(stand_in.NEVER): "midnight"}
    return prepare(told, names, is_planned_once=False)
