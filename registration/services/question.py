"""What a report is about: which work, and by what it is told apart."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from operator import attrgetter
from typing import Any

from django.db.models import (
    Aggregate,
    BigIntegerField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Substr, Trunc

from outlets.models import Channel, Outlet
from registration.models.application import Application
from registration.models.check import Finding
from registration.models.decision import Decision
from registration.models.line import Line
from registration.models.read_refusal import ReadRefusal
from registration.models.review import Review
from registration.models.rollup import DayCount
from registration.rules import reading
from registration.services.period import SHANGHAI, Period, midnight
from registration.services.split import FEW, Split

# From when the clerk handed the round in until somebody decided it.
TOOK = ExpressionWrapper(F("decided_at") - F("review__submitted_at"), DurationField())

# Over an application: whether something was odd about how a card was read.
IS_FLAGGED = Exists(Finding.objects.filter(application=OuterRef("pk"), rule__in=reading.IDS))


class Listed(Aggregate):
    """A group's texts behind one another: a row for each would take longer to read."""

    function = "STRING_AGG"
    template = "%(function)s(%(expressions)s, ',')"
    output_field = TextField()

    def __init__(self, expression: Any, **options: Any) -> None:
        super().__init__(Cast(expression, TextField()), **options)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **context)


@dataclass(frozen=True)
class Question:
    """Which work is looked at: below which node, when, at which outlets."""

    channel: Channel
    period: Period
    tier: str = ""
    status: str = ""
    # Without what sub-agents below the outlet did.
    alone: bool = False
    # Only these, by their keys.
    outlets_only: frozenset[int] | None = None

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

    def day_counts(self) -> QuerySet[Any]:
        rows = DayCount.objects.filter(channel_path__startswith=self.channel.path)
        return rows.filter(self.at_outlets("outlet__"))

    def only_at(self, outlets: frozenset[int]) -> "Question":
        """The same at these of its outlets."""
        both = outlets if self.outlets_only is None else outlets & self.outlets_only
        return replace(self, outlets_only=both)

    @cached_property
    def split(self) -> Split:
        """Asked once, so that all the figures of a page see the same days added up."""
        return Split.of(self.period)

    @cached_property
    def is_large(self) -> bool:
        """Whether so much was done at the node that a report does not read it row by row."""
        return self.split.size(self.channel.path) > FEW

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What more than one table of a page is made from; see ``compliance``."""
        return {}

    @property
    def is_narrowed(self) -> bool:
        """Whether it leaves out some of what hangs below."""
        return bool(self.tier or self.status or self.alone or self.outlets_only is not None)

    def at_outlets(self, prefix: str) -> Q:
        wanted: dict[str, Any] = {"tier": self.tier, "status": self.status}
        if self.alone:
            wanted["channel"] = self.channel.pk
        found = Q(**{f"{prefix}{name}": value for name, value in wanted.items() if value})
        if self.outlets_only is not None:
            found &= Q(**{f"{prefix}pk__in": self.outlets_only})
        return found


@dataclass(frozen=True, eq=False)
class Group:
    """By what work is told apart: expressions over an application, a decision, a refused read and
    a line (none: lines are not told by it), and the same of work that was added up before.

    ``nodes``: the paths of the nodes whose counts tell it; None: only those of outlets do.
    ``by_day``: of the period, but not of the time before it, the days are told apart.
    ``rates_before``: of the time before it gives numbers only, no reasons and no durations.
    """

    application: tuple[Combinable, ...]
    decision: tuple[Combinable, ...]
    read_refusal: tuple[Combinable, ...]
    line: tuple[Combinable, ...]
    rolled: Callable[[Any], Any]
    nodes: Callable[[Channel], Any] | None = None
    by_day: bool = False
    rates_before: bool = False


# Who captured the first round; a colleague may have finished what came back.
CLERK = Coalesce(
    Subquery(
        Review.objects.standing()
        .filter(application=OuterRef("pk"), round=1)
        .values("captured_by")[:1]
    ),
    F("clerk"),
    output_field=BigIntegerField(),
)
DECISION_CLERK, OUTLET, DECISION_OUTLET = F("review__captured_by"), F("outlet"), F("review__outlet")
NOBODY = Value(None, output_field=BigIntegerField())

BY_OUTLET = Group((OUTLET,), (DECISION_OUTLET,), (OUTLET,), (), attrgetter("outlet_id"))
BY_CLERK = Group((CLERK,), (DECISION_CLERK,), (F("clerk"),), (), attrgetter("clerk_id"))
BY_OUTLET_AND_CLERK = Group(
    (OUTLET, CLERK),
    (DECISION_OUTLET, DECISION_CLERK),
    (OUTLET, F("clerk")),
    (F("application__outlet"), NOBODY),
    attrgetter("outlet_id", "clerk_id"),
)
ALL = (Value(0),)
TOGETHER = Group(ALL, ALL, ALL, ALL, lambda row: 0, lambda node: [node.path])


def by_child(channel: Channel) -> Group:
    return _by_child(len(channel.path) + Channel.steplen)


@cache
def _by_child(length: int) -> Group:
    child, decision = _child(length)
    return Group(
        (child,),
        (decision,),
        (child,),
        (),
        lambda row: row.channel_path[:length],
        lambda node: Channel.objects.below(node.path).filter(depth=node.depth + 1).values("path"),
        rates_before=True,
    )


def by_unit(period: Period) -> Group:
    return _by_unit(period.unit)


@cache
def _by_unit(unit: str) -> Group:
    at = (Trunc("at", unit, tzinfo=SHANGHAI),)
    return Group(
        at,
        at,
        at,
        at,
        lambda row: midnight(row.at),
        lambda node: [node.path],
        by_day=True,
    )


def by_child_and_unit(channel: Channel, period: Period) -> Group:
    """Both at once, for a page that shows both."""
    return _by_child_and_unit(len(channel.path) + Channel.steplen, period.unit)


@cache
def _by_child_and_unit(length: int, unit: str) -> Group:
    (child, decision), at = _child(length), Trunc("at", unit, tzinfo=SHANGHAI)
    keys = (child, at)
    return Group(
        keys,
        (decision, at),
        keys,
        keys,
        lambda row: (row.channel_path, midnight(row.at)),
        by_day=True,
    )


def _child(length: int) -> tuple[Combinable, Combinable]:
    """The node's child that it hangs at or below, of what is placed and of a decision."""
    return Substr("channel_path", 1, length), Substr("review__channel_path", 1, length)
