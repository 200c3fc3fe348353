"""Reading what was added up before."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from registration.models.rollup import Counts, NodeCount
from registration.services.question import Group, Question
from registration.services.split import Split
from registration.services.tally import Pair, Pairs, Tally

COUNTED = (*Counts.NUMBERS, "detail")
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
        rows = question.day_counts().filter(split.days)
        return rows.values_list(
            "channel_path", "outlet_id", "clerk_id", "day", *COUNTED, named=True
        )
    rows = NodeCount.objects.filter(channel_path__in=group.nodes(question.channel))
    times = split.days_of_nodes if group.by_day else split.spans
    return rows.filter(times).values_list("channel_path", "day", *COUNTED, named=True)


def _add(tally: Tally, row: Any, numbers: Iterable[str]) -> None:
    for name in numbers:
        setattr(tally, name, getattr(tally, name) + getattr(row, name))
    for name, counts in row.detail.items():
        ours: Counter[Any] = getattr(tally, name)
        for key, count in counts.items():
            ours[int(key) if name == "took" else key] += count
