"""The time that a report is about: whole days in Shanghai, and what they are compared with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, reduce
from operator import or_
from typing import Self

from django.db.models import Q
from django.utils import timezone

SHANGHAI = timezone.get_default_timezone()
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
# A curve of more days than this has a point for each week: a year's days are no picture.
LONG = timedelta(days=92)

# From, and until before.
Times = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True)
class Period:
    """Whole days in Shanghai: ``since`` belongs to it, ``until`` does not.

    It is compared with as many days before it; while it is running, with as much of them as has
    passed of it.
    """

    since: datetime
    until: datetime
    before_since: datetime
    before_until: datetime

    @classmethod
    def of(cls, first: date, last: date, *, now: datetime) -> Self:
        since, until = midnight(first), midnight(last + timedelta(days=1))
        length = until - since
        passed = min(max(now, since), until) - since
        return cls(since, until, since - length, since - length + passed)

    @property
    def first(self) -> date:
        return timezone.localdate(self.since, SHANGHAI)

    @property
    def last(self) -> date:
        return timezone.localdate(self.until, SHANGHAI) - timedelta(days=1)

    @property
    def nothing_from(self) -> date:
        """The day from which on nothing can have been done yet."""
        is_running = self.before_until - self.before_since < self.until - self.since
        return self.until.date() if is_running else date.max

    @cached_property
    def step(self) -> timedelta:
        """Into what a curve divides it; the weeks begin with the period."""
        if self.first == self.last:
            return HOUR
        return DAY if self.until - self.since <= LONG else WEEK

    @property
    def is_by_week(self) -> bool:
        return self.step == WEEK

    @property
    def unit(self) -> str:
        """By what it is counted for that."""
        return "hour" if self.step == HOUR else "day"

    def steps(self) -> Iterator[datetime]:
        """As far as the period has come."""
        at = self.since
        end = self.since + (self.before_until - self.before_since)
        while at < end:
            yield at
            at += self.step

    def step_of(self, at: datetime) -> datetime:
        """The one that a moment is in."""
        return self.since + (at - self.since) // self.step * self.step

    @property
    def with_before(self) -> Times:
        return [(self.since, self.until), (self.before_since, self.before_until)]


def within(times: Times) -> Q:
    """Of rows that have a moment each."""
    return reduce(or_, (Q(at__gte=since, at__lt=until) for since, until in times))


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
