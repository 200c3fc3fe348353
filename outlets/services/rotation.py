"""A program changes its key by itself: the old key signs for the new one, which signs for itself.

A new key is a new row. What the old key signed stays verifiable, and one stolen key is worth a
month at most.
"""

import base64
import binascii
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from outlets.models import Bridge
from outlets.services import bridge as bridges
from outlets.services import signature
from outlets.services.signature import BadSignature
from portal.refusal import Refusal
from portal.services import audit

TYPE: Final = "shiming-rotate+jws"
CLOCK_SKEW: Final = timedelta(minutes=10)
CLAIMS: Final[dict[str, type]] = {
    "ver": int,
    "kid": str,
    "counter": int,
    "public_key": str,
    "proof": str,
    "agent": str,
    "host": str,
    "at": str,
}


class BadRotation(Refusal):
    code: ClassVar[str] = "bad_rotation"
    status = 403
    text = _("读卡程序换密钥的请求没有通过验证。")
    todo = _("请重新启动读卡程序；仍然不行，请渠道经理发登记码重新登记。")


class EndedKey(BadRotation):
    code = "dead_key"
    text = _("这台电脑的读卡程序已停用或吊销，不能换密钥。")
    todo = _("请渠道经理发登记码重新登记。")


class WrongClock(BadRotation):
    # Not a 403: the program takes that for the end of its key and asks no more.
    status = 422
    code = "bad_clock"
    text = _("这台电脑的时钟与服务器相差超过 10 分钟，不能换密钥。")
    todo = _("请校准电脑时间，读卡程序会自动再试。")


class OvertakenRotation(BadRotation):
    """A read that was signed later has arrived first, or somebody repeats an old request."""

    status = 422
    code = "overtaken_rotation"
    text = _("读卡程序换密钥的请求来晚了，没有采用。")
    todo = _("读卡程序会自动再试。")


class KeyContested(BadRotation):
    """The key has been exchanged for another one already: two programs hold it."""

    code = "key_contested"
    status = 409
    text = _("这把密钥已经在另一处换过：可能有两台电脑在用同一个密钥。")
    todo = _("请马上告诉渠道经理，在网点页面吊销并查明，再重新登记这台电脑。")


def rotate(jws: object, *, now: datetime) -> Bridge:
    """Put the new key in the old one's place and return its row.

    Idempotent: the same old key with the same new key gets the same row again, since the reply
    may have been lost. Raises BadRotation, EndedKey, KeyContested, WrongClock,
    OvertakenRotation.
    """
    try:
        old, claims, key = _opened(jws)
    except (BadSignature, bridges.BadKey):
        raise BadRotation from None
    try:
        return _rotate(old, claims, key, now=now)
    except KeyContested:
        # Outside of what was rolled back, so that the manager sees it.
        with transaction.atomic():
            # Once until the manager has looked: an old key must not be able to fill the audit.
            if bridges.newest(old).contested_at is None:
                audit.record("bridge.rotation_refused", subject=old, by=None, now=now, kid=old.kid)
                bridges.contest(old.pk, now=now)
        raise


def _opened(jws: object) -> tuple[Bridge, dict[str, Any], bytes]:
    """The old key's row, its claims, and the new key, each of which signed."""
    kid = signature.signer(jws, typ=TYPE)
    old = Bridge.objects.filter(kid=kid).select_related("outlet__channel").first()
    if old is None:
        raise BadSignature
    claims = signature.claims(str(jws), bytes(old.public_key), kid=kid)
    signature.check_shape(claims, CLAIMS, in_any_script={"host"})
    if claims["ver"] != 1:
        raise BadSignature
    claims["at"] = signature.moment(claims["at"])
    key = bridges.raw_key(claims["public_key"])
    try:
        proof = base64.b64decode(claims["proof"], validate=True)
        Ed25519PublicKey.from_public_bytes(key).verify(proof, f"shiming-rotate {kid}".encode())
    except (InvalidSignature, ValueError, binascii.Error):
        raise BadSignature from None
    return old, claims, key


@transaction.atomic
def _rotate(old: Bridge, claims: dict[str, Any], key: bytes, *, now: datetime) -> Bridge:
    # The new key takes over the reader, the counter and the mark: nobody may change them between.
    old = bridges.hold(old)
    if old.status != Bridge.Status.ACTIVE:
        return _given_before(old, key)
    if abs(now - claims["at"]) > CLOCK_SKEW:
        raise WrongClock
    if claims["counter"] <= old.counter:
        raise OvertakenRotation
    old.move(Bridge.Status.ROTATED, rotated_at=now)
    new = _successor(old, claims, key)
    audit.record("bridge.rotated", subject=new, by=None, now=now, kid=new.kid, before=old.kid)
    return new


def _successor(old: Bridge, claims: dict[str, Any], key: bytes) -> Bridge:
    try:
        with transaction.atomic():
            return Bridge.objects.create(
                outlet=old.outlet,
                kid=signature.key_id(key),
                public_key=key,
                host=claims["host"][:80],
                agent=claims["agent"],
                counter=claims["counter"],
                sam_id=old.sam_id,
                reader_name=old.reader_name,
                enrolled_at=old.enrolled_at,
                read_at=old.read_at,
                contested_at=old.contested_at,
                rotated_from=old,
                rotations=old.rotations + 1,
            )
    except IntegrityError:
        # A key that is known already, perhaps this very one.
        raise BadRotation from None


def _given_before(old: Bridge, key: bytes) -> Bridge:
    """The answer to who asks again for the same new key."""
    if old.status != Bridge.Status.ROTATED:
        raise EndedKey
    new: Bridge = Bridge.objects.select_related("outlet__channel").get(rotated_from=old)
    if bytes(new.public_key) != key:
        raise KeyContested
    if new.status in (Bridge.Status.RETIRED, Bridge.Status.REVOKED):
        raise EndedKey
    return new
