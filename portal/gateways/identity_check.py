"""联网核验: is this name on file under this document number? (CV-03)"""

import enum
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings

from portal.gateways import Rejected, Unavailable
from portal.gateways.http import Connection, connection, text

__all__ = [
    "Answer",
    "HttpIdentityCheck",
    "IdentityCheck",
    "Rejected",
    "Result",
    "Unavailable",
    "client",
]


class Result(enum.StrEnum):
    """What the register said. That it said nothing is `Unavailable`, an error, not a result."""

    MATCH = "match"
    MISMATCH = "mismatch"
    NOT_FOUND = "not_found"


@dataclass(frozen=True)
class Answer:
    """`reference` is the register's own number for this enquiry: the proof that it was made."""

    result: Result
    reference: str


class IdentityCheck(Protocol):
    def check(self, name: str, number: str, key: str) -> Answer:
        """Raises `Unavailable`: wait and ask again with the same key. A `Rejected` would mean
        that our request was malformed, which is a bug of ours and not an answer."""
        ...


class HttpIdentityCheck:
    def __init__(self, register: Connection) -> None:
        self._register = register

    def check(self, name: str, number: str, key: str) -> Answer:
        answer = self._register.post("/v1/checks", {"name": name, "number": number}, key)
        result = Result(text(answer, "result", "|".join(Result)))
        return Answer(result, text(answer, "reference", r"[0-9A-Za-z-]{1,64}"))


def client() -> IdentityCheck:
    """The register that the settings name."""
    return HttpIdentityCheck(
        connection(
            settings.IDENTITY_CHECK_URL, settings.IDENTITY_CHECK_TOKEN, settings.GATEWAY_TIMEOUT
        )
    )
