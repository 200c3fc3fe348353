"""Policies: set at a node for everything below it, from a day on; the nearest node counts."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.models import Channel
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit
from registration.models.policy import PolicyRow
from registration.rules.policy import POLICIES


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


def in_force(path: str, on: date) -> dict[str, Any]:
    """What holds at a channel path on a day, by key: one query, at every level of the tree."""
    rows = PolicyRow.objects.filter(channel__path__in=_way(path), from_date__lte=on)
    nearest = rows.order_by("channel__depth", "from_date", "pk").values_list(
        "channel__path", "key", "value"
    )
    latest = {(key, at): value for at, key, value in nearest}
    # Deeper nodes come later and win; a withdrawn value leaves what is set above it.
    return {key: value for (key, _at), value in latest.items() if value is not None}


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
    """Set a policy at a node; ``value`` None withdraws it. Raises UnknownPolicy, WrongValue,
    TooEarly."""
    if key not in POLICIES:
        raise UnknownPolicy
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
        reason=reason,
    )
    return row


def _way(path: str) -> list[str]:
    """The paths of a node and of everything above it."""
    step = Channel.steplen
    return [path[:end] for end in range(step, len(path) + 1, step)]
