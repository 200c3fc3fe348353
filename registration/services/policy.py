"""Policies: set at a node for everything below it, from a day on; the nearest node counts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.models import Channel, Post
from outlets.services import right
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit
from registration.models.policy import PolicyRow
from registration.rules.policy import POLICIES, Policy

HISTORY = 50


class UnknownPolicy(Refusal):
    text = _("没有这项政策。")


class WrongValue(Refusal):
    status = 422
    text = _("这项政策不能取这个值。")
    todo = _("请按页面上的范围填写。")


class TooEarly(Refusal):
    status = 422
    text = _("生效日期不能早于今天。")
    todo = _("已经受理的业务按当时的政策判断，不能改。")


@dataclass(frozen=True)
class Standing:
    """What holds of one policy at a node. ``row`` is what counts, set there or above; None: nobody
    has set it. ``coming`` are the rows that will count one day, at the node or above."""

    policy: Policy[Any]
    value: Any
    row: PolicyRow | None
    coming: tuple[PolicyRow, ...]


def in_force(path: str, on: date) -> dict[str, Any]:
    """What holds at a channel path on a day, by key: one query, at every level of the tree."""
    rows = PolicyRow.objects.filter(channel__path__in=_way(path), from_date__lte=on)
    nearest = rows.order_by("channel__depth", "from_date", "pk").values_list(
        "channel__path", "key", "value"
    )
    latest = {(key, at): value for at, key, value in nearest}
    # Deeper nodes come later and win; a withdrawn value leaves what is set above it.
    return {key: value for (key, _at), value in latest.items() if value is not None}


def standings(channel: Channel, on: date) -> list[Standing]:
    """Every policy as it stands at a node on a day: one query."""
    rows = list(_rows_above(channel).order_by("channel__depth", "from_date", "pk"))
    return [
        _standing(each, [row for row in rows if row.key == each.key], on)
        for each in POLICIES.values()
    ]


def standing(channel: Channel, key: str, on: date) -> Standing:
    rows = _rows_above(channel).filter(key=key).order_by("channel__depth", "from_date", "pk")
    return _standing(POLICIES[key], list(rows), on)


def history(channel: Channel, key: str) -> QuerySet[PolicyRow]:
    """What was set of a policy at a node and above it, the newest first."""
    return _rows_above(channel).filter(key=key).order_by("-pk")[:HISTORY]


def set_below(channel: Channel, on: date) -> list[PolicyRow]:
    """What nodes below set for themselves, and so keep whatever the node says; by path."""
    rows = (
        PolicyRow.objects.filter(
            channel__path__startswith=channel.path,
            channel__depth__gt=channel.depth,
            from_date__lte=on,
        )
        .select_related("channel")
        .order_by("channel__path", "from_date", "pk")
    )
    latest = {(row.channel_id, row.key): row for row in rows}
    return [row for row in latest.values() if row.value is not None]


def may_set(by: User, channel: Channel, *, now: datetime) -> bool:
    """An administrator may, at the node of the post and below it."""
    return any(
        post.role == Post.Role.ADMINISTRATOR and channel.path.startswith(post.channel.path)
        for post in right.posts_of(by, now)
    )


@transaction.atomic
def put(
    channel: Channel,
    key: str,
    value: Any,
    *,
    from_date: date,
    reason: str,
    by: User,
    now: datetime,
) -> PolicyRow:
    """Set a policy at a node; ``value`` None withdraws it. Raises UnknownPolicy, NotYours,
    WrongValue, TooEarly."""
    if key not in POLICIES:
        raise UnknownPolicy
    if not may_set(by, channel, now=now):
        raise right.NotYours
    if from_date < timezone.localdate(now):
        raise TooEarly
    try:
        kept = None if value is None else POLICIES[key].clean(value)
    except ValueError:
        raise WrongValue from None
    row = PolicyRow.objects.create(
        channel=channel,
        key=key,
        value=kept,
        from_date=from_date,
        reason=reason,
        set_by=by,
        set_at=now,
    )
    audit.record(
        "policy.set",
        subject=channel,
        by=by,
        now=now,
        key=key,
        value=kept,
        from_date=from_date.isoformat(),
        row=row.pk,  # with the reason, which is free text
    )
    return row


def _rows_above(channel: Channel) -> QuerySet[PolicyRow]:
    return PolicyRow.objects.filter(channel__path__in=_way(channel.path)).select_related(
        "channel", "set_by"
    )


def _standing(policy: Policy[Any], rows: list[PolicyRow], on: date) -> Standing:
    """``rows`` of this policy, the highest node first, at each node the earliest first."""
    now = {row.channel_id: row for row in rows if row.from_date <= on}
    later = {(row.channel_id, row.from_date): row for row in rows if row.from_date > on}
    # The deepest node comes last.
    row = next((row for row in reversed(now.values()) if row.value is not None), None)
    value = policy.of({} if row is None else {policy.key: row.value})
    return Standing(policy, value, row, tuple(later.values()))


def _way(path: str) -> list[str]:
    """The paths of a node and of everything above it."""
    step = Channel.steplen
    return [path[:end] for end in range(step, len(path) + 1, step)]
