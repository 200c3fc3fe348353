"""What becomes of a made-up application, and when."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from django.utils import timezone

from registration.models import Application, Decision

Status, Verdict = Application.Status, Decision.Verdict

DAYS = 395
OPENS, OPEN_HOURS = timedelta(hours=9), timedelta(hours=12)
FRESH = 0.015  # the share of the newest, of which most still wait
ERASED_AFTER = timedelta(days=30)  # what came to nothing


@dataclass(frozen=True)
class Fate:
    """``rounds``: what was decided in each, None where it waits for its decision."""

    status: str
    rounds: tuple[str | None, ...] = ()
    old: int = 0  # of a thousand that are older
    fresh: int = 0

    @property
    def came_to_nothing(self) -> bool:
        return self.status in (Status.REFUSED, Status.ABANDONED)

    @property
    def handed_in(self) -> int:
        """How often."""
        return len(self.rounds) or int(self.status == Status.SUBMITTED)

    @property
    def takes_place(self) -> bool:
        return self.status != Status.DRAFT and not self.came_to_nothing


FATES = (
    Fate(Status.ACTIVE, (Verdict.APPROVE,), old=880, fresh=30),
    Fate(Status.ACTIVE, (Verdict.RETURN, Verdict.APPROVE), old=70),
    Fate(Status.REFUSED, (Verdict.REFUSE,), old=23, fresh=30),
    Fate(Status.REFUSED, (), old=2, fresh=10),  # sent away at the counter
    Fate(Status.ABANDONED, (), old=25, fresh=20),
    Fate(Status.IN_REVIEW, (None,), fresh=600),
    Fate(Status.IN_REVIEW, (Verdict.RETURN, None), fresh=80),
    Fate(Status.RETURNED, (Verdict.RETURN,), fresh=80),
    Fate(Status.APPROVED, (Verdict.APPROVE,), fresh=40),
    Fate(Status.SUBMITTED, (), fresh=30),
    Fate(Status.DRAFT, (), fresh=80),
)


@dataclass(frozen=True)
class Round:
    """``decided_at`` is the moment of the decision; for one that waits it means nothing."""

    number: int
    verdict: str | None
    submitted_at: datetime
    queued_at: datetime
    decided_at: datetime


class Calendar:
    """Spreads so many applications evenly over the opening hours of thirteen months."""

    def __init__(self, count: int, *, now: datetime) -> None:
        midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
        self.now = now.astimezone(UTC)
        self.since = (midnight - timedelta(days=DAYS)).astimezone(UTC)
        today = min(max(now - midnight - OPENS, timedelta()), OPEN_HOURS)
        self._each = (DAYS * OPEN_HOURS + today) / count

    def moment(self, place: int) -> datetime:
        days, passed = divmod(place * self._each, OPEN_HOURS)
        return self.since + timedelta(days=days) + OPENS + passed

    def rounds(self, fate: Fate, made_at: datetime, chance: Random) -> list[Round]:
        found, at = [], made_at + timedelta(seconds=chance.randint(180, 600))
        for number, verdict in enumerate(fate.rounds, 1):
            queued_at = at + timedelta(seconds=10)
            took = timedelta(seconds=30 + min(chance.expovariate(1 / 420), 40_000))
            moments = (min(moment, self.now) for moment in (at, queued_at, queued_at + took))
            found.append(Round(number, verdict, *moments))
            at = queued_at + took + timedelta(seconds=chance.randint(300, 3000))
        return found


def choose(place: int, count: int, chance: Random) -> Fate:
    if count - place <= max(1, FRESH * count):
        return chance.choices(FATES, [fate.fresh for fate in FATES])[0]
    return chance.choices(FATES, [fate.old for fate in FATES])[0]
