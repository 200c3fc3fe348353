"""The carrier's business system (BOSS): its numbers, who is registered, and commands for lines.

Every command takes an idempotency `key` (UUID text, made once and stored before the first
try): the same key gives the first answer again, also when that was a refusal.
"""

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.conf import settings

from portal.gateways import Rejected, Unavailable
from portal.gateways.http import Connection, connection, moment, text

__all__ = [
    "Carrier",
    "HttpCarrier",
    "LineAnswer",
    "Lookup",
    "Rejected",
    "Reservation",
    "Standing",
    "Unavailable",
    "client",
]

# A mobile number, or a fixed line's with its area code.
NUMBER = r"1[0-9]{10}|0[0-9]{9,11}"
ORDER_NO = r"[0-9A-Za-z-]{1,40}"
ICCID = r"[0-9]{19,20}|"


@dataclass(frozen=True)
class Reservation:
    """A number held for us until `expires_at` (aware). After that it may be anyone's: reserve
    it again, with a new key, before opening it, and do not release it.

    `iccid` is the SIM card that is packed with the number; "" where any blank card will do."""

    number: str = field(repr=False)
    expires_at: datetime
    iccid: str = field(default="", repr=False)


class Standing(enum.StrEnum):
    """Whether a number is in use here and somebody is registered with it; never who."""

    REGISTERED = "registered"
    UNREGISTERED = "unregistered"
    UNKNOWN = "unknown"  # another carrier's, free, or ended


@dataclass(frozen=True)
class Lookup:
    """`category` says why an unregistered number counts as one (BF-02), "" for others."""

    standing: Standing
    category: str = ""
    is_barred: bool = False


@dataclass(frozen=True)
class LineAnswer:
    """The carrier's order number and the (aware) time from which the command holds."""

    order_no: str
    done_at: datetime


class Carrier(Protocol):
    """All verbs raise `Unavailable` or `Rejected`. Codes: `number_taken`, `number_unknown`,
    `not_reserved`, `not_registered`, `already_registered`, `iccid_invalid`, `address_invalid`,
    `key_reused` (one key for two different commands)."""

    def numbers(self, outlet_code: str, count: int = 12, kind: str = "mobile") -> list[str]:
        """At most `count` free numbers to show, another handful each time; `kind` is `mobile`
        or `fixed`. Seeing one does not hold it."""
        ...

    def reserve(self, number: str, key: str) -> Reservation: ...

    def release(self, number: str, key: str) -> None:
        """Give a reserved number back. One that nobody holds is no error."""
        ...

    def look_up(self, number: str, key: str) -> Lookup: ...

    def matches(self, number: str, document: str, key: str) -> bool:
        """Whether the number is registered with this document number. The carrier compares: what
        it knows of the holder stays there."""
        ...

    def order(self, command: str, number: str, key: str, **details: str) -> LineAnswer:
        """Carry out `open` (iccid), `install` (address), `move` (address), `transfer`, `reissue`
        (iccid), `close` or `register`. `name` and `document` are of the holder from then on.
        `open` and `install` want a number that is reserved at that moment."""
        ...


class HttpCarrier:
    def __init__(self, boss: Connection) -> None:
        self._boss = boss

    def numbers(self, outlet_code: str, count: int = 12, kind: str = "mobile") -> list[str]:
        wanted: dict[str, str | int] = {"outlet": outlet_code, "count": count, "kind": kind}
        numbers = self._boss.get("/v1/numbers", wanted).get("numbers")
        if not isinstance(numbers, list):
            raise Unavailable("schema")
        return [text({"number": number}, "number", NUMBER) for number in numbers[:count]]

    def reserve(self, number: str, key: str) -> Reservation:
        answer = self._boss.post("/v1/reservations", {"number": number}, key)
        _is_about(number, answer)
        card = text(answer, "iccid", ICCID) if "iccid" in answer else ""
        return Reservation(number, moment(answer, "expires_at"), card)

    def release(self, number: str, key: str) -> None:
        _is_about(number, self._boss.post("/v1/reservations/release", {"number": number}, key))

    def look_up(self, number: str, key: str) -> Lookup:
        # Posted, although it changes nothing: a number does not belong into a URL.
        answer = self._boss.post("/v1/lines/look_up", {"number": number}, key)
        _is_about(number, answer)
        return Lookup(
            Standing(text(answer, "standing", "|".join(Standing))),
            text(answer, "category", r"[a-z_]{0,20}"),
            text(answer, "state", "normal|barred") == "barred",
        )

    def matches(self, number: str, document: str, key: str) -> bool:
        body = {"number": number, "document": document}
        answer = self._boss.post("/v1/lines/match", body, key)
        _is_about(number, answer)
        return text(answer, "result", "match|mismatch") == "match"

    def order(self, command: str, number: str, key: str, **details: str) -> LineAnswer:
        body = {"number": number} | details
        answer = self._boss.post(f"/v1/lines/{command}", body, key)
        _is_about(number, answer)
        return LineAnswer(text(answer, "order_no", ORDER_NO), moment(answer, "done_at"))


def client() -> Carrier:
    """The carrier that the settings name."""
    return HttpCarrier(
        connection(settings.CARRIER_URL, settings.CARRIER_TOKEN, settings.GATEWAY_TIMEOUT)
    )


def _is_about(number: str, answer: dict[str, object]) -> None:
    """An answer for somebody else's number is no answer."""
    if answer.get("number") != number:
        raise Unavailable("schema")
