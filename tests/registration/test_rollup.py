"""What is added up before anybody asks is what the rows say, whatever happened meanwhile."""

import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from outlets.models import Channel, Outlet, Tier
from outlets.services import channel as channels
from portal.models import User
from registration import flow, health, tasks
from registration.models import (
    DayCount,
    Decision,
    NodeCount,
    RolledDay,
    StaleDay,
)
from registration.services import (
    compliance,
    decision,
    identity,
    read_refusal,
    rollup,
    stale,
)
from registration.services.period import Period
from registration.services.question import (
    BY_CLERK,
    BY_OUTLET,
    TOGETHER,
    Group,
    Question,
    by_child,
    by_unit,
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
BACK: dict[str, Any] = {"verdict": RETURN, "reason": BLURRED, "items": ["id_front"]}
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


def killed(_marks: object) -> None:
    raise SystemExit


def today(cast: Cast) -> Question:
    day = timezone.localdate(cast.now)
    return question(cast, period=Period.of(day, day, now=cast.now + ONE_DAY))


def city_of(cast: Cast, province: Channel) -> Channel:
    kind = Channel.Kind.CITY
    return channels.add(province, kind=kind, name="乙市公司", code="B1", by=None, now=cast.now)


def provinces(cast: Cast) -> tuple[Channel, Channel]:
    return cast.other_province, cast.province


def told(pairs: Pairs, node: Channel) -> dict[Any, Pair]:
    """Without the groups in which nothing was done, and of a node's children without itself."""
    nothing = Pair()
    return {key: pair for key, pair in pairs.items() if pair != nothing and key != node.path}


def days_now(pairs: Pairs) -> dict[Any, Tally]:
    return {key: pair.now for key, pair in pairs.items() if pair.now != Tally()}


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
        acts = (
            self.work,
            self.work,
            self.work,
            self.open,
            self.refuse,
            self.undo,
            self.move,
            self.change,
        )
        self.dice.choice(acts)()
        if self.dice.random() < 0.3:
            rollup.fold(now=LATER, days=self.dice.choice((0, 3, 60)))

    def questions(self, node: Channel) -> list[Question]:
        """About two months, over and not, and about a week that is not over; without what is below,
        and of outlets of one kind."""
        months = Period.of(DAY - 49 * ONE_DAY, DAY - 3 * ONE_DAY, now=LATER)
        running = Period.of(DAY - 49 * ONE_DAY, LATER.date(), now=LATER - ONE_DAY / 2)
        week = Period.of(DAY - 10 * ONE_DAY, DAY - 4 * ONE_DAY, now=at(9) - 4 * ONE_DAY)
        narrowed = Question(node, months, tier=self.dice.choice(Tier.values), status="open")
        return [
            Question(node, months),
            Question(node, running),
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
        outlet.update(
            tier=self.dice.choice(Tier.values), status=self.dice.choice(("open", "suspended"))
        )


@pytest.mark.parametrize("seed", range(3))
def test_after_anything_the_figures_are_those_of_a_recount(cast: Cast, seed: int) -> None:
    life = Life(cast, seed)

    for _act in range(40):
        life.happen()

    for node in Channel.objects.filter(code__in=("HQ", "A", "A1E", "A1E001")):
        for asked in life.questions(node):
            children = replace(by_child(node), rates_before=False)
            for group in (children, BY_OUTLET, BY_CLERK):
                rolled, counted = compliance.pairs(asked, group), from_rows(asked, group)
                assert told(rolled, node) == told(counted, node)
            by_day = by_unit(asked.period)
            rolled, counted = compliance.pairs(asked, by_day), from_rows(asked, by_day)
            assert days_now(rolled) == days_now(counted)
            summary, whole = compliance.summary(asked), from_rows(asked, TOGETHER)[0]
            below = from_rows(asked, by_child(node))
            assert summary.whole == whole
            for path, pair in told(compliance.children(asked), node).items():
                assert pair.now.took == below[path].now.took
                assert pair.before.first_pass_rate == below[path].before.first_pass_rate
    assert [rollup.prove(row.day, now=LATER) for row in RolledDay.objects.all()[:5]] == [0] * 5


# What is seen at once ---------------------------------------------------------------------------


def test_what_is_decided_after_the_day_was_added_up_counts_at_once(cast: Cast) -> None:
    cast.in_review()
    rollup.fold(now=cast.now, days=1)
    case = cast.claimed()

    flow.decide(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now, **BACK)

    tally = compliance.counts(today(cast)).now
    assert (tally.submitted, tally.returned) == (1, 1)


def test_what_is_taken_back_is_gone_at_once(cast: Cast, settings: Any) -> None:
    settings.UNDO = timedelta(seconds=5)
    cast.in_review()
    case = cast.claimed()
    flow.decide(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now, **BACK)
    rollup.fold(now=cast.now, days=1)

    decision.take_back(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)

    assert compliance.counts(today(cast)).now.decided == 0
    assert rollup.fold(now=cast.now, days=0) == 1
    assert compliance.counts(today(cast)).now.decided == 0


def test_every_verb_that_changes_a_count_leaves_a_mark(cast: Cast) -> None:
    marks = StaleDay.objects.filter(outlet=cast.outlet, day=timezone.localdate(cast.now))
    draft = cast.ready()
    left = [marks.count()]

    application = cast.approved(draft)
    left.append(marks.count())
    flow.settle(Decision.objects.get(), now=cast.now + timedelta(minutes=1))
    cast.done(application)
    left.append(marks.count())
    read_refusal.record(draft, identity.WrongChallenge(), {}, clerk=cast.clerk, now=cast.now)
    left.append(marks.count())

    assert left[0] == 0
    assert left == sorted(set(left))


def test_of_a_day_on_which_one_outlet_worked_on_only_that_outlet_is_counted_anew(
    cast: Cast,
) -> None:
    done(cast, at(9))
    added_up()
    NodeCount.objects.update(submitted=F("submitted") + 10)  # what only the rolled-up counts say
    done(cast, at(10))
    stale.mark(cast.outlet.pk, at(10))

    asked = question(cast, period=Period.of(DAY, DAY + ONE_DAY, now=LATER))

    assert compliance.counts(asked).now.submitted == 2 + 10


@pytest.mark.parametrize("group", [TOGETHER, BY_OUTLET])
def test_a_day_that_is_added_up_while_a_report_is_made_is_told_right(
    cast: Cast, group: Group
) -> None:
    done(cast, at(9))
    added_up()
    done(cast, at(10))
    stale.mark(cast.outlet.pk, at(10))
    asked = question(cast, period=Period.of(DAY, DAY + ONE_DAY, now=LATER))
    split = Split.of(asked.period)

    rollup.fold(now=LATER, days=0)

    (pair,) = compliance.figures(asked, group, split).values()
    assert (pair.now.submitted, pair.now.decided, pair.now.took.total()) == (2, 2, 2)


def test_where_too_many_outlets_worked_on_the_whole_day_is_counted(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registration.services.split.TOUCHED_MOST", 1)
    done(cast, at(9))
    added_up()
    NodeCount.objects.update(submitted=F("submitted") + 10)
    stale.mark(cast.outlet.pk, at(10))
    stale.mark(cast.far_outlet.pk, at(10))

    asked = question(cast, period=Period.of(DAY, DAY + ONE_DAY, now=LATER))

    assert compliance.counts(asked).now.submitted == 1


def test_a_moved_subtree_is_counted_at_its_new_place_at_once(cast: Cast) -> None:
    done(cast, at(9))
    done(cast, at(9), outlet=cast.far_outlet)
    added_up()

    channels.move(cast.district, city_of(cast, cast.other_province), by=None, now=LATER)

    there, here = (compliance.counts(question(cast, node)).now for node in provinces(cast))
    assert (there.submitted, here.submitted) == (2, 0)
    assert [rollup.prove(DAY, now=LATER), StaleDay.objects.count()] == [0, 0]


def test_the_page_of_much_work_costs_few_more_queries_and_sends_further_down_for_pictures(
    cast: Cast,
) -> None:
    done(cast, cast.now - 3 * ONE_DAY)
    rollup.fold(now=cast.now, days=9)
    stale.mark(cast.outlet.pk, cast.now)
    visitor = cast.signed_in(cast.manager)

    with CaptureQueriesContext(connection) as seen:
        page = visitor.get(reverse("report"))

    assert len(seen) == 22
    assert page.context["whole"].submitted == 1
    assert "请到下级" in page.content.decode()


# Adding up --------------------------------------------------------------------------------------


def test_a_fold_that_is_killed_leaves_the_day_as_it_was(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(cast, at(9))
    added_up()
    done(cast, at(10))
    stale.mark(cast.outlet.pk, at(10))

    monkeypatch.setattr(rollup, "_unmark", killed)
    with pytest.raises(SystemExit):
        rollup.fold(now=LATER, days=0)

    assert DayCount.objects.get().submitted == 1
    assert StaleDay.objects.exists()


def test_the_task_adds_up_what_is_there_when_it_first_runs(cast: Cast) -> None:
    now = timezone.now()
    done(cast, now - timedelta(days=3))

    tasks.fold()

    assert RolledDay.objects.count() == 4
    assert rollup.missing(now=now) == []
    assert sum(DayCount.objects.values_list("submitted", flat=True)) == 1


def test_a_fold_ends_though_new_marks_keep_coming(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.in_review()
    rollup.fold(now=cast.now, days=1)
    stale.mark(cast.outlet.pk, cast.now)
    replace = rollup._replace

    def on_a_busy_day(*asked: Any) -> None:
        replace(*asked)
        stale.mark(cast.outlet.pk, cast.now)

    monkeypatch.setattr(rollup, "_replace", on_a_busy_day)

    assert rollup.fold(now=cast.now, days=0) == 1
    assert StaleDay.objects.count() == 1


def test_a_fold_with_nothing_to_do_touches_nothing(cast: Cast) -> None:
    done(cast, at(9))
    added_up()

    assert rollup.fold(now=LATER, days=0) == 0


# The proof --------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [DayCount, NodeCount])
def test_the_proof_finds_a_falsified_count_and_puts_it_right(
    cast: Cast, model: type[DayCount | NodeCount], caplog: pytest.LogCaptureFixture
) -> None:
    now = timezone.now()
    done(cast, now - timedelta(days=1))
    rollup.fold(now=now, days=9)
    model.objects.update(submitted=F("submitted") + 3)

    tasks.prove()

    yesterday = RolledDay.objects.get(day=timezone.localdate(now) - ONE_DAY)
    assert yesterday.wrong > 0
    assert health.rollups(now).state == "review"
    assert "differed from the rows" in caplog.text
    assert rollup.prove(yesterday.day, now=now) == 0


def test_a_falsified_reason_is_found_too(cast: Cast) -> None:
    done(cast, at(9), RETURN)
    added_up()
    NodeCount.objects.filter(channel_path=cast.head.path).update(detail={"returns": {FORGED: 1}})

    assert rollup.prove(DAY, now=LATER) == 2
    assert NodeCount.objects.filter(detail__returns={BLURRED: 1}).count() == 10


def test_the_command_builds_all_anew_and_proves_it(cast: Cast) -> None:
    done(cast, timezone.now() - timedelta(days=2))
    out = StringIO()

    call_command("rollup", "rebuild", stdout=out)
    call_command("rollup", "prove", stdout=out)

    assert out.getvalue() == "3 days added up\n2 days proved\n"
    NodeCount.objects.update(decided=7)
    with pytest.raises(CommandError):
        call_command("rollup", "prove", stdout=out)
    call_command("rollup", "prove", stdout=out)


# Medians ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [(1,), (1, 2, 4, 100), (7, 7, 7, 300), (0.001, 0.002, 900)])
def test_a_median_of_what_is_added_up_is_less_than_a_tenth_off(
    cast: Cast, minutes: tuple[float, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for many in minutes:
        done(cast, at(1), minutes=many)
    added_up()

    rolled = compliance.counts(question(cast)).now.median
    monkeypatch.setattr("registration.services.question.FEW", 100)
    exact = compliance.counts(question(cast)).now.median

    assert rolled is not None
    assert exact is not None
    assert abs(rolled - exact) < max(0.091 * exact, timedelta(seconds=1))


def test_little_work_is_read_row_by_row_and_its_median_is_exact(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registration.services.question.FEW", 2)
    done(cast, at(9), minutes=11)
    added_up()

    assert compliance.counts(question(cast)).now.median == timedelta(minutes=11)
