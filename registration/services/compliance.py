"""How well work is done below a node of the tree.

All is counted by the database, grouped by what the table lists: the number of queries does not
depend on how much hangs below. A case counts where its outlet hangs today, so that a subtree that
moved takes its history along.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, RowNumber, Substr, Trunc

from outlets.models import Channel, Outlet
from portal.models import User
from registration.models.application import Application, Party
from registration.models.check import Finding, OnlineCheck
from registration.models.line import Line
from registration.models.read_refusal import ReadRefusal
from registration.models.review import Decision, Review
from registration.rules import reading
from registration.services.period import SHANGHAI, Period
from registration.services.tally import Pair, Pairs, Tally

# From when the clerk handed the round in until somebody decided it.
TOOK = ExpressionWrapper(F("decided_at") - F("review__submitted_at"), DurationField())

# Over an application: whether something was odd about how a card was read.
IS_FLAGGED = Exists(Finding.objects.filter(application=OuterRef("pk"), rule__in=reading.IDS))


@dataclass(frozen=True)
class Question:
    """Which work is looked at: below which node, when, at which outlets."""

    channel: Channel
    period: Period
    tier: str = ""
    status: str = ""
    # Without what sub-agents below the outlet did.
    alone: bool = False

    def submissions(self) -> QuerySet[Any]:
        """Applications, each ``at`` its first submit: what is handed in again is not a new one.
        A unit's order is one, however many numbers it has; those count once they are lines."""
        rows: QuerySet[Any] = (
            Application.objects.below(self.channel.path)
            .of_their_own()
            .filter(self.at_outlets("outlet__"))
            .annotate(at=F("first_submitted_at"))
        )
        return rows

    def decisions(self) -> QuerySet[Any]:
        rows = Decision.objects.filter(
            review__channel_path__startswith=self.channel.path, review__stands=True
        )
        return rows.filter(self.at_outlets("review__outlet__")).annotate(at=F("decided_at"))

    def lines(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = (
            Line.objects.below(self.channel.path)
            .filter(self.at_outlets("application__outlet__"))
            .annotate(at=F("opened_at"))
        )
        return rows

    def read_refusals(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = ReadRefusal.objects.below(self.channel.path)
        return rows.filter(self.at_outlets("outlet__"))

    def outlets(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = Outlet.objects.below(self.channel.path)
        return rows.filter(self.at_outlets(""))

    def at_outlets(self, prefix: str) -> Q:
        wanted = {"tier": self.tier, "status": self.status}
        if self.alone:
            wanted["channel"] = self.channel.pk
        return Q(**{f"{prefix}{name}": value for name, value in wanted.items() if value})


@dataclass(frozen=True)
class Group:
    """By what work is counted: an expression over an application, a decision, a refused read."""

    application: Combinable
    decision: Combinable
    read_refusal: Combinable


BY_OUTLET = Group(F("outlet"), F("review__outlet"), F("outlet"))
# Who captured the first round; a colleague may have finished what came back.
BY_CLERK = Group(
    Coalesce(
        Subquery(
            Review.objects.filter(application=OuterRef("pk"), round=1).values("captured_by")[:1]
        ),
        F("clerk"),
        output_field=BigIntegerField(),
    ),
    F("review__captured_by"),
    F("clerk"),
)
TOGETHER = Group(Value(0), Value(0), Value(0))


def by_child(channel: Channel) -> Group:
    length = len(channel.path) + Channel.steplen
    child = Substr("channel_path", 1, length)
    return Group(child, Substr("review__channel_path", 1, length), child)


def by_step(period: Period) -> Group:
    step = Trunc("at", period.step, tzinfo=SHANGHAI)
    return Group(step, step, step)


def pairs(question: Question, group: Group) -> Pairs:
    """The figures of each group, for the period and for the time before it."""
    found = _counted(question, group)
    _find_medians(question, group, found)
    return found


@dataclass(frozen=True)
class Summary:
    """A node as a whole, and step by step over the period."""

    whole: Pair
    steps: Mapping[datetime, Tally]


def summary(question: Question) -> Summary:
    by_time = by_step(question.period)
    found = pairs(question, by_time)
    _count_lines(question, by_time, found)
    whole = Pair()
    for pair in found.values():
        whole.now.add(pair.now)
        whole.before.add(pair.before)
    together: Pairs = defaultdict(Pair, {0: whole})
    _find_medians(question, TOGETHER, together)
    return Summary(whole, {at: found[at].now for at in question.period.steps()})


def counts(question: Question, *, clerk: User | None = None) -> Pair:
    """All of it together, or what one clerk did, without a median; numbers opened are not told
    by clerk."""
    found = _counted(question, BY_CLERK if clerk else TOGETHER)
    if clerk:
        return found[clerk.pk]
    _count_lines(question, TOGETHER, found)
    return found[0]


def _counted(question: Question, group: Group) -> Pairs:
    found: Pairs = defaultdict(Pair)
    _count_submissions(question, group, found)
    _count_decisions(question, group, found)
    _count_read_refusals(question, group, found)
    return found


def _count_submissions(question: Question, group: Group, found: Pairs) -> None:
    rows = _grouped(
        question.submissions().annotate(is_flagged=IS_FLAGGED), question.period, group.application
    )
    for key, is_now, count, flagged in rows.annotate(
        count=Count("pk"), flagged=Count("pk", filter=Q(is_flagged=True))
    ).values_list("key", "is_now", "count", "flagged"):
        tally = found[key].of(is_now)
        tally.submitted, tally.flagged = count, flagged


def _count_read_refusals(question: Question, group: Group, found: Pairs) -> None:
    rows = _grouped(question.read_refusals(), question.period, group.read_refusal)
    for key, is_now, count in rows.annotate(count=Count("pk")).values_list(
        "key", "is_now", "count"
    ):
        found[key].of(is_now).refused_reads = count


def _count_decisions(question: Question, group: Group, found: Pairs) -> None:
    rows = _grouped(question.decisions(), question.period, group.decision)
    names = ("key", "is_now", "review__round", "verdict", "reason")
    for key, is_now, round_no, verdict, reason, count in (
        rows.values(*names).annotate(count=Count("pk")).values_list(*names, "count")
    ):
        tally = found[key].of(is_now)
        tally.decided += count
        if round_no == 1:
            tally.first_decided += count
            tally.first_approved += count * (verdict == Decision.Verdict.APPROVE)
        if verdict == Decision.Verdict.RETURN:
            tally.returns[reason] += count
        elif verdict == Decision.Verdict.REFUSE:
            tally.refusals[reason] += count


def _find_medians(question: Question, group: Group, found: Pairs) -> None:
    """The one or two rows in the middle of each group, found by the database: what is read does
    not grow with the number of decisions, and both databases say the same."""
    of_group: dict[str, Any] = {"partition_by": [F("key"), F("is_now")]}
    rows = (
        _marked(question.decisions(), question.period, group.decision)
        .annotate(took=TOOK)
        .annotate(place=Window(RowNumber(), order_by=F("took").asc(), **of_group))
        .annotate(many=Window(Count("pk"), **of_group))
        .annotate(off=F("place") * 2 - F("many"))
        .filter(off__gte=0, off__lte=2)
    )
    middle: defaultdict[tuple[Any, bool], list[timedelta]] = defaultdict(list)
    for key, is_now, took in rows.values_list("key", "is_now", "took"):
        middle[key, is_now].append(took)
    for (key, is_now), values in middle.items():
        found[key].of(is_now).median = sum(values, timedelta()) / len(values)


def _count_lines(question: Question, group: Group, found: Pairs) -> None:
    """实名率: of the numbers opened, those whose people were all matched by the national check."""
    people = Party.objects.filter(application=OuterRef("application"))
    unmatched = people.exclude(identity__online_check__result=OnlineCheck.Result.MATCH)
    rows = _grouped(
        question.lines().annotate(is_real=Exists(people) & ~Exists(unmatched)),
        question.period,
        group.application,
    )
    for key, is_now, opened, real in rows.annotate(
        count=Count("pk"), real=Count("pk", filter=Q(is_real=True))
    ).values_list("key", "is_now", "count", "real"):
        tally = found[key].of(is_now)
        tally.opened, tally.real_name = opened, real


def _marked(rows: QuerySet[Any], period: Period, key: Combinable) -> QuerySet[Any]:
    now = When(at__gte=period.since, then=True)
    is_now = Case(now, default=False, output_field=BooleanField())
    marked: QuerySet[Any] = rows.filter(period.with_before).annotate(key=key, is_now=is_now)
    return marked


def _grouped(rows: QuerySet[Any], period: Period, key: Combinable) -> QuerySet[Any]:
    return _marked(rows, period, key).order_by().values("key", "is_now")
