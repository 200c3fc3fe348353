"""How a figure is written, which way it went, and what its curve looks like."""

from datetime import timedelta

import pytest

from registration.services.compliance import Summary
from registration.services.tally import Pair, Tally
from registration.templatetags.figures import percent, readable
from registration.views import figure
from tests.registration.work import at


def trend(now: float | None, before: float | None, mood: int = 1) -> figure.Trend | None:
    values = {id(tally := Tally()): now, id(other := Tally()): before}
    return figure.trend_of(Pair(tally, other), lambda one: values[id(one)], mood)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 秒"),
        (59.6, "1 分 0 秒"),
        (200, "3 分 20 秒"),
        (7500, "2 小时 5 分"),
        (97200, "1 天 3 小时"),
    ],
)
def test_a_time_is_said_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert readable(timedelta(seconds=seconds)) == words


def test_what_was_not_measured_is_a_dash() -> None:
    assert (percent(None), readable(None)) == ("—", "—")
    assert percent(0.0) == "0.0%"


@pytest.mark.parametrize(
    ("now", "before", "mood", "way", "sign", "words"),
    [
        (0.9, 0.8, 1, "up", "is-up", "+10.0 个百分点"),
        (0.7, 0.8, 1, "down", "is-down", "-10.0 个百分点"),
        (0.3, 0.2, -1, "up", "is-down", "+10.0 个百分点"),
        (0.801, 0.8, 1, "same", "", "持平"),
        (12, 10, 0, "up", "", "+20%"),
        (100, 101, 0, "same", "", "持平"),
    ],
)
def test_a_trend_tells_its_way_and_whether_that_is_good(
    now: float, before: float, mood: int, way: str, sign: str, words: str
) -> None:
    assert trend(now, before, mood) == figure.Trend(way, sign, words)


@pytest.mark.parametrize(("now", "before"), [(None, 0.5), (0.5, None), (3, 0)])
def test_without_anything_to_compare_there_is_no_trend(
    now: float | None, before: float | None
) -> None:
    assert trend(now, before) is None


def test_a_curve_breaks_where_nothing_was_measured() -> None:
    rates = [(1, 1), (1, 2), None, (1, 1), None]
    steps = {
        at(hour): Tally(first_approved=rate[0], first_decided=rate[1]) if rate else Tally()
        for hour, rate in enumerate(rates)
    }

    drawn = figure.of(Summary(Pair(), steps))[1]

    assert drawn.lines == ["0.0,0.0 24.0,14.0"]
    assert drawn.dots == [(72.0, 0.0)]


def test_a_period_of_one_step_is_a_dot() -> None:
    drawn = figure.of(Summary(Pair(), {at(9): Tally(submitted=4)}))[0]

    assert (drawn.lines, drawn.dots) == ([], [(0.0, 0.0)])
