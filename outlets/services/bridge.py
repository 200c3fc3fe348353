"""The life of a program on a counter PC: enrolled with a code, contested, ended."""

import base64
import binascii
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from outlets.models import Bridge, EnrolmentCode, Outlet, Reader
from outlets.services import right, signature
from outlets.services.code import readable
from outlets.services.envelope import LONGEST_SAM_ID
from outlets.services.outlet import NoReason, OutletGone
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit

CODE_LIFE: Final = timedelta(hours=1)
# So long a read that was under way when the key changed is still taken.
GRACE: Final = timedelta(minutes=10)


class BadCode(Refusal):
    text = _("登记码不对、已用过或已过期。")
    todo = _("请渠道经理在网点页面重新发一个登记码。")


class BadKey(Refusal):
    text = _("读卡程序送来的公钥无效。")
    todo = _("请重新运行登记命令。")


@transaction.atomic
def issue_code(outlet: Outlet, *, by: User | None, now: datetime) -> str:
    """A one-time code for one program at ``outlet``, valid for an hour, shown once."""
    right.check(by, outlet.channel, now=now)
    if outlet.status == Outlet.Status.CLOSED:
        raise OutletGone
    code = readable()
    EnrolmentCode.objects.create(
        outlet=outlet, code_hash=_hash(code), issued_by=by, expires_at=now + CODE_LIFE
    )
    audit.record("bridge.code_issued", subject=outlet, by=by, now=now)
    return code


@transaction.atomic
def enrol(
    *,
    code: str,
    public_key: str,
    agent: str,
    host: str,
    now: datetime,
    sam_id: str | None = None,
) -> Bridge:
    """Spend a code and register the key (base64 of 32 raw bytes) at the code's outlet. The reader
    that was plugged in, if there was one, is from then on the only one that may read there."""
    raw = raw_key(public_key)
    row = _spent(code, now=now)
    kid = signature.key_id(raw)
    try:
        with transaction.atomic():
            bridge = Bridge.objects.create(
                outlet=row.outlet,
                kid=kid,
                public_key=raw,
                host=host[:80],
                agent=agent[:20],
                sam_id=(sam_id or "")[:LONGEST_SAM_ID],
                enrolled_at=now,
            )
    except IntegrityError:
        # Known already, perhaps since a moment ago.
        raise BadKey from None
    if bridge.sam_id:
        see(row.outlet, bridge.sam_id, now)
    audit.record(
        "bridge.enrolled",
        subject=bridge,
        by=row.issued_by,
        now=now,
        kid=kid,
        sam_id=bridge.sam_id,
    )
    return bridge


@transaction.atomic
def end(bridge: Bridge, status: str, *, reason: str, by: User, now: datetime) -> None:
    """Retire (planned) or revoke (lost, stolen, misused): the next read is refused, also one that
    was signed with the key before. The key may have changed since the page was opened: the newest
    one ends."""
    check_reason(by, bridge, reason, now=now)
    bridge = newest(_oldest_that_reads(bridge, now))
    bridge.move(status, status_reason=reason.strip())
    audit.record(f"bridge.{status}", subject=bridge, by=by, now=now)
    older = bridge.rotated_from
    while older and older.rotated_at and older.rotated_at > now - GRACE:
        older.move(status, status_reason=reason.strip())
        older = older.rotated_from


@transaction.atomic
def contest(bridge_id: int, *, now: datetime) -> None:
    """Mark the program's newest key: somebody else seems to use the same one.

    For a refusal that rolled its transaction back: call it outside. The first time counts.
    """
    bridge = newest(Bridge.objects.get(pk=bridge_id))
    marked = Bridge.objects.filter(pk=bridge.pk, contested_at__isnull=True)
    if marked.update(contested_at=now):
        audit.record("bridge.contested", subject=bridge, by=None, now=now, kid=bridge.kid)


@transaction.atomic
def settle(bridge: Bridge, *, reason: str, by: User, now: datetime) -> None:
    """A manager found out why two seemed to use one key, and that nothing is wrong."""
    check_reason(by, bridge, reason, now=now)
    bridge = newest(bridge)
    Bridge.objects.filter(pk=bridge.pk).update(contested_at=None)
    audit.record("bridge.settled", subject=bridge, by=by, now=now)


def hold(bridge: Bridge) -> Bridge:
    """The row as it is now, nobody else's until the transaction ends."""
    rows = Bridge.objects.select_for_update(of=("self",)).select_related("outlet__channel")
    held: Bridge = rows.get(pk=bridge.pk)
    return held


def newest(bridge: Bridge) -> Bridge:
    """The key that the program has now; mostly the same. Held, as is every one on the way: a key
    that is being changed is waited for, older ones before newer ones."""
    bridge = hold(bridge)
    while later := Bridge.objects.filter(rotated_from=bridge).first():
        bridge = hold(later)
    return bridge


def _oldest_that_reads(bridge: Bridge, now: datetime) -> Bridge:
    while (older := bridge.rotated_from) and older.rotated_at and older.rotated_at > now - GRACE:
        bridge = older
    return bridge


def check_reason(by: User | None, bridge: Bridge, reason: str, *, now: datetime) -> None:
    """Raises NotYours, NoReason."""
    right.check(by, bridge.outlet.channel, now=now)
    if not reason.strip():
        raise NoReason


def see(outlet: Outlet, sam_id: str, now: datetime) -> None:
    """Note that a reader is at an outlet; one that was said to have left is back."""
    used = {"outlet": outlet, "sam_id": sam_id}
    # One statement at every read but a reader's first; update_or_create takes five.
    if not Reader.objects.filter(**used).update(seen_at=now, left_at=None):
        Reader.objects.get_or_create(**used, defaults={"seen_at": now})


def raw_key(public_key: str) -> bytes:
    """Raises BadKey unless this is base64 of 32 raw bytes."""
    try:
        raw = base64.b64decode(public_key, validate=True)
        Ed25519PublicKey.from_public_bytes(raw)
    except (ValueError, binascii.Error):
        raise BadKey from None
    return raw


def _spent(code: str, *, now: datetime) -> EnrolmentCode:
    """Raises BadCode, OutletGone."""
    good = EnrolmentCode.objects.filter(
        code_hash=_hash(code), used_at__isnull=True, expires_at__gt=now
    )
    row: EnrolmentCode | None = good.select_related("outlet__channel").first()
    # One statement spends the code: of two programs with the same code one enrols.
    if row is None or not good.update(used_at=now):
        raise BadCode
    if row.outlet.status == Outlet.Status.CLOSED:
        raise OutletGone
    return row


def _hash(code: str) -> str:
    return sha256(code.strip().upper().replace("-", "").encode()).hexdigest()
