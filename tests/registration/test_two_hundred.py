"""Two hundred applications through the forms that a clerk's browser uses, each with an outcome that
the catalogue of requirements gives it: handed in with nothing lacking, or stopped by one rule."""

from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from outlets.models import Outlet, Post
from portal.models import User
from portal.services import person
from registration import flow
from registration.models import Application, Slot
from registration.services import policy
from tests.cast import Cast
from tests.registration.cases import SHOPS, TIERS, Cases
from tests.registration.counter import (
    WITH_ADDRESS,
    WITH_CARD,
    Boss,
    Case,
    Counter,
    Refused,
    outside,
)
from tests.registration.customers import Crowd, changed

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Before a 1 March that no 29 February precedes: who was born on one comes of age that day.
FIRST = date(2030, 2, 27)
# Customers in a round, of which there are twelve.
EACH = 17

# What the catalogue asks for, written down once more.
ROLES = {
    "self": {"holder"},
    "proxy": {"holder", "proxy"},
    "guardian": {"holder", "guardian"},
    "teen": {"holder"},
    "unit": {"handler"},
}
PRESENT = {"proxy": "proxy_live", "guardian": "guardian_live", "unit": "handler_live"}
BESIDES = {
    "proxy": {"letter"},
    "guardian": {"guardianship"},
    "teen": {"guardianship", "guardian_consent"},
    "unit": {"unit_letter"},
}
MILITARY = ("military_id", "armed_police_id")
ONE_PAGE = ("passport", "prc_passport")
WITH_PLACE = ("new_mobile", "new_data_card", "transfer", "backfill")
UNIT_PAPERS = {
    "enterprise": {"licence"},
    "institution": {"institution"},
    "social": {"social"},
    "government": {"introduction"},
    "army": {"introduction"},
    "embassy": {"diplomatic_note"},
}


@dataclass
class Street:
    """A shop of each tier with its clerk, and what came of everybody who went into one."""

    now: datetime
    cast: Cast
    boss: Boss
    crowd: Crowd
    counters: dict[str, Counter]
    wrong: list[str] = field(default_factory=list)
    came: Tally[str] = field(default_factory=Tally)

    def opens(self, at: datetime, *, seed: str) -> None:
        self.now, self.crowd.today = at, at.date()
        self.crowd.random.seed(seed)

    def serve(self, case: Case) -> None:
        """One customer; what should not have happened is written down."""
        counter = self.counters[case.tier]
        with self.under(counter.outlet, case), self.as_clerk(counter.clerk, case):
            outcome = self.outcome(counter, case)
        self.came[case.expected or "handed in"] += 1
        if not self.fits(case, outcome):
            self.wrong.append(f"{_told(case)}: {outcome[:300]}")
        self.now += timedelta(seconds=50)

    def outcome(self, counter: Counter, case: Case) -> str:
        """What happened to it: "handed in", and what it lacks; the rules that stop it; or words."""
        try:
            pk = counter.serve(case)
        except Refused as refused:
            return str(refused)
        with suppress(Refused):
            counter.submit(pk)
        application = Application.objects.get(pk=pk)
        if not application.is_editable:
            return " ".join(["handed in", *_lacking(case, application)])
        clerk = User.objects.get(pk=counter.clerk.pk)
        found = flow.judge(application, clerk=clerk, now=timezone.now())
        return " ".join(sorted({one.rule.id for one in found if one.severity == "block"}))

    @staticmethod
    def fits(case: Case, outcome: str) -> bool:
        if not case.expected:
            return outcome == "handed in"
        if case.expected.isascii():
            return outcome == case.expected
        return case.expected in outcome

    @contextmanager
    def under(self, outlet: Outlet, case: Case) -> Iterator[None]:
        for key, value in case.policies.items():
            self._set(outlet, key, value)
        yield
        for key in case.policies:
            self._set(outlet, key, None)

    @contextmanager
    def as_clerk(self, clerk: User, case: Case) -> Iterator[None]:
        """One of the customers is known to be the clerk."""
        if not case.is_clerk:
            yield
            return
        key = person.key(case.people[case.is_clerk].number)
        User.objects.filter(pk=clerk.pk).update(person_key=key)
        yield
        User.objects.filter(pk=clerk.pk).update(person_key="")

    def _set(self, outlet: Outlet, key: str, value: Any) -> None:
        policy.put(
            outlet.channel,
            key,
            value,
            from_date=timezone.localdate(),
            reason="样本",
            by=self.cast.administrator,
            now=timezone.now(),
        )


def _told(case: Case) -> str:
    shown = {role: str(person.kind) for role, person in case.people.items()}
    what = [case.tier, case.holder_kind, case.service, shown, case.policies, set(case.leaves_out)]
    return f"{what} should be {case.expected or 'handed in'!r}"


@pytest.fixture
def street(
    db: None, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> Street:
    opening = datetime.combine(FIRST, time(8), SHANGHAI)
    cast, boss = Cast(now=opening), Boss()
    crowd = Crowd(FIRST, Random())
    counters: dict[str, Counter] = {}
    for serial, tier in enumerate(("own_hall", *SHOPS)):
        outlet = cast.hall if tier == "own_hall" else cast.outlet
        if tier not in ("own_hall", "agent_point"):
            outlet = cast._outlet(cast.district, f"{tier} 样本店", f"S{serial}", tier)
        clerk = cast.person(f"clerk_{tier}", "样本店员", outlet.channel, Post.Role.CLERK)
        counters[tier] = Counter(cast, boss, outlet, clerk, django_capture_on_commit_callbacks)
    street = Street(opening, cast, boss, crowd, counters)
    monkeypatch.setattr(timezone, "now", lambda: street.now)
    outside(monkeypatch, boss, list(counters.values()))
    return street


def _lacking(case: Case, application: Application) -> Iterator[str]:
    """What of all that the catalogue asks for is not there."""
    if application.status != "in_review":
        yield f"status {application.status}"
    photos = {row.kind: row.status for row in application.photos.current()}
    if set(photos) != _pictures(case) | {"signature"}:
        yield f"pictures {sorted(set(photos) ^ (_pictures(case) | {'signature'}))}"
    yield from (f"picture {kind}" for kind in photos if photos[kind] not in ("ready", "received"))
    read = {row.role: row.identity.card.number for row in application.parties.all()}
    if read != {role: shown.number for role, shown in case.people.items()}:
        yield "people"
    if set(read) != ROLES[case.holder_kind] | ({"transferor"} & set(case.people)):
        yield f"roles {sorted(read)}"
    given = {row.kind: "yes" if row.given else "no" for row in application.consents.all()}
    if given != _consents(case, application):
        yield f"consents {given}"
    checked = application.online_checks.values_list("result", flat=True)
    if len(checked) != len(read) or not set(checked) <= {"match", "no_register"}:
        yield "national check"
    yield from _lacking_of_number(case, application)
    yield from _lacking_of_users(case, application)
    if case.holder_kind == "proxy" and len(set(application.letter_points)) != 6:
        yield "letter"


def _lacking_of_number(case: Case, application: Application) -> Iterator[str]:
    if (case.holder_kind == "unit") == bool(application.number):
        yield "number"
    if (case.service in WITH_CARD and case.holder_kind != "unit") != bool(application.iccid):
        yield "card"
    if (case.service in WITH_ADDRESS) != bool(application.address):
        yield "address"
    takes = case.service in WITH_PLACE and not case.is_fixed and case.holder_kind != "unit"
    if takes != Slot.objects.filter(application=application).exists():
        yield "place"


def _lacking_of_users(case: Case, order: Application) -> Iterator[str]:
    numbers = list(order.numbers.order_by("pk"))
    if len(numbers) != len(case.users):
        yield "numbers"
    for number, user in zip(numbers, case.users, strict=False):
        read = [row.identity.card.number for row in number.parties.filter(role="end_user")]
        if (number.status, read) != ("in_review", [user.number]) or not number.iccid:
            yield "end user"


def _pictures(case: Case) -> set[str]:
    kinds = {PRESENT.get(case.holder_kind, "live")} | BESIDES.get(case.holder_kind, set())
    for role, shown in case.people.items():
        prefix = "" if role == "holder" else f"{role}_"
        kinds |= {f"{prefix}{page}" for page in _pages(case, shown.kind)}
        if shown.kind in MILITARY:
            kinds.add("unit_certificate")
    if "transferor" in case.people:
        kinds.add("transferor_live")
    if case.known and case.known.standing == "unregistered":
        kinds |= {"ownership"} | ({"unit_certificate"} if case.known.category == "group" else set())
    if case.holder_kind == "unit":
        kinds |= UNIT_PAPERS[case.unit["kind"]]
        if "shown_org_code" in case.unit and case.policies.get("unit.strict_papers", True):
            kinds.add("org_code")
    return kinds


def _pages(case: Case, kind: str) -> set[str]:
    if kind in MILITARY:
        return {"id_front"} if case.policies.get("military.image") else set()
    return {"id_front"} if kind in ONE_PAGE else {"id_front", "id_back"}


def _consents(case: Case, application: Application) -> dict[str, str]:
    given = {"face": case.says["face"], "privacy": "yes"}
    if case.service != "cancel":
        given |= {"risk": "yes", "resale": "yes"}
    holder = application.parties.filter(role="holder").first()
    today = timezone.localdate()
    if holder and holder.identity.card.birth_date > today.replace(year=today.year - 14):
        given |= {"guardian": "yes", "minor": "yes"}
    return given


# What is planted, and when on the three days; some of it a minute from midnight.
PLANTED = {
    "documents": (0, time(9)),
    "proxies": (0, time(15)),
    "minors": (0, time(23, 35)),
    "numbers": (1, time(0, 1)),
    "transfers": (1, time(11)),
    "units": (1, time(15)),
    "rest": (1, time(19)),
    "leaplings": (1, time(23, 40)),
    "of_age": (2, time(0, 0)),
    "ages": (2, time(0, 20)),
    "tiers": (2, time(9)),
    "papers": (2, time(15)),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_each_of_two_hundred_customers_gets_what_the_catalogue_says(
    street: Street, planted: str
) -> None:
    day, clock = PLANTED[planted]
    street.opens(datetime.combine(FIRST + timedelta(days=day), clock, SHANGHAI), seed=planted)
    cases = Cases(street.crowd)

    made = getattr(cases, planted)()
    for case in (*made, *(cases.good() for _place in range(EACH - len(made)))):
        street.serve(case)

    assert not street.wrong, "\n".join(street.wrong)
    assert street.came.total() >= EACH


def test_the_sixth_number_of_a_person_is_stopped_wherever_it_is_asked_for(street: Street) -> None:
    cases = Cases(street.crowd)
    holder = {"holder": street.crowd.resident(street.crowd.adult())}

    for tier in TIERS:
        street.serve(cases.asks(tier, people=holder))
    street.serve(cases.asks(people=holder, service="new_data_card", expected="NL-01"))
    street.serve(cases.asks(people=holder, service="fixed_install"))

    assert not street.wrong, "\n".join(street.wrong)


def test_a_permit_and_a_residence_card_are_one_person_s(street: Street) -> None:
    cases = Cases(street.crowd)
    born = street.crowd.adult()
    card, paper = street.crowd.permit(born), street.crowd.hkm_permit(born)
    card = changed(card, pass_number=paper.number)
    two = {"limit.mobile": 2}

    street.serve(cases.asks("own_hall", people={"holder": card}, policies=two))
    street.serve(cases.asks("own_hall", people={"holder": paper}, policies=two))
    street.serve(cases.asks("own_hall", people={"holder": card}, policies=two, expected="NL-01"))

    assert not street.wrong, "\n".join(street.wrong)
