"""What a report counts, as queries that are compiled once for all questions of one shape.

A manager's page asks eight of them, and to write their SQL anew takes longer than most of them run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet

from outlets.models import Channel
from portal.prepared import Prepared, prepare
from registration.services import stand_in
from registration.services.period import Period, Times, within
from registration.services.question import Group, Question

Build = Callable[[Question, Group, Q], QuerySet[Any]]

KEPT = 1024
TIER, STATUS = "-tier", "-status"
SINCE = stand_in.NEVER - timedelta(days=1)


@dataclass(frozen=True)
class Shape:
    """What decides how a query reads, and not only what stands in it. ``outlets`` and ``times``:
    how many there are."""

    build: Build
    group: Group
    tier: bool
    status: bool
    alone: bool
    outlets: int | None
    times: int


def rows(build: Build, question: Question, group: Group, times: Times) -> list[tuple[Any, ...]]:
    """What the query that is built has to tell of these moments."""
    outlets = _padded(question.outlets_only)
    if outlets == []:
        return []
    shape = Shape(
        build,
        group,
        bool(question.tier),
        bool(question.status),
        question.alone,
        None if outlets is None else len(outlets),
        len(times),
    )
    return _compiled(shape).rows(**_values(question, outlets, times))


@lru_cache(KEPT)
def _compiled(shape: Shape) -> Prepared:
    times = [(_moment(2 * place), _moment(2 * place + 1)) for place in range(shape.times)]
    outlets = None if shape.outlets is None else [_row(place) for place in range(shape.outlets)]
    question = Question(
        Channel(pk=stand_in.CHANNEL, path=stand_in.NOWHERE),
        Period(SINCE, SINCE, SINCE, SINCE),
        TIER if shape.tier else "",
        STATUS if shape.status else "",
        shape.alone,
        None if outlets is None else frozenset(outlets),
    )
    names = {value: name for name, value in _values(question, outlets, times).items()}
    return prepare(shape.build(question, shape.group, within(times)), names, is_planned_once=False)


def _values(question: Question, outlets: Sequence[int] | None, times: Times) -> dict[str, Any]:
    values: dict[str, Any] = {
        "below": f"{question.channel.path}%",
        "channel": question.channel.pk,
        "tier": question.tier,
        "status": question.status,
        "of_period": question.period.since,
    }
    for place, (since, until) in enumerate(times):
        values |= {f"since_{place}": since, f"until_{place}": until}
    return values | {f"outlet_{place}": outlet for place, outlet in enumerate(outlets or ())}


def _padded(outlets: frozenset[int] | None) -> list[int] | None:
    """As many as a power of two, so that there are few shapes; the last one is repeated."""
    if not outlets:
        return None if outlets is None else []
    some = sorted(outlets)
    return some + some[-1:] * ((1 << (len(some) - 1).bit_length()) - len(some))


def _moment(place: int) -> datetime:
    return datetime(9000, 1, 1, tzinfo=UTC) + timedelta(days=place)


def _row(place: int) -> int:
    return stand_in.ROW - 1_000_000 + place
