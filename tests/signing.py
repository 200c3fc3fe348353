"""What a bridge says: keys that are enrolled for real, and signed reads, right or bent."""

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


def enrolled_bridge(outlet: Outlet, *, now: datetime) -> tuple[Ed25519PrivateKey, Bridge]:
    """A new key, registered at ``outlet`` with a one-time code like that of a counter PC."""
    private_key = Ed25519PrivateKey.generate()
    bridge = reader.enrol(
        code=reader.issue_code(outlet, by=None, now=now),
        public_key=base64.b64encode(key.public_bytes(private_key)).decode(),
        agent="0.1.0",
        host="SAMPLE-PC",
        now=now,
    )
    return private_key, bridge


def sign_read(
    private_key: Ed25519PrivateKey,
    *,
    challenge: str,
    counter: int,
    block: bytes,
    photo: bytes,
    origin: str,
    **overrides: Any,
) -> dict[str, str]:
    """The message of a page, {"jws", "block", "photo"}, signed with ``private_key``.

    ``overrides`` replace or add claims; one that is None is left out. ``headers`` replaces headers.
    """
    kid = key.key_id(key.public_bytes(private_key))
    headers = {"kid": kid, "typ": "shiming-read+jws"} | overrides.pop("headers", {})
    claims = {
        "ver": 1,
        "challenge": challenge,
        "kid": kid,
        "counter": counter,
        "sam_id": SAM_ID,
        "card_type": "resident",
        "block_sha256": hashlib.sha256(block).hexdigest(),
        "photo_sha256": hashlib.sha256(photo).hexdigest(),
        "read_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "origin": origin,
        "agent": "0.1.0",
    } | overrides
    return {
        "jws": jwt.encode(
            {name: value for name, value in claims.items() if value is not None},
            private_key,
            algorithm="EdDSA",
            headers=headers,
        ),
        "block": base64.b64encode(block).decode(),
        "photo": base64.b64encode(photo).decode(),
    }
