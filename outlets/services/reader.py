"""Enrolment of bridges, and the trust that a signed read deserves."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from outlets import frames
from outlets.models import Bridge, EnrolmentCode, Outlet, Reader
from outlets.services import right
from outlets.services.code import readable
from outlets.services.outlet import NoReason, OutletGone
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit

CODE_LIFE = timedelta(hours=1)
CLOCK_SKEW = timedelta(minutes=10)
# What a database column holds; a counter beyond it is not one of ours.
HIGHEST_COUNTER = 2**63 - 1
LONGEST_CLAIM = 200


class BadCode(Refusal):
    text = _("登记码不对、已用过或已过期。")
    todo = _("请渠道经理在网点页面重新发一个登记码。")


class BadKey(Refusal):
    text = _("读卡程序送来的公钥无效。")
    todo = _("请重新运行登记命令。")


class UntrustedRead(Refusal):
    """The signed read is not one of ours, or not from here."""

    text = _("这次读卡没有通过验证，未被采用。")
    todo = _("请把身份证重新放到本网点的读卡器上再读一次。")


class BridgeRevoked(UntrustedRead):
    text = _("这台电脑的读卡程序已停用或吊销。")
    todo = _("请换一台电脑，或请渠道经理重新登记读卡程序。")


class ReplayedRead(UntrustedRead):
    text = _("这次读卡已经用过，不能再用。")


@dataclass(frozen=True)
class SignedRead:
    """A read whose signature, key, outlet and hashes held.

    ``block`` is the raw 256-byte text block, ``photo`` the 1024 WLT bytes.
    """

    bridge: Bridge
    envelope: str
    challenge: str
    counter: int
    sam_id: str
    card_type: str
    read_at: datetime
    block: bytes
    photo: bytes

    def __repr__(self) -> str:
        return f"<SignedRead {self.counter} of {self.bridge}>"


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
    """Spend a code and register the key (base64 of 32 raw bytes) at the code's outlet, with the
    reader that was plugged in, if there was one."""
    raw = _raw_key(public_key)
    # One statement spends the code: of two programs with the same code one enrols.
    spent = EnrolmentCode.objects.filter(
        code_hash=_hash(code), used_at__isnull=True, expires_at__gt=now
    )
    row = spent.select_related("outlet__channel").first()
    if row is None or not spent.update(used_at=now):
        raise BadCode
    if row.outlet.status == Outlet.Status.CLOSED:
        raise OutletGone
    kid = sha256(raw).hexdigest()[:16]
    if Bridge.objects.filter(kid=kid).exists():
        raise BadKey
    bridge = Bridge.objects.create(
        outlet=row.outlet,
        kid=kid,
        public_key=raw,
        host=host[:80],
        agent=agent[:20],
        enrolled_at=now,
    )
    if sam_id:
        _see_reader(row.outlet, sam_id, now)
    audit.record("bridge.enrolled", subject=bridge, by=row.issued_by, now=now, kid=kid)
    return bridge


@transaction.atomic
def end(bridge: Bridge, status: str, *, reason: str, by: User, now: datetime) -> None:
    """Retire (planned) or revoke (lost, stolen, misused): the next read is refused."""
    right.check(by, bridge.outlet.channel, now=now)
    if not reason.strip():
        raise NoReason
    bridge.move(status, status_reason=reason.strip())
    audit.record(f"bridge.{status}", subject=bridge, by=by, now=now)


def verify(message: Mapping[str, Any], *, outlet: Outlet, origin: str) -> SignedRead:
    """Check a bridge's message {"jws", "block", "photo"} from a page of ``origin`` at ``outlet``.

    Key, signature, outlet and hashes are judged here; the challenge and the counter are spent by
    the caller, inside its transaction (``spend_counter``). Raises UntrustedRead, BridgeRevoked.
    """
    envelope, block, photo = _parts(message)
    bridge = _bridge_of(envelope, outlet)
    claims = _claims(envelope, bridge)
    if (
        claims["kid"] != bridge.kid
        or claims["origin"] != origin
        or claims["block_sha256"] != sha256(block).hexdigest()
        or claims["photo_sha256"] != sha256(photo).hexdigest()
    ):
        raise UntrustedRead
    return SignedRead(
        bridge=bridge,
        envelope=envelope,
        challenge=claims["challenge"],
        counter=claims["counter"],
        sam_id=claims["sam_id"][:60],
        card_type=claims["card_type"][:12],
        read_at=_moment(claims["read_at"]),
        block=block,
        photo=photo,
    )


def spend_counter(read: SignedRead, *, now: datetime) -> None:
    """Raise the bridge's counter to this read's; the same or a lower one is a replay.

    Also notes which reader was used. Call inside the transaction that stores the read.
    """
    risen = Bridge.objects.filter(
        pk=read.bridge.pk, status=Bridge.Status.ACTIVE, counter__lt=read.counter
    ).update(counter=read.counter, read_at=now)
    if not risen:
        raise ReplayedRead
    _see_reader(read.bridge.outlet, read.sam_id, now)


def check_clock(read: SignedRead, *, now: datetime) -> None:
    if abs(now - read.read_at) > CLOCK_SKEW:
        raise UntrustedRead(
            _("这台电脑的时钟与服务器相差超过 10 分钟，读卡未被采用。请校准电脑时间后重读。")
        )


def _see_reader(outlet: Outlet, sam_id: str, now: datetime) -> None:
    used = {"outlet": outlet, "sam_id": sam_id[:60]}
    # One statement at every read but a reader's first; update_or_create takes five.
    if not Reader.objects.filter(**used).update(seen_at=now):
        Reader.objects.get_or_create(**used, defaults={"seen_at": now})


def _parts(message: Mapping[str, Any]) -> tuple[str, bytes, bytes]:
    try:
        envelope = str(message["jws"])
        block = base64.b64decode(message["block"], validate=True)
        photo = base64.b64decode(message["photo"], validate=True)
        frames.check_photo(photo)
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise UntrustedRead from None
    return envelope, block, photo


def _bridge_of(envelope: str, outlet: Outlet) -> Bridge:
    try:
        kid = jwt.get_unverified_header(envelope).get("kid", "")
    except jwt.InvalidTokenError:
        raise UntrustedRead from None
    # Nobody has signed for the header yet: a text that no key id can be stays out of the query.
    if not re.fullmatch(r"[0-9a-f]{16}", str(kid)):
        raise UntrustedRead
    bridge: Bridge | None = Bridge.objects.filter(kid=kid).select_related("outlet__channel").first()
    if bridge is None or bridge.outlet_id != outlet.pk:
        raise UntrustedRead
    if bridge.status != Bridge.Status.ACTIVE:
        raise BridgeRevoked
    return bridge


CLAIMS: dict[str, type] = {
    "ver": int,
    "challenge": str,
    "kid": str,
    "counter": int,
    "sam_id": str,
    "card_type": str,
    "block_sha256": str,
    "photo_sha256": str,
    "read_at": str,
    "origin": str,
    "agent": str,
}


def _claims(envelope: str, bridge: Bridge) -> dict[str, Any]:
    key = Ed25519PublicKey.from_public_bytes(bytes(bridge.public_key))
    try:
        claims: dict[str, Any] = jwt.decode(envelope, key, algorithms=["EdDSA"])
    except jwt.InvalidTokenError:
        raise UntrustedRead from None
    if claims.keys() != CLAIMS.keys() or claims["ver"] != 1:
        raise UntrustedRead
    if any(type(claims[name]) is not kind for name, kind in CLAIMS.items()):
        raise UntrustedRead
    if not 0 < claims["counter"] <= HIGHEST_COUNTER:
        raise UntrustedRead
    if not all(_is_plain(claims[name]) for name, kind in CLAIMS.items() if kind is str):
        raise UntrustedRead
    return claims


def _is_plain(text: str) -> bool:
    """Printable ASCII: a database takes neither a NUL nor half a surrogate pair."""
    return text.isascii() and text.isprintable() and len(text) <= LONGEST_CLAIM


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise UntrustedRead from None


def _raw_key(public_key: str) -> bytes:
    try:
        raw = base64.b64decode(public_key, validate=True)
        Ed25519PublicKey.from_public_bytes(raw)
    except (ValueError, binascii.Error):
        raise BadKey from None
    return raw


def _hash(code: str) -> str:
    return sha256(code.strip().upper().replace("-", "").encode()).hexdigest()
