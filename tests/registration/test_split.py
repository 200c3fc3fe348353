"""Which rows of a node make up a period: as few as there may be, and none twice."""

import random
from calendar import monthrange
from datetime import date, timedelta

import pytest
from django.db.models import Q, Sum

from registration.models import NodeCount
from registration.services.period import DAY, Period, midnight
from registration.services.split import Part, Split, next_month

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
EVERY_DAY = [FIRST + place * DAY for place in range((LAST - FIRST).days + 1)]
# Noon, so that the day is not over.
NOON = timedelta(hours=12)


@pytest.fixture
def _each_day_one() -> None:
    """One submission on each day."""
    span = NodeCount.Span
    rows = [NodeCount(channel_path="1", span=span.DAY, day=day, submitted=1) for day in EVERY_DAY]
    month = FIRST
    while month <= LAST:
        days = monthrange(month.year, month.month)[1]
        rows.append(NodeCount(channel_path="1", span=span.MONTH, day=month, submitted=days))
        month = next_month(month)
    NodeCount.put(rows)


def _submitted(parts: list[Part]) -> tuple[int, int]:
    """In the period, and before it."""
    sums = [0, 0]
    for part in parts:
        rows = NodeCount.objects.filter(part.rows)
        is_now = Q(day__gte=part.now_from)
        for place, half in enumerate((rows.filter(is_now), rows.exclude(is_now))):
            sums[place] += part.sign * (half.aggregate(sum=Sum("submitted"))["sum"] or 0)
    return sums[0], sums[1]


@pytest.mark.usefixtures("_each_day_one")
@pytest.mark.parametrize("by_day", [False, True])
def test_whatever_the_period_each_of_its_days_counts_once(by_day: bool) -> None:
    dice = random.Random(6)
    for _try in range(100):
        first = date(2025, 1, 1) + dice.randrange(500) * DAY
        last = first + dice.randrange(230) * DAY
        now = midnight(first + dice.randrange(300) * DAY) + NOON
        # Some days are not added up yet.
        rolled = set(EVERY_DAY) - set(dice.sample(EVERY_DAY, dice.choice((0, 5, 40))))
        split = Split.with_days(Period.of(first, last, now=now), rolled)
        if not split.runs:
            continue

        parts = split.of_nodes(first, by_day=by_day)

        in_period, before = (
            sum((run.last - run.first).days + 1 for run in split.runs if run.is_now == is_now)
            for is_now in (True, False)
        )
        assert _submitted(parts) == (in_period, before)


@pytest.mark.usefixtures("_each_day_one")
@pytest.mark.parametrize(
    ("first", "today", "most"),
    [
        # The months of the year, and three days of its first.
        (date(2025, 11, 28), date(2026, 11, 28), 12 + 3),
        # The month that it begins in without two days; that which it ends in, as far as it is.
        (date(2025, 11, 3), date(2026, 11, 3), 13 + 2),
        (date(2025, 11, 16), date(2026, 11, 15), 13 + 15),
        (date(2026, 10, 30), date(2026, 11, 28), 1 + 2),
        (date(2026, 11, 1), date(2026, 11, 28), 1),
        (date(2026, 11, 22), date(2026, 11, 28), 7),
    ],
)
def test_a_running_period_is_read_from_few_rows(first: date, today: date, most: int) -> None:
    period = Period.of(first, today, now=midnight(today) + NOON)
    rolled = {day for day in EVERY_DAY if first <= day <= today}
    NodeCount.objects.filter(span=NodeCount.Span.DAY, day__gt=today).delete()

    parts = Split.with_days(period, rolled).of_nodes(first, by_day=False)

    read = [NodeCount.objects.filter(part.rows).count() for part in parts]
    assert sum(read) <= most
