"""Who came in the demo's two weeks, and what waits today when the visitor signs in."""

from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random

from django.utils import timezone

from outlets.bridge.people import Person
from outlets.demo import COUNTER, SHOPS, SUSPENDED, Organisation, Shop
from outlets.models import Channel, Post
from portal.gateways.identity_check import Result
from registration.demo import people
from registration.demo.counter import Counter, Visit
from registration.demo.history import Case, Verdict
from registration.demo.pictures import SHARP, SMALL, Camera
from registration.models import LIMIT, Decision, Photo
from registration.rules.service import (
    BACKFILL,
    CANCEL,
    FIXED_INSTALL,
    NEW_DATA_CARD,
    REISSUE,
    TRANSFER,
)
from registration.specimens import TRAVELLERS, Traveller

OPENS, CLOSES = time(9), time(21)
# Cards on the demo's reader; the first three have no number yet, the fourth has one place left.
ON_THE_READER = {"zhao": 4, "chen": 1, "liu": 1, "dili": 1}

Kind, Reason, Say = Photo.Kind, Decision.Reason, Decision.Verdict
RETURNS = (
    Verdict(Say.RETURN, Reason.IMAGE_UNREADABLE, (Kind.ID_FRONT,)),
    Verdict(Say.RETURN, Reason.IMAGE_UNREADABLE, (Kind.ID_BACK,)),
    Verdict(Say.RETURN, Reason.IMAGE_UNREADABLE, (Kind.ID_FRONT, Kind.ID_BACK)),
    Verdict(Say.RETURN, Reason.FACE_MISMATCH, (Kind.LIVE,)),
    Verdict(Say.RETURN, Reason.WRONG_PICTURE, (Kind.ID_BACK,)),
    Verdict(Say.RETURN, Reason.OTHER, (Kind.LIVE,), "现场照逆光，请调整灯光后重拍（演示）"),
)
LETTER = Verdict(Say.RETURN, Reason.LETTER_DEFECT, (Kind.LETTER, "letter_points"))
REFUSALS = (
    Verdict(Say.REFUSE, Reason.FORGED),
    Verdict(Say.REFUSE, Reason.IMPERSONATION),
    Verdict(Say.REFUSE, Reason.REFUSED_DATA),
)
MISMATCHED = Verdict(Say.REFUSE, Reason.ONLINE_MISMATCH)
APPROVE = Verdict()


class Story:
    """Yields cases with the moment of their first submit, in no order."""

    def __init__(
        self, built: Organisation, counters: dict[str, Counter], *, cases: int, now: datetime
    ) -> None:
        self._cases = cases
        self._now = now
        self._counters = counters
        self._manager = built.as_("manager", Post.Role.MANAGER)
        # The same story at every first start: nothing here is a secret.
        self._chance = Random(2026)  # noqa: S311
        today = timezone.localdate(now)
        self._people = people.crowd(self._chance, at_least=cases // 3, today=today)
        self._places: Tally[str] = Tally()
        # Where two verifiers share a province they see the same queue, so each visit brings one
        # turn and each turn finds one case.
        names = {"JIA": ("verifier", "verifier2"), "YI": ("verifier3",), "BING": ("verifier4",)}
        self._verifiers = {
            built.channels[code].path: [built.as_(name, Post.Role.VERIFIER) for name in some]
            for code, some in names.items()
        }

    def past(self) -> Iterator[tuple[Case, datetime]]:
        """Two weeks of customers, all decided by now."""
        latest = back(self._now, 330)
        known = [key for key, times in ON_THE_READER.items() for _ in range(times)]
        weights = [shop.busy for shop in SHOPS]
        for place in range(self._cases):
            shop = self._chance.choices(SHOPS, weights)[0]
            person = self._people[known[place]] if place < len(known) else self._somebody()
            proxy = self._somebody(besides=person) if place % 12 == 5 else None
            moment = self._moment(shop, latest)
            returns = [LETTER] if place % 24 == 5 else self._returns(shop)
            last = self._chance.choice(REFUSALS) if place % 17 == 9 else APPROVE
            verdicts = [*returns, last]
            yield self._case(shop, Visit(person, proxy), verdicts), moment
        liar = Visit(self._people["mismatch"], online=Result.MISMATCH)
        yield self._case(_shop(SUSPENDED), liar, [MISMATCHED]), back(self._now, 4200)

    def services(self) -> Iterator[tuple[Case, datetime]]:
        """What customers wanted of numbers that they had, or at home; two still wait."""
        who, somebody = self._people, self._somebody
        visits = (
            (5200, Visit(who["li"], service=REISSUE, number="13800009011")),
            (4300, Visit(somebody(), service=FIXED_INSTALL)),
            (3500, self._transfer("13800009012", SMALL)),
            (2900, Visit(somebody(), service=NEW_DATA_CARD)),
            (1900, Visit(who["liu"], service=CANCEL, number="13800009013")),
            (1400, self._backfill("13800009111", "incomplete", SMALL)),
        )
        for minutes, visit in visits:
            yield self._case(_shop(COUNTER), visit, [APPROVE]), back(self._now, minutes)
        yield (
            self._case(_shop(COUNTER), self._transfer("13800009014", SHARP), []),
            back(self._now, 29),
        )
        waits = self._backfill("13800009112", "other_user", SHARP)
        yield self._case(_shop("YB-CS-03"), waits, []), back(self._now, 19)

    def _transfer(self, number: str, camera: Camera) -> Visit:
        old, new = self._people["zhang"], self._somebody()
        return Visit(new, camera=camera, service=TRANSFER, transferor=old, number=number)

    def _backfill(self, number: str, category: str, camera: Camera) -> Visit:
        return Visit(
            self._somebody(), camera=camera, service=BACKFILL, number=number, category=category
        )

    def today(self) -> Iterator[tuple[Case, datetime]]:
        """What a clerk finds returned, and what the verifiers find waiting."""
        for minutes, item in ((300, Kind.ID_BACK), (285, Kind.LIVE)):
            bad = Verdict(Say.RETURN, RETURNS[0].reason, (item,))
            case = self._case(_shop(COUNTER), self._visit(), [bad])
            case.redone = False
            yield case, back(self._now, minutes)
        for minutes, code in ((150, COUNTER), (128, "YB-CS-03"), (104, COUNTER)):
            quick = self._case(_shop(code), Visit(self._somebody()), [APPROVE])
            quick.waits = (7, 0)
            yield quick, back(self._now, minutes)
        again = self._case(_shop("YB-CS-04"), self._visit(), [RETURNS[3]])
        submitted, redone = back(self._now, 280), back(self._now, 77)
        again.waits = (15, int((redone - submitted).total_seconds()) // 60 - 18)
        yield again, submitted
        holder = self._somebody()
        other = self._somebody(besides=holder)
        waiting = (
            (82, "YB-CS-03", self._visit()),
            (71, "YB-YS-01", replace(self._visit(holder, proxy=other), misprint=12)),
            (63, "YB-CS-05", self._visit(self._people["mismatch"], online=Result.MISMATCH)),
            (48, "SL-01", self._visit(self._people["soon"])),
            (37, COUNTER, self._visit(TRAVELLERS["anna"])),
            (22, "SL-FL-01", replace(self._visit(), is_somebody_else=True)),
            (16, "MB-XG-01", self._visit()),
            (
                30,
                COUNTER,
                Visit(self._people["tong"], camera=SHARP, guardian=self._people["tongfu"]),
            ),
            (26, COUNTER, Visit(self._people["liu"], camera=SHARP, witness=self._manager)),
        )
        for minutes, code, visit in waiting:
            yield self._case(_shop(code), visit, []), back(self._now, minutes)

    def gone(self) -> Iterator[tuple[Counter, Visit, datetime]]:
        """Customers who thought better of it."""
        for minutes, shop in ((900, SHOPS[0]), (2600, SHOPS[5])):
            yield self._counters[shop.code], Visit(self._somebody()), back(self._now, minutes)

    def order(self) -> datetime:
        """When the demo's unit handed its order in."""
        return back(self._now, 15)

    def draft(self) -> tuple[Visit, datetime]:
        """A customer who had to fetch something: the clerk goes on where they left off."""
        return self._visit(), back(self._now, 12)

    def _visit(
        self,
        holder: Person | Traveller | None = None,
        proxy: Person | None = None,
        online: Result = Result.MATCH,
    ) -> Visit:
        """One that is still to be looked at."""
        return Visit(holder or self._somebody(), proxy, online, SHARP)

    def _case(self, shop: Shop, visit: Visit, verdicts: list[Verdict]) -> Case:
        counter = self._counters[shop.code]
        province = counter.outlet.channel.path[: 2 * Channel.steplen]
        verifier = self._chance.choice(self._verifiers[province])
        waits = (self._chance.randint(4, 34), self._chance.randint(8, 70))
        return Case(counter, visit, verifier, verdicts, waits)

    def _returns(self, shop: Shop) -> list[Verdict]:
        """At most two rounds, the more likely the more careless the shop."""
        verdicts: list[Verdict] = []
        while len(verdicts) < 2 and self._chance.random() < shop.careless:
            verdicts.append(self._chance.choice(RETURNS))
        return verdicts

    def _moment(self, shop: Shop, latest: datetime) -> datetime:
        """Some minute when the shop was open, well before ``latest``."""
        while True:
            day = timezone.localtime(self._now) - timedelta(days=self._chance.randint(0, 13))
            minute = self._chance.randint(10, 500)
            opening = day.replace(hour=OPENS.hour, minute=0)
            moment = opening + timedelta(minutes=minute, seconds=self._chance.randint(0, 59))
            suspended = shop.code == SUSPENDED and moment > self._now - timedelta(days=3)
            if moment < latest and not suspended:
                return moment

    def _somebody(self, besides: Person | None = None) -> Person:
        """A customer with a place left."""
        keys = [
            key
            for key, person in self._people.items()
            if key.startswith("p") and self._places[key] < LIMIT and person != besides
        ]
        key = self._chance.choice(keys)
        self._places[key] += 1
        return self._people[key]


def back(now: datetime, minutes: int) -> datetime:
    """The moment that lies so many opening minutes before ``now``."""
    at = timezone.localtime(now)
    left = timedelta(minutes=minutes)
    while True:
        opens = at.replace(hour=OPENS.hour, minute=0, second=0, microsecond=0)
        closes = opens.replace(hour=CLOSES.hour)
        if at > opens:
            at = min(at, closes)
            if at - opens > left:
                return at - left
            left -= at - opens
        at = closes - timedelta(days=1)


def _shop(code: str) -> Shop:
    return next(shop for shop in SHOPS if shop.code == code)
