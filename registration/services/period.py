"""The time that a report is about: whole days in Shanghai, and what they are compared with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self

from django.db.models import Q
from django.utils import timezone

SHANGHAI = timezone.get_default_timezone()


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
    def step(self) -> str:
        """Into what a curve divides it."""
        return "hour" if self.first == self.last else "day"

    def steps(self) -> Iterator[datetime]:
        """As far as the period has come."""
        at, step = self.since, timedelta(hours=1) if self.step == "hour" else timedelta(days=1)
        end = self.since + (self.before_until - self.before_since)
        while at < end:
            yield at
            at += step

    @property
    def with_before(self) -> Q:
        return Q(at__gte=self.since, at__lt=self.until) | Q(
            at__gte=self.before_since, at__lt=self.before_until
        )


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
