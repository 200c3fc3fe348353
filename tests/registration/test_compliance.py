"""The figures: what is counted, by whom, and when a day begins."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from outlets.models import Channel, Tier
from outlets.services import channel as channels
from registration.models import Application, Decision
from registration.services import compliance, ranking
from registration.services.period import Period
from tests.cast import Cast
from tests.outlets.places import outlets_below, sub_agent
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

WRONG_PICTURE = Decision.Reason.WRONG_PICTURE


def names(rows: list[ranking.Row]) -> list[str]:
    return [row.name for row in rows]


# What is counted ------------------------------------------------------------------------------


def test_the_figures_of_a_hand_made_day(cast: Cast) -> None:
    done(cast, at(9), minutes=10)
    done(cast, at(10), minutes=30)
    done(cast, at(11), RETURN, minutes=20)
    done(cast, at(12), RETURN, minutes=60, reason=WRONG_PICTURE)
    done(cast, at(13), REFUSE, minutes=5)
    handed_in(cast, at(14))

    tally = compliance.summary(question(cast)).whole.now

    assert tally.submitted == 6
    assert (tally.first_approved, tally.first_decided) == (2, 5)
    assert tally.first_pass_rate == pytest.approx(0.4)
    assert tally.returns == {BLURRED: 1, WRONG_PICTURE: 1}
    assert tally.refusals == {FORGED: 1}
    assert tally.return_rate == pytest.approx(0.4)
    assert tally.median == timedelta(minutes=20)


def test_the_journey_through_the_verbs_is_counted(cast: Cast) -> None:
    cast.decided(RETURN, reason=BLURRED, items=["id_front"])
    day = timezone.localdate(cast.now)
    today = Period.of(day, day + timedelta(days=1), now=cast.now)

    tally = compliance.summary(question(cast, period=today)).whole.now

    assert (tally.submitted, tally.returned) == (1, 1)
    assert tally.median == timedelta(minutes=1)


def test_without_a_case_a_rate_is_nothing_and_not_zero(cast: Cast) -> None:
    tally = compliance.summary(question(cast)).whole.now

    assert (tally.submitted, tally.first_pass_rate, tally.median) == (0, None, None)


def test_an_even_number_of_decisions_has_the_mean_of_the_middle_two(cast: Cast) -> None:
    for minutes in (1, 2, 4, 100):
        done(cast, at(9), minutes=minutes)

    assert compliance.summary(question(cast)).whole.now.median == timedelta(minutes=3)


@pytest.mark.parametrize("numbers", [(7,), (1, 2), (5, 1, 3), (9, 9, 1, 1, 4), (2, 2, 2, 8, 9, 1)])
def test_each_outlet_has_its_own_median(cast: Cast, numbers: tuple[int, ...]) -> None:
    for minutes in numbers:
        done(cast, at(9), minutes=minutes)
    done(cast, at(9), outlet=cast.hall, minutes=50)

    found = {row.name: row.now.median for row in ranking.children(question(cast))}

    ordered = sorted(numbers)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    assert found == {"样本通讯店": timedelta(minutes=middle), "东区营业厅": timedelta(minutes=50)}


def test_odd_reads_are_counted_by_case_and_by_refused_read(cast: Cast) -> None:
    twice = flagged(flagged(done(cast, at(9))), "CV-01S")
    flagged(done(cast, at(10), outlet=cast.hall), "PD-10")
    refused_read(cast, at(11))
    refused_read(cast, at(12), by=cast.colleague)
    refused_read(cast, at(12, day=DAY + timedelta(days=1)))

    whole = compliance.summary(question(cast)).whole.now
    rows = {row.name: row.now for row in ranking.children(question(cast))}
    clerks = ranking.clerks(question(cast, cast.outlet.channel), today=DAY)

    assert twice.findings.count() == 2
    assert (whole.flagged, whole.refused_reads, whole.odd_reads) == (1, 2, 3)
    assert rows["样本通讯店"].odd_reads == 3
    assert rows["东区营业厅"].odd_reads == 0
    assert {row.name: row.now.odd_reads for row in clerks} == {"样本店员": 2, "同店店员": 1}


def test_a_second_round_is_no_new_submission_and_no_first_pass(cast: Cast) -> None:
    application = done(cast, at(9), RETURN, minutes=10)
    judged(cast, handed_in_again(application, at(15)), APPROVE, minutes=2)

    tally = compliance.summary(question(cast)).whole.now

    assert tally.submitted == 1
    assert (tally.first_approved, tally.first_decided, tally.decided) == (0, 1, 2)
    assert tally.median == timedelta(minutes=6)


def test_what_comes_back_on_another_day_stays_a_submission_of_the_first(cast: Cast) -> None:
    application = done(cast, at(9, day=DAY - timedelta(days=1)), RETURN)
    handed_in_again(application, at(9))

    assert compliance.counts(question(cast)).now.submitted == 0


def test_a_number_counts_as_real_named_when_all_its_people_were_matched(cast: Cast) -> None:
    cast.now = at(9)
    for result in ("match", "match", "match", "unavailable"):
        application = cast.draft()
        opened(cast, application, at(10), result)

    tally = compliance.counts(question(cast)).now

    assert (tally.real_name, tally.opened) == (3, 4)
    assert tally.real_name_rate == pytest.approx(0.75)


# When -----------------------------------------------------------------------------------------


def test_a_day_begins_and_ends_at_midnight_in_shanghai(cast: Cast) -> None:
    moment = timedelta(microseconds=1)
    handed_in(cast, at(0) - moment)
    handed_in(cast, at(0))
    handed_in(cast, at(0, day=DAY + timedelta(days=1)) - moment)
    handed_in(cast, at(0, day=DAY + timedelta(days=1)))

    found = compliance.counts(question(cast))

    assert found.now.submitted == 2
    assert found.before.submitted == 1


def test_a_decision_counts_on_the_day_it_was_made(cast: Cast) -> None:
    done(cast, at(23, 55), minutes=10)

    tally = compliance.counts(question(cast)).now

    assert (tally.submitted, tally.decided) == (1, 0)


def test_a_running_day_is_compared_with_as_much_of_the_day_before(cast: Cast) -> None:
    yesterday = DAY - timedelta(days=1)
    handed_in(cast, at(9, day=yesterday))
    handed_in(cast, at(15, day=yesterday))
    handed_in(cast, at(8))
    running = Period.of(DAY, DAY, now=at(12))

    found = compliance.counts(question(cast, period=running))

    assert (found.now.submitted, found.before.submitted) == (1, 1)


def test_seven_days_are_compared_with_the_seven_before(cast: Cast) -> None:
    for back in (0, 6, 7, 13, 14):
        handed_in(cast, at(9, day=DAY - timedelta(days=back)))
    week = Period.of(DAY - timedelta(days=6), DAY, now=at(0) + timedelta(days=1))

    found = compliance.counts(question(cast, period=week))

    assert (found.now.submitted, found.before.submitted) == (2, 2)


def test_a_curve_has_a_point_for_each_day_or_hour_that_has_come(cast: Cast) -> None:
    handed_in(cast, at(8, 59))
    handed_in(cast, at(9))
    week = Period.of(DAY - timedelta(days=6), DAY, now=at(12))

    hours = compliance.summary(question(cast, period=Period.of(DAY, DAY, now=at(10)))).steps
    days = compliance.summary(question(cast, period=week)).steps

    assert [tally.submitted for tally in hours.values()] == [0] * 8 + [1, 1]
    assert [tally.submitted for tally in days.values()] == [0] * 6 + [2]


def test_a_curve_of_more_than_a_quarter_has_a_point_for_each_week_of_it(cast: Cast) -> None:
    for back in (0, 1, 6, 13, 92):
        handed_in(cast, at(9, day=DAY - timedelta(days=back)))
    quarter, longer = (
        Period.of(DAY - timedelta(days=days - 1), DAY, now=at(12)) for days in (92, 93)
    )

    days = compliance.summary(question(cast, period=quarter)).steps
    weeks = compliance.summary(question(cast, period=longer)).steps

    assert len(days) == 92
    # Thirteen whole weeks, and the two days that the last one has had.
    assert [tally.submitted for tally in weeks.values()] == [1] + [0] * 10 + [1, 1, 2]
    assert list(weeks)[-1] == at(0, day=DAY - timedelta(days=1))


# Below whom -----------------------------------------------------------------------------------


def test_children_are_summed_over_all_that_hangs_below_them(cast: Cast) -> None:
    done(cast, at(9))
    done(cast, at(9), outlet=cast.hall)
    done(cast, at(9), RETURN, outlet=cast.sister)
    done(cast, at(9), outlet=cast.far_outlet)

    found = {row.name: row for row in ranking.children(question(cast, cast.province))}
    top = {row.name: row.now.submitted for row in ranking.children(question(cast, cast.head))}

    assert set(found) == {"甲市公司"}
    assert (found["甲市公司"].now.submitted, found["甲市公司"].outlets) == (3, 3)
    assert top == {"甲省公司": 3, "乙省公司": 1}


def test_every_outlet_below_can_be_listed_at_once(cast: Cast) -> None:
    done(cast, at(9), outlet=cast.sister)

    rows = ranking.outlets(question(cast, cast.city))

    assert {row.name: row.now.submitted for row in rows} == {
        "样本通讯店": 0,
        "东区营业厅": 0,
        "西区手机店": 1,
    }


def test_an_outlet_shows_its_clerks_and_each_their_own_work(cast: Cast) -> None:
    done(cast, at(9))
    done(cast, at(9), by=cast.colleague)
    done(cast, at(10), RETURN, by=cast.colleague)

    rows = ranking.clerks(question(cast, cast.outlet.channel), today=timezone.localdate(cast.now))

    assert {row.name: (row.now.submitted, row.now.first_pass_rate) for row in rows} == {
        "样本店员": (1, 1.0),
        "同店店员": (2, 0.5),
    }


def test_what_a_colleague_finished_stays_the_work_of_who_captured_it(cast: Cast) -> None:
    application = done(cast, at(9), RETURN)
    judged(cast, handed_in_again(application, at(11), by=cast.colleague), APPROVE)

    rows = ranking.clerks(question(cast, cast.outlet.channel), today=timezone.localdate(cast.now))
    found = {row.name: row.now for row in rows}

    assert (found["样本店员"].submitted, found["样本店员"].returned) == (1, 1)
    assert (found["同店店员"].submitted, found["同店店员"].decided) == (0, 1)


def test_a_clerk_who_left_is_still_named_by_the_work(cast: Cast) -> None:
    done(cast, at(9), by=cast.colleague)
    cast.colleague.posts.update(until_date=DAY, from_date=DAY)

    rows = ranking.clerks(question(cast, cast.outlet.channel), today=timezone.localdate(cast.now))

    assert {row.name: row.is_gone for row in rows} == {"样本店员": False, "同店店员": True}


def test_a_sub_agent_stands_beside_the_clerks_of_its_outlet(cast: Cast) -> None:
    below = sub_agent(cast, cast.outlet.channel)
    done(cast, at(9))
    done(cast, at(9), outlet=below, by=cast.colleague)
    asked = question(cast, cast.outlet.channel)

    clerks = ranking.clerks(asked, today=timezone.localdate(cast.now))
    agents = ranking.children(asked)

    assert sum(row.now.submitted for row in clerks) == 1
    assert [row.now.submitted for row in agents] == [1]
    assert compliance.counts(asked).now.submitted == 2


def test_a_moved_subtree_takes_its_history_to_the_new_manager(cast: Cast) -> None:
    done(cast, at(9))
    city = channels.add(
        cast.other_province,
        kind=Channel.Kind.CITY,
        name="乙市公司",
        code="B1",
        by=None,
        now=cast.now,
    )
    channels.move(cast.district, city, by=cast.administrator, now=cast.now)
    moved = Channel.objects.get(pk=cast.district.pk)

    there = compliance.counts(question(cast, Channel.objects.get(code="B1"))).now
    here = compliance.counts(question(cast, cast.city)).now

    assert (there.submitted, there.decided) == (1, 1)
    assert (here.submitted, here.decided) == (0, 0)
    assert compliance.summary(question(cast, moved)).whole.now.median == timedelta(minutes=10)


# Which outlets, in which order ----------------------------------------------------------------


def test_a_tier_leaves_out_the_work_of_the_others(cast: Cast) -> None:
    done(cast, at(9))
    done(cast, at(9), outlet=cast.hall)
    asked = question(cast, cast.city, tier=Tier.OWN_HALL)

    assert compliance.counts(asked).now.submitted == 1
    assert names(ranking.children(asked)) == ["东区"]
    assert names(ranking.outlets(asked)) == ["东区营业厅"]


def test_a_status_leaves_out_the_work_of_the_others(cast: Cast) -> None:
    cast.hall.move("suspended")
    done(cast, at(9), outlet=cast.hall)
    done(cast, at(9))

    assert names(ranking.children(question(cast, status="suspended"))) == ["东区营业厅"]
    assert compliance.counts(question(cast, status="open")).now.submitted == 1


@pytest.mark.parametrize("search", ["手机", "a1w0"])
def test_rows_are_found_by_name_or_code(cast: Cast, search: str) -> None:
    assert names(ranking.outlets(question(cast, cast.city), search)) == ["西区手机店"]


def test_the_worst_stand_first_and_those_without_a_decision_last(cast: Cast) -> None:
    good, poor, idle = outlets_below(cast, cast.other_province, 3)
    done(cast, at(9), outlet=good)
    done(cast, at(9), RETURN, outlet=poor)
    handed_in(cast, at(9), outlet=idle)
    rows = ranking.children(question(cast, cast.other_province))

    order = [row.outlet for row in ranking.arrange(rows, "first_pass")]

    assert order[:2] == [poor, good]
    assert set(order[2:]) == {idle, cast.far_outlet}


@pytest.mark.parametrize("sort", sorted(ranking.SORTS))
def test_every_column_sorts_both_ways(cast: Cast, sort: str) -> None:
    done(cast, at(9), minutes=5)
    done(cast, at(9), REFUSE, minutes=5)
    done(cast, at(9), RETURN, outlet=cast.hall, minutes=50)
    done(cast, at(9), RETURN, outlet=cast.hall, minutes=50)
    flagged(done(cast, at(9), RETURN, outlet=cast.hall, minutes=50))
    rows = ranking.children(question(cast))
    measure = ranking.SORTS[sort]

    up, down = ranking.arrange(rows, sort), ranking.arrange(rows, f"-{sort}")

    assert measure(up[0]) < measure(up[1])
    assert up == down[::-1]


# What it costs --------------------------------------------------------------------------------


def test_fifty_outlets_cost_the_queries_of_one(cast: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            compliance.summary(question(cast, cast.other_province))
            assert ranking.children(question(cast, cast.other_province))
            assert ranking.outlets(question(cast, cast.other_province))
        return len(seen)

    few = cost()
    for outlet in outlets_below(cast, cast.other_province, 50):
        done(cast, at(9), outlet=outlet)

    assert cost() == few == 19


def test_drafts_are_nobodys_figure(cast: Cast) -> None:
    cast.now = at(9)
    cast.draft()

    assert Application.objects.count() == 1
    assert compliance.counts(question(cast)).now.submitted == 0
