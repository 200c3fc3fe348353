"""The carrier's business system (BOSS): its pool of numbers, and opening a line.

Every command takes an idempotency `key` (UUID text, made once and stored before the first
try): the same key gives the first answer again, also when that was a refusal.
"""

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
    "Rejected",
    "Reservation",
    "Unavailable",
    "client",
]

NUMBER = r"1[0-9]{10}"
ORDER_NO = r"[0-9A-Za-z-]{1,40}"


@dataclass(frozen=True)
class Reservation:
    """A number held for us until `expires_at` (aware). After that it may be anyone's: reserve
    it again, with a new key, before opening it, and do not release it."""

    number: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class LineAnswer:
    """The carrier's order number and the (aware) time from which the line works."""

    order_no: str
    opened_at: datetime


class Carrier(Protocol):
    """All verbs raise `Unavailable` or `Rejected`. Codes: `number_taken`, `number_unknown`,
    `not_reserved`, `iccid_invalid`, `key_reused` (one key for two different commands)."""

    def numbers(self, outlet_code: str, count: int = 12) -> list[str]:
        """At most `count` free numbers to show, another handful each time. Seeing one does
        not hold it."""
        ...

    def reserve(self, number: str, key: str) -> Reservation: ...

    def release(self, number: str, key: str) -> None:
        """Give a reserved number back. One that nobody holds is no error."""
        ...

    def open_line(self, number: str, iccid: str, key: str) -> LineAnswer:
        """Only a number that is reserved at that moment can be opened."""
        ...


class HttpCarrier:
    def __init__(self, boss: Connection) -> None:
        self._boss = boss

    def numbers(self, outlet_code: str, count: int = 12) -> list[str]:
        answer = self._boss.get("/v1/numbers", {"outlet": outlet_code, "count": count})
        numbers = answer.get("numbers")
        if not isinstance(numbers, list):
            raise Unavailable("schema")
        return [text({"number": number}, "number", NUMBER) for number in numbers[:count]]

    def reserve(self, number: str, key: str) -> Reservation:
        answer = self._boss.post("/v1/reservations", {"number": number}, key)
        _is_about(number, answer)
        return Reservation(number, moment(answer, "expires_at"))

    def release(self, number: str, key: str) -> None:
        _is_about(number, self._boss.post("/v1/reservations/release", {"number": number}, key))

    def open_line(self, number: str, iccid: str, key: str) -> LineAnswer:
        answer = self._boss.post("/v1/lines", {"number": number, "iccid": iccid}, key)
        _is_about(number, answer)
        return LineAnswer(text(answer, "order_no", ORDER_NO), moment(answer, "opened_at"))


def client() -> Carrier:
    """The carrier that the settings name."""
    return HttpCarrier(
        connection(settings.CARRIER_URL, settings.CARRIER_TOKEN, settings.GATEWAY_TIMEOUT)
    )


def _is_about(number: str, answer: dict[str, object]) -> None:
    """An answer for somebody else's number is no answer."""
    if answer.get("number") != number:
        raise Unavailable("schema")
