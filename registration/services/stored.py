"""Reading what was added up before, without what has changed since."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec
from django.db.models import Case, DateField, F, Q, QuerySet, Sum, Value, When

from registration.models.rollup import Counts, NodeCount
from registration.services.question import Group, Listed, Question
from registration.services.split import Part, Split
from registration.services.tally import Pair, Pairs, Tally, put_in


class Detail(msgspec.Struct):
    """A count's ``detail``; a report over a year opens thousands of them."""

    returns: dict[str, int] = {}
    refusals: dict[str, int] = {}
    took: dict[int, int] = {}


# Without the numbers that were opened, which not every group is told by.
OF_CASES = tuple(name for name in Counts.NUMBERS if name not in ("opened", "real_name"))


def pairs(question: Question, group: Group, split: Split) -> Pairs:
    """The figures of the days that are added up, the times in buckets; one query.

    Without the outlets that are touched. A node's counts hold those too, so they are taken out
    again: in the same statement, for in between the day may be added up anew."""
    found: Pairs = defaultdict(Pair)
    numbers = Counts.NUMBERS if group.line else OF_CASES
    if split.runs:
        for row in _rows(question, group, split):
            tally = found[group.rolled(row)].of(row.is_now)
            for name in numbers:
                setattr(tally, name, getattr(tally, name) + row.sign * getattr(row, f"all_{name}"))
            _add_details(tally, row)
    return found


def _rows(question: Question, group: Group, split: Split) -> Any:
    first, touched = question.period.first, split.touched
    if group.nodes is None or question.is_narrowed:
        counted = Q(split.days, ~touched.counts) if touched else split.days
        rows = question.day_counts()
        keys = ("channel_path", "outlet_id", "clerk_id")
        return _told(question, group, rows, Part(counted, 1, first), *keys)
    nodes = NodeCount.objects.filter(channel_path__in=group.nodes(question.channel))
    parts = split.of_nodes(first, by_day=group.by_day)
    told = [_told(question, group, nodes, part, "channel_path") for part in parts]
    if touched:
        part = Part(touched.counts, -1, first)
        told.append(_told(question, group, question.day_counts(), part, "channel_path"))
    # What is taken out comes last, so that nothing is ever less than nothing.
    return told[0].union(*told[1:], all=True).order_by("-sign") if told[1:] else told[0]


def _told(question: Question, group: Group, rows: QuerySet[Any], part: Part, *keys: str) -> Any:
    """One row of what has the same keys and is in the period, or before it, or on one day.
    ``told``: every ``detail``, which is for msgspec to open."""
    is_now = Q(day__gte=part.now_from)
    named: dict[str, Any] = {"is_now": Case(When(is_now, then=True), default=False)}
    if group.by_day:
        before = Value(question.period.before_since.date(), output_field=DateField())
        named["at"] = Case(When(is_now, then=F("day")), default=before)
    sums = {f"all_{name}": Sum(name) for name in Counts.NUMBERS}
    told = Listed("detail", filter=is_now if group.rates_before else None)
    grouped = rows.filter(part.rows).order_by().annotate(**named).values(*keys, *named)
    found = grouped.annotate(**sums, told=told, sign=Value(part.sign))
    return found.values_list(*keys, *named, *sums, "told", "sign", named=True)


def _add_details(tally: Tally, row: Any) -> None:
    change = put_in if row.sign > 0 else _take_out
    for detail in msgspec.json.decode(f"[{row.told or ''}]", type=list[Detail]):
        for name in Counts.DETAILS:
            if counts := getattr(detail, name):
                change(getattr(tally, name), counts)


def _take_out(counts: Counter[Any], gone: Mapping[Any, int]) -> None:
    counts.subtract(gone)
    for key in gone:
        if not counts[key]:
            del counts[key]
