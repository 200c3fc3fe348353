"""The counts of one group of cases, and the rates that follow from them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from registration.models.rollup import Counts

# How long a decision took is kept as the number of a bucket: eight to a doubling, from one second.
# Two durations in one bucket are less than 9.1 % apart.
BUCKETS = 8


@dataclass
class Tally:
    """Counts of one group. A rate without a single case is None, not zero."""

    submitted: int = 0
    # Submitted applications with a finding on how a card was read, and reads that were refused.
    flagged: int = 0
    refused_reads: int = 0
    decided: int = 0
    first_decided: int = 0
    first_approved: int = 0
    opened: int = 0
    real_name: int = 0
    returns: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    # How many decisions took how long: to the microsecond where the rows were read one by one,
    # otherwise in buckets.
    times: Counter[timedelta] = field(default_factory=Counter)
    took: Counter[int] = field(default_factory=Counter)

    @property
    def returned(self) -> int:
        return self.returns.total()

    @property
    def refused(self) -> int:
        return self.refusals.total()

    @property
    def odd_reads(self) -> int:
        """读卡异常: each is one point."""
        return self.flagged + self.refused_reads

    @property
    def first_pass_rate(self) -> float | None:
        return _rate(self.first_approved, self.first_decided)

    @property
    def return_rate(self) -> float | None:
        return _rate(self.returned, self.decided)

    @property
    def real_name_rate(self) -> float | None:
        return _rate(self.real_name, self.opened)

    @property
    def median(self) -> timedelta | None:
        """Exact of ``times``; of ``took`` within the bucket that the true one is in, so that it
        is less than 9.1 % off."""
        if self.took:
            return _middle(self.took, _within)
        return _middle(self.times, lambda took, _share: took)

    def add(self, other: "Tally") -> None:
        """Take another group in."""
        for name in Counts.NUMBERS:
            if more := getattr(other, name):
                setattr(self, name, getattr(self, name) + more)
        put_in(self.returns, other.returns)
        put_in(self.refusals, other.refusals)
        put_in(self.times, other.times)
        put_in(self.took, other.took)


@dataclass
class Pair:
    """The period, and the equal time before it."""

    now: Tally = field(default_factory=Tally)
    before: Tally = field(default_factory=Tally)

    def of(self, is_now: bool) -> Tally:
        return self.now if is_now else self.before

    def add(self, other: "Pair") -> None:
        self.now.add(other.now)
        self.before.add(other.before)


Pairs = defaultdict[Any, Pair]


def put_in(counts: Counter[Any], more: Mapping[Any, int]) -> None:
    """Counter.update for thousands of small ones, in little more than half its time."""
    for key, count in more.items():
        counts[key] = counts.get(key, 0) + count


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _middle(counts: Counter[Any], place: Callable[[Any, float], timedelta]) -> timedelta | None:
    """The mean of the one or two in the middle; ``place`` says what stands at a share of a key."""
    total = counts.total()
    if not total:
        return None
    ranks = [(total - 1) // 2, total // 2]
    found: list[timedelta] = []
    passed = 0
    for key in sorted(counts):
        here = counts[key]
        while len(found) < len(ranks) and ranks[len(found)] < passed + here:
            found.append(place(key, (ranks[len(found)] - passed + 0.5) / here))
        passed += here
        if len(found) == len(ranks):
            break
    return sum(found, timedelta()) / len(ranks)


def _within(bucket: int, share: float) -> timedelta:
    """As if what is in a bucket were spread over it evenly."""
    low, high = (2 ** ((bucket + step) / BUCKETS) for step in (0, 1))
    return timedelta(seconds=low + (high - low) * share)
