"""Which days of a report were added up before, and what is left to be counted from the rows."""

from collections.abc import Iterable, Iterator
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


@dataclass(frozen=True)
class Run:
    """Days without a gap, both ends included."""

    first: date
    last: date


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
    for something has changed there since."""

    runs: tuple[Run, ...]
    rest: Times
    touched: Touched | None = None

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
        for since, until in parts:
            runs += _runs(day for day in _whole_days(since, until) if day in rolled)
            rest += _gaps(since, until, rolled)
        return cls(tuple(runs), rest, _touched(runs, marks))

    @property
    def days(self) -> Q:
        """Of rows that have a day each."""
        return self._between & _any(Q(day__gte=run.first, day__lte=run.last) for run in self.runs)

    @property
    def days_of_nodes(self) -> Q:
        return Q(self.days, span=NodeCount.Span.DAY)

    @property
    def spans(self) -> Q:
        """Of a node's rows: whole months where there are, days at the edges."""
        return self._between & _any(part for run in self.runs for part in _spans(run))

    @property
    def _between(self) -> Q:
        """From the first to the last of the days: an index is searched by that, not by either of
        two runs."""
        firsts, lasts = ([getattr(run, end) for run in self.runs] for end in ("first", "last"))
        return Q(day__gte=min(firsts), day__lte=max(lasts))

    def size(self, path: str) -> int:
        """How much work at and below a node is added up in these days; one query."""
        if not self.runs:
            return 0
        rows = NodeCount.objects.filter(self.spans, channel_path=path)
        return sum(map(sum, rows.values_list("submitted", "decided")))


def _any(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions)


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


def _runs(days: Iterable[date]) -> Iterator[Run]:
    run: Run | None = None
    for day in days:
        if run and run.last + DAY == day:
            run = Run(run.first, day)
            continue
        if run:
            yield run
        run = Run(day, day)
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


def _spans(run: Run) -> Iterator[Q]:
    day, month = NodeCount.Span.DAY, NodeCount.Span.MONTH
    first = run.first if run.first.day == 1 else next_month(run.first)
    end = (run.last + DAY).replace(day=1)
    if first >= end:
        yield Q(span=day, day__gte=run.first, day__lte=run.last)
        return
    yield Q(span=month, day__gte=first, day__lt=end)
    if run.first < first:
        yield Q(span=day, day__gte=run.first, day__lt=first)
    if end <= run.last:
        yield Q(span=day, day__gte=end, day__lte=run.last)


def next_month(day: date) -> date:
    """The first day of the month after this day's."""
    return (day.replace(day=1) + 31 * DAY).replace(day=1)
