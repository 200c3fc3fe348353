"""Enrolment of bridges, and the trust that a signed read deserves."""

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from outlets.models import Bridge, EnrolmentCode, Outlet, Reader
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit

CODE_LIFE = timedelta(hours=1)
CLOCK_SKEW = timedelta(minutes=10)
# Without the letters and digits that people mistake for one another.
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


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
    code = "-".join("".join(secrets.choice(ALPHABET) for _i in range(4)) for _j in range(3))
    EnrolmentCode.objects.create(
        outlet=outlet, code_hash=_hash(code), issued_by=by, expires_at=now + CODE_LIFE
    )
    audit.record("bridge.code_issued", subject=outlet, by=by, now=now)
    return code


@transaction.atomic
def enrol(*, code: str, public_key: str, agent: str, host: str, now: datetime) -> Bridge:
    """Spend a code and register the key (base64 of 32 raw bytes) at the code's outlet."""
    raw = _raw_key(public_key)
    # One statement spends the code: of two programs with the same code one enrols.
    spent = EnrolmentCode.objects.filter(
        code_hash=_hash(code), used_at__isnull=True, expires_at__gt=now
    )
    row = spent.select_related("outlet").first()
    if row is None or not spent.update(used_at=now):
        raise BadCode
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
    audit.record("bridge.enrolled", subject=bridge, by=row.issued_by, now=now, kid=kid)
    return bridge


@transaction.atomic
def end(bridge: Bridge, status: str, *, reason: str, by: User, now: datetime) -> None:
    """Retire (planned) or revoke (lost, stolen, misused): the next read is refused."""
    bridge.move(status, status_reason=reason)
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
    Reader.objects.update_or_create(
        outlet=read.bridge.outlet, sam_id=read.sam_id, defaults={"seen_at": now}
    )


def check_clock(read: SignedRead, *, now: datetime) -> None:
    if abs(now - read.read_at) > CLOCK_SKEW:
        raise UntrustedRead(
            _("这台电脑的时钟与服务器相差超过 10 分钟，读卡未被采用。请校准电脑时间后重读。")
        )


def _parts(message: Mapping[str, Any]) -> tuple[str, bytes, bytes]:
    try:
        return (
            str(message["jws"]),
            base64.b64decode(message["block"], validate=True),
            base64.b64decode(message["photo"], validate=True),
        )
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise UntrustedRead from None


def _bridge_of(envelope: str, outlet: Outlet) -> Bridge:
    try:
        kid = jwt.get_unverified_header(envelope).get("kid", "")
    except jwt.InvalidTokenError:
        raise UntrustedRead from None
    bridge = Bridge.objects.filter(kid=str(kid)).select_related("outlet__channel").first()
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
    return claims


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
