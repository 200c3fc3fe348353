"""Counting from the rows.

All is counted by the database, grouped by what is asked for: the number of queries does not depend
on how much hangs below. Functions that give a QuerySet build it for ``asked.rows``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from registration.models.application import Party
from registration.models.check import OnlineCheck
from registration.models.decision import Decision
from registration.services import asked
from registration.services.period import Times
from registration.services.question import IS_FLAGGED, TOOK, Group, Listed, Question
from registration.services.split import FEW, Split
from registration.services.tally import BUCKETS, Pair, Pairs, Tally

DECISION = ("review__round", "verdict", "reason")


class Bucket(Func):
    """The number of the bucket of a duration; see ``tally.BUCKETS``."""

    arity = 1
    output_field = IntegerField()
    template = (
        f"FLOOR({BUCKETS} * LN(GREATEST(EXTRACT(EPOCH FROM %(expressions)s)::float8, 1))"
        " / LN(2::float8))::int"
    )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        seconds = "MAX((%(expressions)s) / 1000000.0, 1)"
        template = f"CAST({BUCKETS} * LN({seconds}) / LN(2) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)


def one_by_one(question: Question, group: Group, times: Times) -> Pairs | None:
    """Each decision with the time that it took; None: there are more than a FEW."""
    read = asked.rows(_each_decision, question, group, times)
    if len(read) > FEW:
        return None
    found: Pairs = defaultdict(Pair)
    for tally, took, count in _decided(read, group, found):
        tally.times[took] += count
    _count_others(question, group, times, found)
    return found


def of_split(question: Question, group: Group, split: Split) -> Pairs:
    """What is not added up, or has changed since it was: apart, for the one is searched by the
    moment and the other by the outlet."""
    found: Pairs = defaultdict(Pair)
    if split.rest:
        found |= in_buckets(question, group, split.rest)
    if touched := split.touched:
        changed = in_buckets(question.only_at(touched.outlets), group, touched.times)
        for key, pair in changed.items():
            found[key].add(pair)
    return found


def in_buckets(question: Question, group: Group, times: Times) -> Pairs:
    """The same with the times in buckets: what is read does not grow with the number of cases."""
    found: Pairs = defaultdict(Pair)
    read = asked.rows(_decisions, question, group, times)
    for tally, took, _count in _decided(read, group, found):
        tally.took.update(map(int, took.split(",")))
    _count_others(question, group, times, found)
    return found


def _each_decision(question: Question, group: Group, times: Q) -> QuerySet[Any]:
    rows = _marked(question.decisions(), question, times, group.decision)
    names = (*_names(group.decision), *DECISION, "took", "count")
    told: QuerySet[Any] = rows.annotate(took=TOOK, count=Value(1)).values_list(*names)
    return told[: FEW + 1]


def _decisions(question: Question, group: Group, times: Q) -> QuerySet[Any]:
    rows = _marked(question.decisions(), question, times, group.decision)
    names = (*_names(group.decision), *DECISION)
    grouped = rows.order_by().values(*names)
    counted = grouped.annotate(took=Listed(Bucket(TOOK)), count=Count("pk"))
    told: QuerySet[Any] = counted.values_list(*names, "took", "count")
    return told


def _decided(rows: Iterable[Any], group: Group, found: Pairs) -> Iterator[tuple[Tally, Any, int]]:
    """Count the decisions; each row's tally, the time that it took, and how many of them."""
    for tally, (round_no, verdict, reason, took, count) in _told(rows, group.decision, found):
        tally.decided += count
        if round_no == 1:
            tally.first_decided += count
            tally.first_approved += count * (verdict == Decision.Verdict.APPROVE)
        if verdict == Decision.Verdict.RETURN:
            tally.returns[reason] += count
        elif verdict == Decision.Verdict.REFUSE:
            tally.refusals[reason] += count
        yield tally, took, count


def _count_others(question: Question, group: Group, times: Times, found: Pairs) -> None:
    handed_in = asked.rows(_handed_in, question, group, times)
    for tally, (count, flagged) in _told(handed_in, group.application, found):
        tally.submitted, tally.flagged = count, flagged
    refused = asked.rows(_refused_reads, question, group, times)
    for tally, (count, _none) in _told(refused, group.read_refusal, found):
        tally.refused_reads = count
    if group.line:
        opened = asked.rows(_opened, question, group, times)
        for tally, (count, real) in _told(opened, group.line, found):
            tally.opened, tally.real_name = count, real


def _handed_in(question: Question, group: Group, times: Q) -> QuerySet[Any]:
    rows = question.submissions().annotate(is_marked=IS_FLAGGED)
    return _counts(rows, question, times, group.application)


def _refused_reads(question: Question, group: Group, times: Q) -> QuerySet[Any]:
    rows = question.read_refusals().annotate(is_marked=Value(False))
    return _counts(rows, question, times, group.read_refusal)


def _opened(question: Question, group: Group, times: Q) -> QuerySet[Any]:
    rows = question.lines().annotate(is_marked=_is_real())
    return _counts(rows, question, times, group.line)


def _is_real() -> Any:
    """实名率: of the numbers opened, those whose people were all matched by the national check."""
    people = Party.objects.filter(application=OuterRef("application"))
    unmatched = people.exclude(identity__online_check__result=OnlineCheck.Result.MATCH)
    return Exists(people) & ~Exists(unmatched)


def _counts(
    rows: QuerySet[Any], question: Question, times: Q, keys: tuple[Combinable, ...]
) -> QuerySet[Any]:
    """Of each group how many rows there are, and how many of them are marked."""
    names = _names(keys)
    marked = Count("pk", filter=Q(is_marked=True))
    grouped = _marked(rows, question, times, keys).order_by().values(*names)
    counts = grouped.annotate(count=Count("pk"), marked=marked)
    told: QuerySet[Any] = counts.values_list(*names, "count", "marked")
    return told


def _told(
    rows: Iterable[Any], keys: tuple[Combinable, ...], found: Pairs
) -> Iterator[tuple[Tally, Any]]:
    width = len(keys)
    for row in rows:
        key = row[0] if width == 1 else row[:width]
        yield found[key].of(row[width]), row[width + 1 :]


def _marked(
    rows: QuerySet[Any], question: Question, times: Q, keys: tuple[Combinable, ...]
) -> QuerySet[Any]:
    now = When(at__gte=question.period.since, then=True)
    is_now = Case(now, default=False, output_field=BooleanField())
    named = dict(zip(_names(keys), (*keys, is_now), strict=True))
    marked: QuerySet[Any] = rows.filter(times).annotate(**named)
    return marked


def _names(keys: tuple[Combinable, ...]) -> tuple[str, ...]:
    return (*(f"key_{place}" for place in range(len(keys))), "is_now")
