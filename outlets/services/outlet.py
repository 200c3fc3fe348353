from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from outlets.models import Channel, Outlet
from outlets.services import channel as channels
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit


class Unauthorised(Refusal):
    """CH-04: a sub-agent without the carrier's leave is refused."""

    text = _("网点之下再设网点属于下级代理，须先登记授权。")
    todo = _("请填写授权人、授权日期和授权文件号。")


class NoReason(Refusal):
    text = _("请写明原因。")


class OutletClosed(Refusal):
    text = _("本网点已暂停受理。")
    todo = _("草稿都已保留。请联系渠道经理，恢复营业后即可继续。")


@transaction.atomic
def add(
    parent: Channel,
    *,
    name: str,
    code: str,
    tier: str,
    by: User | None,
    now: datetime,
    authorised_by: str = "",
    authorised_date: date | None = None,
    authorisation: str = "",
    **fields: Any,
) -> Outlet:
    """Open a selling point below ``parent``; below another outlet it needs an authorisation."""
    is_sub_agent = parent.kind == Channel.Kind.OUTLET
    if is_sub_agent and not (authorised_by and authorised_date and authorisation):
        raise Unauthorised
    node = channels.add(parent, kind=Channel.Kind.OUTLET, name=name, code=code, by=by, now=now)
    outlet = Outlet.objects.create(
        channel=node,
        tier=tier,
        is_sub_agent=is_sub_agent,
        authorised_by=authorised_by,
        authorised_date=authorised_date,
        authorisation=authorisation,
        **fields,
    )
    audit.record("outlet.added", subject=outlet, by=by, now=now, tier=tier)
    return outlet


def suspend(outlet: Outlet, *, reason: str, by: User, now: datetime) -> None:
    """Stop its clerks at the next click; drafts are kept."""
    _set(outlet, Outlet.Status.SUSPENDED, reason=reason, by=by, now=now)


def reopen(outlet: Outlet, *, reason: str, by: User, now: datetime) -> None:
    _set(outlet, Outlet.Status.OPEN, reason=reason, by=by, now=now)


def close(outlet: Outlet, *, reason: str, by: User, now: datetime) -> None:
    _set(outlet, Outlet.Status.CLOSED, reason=reason, by=by, now=now)


@transaction.atomic
def _set(outlet: Outlet, status: str, *, reason: str, by: User, now: datetime) -> None:
    if not reason.strip():
        raise NoReason
    outlet.move(status, status_at=now, status_by=by, status_reason=reason.strip())
    audit.record(f"outlet.{status}", subject=outlet, by=by, now=now)
