"""What is added up before anybody asks is what the rows say, whatever happened meanwhile."""

import random
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from outlets.models import Channel, Outlet, Tier
from outlets.services import channel as channels
from portal.models import User
from registration import flow, health, tasks
from registration.models import (
    Application,
    DayCount,
    Decision,
    NodeCount,
    ReadRefusal,
    Review,
    RolledDay,
    StaleDay,
)
from registration.services import compliance, rollup, stale
from registration.services.period import Period
from registration.services.question import (
    BY_CLERK,
    BY_OUTLET,
    Group,
    Question,
    by_child,
    by_step,
)
from registration.services.split import Split
from registration.services.tally import Pair, Pairs, Tally
from tests.cast import Cast
from tests.outlets.places import sub_agent
from tests.registration.work import (
    APPROVE,
    BLURRED,
    DAY,
    FORGED,
    REFUSE,
    RETURN,
    at,
    done,
    flagged,
    handed_in,
    handed_in_again,
    judged,
    opened,
    question,
    refused_read,
)

pytestmark = pytest.mark.django_db

ONE_DAY = timedelta(days=1)
# Long after everything that these tests do.
LATER = at(12, day=DAY + timedelta(days=100))


@pytest.fixture(autouse=True)
def _nothing_is_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports take all they can from what is added up."""
    monkeypatch.setattr("registration.services.question.FEW", -1)


def added_up(*days: date) -> None:
    for day in days or (DAY,):
        rollup.fold_day(day, now=LATER)


def from_rows(asked: Question, group: Group) -> Pairs:
    return compliance.figures(asked, group, Split.with_days(asked.period, set()))


def told(pairs: Pairs, node: Channel) -> dict[Any, Pair]:
    """Without the groups in which nothing was done, and of a node's children without itself."""
    nothing = Pair()
    return {key: pair for key, pair in pairs.items() if pair != nothing and key != node.path}


# Whatever happens ------------------------------------------------------------------------------


class Life:
    """Random work at random outlets around a turn of the month; each change is marked as the verbs
    mark it, and some of it is added up in between."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.cast, self.dice = cast, random.Random(seed)
        below = sub_agent(cast, cast.outlet.channel)
        self.staff: dict[int, list[User]] = {
            cast.outlet.pk: [cast.clerk, cast.colleague],
            below.pk: [cast.clerk],
            cast.hall.pk: [cast.hall_clerk],
            cast.sister.pk: [cast.sister_clerk],
            cast.far_outlet.pk: [cast.sister_clerk],
        }

    def happen(self) -> None:
        acts = (self.work, self.work, self.work, self.open, self.refuse, self.undo, self.move, self.change)
        self.dice.choice(acts)()
        if self.dice.random() < 0.3:
            rollup.fold(now=LATER, days=self.dice.choice((0, 3, 60)))

    def questions(self, node: Channel) -> list[Question]:
        """About two months and about a week that is not over; without what is below, and of
        outlets of one kind."""
        months = Period.of(DAY - 49 * ONE_DAY, DAY - 3 * ONE_DAY, now=LATER)
        week = Period.of(DAY - 10 * ONE_DAY, DAY - 4 * ONE_DAY, now=at(9) - 4 * ONE_DAY)
        narrowed = Question(node, months, tier=self.dice.choice(Tier.values), status="open")
        return [
            Question(node, months),
            Question(node, week),
            Question(node, months, alone=True),
            narrowed,
        ]

    def moment(self) -> datetime:
        back = timedelta(minutes=self.dice.randrange(50 * 24 * 60))
        return at(0) - back

    def outlet(self) -> Outlet:
        return Outlet.objects.get(pk=self.dice.choice(list(self.staff)))

    def work(self) -> None:
        outlet, when = self.outlet(), self.moment()
        clerk = self.dice.choice(self.staff[outlet.pk])
        case = handed_in(self.cast, when, outlet=outlet, by=clerk)
        if self.dice.random() < 0.2:
            flagged(case)
        stale.mark(outlet.pk, when)
        for _round in range(self.dice.choice((0, 1, 1, 2))):
            verdict = self.dice.choice((APPROVE, RETURN, REFUSE))
            made = judged(self.cast, case, verdict, minutes=2 ** self.dice.uniform(-3, 11))
            stale.mark(outlet.pk, made.decided_at)
            again = made.decided_at + timedelta(hours=self.dice.randrange(40))
            handed_in_again(case, again, by=self.dice.choice(self.staff[outlet.pk]))

    def open(self) -> None:
        outlet, when = self.outlet(), self.moment()
        self.cast.now = when
        case = self.cast.draft(outlet=outlet, by=self.staff[outlet.pk][0])
        opened(self.cast, case, when, self.dice.choice(("match", "unavailable")))
        stale.mark(outlet.pk, when)

    def refuse(self) -> None:
        outlet, when = self.outlet(), self.moment()
        refused_read(self.cast, when, outlet=outlet, by=self.staff[outlet.pk][0])
        stale.mark(outlet.pk, when)

    def undo(self) -> None:
        made = Decision.objects.order_by("?").select_related("review").first()
        if made:
            made.delete()
            stale.mark(made.review.outlet_id, made.decided_at)

    def move(self) -> None:
        node = self.dice.choice([self.cast.district, self.cast.sister.channel, self.cast.city])
        places = ["A", "B"] if node == self.cast.city else ["A1", "A1E", "A1W", "A", "B"]
        to = Channel.objects.get(code=self.dice.choice(places))
        try:
            channels.move(node, to, by=None, now=self.cast.now)
        except (channels.WrongPlace, channels.AlreadyThere, channels.BelowItself):
            return  # not there

    def change(self) -> None:
        outlet = Outlet.objects.filter(pk=self.outlet().pk)
        outlet.update(tier=self.dice.choice(Tier.values), status=self.dice.choice(("open", "suspended")))


@pytest.mark.parametrize("seed", range(3))
def test_after_anything_the_figures_are_those_of_a_recount(cast: Cast, seed: int) -> None:
    life = Life(cast, seed)

    for _act in range(40):
        life.happen()

    for node in Channel.objects.filter(code__in=("HQ", "A", "A1E", "A1E001")):
        for asked in life.questions(node):
            for group in (by_child(node), by_step(asked.period), BY_OUTLET, BY_CLERK):
                rolled, counted = compliance.pairs(asked, group), from_rows(asked, group)
                assert told(rolled, node) == told(counted, node)
    assert [rollup.prove(row.day, now=LATER) for row in RolledDay.objects.all()[:5]] == [0] * 5
