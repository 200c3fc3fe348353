"""A signed read verified, parsed and stored, against the verification of its signature alone.

Ours is what a read costs from the page's message to the row: ``reader.verify`` (key, signature,
outlet, hashes) and ``identity.take`` (challenge, clock, block, counter, encrypted row, audit).
Beside it, what taking apart the bytes alone costs: registration.bench.parse.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from jwt.utils import base64url_decode

from outlets.bridge import envelope, key
from outlets.bridge.adapter import Read, Source
from outlets.bridge.key import Enrolment
from outlets.bridge.people import PEOPLE
from outlets.services import reader
from registration.bench import crew, parse, seed
from registration.bench.crew import Hands, Shift
from registration.bench.figures import Run
from registration.bench.rounds import Size
from registration.models import Role
from registration.services import identity

ROWS = 200  # reads in a round
ROUNDS = 5
SESSION = "bench"


@dataclass(frozen=True)
class Desk:
    """The messages of one round: made before, since the bridge's work is not the portal's."""

    shop: seed.Shop
    messages: list[dict[str, Any]]
    now: datetime


def measure(size: Size) -> list[Run]:
    """One client: the reads of one counter PC come one after the other, by their counter."""
    rows = size.rows or ROWS
    now = timezone.now()
    shop = seed.shop(now=now)
    counters = iter(range(1, 10**9))
    play = partial(_round, shop, rows, lambda: next(counters), now)
    pairs = size.pairs(partial(play, ours), partial(play, floor), rounds=ROUNDS)
    return [Run.of(pairs, clients=1, rows=rows, what="read"), *parse.measure(size)]


def _round(
    shop: seed.Shop,
    rows: int,
    count: Callable[[], int],
    now: datetime,
    prepare: Callable[[Desk, int], Hands],
) -> Shift:
    messages = [_message(shop, count(), now=now) for _ in range(rows + crew.WARM)]
    return crew.work(1, partial(prepare, Desk(shop, messages, now)), most=rows)


def _message(shop: seed.Shop, counter: int, *, now: datetime) -> dict[str, Any]:
    asked = identity.ask(
        shop.application.pk,
        outlet=shop.outlet,
        role=Role.HOLDER,
        clerk=shop.clerk,
        session_key=SESSION,
        now=now,
    )
    public = key.public_bytes(shop.private_key)
    person = PEOPLE["wang"]
    read = Read(Source.CHIP, {"block": person.block(), "wlt": person.photo()})
    signed = envelope.sign(
        read,
        enrolment=Enrolment(Path(), shop.private_key, key.key_id(public), "", settings.ORIGIN),
        counter=counter,
        challenge=asked.nonce,
        origin=settings.ORIGIN,
        reader="serial",
        sam_id="05.01-SPECIMEN",
        card_type="resident",
        now=now,
    )
    return envelope.message(signed, read)


def ours(desk: Desk, place: int) -> Hands:
    messages = iter(desk.messages)
    shop = desk.shop

    @transaction.atomic
    def once() -> int | None:
        message = next(messages, None)
        if message is None:
            return None
        read = reader.verify(message, outlet=shop.outlet, origin=settings.ORIGIN)
        taken = identity.take(
            read,
            identity.open_read(read),
            application_id=shop.application.pk,
            clerk=shop.clerk,
            session_key=SESSION,
            now=desk.now,
        )
        return taken.pk

    return Hands(once)


def floor(desk: Desk, place: int) -> Hands:
    public = Ed25519PublicKey.from_public_bytes(bytes(desk.shop.bridge.public_key))
    signed = [message["jws"].rpartition(".") for message in desk.messages]
    parts = iter([(text.encode(), base64url_decode(signature)) for text, _, signature in signed])

    def once() -> bool | None:
        part = next(parts, None)
        if part is None:
            return None
        text, signature = part
        public.verify(signature, text)
        return True

    return Hands(once)
