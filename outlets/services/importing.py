"""Many outlets from one file: all of them in one transaction, or none."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outlets.models import Channel, Outlet, Tier
from outlets.services import channel as channels
from outlets.services import columns, table
from outlets.services.columns import (
    AGENT_CODE,
    AUTHORISATION,
    COLUMNS,
    NAME,
    NODE_CODE,
    PARENT,
    TIER,
    TITLES,
    Problem,
    Row,
)
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit

LARGEST: Final = 2 * 1024 * 1024
MOST_ROWS: Final = 5000


class BadRows(Refusal):
    text = gettext_lazy("文件里有 %(rows)s 行有问题，没有导入任何网点。")
    todo = gettext_lazy("请按列出的原因改好文件，再重新上传。")


@dataclass(frozen=True)
class Plan:
    """What a file would do. Without problems, the rows come parents first, level by level."""

    total: int
    levels: list[list[Row]]
    parents: dict[str, Channel]
    problems: list[Problem]

    @property
    def bad_rows(self) -> int:
        return len({problem.row for problem in self.problems})

    @property
    def only_repeats(self) -> bool:
        """Whether every row is in the database already, as after a second confirmation."""
        repeats = {problem.row for problem in self.problems if problem.column == NODE_CODE}
        return len(repeats) == self.total

    @property
    def tiers(self) -> dict[str, int]:
        """How many outlets of each tier, by its label."""
        counts = Counter(row.values[TIER] for level in self.levels for row in level)
        return {str(tier.label): counts[tier] for tier in Tier if counts[tier]}


def plan(text: str, *, by: User, now: datetime) -> Plan:
    """The dry run: reads everything, changes nothing. Raises table.BadFile if the file as a whole
    is of no use."""
    required = [column.title for column in COLUMNS if column.required]
    records = table.read(text, known=TITLES, required=required, limit=MOST_ROWS)
    problems: list[Problem] = []
    rows = [columns.clean(record, timezone.localdate(now), problems) for record in records]
    _find_duplicates(rows, problems)
    parents = _parents(rows, by)
    _check_parents(rows, parents, problems)
    levels = _levels(rows, parents, problems)
    order = {title: place for place, title in enumerate(TITLES)}
    problems.sort(key=lambda problem: (problem.row, order.get(problem.column, 0)))
    return Plan(len(records), [] if problems else levels, parents, problems)


@transaction.atomic
def run(text: str, *, by: User, now: datetime) -> int:
    """Import all rows and say how many. They are judged again: what the dry run saw may be no
    longer so. Raises BadRows."""
    channels.hold_tree()
    found = plan(text, by=by, now=now)
    if found.problems:
        raise BadRows(rows=found.bad_rows)
    parents = dict(found.parents)
    for level in found.levels:
        places = [(parents[row.parent], row.values[NAME], row.code) for row in level]
        nodes = channels.add_outlet_nodes(places)
        made = Outlet.objects.bulk_create(
            [
                _outlet(row, node, parents[row.parent])
                for row, node in zip(level, nodes, strict=True)
            ],
            batch_size=500,
        )
        for outlet in made:
            audit.record("outlet.added", subject=outlet, by=by, now=now, tier=outlet.tier)
        parents |= {node.code: node for node in nodes}
    audit.record("outlet.imported", by=by, now=now, rows=found.total)
    return found.total


def _outlet(row: Row, node: Channel, parent: Channel) -> Outlet:
    fields = {
        column.field.name: row.values[column.title]
        for column in COLUMNS
        if column.field.model is Outlet
    }
    return Outlet(channel=node, is_sub_agent=parent.kind == Channel.Kind.OUTLET, **fields)


def _find_duplicates(rows: list[Row], problems: list[Problem]) -> None:
    taken = {
        NODE_CODE: set(
            Channel.objects.filter(code__in=[row.code for row in rows]).values_list(
                "code", flat=True
            )
        ),
        AGENT_CODE: set(
            Outlet.objects.filter(
                agent_code__in=[row.values.get(AGENT_CODE, "") for row in rows]
            ).values_list("agent_code", flat=True)
        ),
    }
    for title, in_database in taken.items():
        first: dict[str, int] = {}
        for row in rows:
            value = row.values.get(title)
            if not value:
                continue
            if value in first:
                reason = _("与第 %(row)s 行重复。") % {"row": first[value]}
                problems.append(Problem(row.number, title, value, reason))
            elif value in in_database:
                problems.append(Problem(row.number, title, value, _("系统里已经有这个编码。")))
            first.setdefault(value, row.number)


def _parents(rows: list[Row], by: User) -> dict[str, Channel]:
    """The nodes of the tree that rows name as their parent; those out of scope are as missing."""
    codes = {row.parent for row in rows}
    found = Channel.objects.visible_to(by).filter(code__in=codes).select_related("outlet")
    return {channel.code: channel for channel in found}


def _check_parents(rows: list[Row], parents: dict[str, Channel], problems: list[Problem]) -> None:
    in_file = {row.code for row in rows if row.code}
    for row in filter(lambda row: row.parent, rows):
        parent = parents.get(row.parent)
        reason, below_outlet = "", True
        if parent is not None:
            reason = _reason_against(parent)
            below_outlet = parent.kind == Channel.Kind.OUTLET
        elif row.parent not in in_file:
            reason, below_outlet = _("没有这个上级，或不在你的管理范围内。"), False
        if reason:
            problems.append(Problem(row.number, PARENT, row.parent, reason))
        if below_outlet and not any(row.values.get(title) for title in AUTHORISATION):
            reason = _("上级是网点，属于下级代理，须填写授权人、授权日期和授权文件号。")
            problems.append(Problem(row.number, AUTHORISATION[0], "", reason))


def _reason_against(parent: Channel) -> str:
    if Channel.Kind.OUTLET not in Channel.BELOW[Channel.Kind(parent.kind)]:
        return _("这一层级下面不能直接设网点。")
    if parent.kind == Channel.Kind.OUTLET and parent.outlet.status == Outlet.Status.CLOSED:
        return _("上级代理网点已经关闭。")
    return ""


def _levels(
    rows: list[Row], parents: dict[str, Channel], problems: list[Problem]
) -> list[list[Row]]:
    """The rows, parents before children. Rows that never come up are too deep, or in a circle."""
    in_file = {row.code for row in rows if row.code}
    depth = {row.parent: 1 for row in rows if row.parent not in in_file}
    depth |= {code: channel.depth for code, channel in parents.items()}
    levels, pending = [], rows
    for _level in range(channels.DEEPEST):
        ready = [
            row for row in pending if depth.get(row.parent, channels.DEEPEST) < channels.DEEPEST
        ]
        if not ready:
            break
        levels.append(ready)
        waiting = {row.number for row in ready}
        pending = [row for row in pending if row.number not in waiting]
        depth |= {row.code: depth[row.parent] + 1 for row in ready}
    problems += (
        Problem(row.number, PARENT, row.parent, _("上级编码连成了一圈，或层级太深。"))
        for row in pending
    )
    return levels
