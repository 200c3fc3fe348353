"""Reading what was added up before."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from registration.models.rollup import Counts, NodeCount
from registration.services.question import Group, Question
from registration.services.split import Split
from registration.services.tally import Pair, Pairs, Tally


class Detail(msgspec.Struct):
    """A count's ``detail``; a report over a year opens thousands of them."""

    returns: dict[str, int] = {}
    refusals: dict[str, int] = {}
    took: dict[int, int] = {}


# As text: msgspec opens it, in a third of the time.
COUNTED = (*Counts.NUMBERS, "told")
# Without the numbers that were opened, which not every group is told by.
OF_CASES = tuple(name for name in Counts.NUMBERS if name not in ("opened", "real_name"))


def pairs(question: Question, group: Group, split: Split) -> Pairs:
    """The figures of the days that are added up, the times in buckets; one query."""
    found: Pairs = defaultdict(Pair)
    if split.runs:
        for row in _rows(question, group, split):
            tally = found[group.rolled(row)].of(row.day >= question.period.first)
            _add(tally, row, Counts.NUMBERS if group.line else OF_CASES)
    return found


def _rows(question: Question, group: Group, split: Split) -> Any:
    if group.nodes is None or question.is_narrowed:
        rows = _told(question.day_counts().filter(split.days))
        return rows.values_list(
            "channel_path", "outlet_id", "clerk_id", "day", *COUNTED, named=True
        )
    times = split.days_of_nodes if group.by_day else split.spans
    nodes = group.nodes(question.channel)
    rows = _told(NodeCount.objects.filter(times, channel_path__in=nodes))
    return rows.values_list("channel_path", "day", *COUNTED, named=True)


def _told(rows: QuerySet[Any]) -> Any:
    return rows.annotate(told=Cast("detail", TextField()))


def _add(tally: Tally, row: Any, numbers: Iterable[str]) -> None:
    for name in numbers:
        setattr(tally, name, getattr(tally, name) + getattr(row, name))
    detail = msgspec.json.decode(row.told, type=Detail)
    tally.returns.update(detail.returns)
    tally.refusals.update(detail.refusals)
    tally.took.update(detail.took)
