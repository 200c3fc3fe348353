"""The signed statement that goes with every read: which bridge, which reader, which question.

A compact JWS (EdDSA). It proves that an enrolled program on this PC said so, and no more: the
reader itself signs nothing, so it does not prove that a card was there.
"""

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any, Final

from outlets.bridge import AGENT, jws
from outlets.bridge.adapter import Read
from outlets.bridge.key import Enrolment

VERSION: Final = 2
TYPE: Final = "shiming-read+jws"


def sign(
    read: Read,
    *,
    enrolment: Enrolment,
    counter: int,
    challenge: str,
    origin: str,
    reader: str,
    sam_id: str,
    card_type: str,
    now: datetime,
) -> str:
    """``reader`` names the adapter; ``sam_id`` is "" where the vendor's service tells none, and
    ``card_type`` is "" where only the portal will learn what the cipher text holds."""
    claims = {
        "ver": VERSION,
        "challenge": challenge,
        "kid": enrolment.kid,
        "counter": counter,
        "sam_id": sam_id,
        "reader": reader,
        "source": read.source.value,
        "card_type": card_type,
        "parts": {name: hashlib.sha256(part).hexdigest() for name, part in read.parts.items()},
        "read_at": moment(now),
        "origin": origin,
        "agent": AGENT,
    }
    return jws.sign(claims, key=enrolment.key, kid=enrolment.kid, kind=TYPE)


def message(signed: str, read: Read) -> dict[str, Any]:
    """What goes to the page, and from there to the portal: {"jws", "parts": {name: base64}}."""
    parts = {name: base64.b64encode(part).decode() for name, part in read.parts.items()}
    return {"jws": signed, "parts": parts}


def moment(now: datetime) -> str:
    """UTC to the second, as both sides write it: 2026-11-22T02:25:47Z."""
    return f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
