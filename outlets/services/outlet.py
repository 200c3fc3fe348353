from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.models import Channel, Outlet
from outlets.services import channel as channels
from outlets.services import right
from outlets.services.channel import Unauthorised
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit

# What describes an outlet and may be corrected at any time; place, status and authorisation have
# verbs of their own.
DESCRIPTION = ("tier", "agent_code", "address", "licence", "opens_at", "closes_at")


class NoReason(Refusal):
    text = _("请写明原因。")


class AgentCodeTaken(Refusal):
    text = _("这个代理商编码已经有网点在用。")
    todo = _("请核对后换一个编码。")


class DatedAhead(Refusal):
    text = _("授权日期不能晚于今天。")


class OutletClosed(Refusal):
    status = 403
    text = _("本网点已暂停受理。")
    todo = _("草稿都已保留。请联系渠道经理，恢复营业后即可继续。")


class OutletGone(OutletClosed):
    text = _("本网点已经关闭。")
    todo = _("草稿都已保留，但不能再受理。请联系渠道经理。")


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
    outlet = Outlet(
        tier=tier,
        is_sub_agent=is_sub_agent,
        authorised_by=authorised_by,
        authorised_date=authorised_date,
        authorisation=authorisation,
        **fields,
    )
    if is_sub_agent and not outlet.is_authorised:
        raise Unauthorised
    _check_agent_code(outlet)
    _check_date(authorised_date, now)
    outlet.channel = channels.add(
        parent, kind=Channel.Kind.OUTLET, name=name, code=code, by=by, now=now
    )
    outlet.save(force_insert=True)
    audit.record("outlet.added", subject=outlet, by=by, now=now, tier=tier)
    return outlet


@transaction.atomic
def edit(outlet: Outlet, *, name: str, by: User, now: datetime, **fields: Any) -> None:
    """Correct the name and the DESCRIPTION; what did not change is not written."""
    right.check(by, outlet.channel, now=now)
    held = Outlet.objects.select_related("channel").get(pk=outlet.pk)
    changed = [
        field for field in DESCRIPTION if field in fields and fields[field] != getattr(held, field)
    ]
    for field in changed:
        setattr(held, field, fields[field])
    if changed:
        _check_agent_code(held)
        held.save(update_fields=changed)
        audit.record("outlet.edited", subject=held, by=by, now=now, fields=changed)
    if name != held.channel.name:
        channels.rename(held.channel, name=name, by=by, now=now)


@transaction.atomic
def authorise(
    outlet: Outlet, *, who: str, when: date, document: str, by: User, now: datetime
) -> None:
    """Record the carrier's leave to be a sub-agent (CH-04)."""
    right.check_above(by, outlet.channel, now=now)
    if not (who and document):
        raise Unauthorised
    _check_date(when, now)
    outlet.authorised_by, outlet.authorised_date, outlet.authorisation = who, when, document
    outlet.save(update_fields=["authorised_by", "authorised_date", "authorisation"])
    audit.record("outlet.authorised", subject=outlet, by=by, now=now)


def suspend(
    outlet: Outlet, *, reason: str, by: User, now: datetime, seen: str | None = None
) -> None:
    """Stop its clerks at the next click; drafts are kept. ``seen`` is the status that the page
    showed: if it is no longer so, Stale."""
    _set(outlet, Outlet.Status.SUSPENDED, reason=reason, by=by, now=now, seen=seen)


def reopen(
    outlet: Outlet, *, reason: str, by: User, now: datetime, seen: str | None = None
) -> None:
    _set(outlet, Outlet.Status.OPEN, reason=reason, by=by, now=now, seen=seen)


def close(outlet: Outlet, *, reason: str, by: User, now: datetime, seen: str | None = None) -> None:
    """For good: a closed outlet does not open again."""
    _set(outlet, Outlet.Status.CLOSED, reason=reason, by=by, now=now, seen=seen)


def check_open(outlet: Outlet) -> None:
    """Raises OutletClosed (suspended) or OutletGone (closed for good)."""
    if outlet.status == Outlet.Status.CLOSED:
        raise OutletGone
    if not outlet.is_open:
        raise OutletClosed


def nearest(outlet: Outlet, tiers: Collection[str]) -> Outlet | None:
    """The open outlet of these tiers that is nearest in the tree: below the closest ancestor. One
    query for each level that has to be climbed."""
    step = Channel.steplen
    there = Outlet.objects.filter(tier__in=tiers, status=Outlet.Status.OPEN).exclude(pk=outlet.pk)
    for end in range(len(outlet.channel.path) - step, 0, -step):
        below = there.filter(channel__path__startswith=outlet.channel.path[:end])
        found: Outlet | None = below.select_related("channel").order_by("channel__path").first()
        if found:
            return found
    return None


@transaction.atomic
def _set(
    outlet: Outlet, status: str, *, reason: str, by: User, now: datetime, seen: str | None
) -> None:
    right.check_above(by, outlet.channel, now=now)
    if not reason.strip():
        raise NoReason
    outlet.status = seen or outlet.status
    outlet.move(status, status_at=now, status_by=by, status_reason=reason.strip())
    audit.record(f"outlet.{status}", subject=outlet, by=by, now=now)


def _check_agent_code(outlet: Outlet) -> None:
    if Outlet.objects.filter(agent_code=outlet.agent_code).exclude(pk=outlet.pk).exists():
        raise AgentCodeTaken


def _check_date(authorised: date | None, now: datetime) -> None:
    if authorised and authorised > timezone.localdate(now):
        raise DatedAhead
