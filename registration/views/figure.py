"""The five figures at the head of a report: value, curve, and the way since the time before."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from registration.services.case import Kind
from registration.services.compliance import Summary
from registration.services.ranking import Row
from registration.services.tally import Pair, Tally
from registration.templatetags.figures import percent, readable

WIDTH, HEIGHT = 96, 28
# A change below this is no change: half a point, or one in fifty.
STILL = 0.005
STILL_SHARE = 0.02

Number = float | timedelta
Measure = Callable[[Tally], Any]


@dataclass(frozen=True)
class Trend:
    """``way`` is up, down or same; ``mood`` says whether that is good, bad or neither."""

    way: str
    mood: str
    text: str


@dataclass(frozen=True)
class Figure:
    """One number with its curve. ``kind`` names the cases behind it."""

    label: str
    value: str
    trend: Trend | None
    lines: list[str]
    dots: list[tuple[float, float]]
    kind: str
    more: list[tuple[str, str]]

    @property
    def slowest(self) -> int | None:
        """Behind a time the slowest cases come first."""
        return 1 if self.kind == Kind.DECIDED else None


def of(summary: Summary) -> list[Figure]:
    now = summary.whole.now
    return [
        _figure(_("提交"), summary, lambda tally: tally.submitted, str, Kind.SUBMITTED, mood=0),
        _figure(_("一次通过率"), summary, lambda tally: tally.first_pass_rate, percent, Kind.FIRST),
        _figure(
            _("退回率"),
            summary,
            lambda tally: tally.return_rate,
            percent,
            Kind.RETURNED,
            mood=-1,
            more=[(Kind.REFUSED, _("拒绝 %(count)d 件") % {"count": now.refused})],
        ),
        _figure(
            _("中位时长"), summary, lambda tally: tally.median, readable, Kind.DECIDED, mood=-1
        ),
        _figure(_("实名率"), summary, lambda tally: tally.real_name_rate, percent, Kind.OPENED),
    ]


def _figure(
    label: str,
    summary: Summary,
    measure: Measure,
    write: Callable[[Any], str],
    kind: str,
    mood: int = 1,
    more: Iterable[tuple[str, str]] = (),
) -> Figure:
    values = [_plain(measure(tally)) for tally in summary.steps.values()]
    lines, dots = _curve(values)
    trend = trend_of(summary.whole, measure, mood)
    value = write(measure(summary.whole.now))
    return Figure(label, value, trend, lines, dots, kind, list(more))


def trend_of(pair: Pair | Row, measure: Measure, mood: int = 1) -> Trend | None:
    """How the figure moved; ``mood`` 1 where more is better, -1 where less is, 0 for neither."""
    now, before = measure(pair.now), measure(pair.before)
    if now is None or before is None:
        return None
    if isinstance(now, float):
        moved = now - before
        words = _("%(points)+.1f 个百分点") % {"points": moved * 100}
        is_still = abs(moved) < STILL
    else:
        if not before:
            return None
        moved = now / before - 1
        words = f"{moved:+.0%}"
        is_still = abs(moved) < STILL_SHARE
    if is_still:
        return Trend("same", "", _("持平"))
    better = moved * mood > 0
    return Trend(
        "up" if moved > 0 else "down", ("is-up" if better else "is-down") if mood else "", words
    )


def _plain(value: Number | None) -> float | None:
    return value.total_seconds() if isinstance(value, timedelta) else value


def _curve(values: list[float | None]) -> tuple[list[str], list[tuple[float, float]]]:
    """Points of the polylines, broken where there was nothing to measure, and lone dots."""
    top = max((value for value in values if value), default=1)
    across = WIDTH / max(len(values) - 1, 1)
    parts: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            parts.append([])
        else:
            parts[-1].append((round(place * across, 1), round(HEIGHT * (1 - value / top), 1)))
    lines = [" ".join(f"{x},{y}" for x, y in part) for part in parts if len(part) > 1]
    return lines, [part[0] for part in parts if len(part) == 1]


def table(summary: Summary) -> list[dict[str, Any]]:
    """The same numbers for a reader that draws no curve."""
    return [
        {
            "at": at,
            "submitted": tally.submitted,
            "first_pass": percent(tally.first_pass_rate),
            "returned": percent(tally.return_rate),
            "median": readable(tally.median),
            "real_name": percent(tally.real_name_rate),
        }
        for at, tally in summary.steps.items()
    ]
