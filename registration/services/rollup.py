"""Adding up what was done, day by day, so that a report about much reads little.

The counts of one clerk at one outlet on one day (DayCount) are counted from the rows; what they
change is carried to the day and the month of every node above (NodeCount). A verb that changes a
count leaves a mark (``stale.mark``); until the mark is gone reports count that day from the rows.

All is done under the lock that a change of the tree takes: two workers follow one another, and no
subtree moves away under a count. A day is added up whole or not at all; killed, it is begun anew.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Max, Min, QuerySet
from django.utils import timezone

from outlets.models import Channel, Outlet
from outlets.services import channel as channels
from registration.models.application import Application
from registration.models.decision import Decision
from registration.models.line import Line
from registration.models.read_refusal import ReadRefusal
from registration.models.rollup import Counts, DayCount, NodeCount, RolledDay, StaleDay, above
from registration.services import recount
from registration.services.period import DAY, Period, midnight
from registration.services.question import BY_OUTLET_AND_CLERK, Question
from registration.services.split import next_month
from registration.services.tally import Tally

# So many outlets' days are added up under one lock.
AT_ONCE = 500
# So many are named in one query.
CHUNK = 1_000
# What is counted, by when it happened.
SOURCES = (
    (Application, "first_submitted_at"),
    (Decision, "decided_at"),
    (ReadRefusal, "at"),
    (Line, "opened_at"),
)


class Sums(dict[str, NodeCount]):
    """By the path of the node, for the span that this day is in; of a node that was not named
    before there is nothing."""

    def __init__(self, span: str, day: date) -> None:
        super().__init__()
        self.span, self.first = span, day if span == NodeCount.Span.DAY else day.replace(day=1)

    def __missing__(self, path: str) -> NodeCount:
        self[path] = NodeCount(channel_path=path, span=self.span, day=self.first)
        return self[path]


def fold(*, now: datetime, days: int) -> int:
    """Add up again what is marked, and up to ``days`` days that never were, the youngest first;
    how many days were touched. Where somebody else holds the tree the next run goes on."""
    last = _last_mark()
    marked = StaleDay.objects.filter(pk__lte=last, day__in=RolledDay.objects.values("day"))
    done = 0
    with suppress(channels.TreeBusy):
        for day in sorted(marked.values_list("day", flat=True).distinct(), reverse=True):
            while _fold_marked(day, last, now=now):
                pass
            done += 1
        for day in missing(now=now)[:days]:
            _fold_new(day, now=now)
            done += 1
    return done


def missing(*, now: datetime) -> list[date]:
    """The days that nobody has added up yet, the youngest first. Today is one of them: what comes
    to it later is marked."""
    firsts = [model._base_manager.aggregate(at=Min(name))["at"] for model, name in SOURCES]
    began = min((at for at in firsts if at), default=None)
    if began is None:
        return []
    first, last = timezone.localdate(began), timezone.localdate(now)
    known = set(RolledDay.objects.values_list("day", flat=True))
    days = (last - place * DAY for place in range((last - first).days + 1))
    return [day for day in days if day not in known]


@transaction.atomic
def fold_day(day: date, *, now: datetime) -> None:
    """Add up a whole day, whatever is stored of it."""
    channels.hold_tree()
    marks = list(StaleDay.objects.filter(day=day).values_list("pk", flat=True))
    _replace(day, None)
    _unmark(marks)
    RolledDay.objects.update_or_create(day=day, defaults={"folded_at": now})


@transaction.atomic
def _fold_new(day: date, *, now: datetime) -> None:
    channels.hold_tree(wait=False)
    if not RolledDay.objects.filter(day=day).exists():  # else another worker was faster
        fold_day(day, now=now)


@transaction.atomic
def _fold_marked(day: date, last: int, *, now: datetime) -> bool:
    """The outlets that are marked on this day, up to this mark, or as many of them as one lock is
    held for; False: there are none."""
    channels.hold_tree(wait=False)
    # First the marks, then the rows: a change that comes in between leaves its mark for next time.
    marks = StaleDay.objects.filter(day=day, pk__lte=last)
    some = marks.order_by("outlet").values_list("outlet", flat=True).distinct()
    outlets = set(some[:AT_ONCE])
    read = list(marks.filter(outlet__in=outlets).values_list("pk", flat=True))
    if not read:
        return False
    _replace(day, outlets)
    _unmark(read)
    RolledDay.objects.filter(day=day).update(folded_at=now)
    return True


@transaction.atomic
def prove(day: date, *, now: datetime) -> int:
    """Count a day that is added up once more, and add its month up from its days; how many counts
    were wrong. They are put right."""
    channels.hold_tree()
    last = _last_mark()
    while _fold_marked(day, last, now=now):  # what waits to be added up is not wrong
        pass
    fresh, stored = _count(day, None), list(_stored(day, None))
    wrong = len(_differing(_by_clerk(fresh), _by_clerk(stored)))
    _store(day, None, fresh)
    wrong += _prove_nodes(_sums(fresh, NodeCount.Span.DAY, day))
    wrong += _prove_nodes(_sums_of_month(day))
    RolledDay.objects.filter(day=day).update(proved_at=now, wrong=wrong)
    return wrong


def _last_mark() -> int:
    """Where a run ends: on a busy day new marks come as fast as the old ones go."""
    last: int | None = StaleDay.objects.aggregate(last=Max("pk"))["last"]
    return last or 0


def sample(today: date, count: int) -> list[date]:
    """Yesterday, and older days by lot, as far as they are added up."""
    rolled = RolledDay.objects.filter(day__lt=today).values_list("day", flat=True)
    yesterday = list(rolled.filter(day=today - DAY))
    return yesterday + list(rolled.filter(day__lt=today - DAY).order_by("?")[: count - 1])


@transaction.atomic
def forget() -> None:
    """Drop all that is added up; reports read the rows until it is there again."""
    channels.hold_tree()
    for model in (RolledDay, NodeCount, DayCount, StaleDay):
        model._base_manager.all().delete()


def _replace(day: date, outlets: Collection[int] | None) -> None:
    """Count these outlets' day (None: everybody's) and carry upwards what has changed."""
    stored, fresh = list(_stored(day, outlets)), _count(day, outlets)
    _store(day, outlets, fresh)
    for span in NodeCount.Span:
        changes = _sums(fresh, span, day)
        for path, gone in _sums(stored, span, day).items():
            changes[path].add(gone, -1)
        for row in _nodes(changes):
            changes[row.channel_path].add(row)
        NodeCount.put(changes.values())


def _count(day: date, outlets: Collection[int] | None) -> list[DayCount]:
    since, until = midnight(day), midnight(day + DAY)
    question = Question(
        Channel(path=""),
        Period.of(day, day, now=until),
        outlets_only=None if outlets is None else frozenset(outlets),
    )
    found = recount.in_buckets(question, BY_OUTLET_AND_CLERK, [(since, until)])
    paths = _paths({outlet for outlet, _clerk in found})
    return [
        DayCount(
            channel_path=paths[outlet], outlet_id=outlet, clerk_id=clerk, day=day, **_told(pair.now)
        )
        for (outlet, clerk), pair in found.items()
    ]


def _told(tally: Tally) -> dict[str, Any]:
    """The columns of Counts."""
    detail: dict[str, dict[str, int]] = {}
    for name in Counts.DETAILS:
        if counts := getattr(tally, name):
            detail[name] = {str(key): count for key, count in sorted(counts.items())}
    return {name: getattr(tally, name) for name in Counts.NUMBERS} | {"detail": detail}


def _paths(outlets: Collection[int]) -> dict[int, str]:
    rows = (Outlet.objects.filter(pk__in=some) for some in _chunks(outlets))
    return {pk: path for some in rows for pk, path in some.values_list("pk", "channel__path")}


def _stored(day: date, outlets: Collection[int] | None) -> QuerySet[DayCount]:
    rows = DayCount.objects.filter(day=day)
    return rows if outlets is None else rows.filter(outlet__in=outlets)


def _store(day: date, outlets: Collection[int] | None, fresh: Collection[DayCount]) -> None:
    _stored(day, outlets).delete()
    DayCount.objects.bulk_create(fresh, batch_size=500)


def _sums(rows: Iterable[DayCount], span: str, day: date) -> Sums:
    """What these come to, at their outlets' nodes and at every node above."""
    sums = Sums(span, day)
    for row in rows:
        for path in (*above(row.channel_path), row.channel_path):
            sums[path].add(row)
    return sums


def _sums_of_month(day: date) -> Sums:
    sums = Sums(NodeCount.Span.MONTH, day)
    days = NodeCount.objects.filter(span=NodeCount.Span.DAY, day__gte=sums.first)
    for row in days.filter(day__lt=next_month(day)).iterator():
        sums[row.channel_path].add(row)
    return sums


def _nodes(sums: Sums) -> Iterator[NodeCount]:
    """What is stored of these nodes in the same span."""
    for some in _chunks(sums):
        span = NodeCount.objects.filter(span=sums.span, day=sums.first)
        yield from span.filter(channel_path__in=some)


def _prove_nodes(true: Sums) -> int:
    """Put right what differs; how many did."""
    rows = NodeCount.objects.filter(span=true.span, day=true.first)
    wrong = _differing(true, {row.channel_path: row for row in rows})
    NodeCount.put([true[path] for path in wrong])
    return len(wrong)


def _by_clerk(rows: Iterable[DayCount]) -> dict[Any, DayCount]:
    return {(row.outlet_id, row.clerk_id, row.channel_path): row for row in rows}


def _differing(true: Mapping[Any, Counts], stored: Mapping[Any, Counts]) -> list[Any]:
    nothing = NodeCount()
    keys = true.keys() | stored.keys()
    return [key for key in keys if not true.get(key, nothing).agrees(stored.get(key, nothing))]


def _unmark(marks: Collection[int]) -> None:
    for some in _chunks(marks):
        StaleDay.objects.filter(pk__in=some).delete()


def _chunks(keys: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(keys)
    while some := list(islice(rest, CHUNK)):
        yield some
