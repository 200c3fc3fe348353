"""Who is below a node, each with its figures, in the order that is asked for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Substr
from django.utils.translation import gettext as _

from outlets.models import Channel, Outlet, Post
from portal.models import User
from registration.services import compliance
from registration.services.question import BY_CLERK, BY_OUTLET, Question
from registration.services.tally import Tally


@dataclass(frozen=True)
class Row:
    """A node below, or a clerk, with its figures."""

    name: str
    code: str
    now: Tally
    before: Tally
    channel: Channel | None = None
    outlet: Outlet | None = None
    clerk: User | None = None
    is_gone: bool = False
    outlets: int = 0

    @property
    def kind(self) -> str:
        if self.outlet:
            return self.outlet.get_tier_display()
        return self.channel.get_kind_display() if self.channel else _("营业员")


def children(question: Question, search: str = "") -> list[Row]:
    """The nodes right below; with a filter only those that have such outlets."""
    found = compliance.children(question)
    outlets = _outlets_below(question)
    below = Channel.objects.below(question.channel.path).select_related("outlet")
    nodes = below.filter(depth=question.channel.depth + 1)
    return [
        Row(
            node.name,
            node.code,
            found[node.path].now,
            found[node.path].before,
            channel=node,
            outlet=getattr(node, "outlet", None),
            outlets=outlets.get(node.path, 0),
        )
        for node in nodes.filter(_named(search, "name", "code"))
        if node.path in outlets or not (question.tier or question.status)
    ]


def _outlets_below(question: Question) -> dict[str, int]:
    """How many hang at or below each child, by its path."""
    key = Substr("path", 1, len(question.channel.path) + Channel.steplen)
    nodes = Channel.objects.below(question.channel.path).filter(kind=Channel.Kind.OUTLET)
    if question.is_narrowed:  # else the nodes tell it alone, at half the cost
        nodes = nodes.filter(question.at_outlets("outlet__"))
    counts = nodes.order_by().annotate(key=key).values("key").annotate(count=Count("pk"))
    return dict(counts.values_list("key", "count"))


def outlets(question: Question, search: str = "") -> list[Row]:
    """Every outlet below, at whatever depth."""
    found = compliance.pairs(question, BY_OUTLET)
    rows = question.outlets().filter(_named(search, "channel__name", "channel__code"))
    return [
        Row(
            outlet.channel.name,
            outlet.channel.code,
            found[outlet.pk].now,
            found[outlet.pk].before,
            channel=outlet.channel,
            outlet=outlet,
            outlets=1,
        )
        for outlet in rows.select_related("channel")
    ]


def clerks(question: Question, search: str = "", *, today: date) -> list[Row]:
    """Who works at the outlet today, and who left but did something in the period."""
    found = compliance.pairs(replace(question, alone=True), BY_CLERK)
    here = Post.objects.filter(channel=question.channel, role=Post.Role.CLERK).held(today)
    staff = set(here.values_list("user", flat=True))
    people = User.objects.filter(pk__in=staff | set(found)).filter(
        _named(search, "name", "username")
    )
    return [
        Row(
            person.name,
            person.username,
            found[person.pk].now,
            found[person.pk].before,
            clerk=person,
            is_gone=person.pk not in staff,
        )
        for person in people
    ]


Measure = Callable[[Row], Any]
SORTS: dict[str, Measure] = {
    "name": lambda row: (row.name, row.code),
    "kind": lambda row: (row.outlet.tier if row.outlet else "", row.outlets),
    "submitted": lambda row: row.now.submitted,
    "first_pass": lambda row: row.now.first_pass_rate,
    "returned": lambda row: row.now.returned,
    "refused": lambda row: row.now.refused,
    "odd_reads": lambda row: row.now.odd_reads,
    "median": lambda row: row.now.median,
}


def arrange(rows: Iterable[Row], sort: str) -> list[Row]:
    """By one of SORTS, downwards with a "-" before it. Rows without the figure come last; equal
    ones by how much went wrong, then by code."""
    measure = SORTS[sort.removeprefix("-")]
    by_harm = sorted(rows, key=lambda row: (-row.now.returned - row.now.refused, row.code))
    known = [row for row in by_harm if measure(row) is not None]
    # Sorting keeps equal rows in order, also backwards.
    known.sort(key=measure, reverse=sort.startswith("-"))
    return known + [row for row in by_harm if measure(row) is None]


def _named(search: str, *names: str) -> Q:
    wanted = Q()
    for name in names if search else ():
        wanted |= Q(**{f"{name}__icontains": search})
    return wanted
