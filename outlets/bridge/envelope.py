"""The signed statement that goes with every read: which bridge, which reader, which question.

A compact JWS (EdDSA). It proves that an enrolled program on this PC said so, and no more: the
reader itself signs nothing, so it does not prove that a card was there.
"""

import hashlib
from datetime import UTC, datetime
from typing import Final

import jwt

from outlets.bridge import AGENT
from outlets.bridge.key import Enrolment
from outlets.frames import BaseRead

VERSION: Final = 1
TYPE: Final = "shiming-read+jws"
ALGORITHM: Final = "EdDSA"


def sign(
    read: BaseRead,
    *,
    enrolment: Enrolment,
    counter: int,
    challenge: str,
    origin: str,
    sam_id: str,
    card_type: str,
    now: datetime,
) -> str:
    payload = {
        "ver": VERSION,
        "challenge": challenge,
        "kid": enrolment.kid,
        "counter": counter,
        "sam_id": sam_id,
        "card_type": card_type,
        "block_sha256": hashlib.sha256(read.block).hexdigest(),
        "photo_sha256": hashlib.sha256(read.photo).hexdigest(),
        "read_at": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "origin": origin,
        "agent": AGENT,
    }
    headers = {"kid": enrolment.kid, "typ": TYPE}
    return jwt.encode(payload, enrolment.key, algorithm=ALGORITHM, headers=headers)
