"""The counts of one group of cases, and the rates that follow from them."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass
class Tally:
    """Counts of one group. A rate without a single case is None, not zero."""

    submitted: int = 0
    first_decided: int = 0
    first_approved: int = 0
    decided: int = 0
    returns: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    median: timedelta | None = None
    opened: int = 0
    real_name: int = 0
    # Submitted applications with a finding on how a card was read, and reads that were refused.
    flagged: int = 0
    refused_reads: int = 0

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

    def add(self, other: "Tally") -> None:
        """Take another group in; its median cannot be added and is left out."""
        for name in (
            "submitted",
            "first_decided",
            "first_approved",
            "decided",
            "opened",
            "real_name",
            "flagged",
            "refused_reads",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.returns += other.returns
        self.refusals += other.refusals


@dataclass
class Pair:
    """The period, and the equal time before it."""

    now: Tally = field(default_factory=Tally)
    before: Tally = field(default_factory=Tally)

    def of(self, is_now: bool) -> Tally:
        return self.now if is_now else self.before


Pairs = defaultdict[Any, Pair]


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None
