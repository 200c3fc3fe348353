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
    below = Channel.objects.below(question.channel.path).select_related("outlet")
    nodes = list(below.filter(_named(search, "name", "code"), depth=question.channel.depth + 1))
    outlets = _outlets(question, nodes)
    return [
        Row(
            node.name,
            node.code,
            found[node.path].now,
            found[node.path].before,
            channel=node,
            outlet=getattr(node, "outlet", None),
            outlets=outlets[node.path],
        )
        for node in nodes
        if node.path in outlets
    ]


def _outlets(question: Question, nodes: list[Channel]) -> dict[str, int]:
    """How many hang at or below each of the children, by its path; of a narrowed question those
    with none are left out."""
    if not question.is_narrowed:
        inner = Channel.objects.outlets_by_child(question.channel)
        is_outlet = {node.path: node.kind == Channel.Kind.OUTLET for node in nodes}
        return {path: inner.get(path, 0) + own for path, own in is_outlet.items()}
    key = Substr("channel__path", 1, len(question.channel.path) + Channel.steplen)
    counts = question.outlets().order_by().annotate(key=key).values("key")
    return dict(counts.annotate(count=Count("pk")).values_list("key", "count"))


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
