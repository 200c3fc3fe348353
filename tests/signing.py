"""What a bridge says: keys that are enrolled for real, and what they sign, right or bent."""

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from outlets.bridge import key
from outlets.models import Bridge, Outlet
from outlets.services import reader

SAM_ID = "05.01-20261122-0000000012-0000000034"
OTHER_SAM_ID = "05.01-20261122-0000000012-0000000035"
JPEG = b"\xff\xd8\xff\xe0specimen\xff\xd9"
AGENT = "0.2.0"


def enrolled_bridge(
    outlet: Outlet, *, now: datetime, sam_id: str | None = None
) -> tuple[Ed25519PrivateKey, Bridge]:
    """A new key, registered at ``outlet`` with a one-time code like that of a counter PC."""
    private_key = Ed25519PrivateKey.generate()
    bridge = reader.enrol(
        code=reader.issue_code(outlet, by=None, now=now),
        public_key=public_text(private_key),
        agent=AGENT,
        host="SAMPLE-PC",
        sam_id=sam_id,
        now=now,
    )
    return private_key, bridge


def public_text(private_key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_bytes(private_key)).decode()


def kid_of(private_key: Ed25519PrivateKey) -> str:
    return key.key_id(key.public_bytes(private_key))


def sign_read(
    private_key: Ed25519PrivateKey,
    *,
    challenge: str,
    counter: int,
    block: bytes,
    photo: bytes,
    origin: str,
    parts: dict[str, bytes] | None = None,
    **overrides: Any,
) -> dict[str, Any]:
    """The message of a page, {"jws", "parts"}, signed with ``private_key``.

    ``parts`` take the place of ``block`` and ``photo``. ``overrides`` replace or add claims; one
    that is None is left out. ``headers`` replaces headers.
    """
    parts = {"block": block, "wlt": photo} if parts is None else parts
    claims = _common(private_key, challenge, counter, origin) | {
        "ver": 2,
        "agent": AGENT,
        "reader": "serial",
        "source": "chip",
        "parts": {name: hashlib.sha256(part).hexdigest() for name, part in parts.items()},
    }
    jws = sign(private_key, "shiming-read+jws", claims, overrides)
    return {"jws": jws, "parts": {name: text(part) for name, part in parts.items()}}


def sign_first_read(
    private_key: Ed25519PrivateKey,
    *,
    challenge: str,
    counter: int,
    block: bytes,
    photo: bytes,
    origin: str,
    **overrides: Any,
) -> dict[str, Any]:
    """The same by a bridge 0.1.0, whose message is {"jws", "block", "photo"}."""
    claims = _common(private_key, challenge, counter, origin) | {
        "ver": 1,
        "agent": "0.1.0",
        "block_sha256": hashlib.sha256(block).hexdigest(),
        "photo_sha256": hashlib.sha256(photo).hexdigest(),
    }
    jws = sign(private_key, "shiming-read+jws", claims, overrides)
    return {"jws": jws, "block": text(block), "photo": text(photo)}


def sign_rotation(
    old: Ed25519PrivateKey,
    new: Ed25519PrivateKey,
    *,
    counter: int,
    at: datetime,
    said_at: str = "",
    **overrides: Any,
) -> str:
    """The old key says which key takes its place; the new one proves that it is there.

    ``said_at`` takes the place of ``at``, in whatever form.
    """
    kid = kid_of(old)
    claims = {
        "ver": 1,
        "kid": kid,
        "counter": counter,
        "public_key": public_text(new),
        "proof": text(new.sign(f"shiming-rotate {kid}".encode())),
        "agent": AGENT,
        "host": "柜台一",
        "at": said_at or utc(at),
    }
    return sign(old, "shiming-rotate+jws", claims, overrides)


def sign(
    private_key: Ed25519PrivateKey, typ: str, claims: dict[str, Any], overrides: dict[str, Any]
) -> str:
    headers = {"kid": kid_of(private_key), "typ": typ} | overrides.pop("headers", {})
    said = {name: value for name, value in (claims | overrides).items() if value is not None}
    return jwt.encode(said, private_key, algorithm="EdDSA", headers=headers)


def _common(
    private_key: Ed25519PrivateKey, challenge: str, counter: int, origin: str
) -> dict[str, Any]:
    return {
        "challenge": challenge,
        "kid": kid_of(private_key),
        "counter": counter,
        "sam_id": SAM_ID,
        "card_type": "resident",
        "read_at": utc(datetime.now(UTC)),
        "origin": origin,
    }


def utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()
