"""What waits for a verifier, in figures."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Count, Min, Q, Subquery, Value
from django.db.models.functions import JSONObject

from outlets.models import Post
from portal.models import User
from portal.prepared import Prepared, prepare
from registration.models.review import Review, ReviewQuerySet
from registration.services import stand_in
from registration.services.stand_in import NEVER

# A queue that is longer needs no exact number.
MOST = 1000


@dataclass(frozen=True)
class Queue:
    """What waits for a verifier: how many cases, since when the oldest, how many of them past
    their time, and at how many counters a customer waits. Of a long queue only the first MOST are
    counted: a page that asks every few seconds costs the same before a million."""

    length: int
    oldest_at: datetime | None
    late: int
    at_counter: int

    @property
    def is_longer(self) -> bool:
        """Whether there may be more than were counted."""
        return self.length >= MOST


def of(verifier: User, *, now: datetime) -> Queue:
    return Queue(**_offered(verifier, now)[:MOST].aggregate(**_figures(now)))


def standing(verifier: User, *, now: datetime) -> tuple[Any, ...] | None:
    """What the first page says of the queue and of the case in hand, in one query; to be compared
    with what it was, not to be read."""
    if verifier.post is None:
        return None
    values = stand_in.values(verifier, now) | {"row": verifier.post.pk}
    return _standing(stand_in.kind(verifier), MOST).first(**values)


@cache
def _standing(kind: stand_in.Kind, most: int) -> Prepared:
    verifier = stand_in.user(kind)
    first = _first(verifier, NEVER, most).annotate(every=Value(1)).values("every")
    figures = first.annotate(figures=JSONObject(**_figures(NEVER))).values("figures")
    mine = Review.objects.open_to(verifier).held_by(verifier, NEVER).in_order().values("pk")[:1]
    said = ("paused_at", "paused_by", "knows_foreign", "knows_units")
    rows = Post.objects.filter(pk=verifier.post.pk)
    told = rows.values_list(*said, Subquery(mine), Subquery(figures))
    return prepare(told, stand_in.NAMES, is_planned_once=False)


def _first(verifier: User, now: datetime, most: int) -> ReviewQuerySet:
    return Review.objects.filter(pk__in=_offered(verifier, now).values("pk")[:most])


def _offered(verifier: User, now: datetime) -> ReviewQuerySet:
    mine = Review.objects.open_to(verifier).fit_for(verifier)
    return mine.free(now).offered_to(verifier, now).in_order()


def _figures(now: datetime) -> dict[str, Any]:
    return {
        "length": Count("pk"),
        "oldest_at": Min("queued_at"),
        "late": Count("pk", filter=Q(due_at__lte=now)),
        "at_counter": Count("pk", filter=Q(application__customer_left_at__isnull=True)),
    }
