"""What every reader is to the bridge: one small interface, whatever stands behind it.

An adapter is one file in ``outlets/bridge/adapters/``: a SAM module on a serial line, a vendor's
service on this PC, a reader that only gives cipher text. Blocking code for one thread.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Event
from typing import Protocol


class State(StrEnum):
    READY = "ready"
    ABSENT = "absent"
    FAULT = "fault"


@dataclass(frozen=True)
class Health:
    """How the reader is. ``code`` names the part that failed, for the page: unplugged, port_busy,
    no_permission, silent, self_test, not_authorised, service_stopped, service_busy,
    service_strange. ``sam_id`` is None where the vendor's service does not tell it."""

    state: State
    text: str
    sam_id: str | None = None
    code: str = ""


class ReaderError(Exception):
    """A read that came to nothing; ``code`` is for the page, the text for the clerk.

    Codes: card_lifted, checksum, timeout, card_damaged, wrong_card, reader_absent, busy.
    """

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


class Source(StrEnum):
    """How the bytes came about: as the chip gave them, put together from a vendor's fields, or
    still enciphered by the reader for the decoding service."""

    CHIP = "chip"
    FIELDS = "fields"
    CIPHER = "cipher"


@dataclass(frozen=True)
class Read:
    """One read, exactly as it is signed: part name to bytes. The repr shows only sizes.

    ``block``: the 256-byte text block. ``wlt``: 1024 bytes of portrait, not decoded, or ``jpeg``: a
    portrait as the vendor's service gave it; a read may have neither. ``address``: the 70 raw bytes
    of the new address (command 30 03), where the card has one. ``cipher``: alone, instead of all.
    """

    source: Source
    parts: dict[str, bytes]

    def __repr__(self) -> str:
        return f"Read({', '.join(f'{name} {len(part)}' for name, part in self.parts.items())})"


class Adapter(Protocol):
    """``name`` goes into every signed read (``serial``, ``synjones``, …)."""

    name: str
    health: Health

    def check(self) -> Health:
        """See whether the reader is there, connecting if need be. Never raises."""
        ...

    def read_card(
        self,
        *,
        challenge: str,
        waiting: Callable[[int], None],
        found: Callable[[], None],
        cancelled: Event,
        wait: float,
    ) -> Read | None:
        """Wait for a card and read it; None if cancelled. Raises ReaderError.

        ``waiting`` is called with the seconds waited so far, ``found`` once a card answers.
        ``challenge`` matters only to readers that put it into their cipher text.
        """
        ...

    def abandon(self) -> None:
        """Let a running command end at once; the one method that another thread may call."""
        ...

    def close(self) -> None: ...
