"""Which days of a report were added up before, and what is left to be counted from the rows."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_

from django.db.models import Q

from registration.models.rollup import NodeCount, RolledDay, StaleDay
from registration.services.period import DAY, Period, Times, midnight

# A report about less work than this reads the rows, one by one: that is quick, and exact.
FEW = 2_000
# So many outlets' days are counted anew by themselves; if more have changed, everybody's are.
TOUCHED_MOST = 200
DAYS, MONTHS = NodeCount.Span.DAY, NodeCount.Span.MONTH


@dataclass(frozen=True)
class Run:
    """Days without a gap, both ends included. ``is_now``: in the period, not before it."""

    first: date
    last: date
    is_now: bool


@dataclass(frozen=True)
class Stretch:
    """A node's rows of one span, from a day and until before another."""

    span: NodeCount.Span
    since: date
    until: date

    def length(self, nothing_from: date = date.max) -> int:
        """In days before that one."""
        return max(0, (min(self.until, nothing_from) - self.since).days)

    def firsts(self) -> Iterator[date]:
        """The ``day`` of each row."""
        day = self.since
        while day < self.until:
            yield day
            day = day + DAY if self.span == DAYS else next_month(day)

    @property
    def rows(self) -> Q:
        return Q(span=self.span, day__gte=self.since, day__lt=self.until)


@dataclass(frozen=True)
class Part:
    """Rows to add up, or with ``sign`` -1 to take out. Those from ``now_from`` on are in the
    period, the others before it."""

    rows: Q
    sign: int
    now_from: date


@dataclass(frozen=True)
class Touched:
    """Every one of these days at every one of these outlets, which are keys."""

    days: frozenset[date]
    outlets: frozenset[int]

    @property
    def counts(self) -> Q:
        """Of rows that have a day and an outlet each."""
        return Q(day__in=self.days, outlet__in=self.outlets)

    @property
    def times(self) -> Times:
        return [(midnight(day), midnight(day + DAY)) for day in sorted(self.days)]


@dataclass(frozen=True)
class Split:
    """``runs``: the days that are added up, none of them both in the period and before it.
    ``rest``: every other moment. ``touched``: what of the runs is counted from the rows as well,
    for something has changed there since. ``nothing_from``: the day from which on nothing will
    have been done yet."""

    runs: tuple[Run, ...]
    rest: Times
    touched: Touched | None = None
    nothing_from: date = date.max

    @classmethod
    def of(cls, period: Period) -> "Split":
        """What changes after it is not seen by the report."""
        days = Q(day__gte=period.before_since.date(), day__lte=period.last)
        # First the marks: of a day that is added up in between they are taken out and counted
        # again, which is right of whatever is stored.
        marks = StaleDay.objects.filter(days).distinct()
        some = list(marks.values_list("day", "outlet")[: TOUCHED_MOST + 1])
        rolled = set(RolledDay.objects.filter(days).values_list("day", flat=True))
        if len(some) <= TOUCHED_MOST:
            return cls.with_days(period, rolled, some)
        return cls.with_days(period, rolled - set(marks.values_list("day", flat=True)))

    @classmethod
    def with_days(
        cls, period: Period, rolled: set[date], marks: Iterable[tuple[date, int]] = ()
    ) -> "Split":
        """``marks``: days and the keys of outlets at which something has changed in them."""
        runs: list[Run] = []
        rest: list[tuple[datetime, datetime]] = []
        parts = ((period.before_since, period.before_until), (period.since, period.until))
        for is_now, (since, until) in enumerate(parts):
            days = (day for day in _whole_days(since, until) if day in rolled)
            runs += _runs(days, is_now=bool(is_now))
            rest += _gaps(since, until, rolled)
        return cls(tuple(runs), rest, _touched(runs, marks), period.nothing_from)

    @property
    def days(self) -> Q:
        """Of rows that have a day each."""
        first, last = min(run.first for run in self.runs), max(run.last for run in self.runs)
        in_runs = _any(Q(day__gte=run.first, day__lte=run.last) for run in self.runs)
        return Q(day__gte=first, day__lte=last) & in_runs

    def of_nodes(self, first: date, *, by_day: bool) -> list[Part]:
        """Of nodes' rows those that make up the runs, whole months where there are; with ``by_day``
        the period's own are days. ``first``: of the period."""
        added: list[Stretch] = []
        taken: list[Stretch] = []
        for run in self.runs:
            if run.is_now and by_day:
                added.append(Stretch(DAYS, run.first, run.last + DAY))
                continue
            more, less = _spans(run, nothing_from=self.nothing_from if run.is_now else None)
            added += more
            taken += less
        if by_day:  # of one node, whose rows lie together
            return [Part(_rows(added), 1, first)]
        # The month that the period begins in is read whole for its sake alone.
        month = first.replace(day=1)
        return [
            *_part(added, MONTHS, 1, month),
            *_part(added, DAYS, 1, first),
            *_part(taken, DAYS, -1, month),
        ]

    def size(self, path: str) -> int:
        """How much work at and below a node is added up in these days; one query."""
        if not self.runs:
            return 0
        added = [stretch for run in self.runs for stretch in _spans(run)[0]]
        rows = NodeCount.objects.filter(_rows(added), channel_path=path)
        return sum(map(sum, rows.values_list("submitted", "decided")))


def _any(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions)


def _part(
    stretches: Iterable[Stretch], span: NodeCount.Span, sign: int, now_from: date
) -> Iterator[Part]:
    """By one span and by name: so the index has them for every node, and nothing that lies between
    them is read."""
    if days := [day for each in stretches if each.span == span for day in each.firsts()]:
        yield Part(Q(span=span, day__in=days), sign, now_from)


def _length(stretches: Iterable[Stretch], nothing_from: date) -> int:
    return sum(each.length(nothing_from) for each in stretches)


def _rows(stretches: Collection[Stretch]) -> Q:
    """By the first and the last of the days as well: an index is searched by that, not by either
    of two stretches."""
    since, until = min(each.since for each in stretches), max(each.until for each in stretches)
    return Q(day__gte=since, day__lt=until) & _any(each.rows for each in stretches)


def _whole_days(since: datetime, until: datetime) -> Iterator[date]:
    day = since.date()
    while midnight(day + DAY) <= until:
        yield day
        day += DAY


def _touched(runs: list[Run], marks: Iterable[tuple[date, int]]) -> Touched | None:
    """What of the marks is in these days."""
    met = [mark for mark in marks if any(run.first <= mark[0] <= run.last for run in runs)]
    if not met:
        return None
    return Touched(frozenset(day for day, _ in met), frozenset(outlet for _, outlet in met))


def _runs(days: Iterable[date], *, is_now: bool) -> Iterator[Run]:
    run: Run | None = None
    for day in days:
        if run and run.last + DAY == day:
            run = Run(run.first, day, is_now)
            continue
        if run:
            yield run
        run = Run(day, day, is_now)
    if run:
        yield run


def _gaps(
    since: datetime, until: datetime, rolled: set[date]
) -> Iterator[tuple[datetime, datetime]]:
    """What of this time is in none of these days; it begins at a midnight."""
    began: datetime | None = None
    at = since
    while at < until:
        end = midnight(at.date() + DAY)
        if at.date() in rolled and end <= until:
            if began:
                yield began, at
            began = None
        elif not began:
            began = at
        at = end
    if began:
        yield began, until


def _spans(run: Run, *, nothing_from: date | None = None) -> tuple[list[Stretch], list[Stretch]]:
    """Of a node's rows those to add up, whole months where there are, and those to take out again.

    Nothing is taken out unless it is told from which day on nothing is to be expected: then a month
    is read whole too, and without the days that are not in the run, where those are fewer."""
    added: list[Stretch] = []
    taken: list[Stretch] = []
    whole: list[date] = []
    month, after = run.first.replace(day=1), run.last + DAY
    while month < after:
        end = next_month(month)
        inside = Stretch(DAYS, max(month, run.first), min(end, after))
        left_out = [Stretch(DAYS, month, inside.since), Stretch(DAYS, inside.until, end)]
        left_out = [each for each in left_out if each.length()]
        is_less = nothing_from and _length(left_out, nothing_from) < inside.length()
        if is_less or not left_out:
            whole.append(month)
            taken += left_out
        else:
            added.append(inside)
        month = end
    if whole:
        added.append(Stretch(MONTHS, whole[0], next_month(whole[-1])))
    return added, taken


def next_month(day: date) -> date:
    """The first day of the month after this day's."""
    return (day.replace(day=1) + 31 * DAY).replace(day=1)
