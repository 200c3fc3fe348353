"""解码服务: what a cloud reader enciphered at the counter, in clear, for the portal alone.

The reader puts our challenge into its cipher text, and the service opens each cipher text once,
for that challenge. A counter PC carries bytes that it can neither read nor make.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.conf import settings

from portal.gateways import Rejected, Unavailable
from portal.gateways.http import Connection, connection, text

__all__ = ["CardDecoder", "Decoded", "HttpCardDecoder", "Rejected", "Unavailable", "client"]

# Characters of base64: a portrait of 64 KiB and nothing larger.
LONGEST = 88_000


@dataclass(frozen=True)
class Decoded:
    """The raw bytes of one card. ``photo`` is a WLT or JPEG portrait or b"", ``address`` the new
    address or b"". ``sam_id`` is the reader that enciphered them, "" where the service does not
    say; ``reference`` the service's own number for this decoding."""

    block: bytes = field(repr=False)
    photo: bytes = field(repr=False)
    address: bytes = field(repr=False)
    sam_id: str
    reference: str


class CardDecoder(Protocol):
    def decode(self, cipher: bytes, challenge: str, key: str) -> Decoded:
        """The same ``key`` gives the first answer again. Raises `Unavailable`: wait and ask again
        with the same key; or `Rejected`, with one of the codes `challenge_mismatch` (enciphered
        for another question), `spent` (decoded before, under another key), `broken`."""
        ...


class HttpCardDecoder:
    def __init__(self, service: Connection) -> None:
        self._service = service

    def decode(self, cipher: bytes, challenge: str, key: str) -> Decoded:
        body = {"cipher": base64.b64encode(cipher).decode(), "challenge": challenge}
        answer = self._service.post("/v1/decodings", body, key)
        # An answer to another question is no answer.
        if answer.get("challenge") != challenge:
            raise Unavailable("schema")
        return Decoded(
            block=_bytes(answer, "block"),
            photo=_bytes(answer, "photo"),
            address=_bytes(answer, "address"),
            sam_id=text(answer, "sam_id", r"[0-9A-Za-z.-]{0,60}"),
            reference=text(answer, "reference", r"[0-9A-Za-z-]{1,60}"),
        )


def client() -> CardDecoder:
    """The service that the settings name."""
    return HttpCardDecoder(
        connection(settings.CARD_DECODER_URL, settings.CARD_DECODER_TOKEN, settings.GATEWAY_TIMEOUT)
    )


def _bytes(answer: Mapping[str, Any], name: str) -> bytes:
    value = text(answer, name, rf"[0-9A-Za-z+/=]{{0,{LONGEST}}}")
    try:
        found = base64.b64decode(value, validate=True)
    except binascii.Error:
        found = None
    # Raised out here: the decoder's error, as context, would carry the card into a traceback.
    if found is None:
        raise Unavailable("schema")
    return found
