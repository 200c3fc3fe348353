"""The emulated reader itself: which card lies on it, what it answers, what is wrong with it."""

import itertools
import threading
import time
from enum import StrEnum
from typing import Any, Final

from outlets import frames
from outlets.bridge.people import Person
from outlets.frames import FrameError

# 05.01-20260105-0000000042-3141592653
SAM_ID: Final = b"".join(
    number.to_bytes(size, "little")
    for number, size in ((5, 2), (1, 2), (20260105, 4), (42, 4), (3141592653, 4))
)
BAD_CHECKSUM: Final = 0x10
BAD_COMMAND: Final = 0x21
READ_FAILED: Final = 0x41
NOT_FOUND: Final = 0x80
NOT_SELECTED: Final = 0x81


class Fault(StrEnum):
    """The faults of real readers, to be had on demand."""

    NONE = "none"
    NO_CARD = "no_card"
    LIFTED = "lifted"
    CHECKSUM = "checksum"
    SLOW = "slow"
    NOISE = "noise"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS: Final = {
    Fault.NONE: "正常",
    Fault.NO_CARD: "感应不到卡",
    Fault.LIFTED: "读到一半拿走",
    Fault.CHECKSUM: "校验和出错",
    Fault.SLOW: "很慢",
    Fault.NOISE: "线路有杂音",
}


class Desk:
    """The reader and what lies on it. Shared by the line's thread and the control page's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._person: Person | None = None
        self._once = False
        self._fault = Fault.NONE
        self._selected = False
        # A card that was read answers the next find only after it was lifted.
        self._done = False
        self._reads = 0
        self._finds: list[float] = []

    def lay(self, person: Person | None, *, once: bool = False) -> None:
        """Lay a card on the reader in place of any other, or lift what lies there (None)."""
        with self._lock:
            self._person, self._once = person, once
            self._selected = self._done = False

    def set_fault(self, fault: Fault) -> None:
        with self._lock:
            self._fault = fault

    @property
    def fault(self) -> Fault:
        return self._fault

    def state(self) -> dict[str, Any]:
        with self._lock:
            gaps = [after - before for before, after in itertools.pairwise(self._finds)]
            return {
                "person": self._person.key if self._person else None,
                "fault": self._fault,
                "read": self._done,
                "reads": self._reads,
                "fastest_poll_ms": int(min(gaps) * 1000) if gaps else None,
            }

    def answer(self, request: bytes) -> bytes:
        """The reply to one request frame, as a SAM module would give it."""
        try:
            command = frames.open_frame(request)
        except FrameError:
            return frames.build_reply(BAD_CHECKSUM)
        with self._lock:
            match command:
                case b"\x11\xff":
                    return frames.build_reply(frames.OK)
                case b"\x12\xff":
                    return frames.build_reply(frames.OK, SAM_ID)
                case b"\x20\x01":
                    return self._find()
                case b"\x20\x02":
                    return self._select()
                case b"\x30\x01":
                    return self._read()
                case _:
                    return frames.build_reply(BAD_COMMAND)

    def _find(self) -> bytes:
        self._finds = [*self._finds[-50:], time.monotonic()]
        self._selected = False
        if self._person is None or self._done or self._fault is Fault.NO_CARD:
            return frames.build_reply(NOT_FOUND)
        return frames.build_reply(frames.CARD_FOUND, bytes(4))

    def _select(self) -> bytes:
        if self._person is None or self._done:
            return frames.build_reply(NOT_SELECTED)
        self._selected = True
        return frames.build_reply(frames.OK, bytes(8))

    def _read(self) -> bytes:
        if self._fault is Fault.LIFTED:
            self._person, self._selected = None, False
        if self._person is None or not self._selected:
            return frames.build_reply(READ_FAILED)
        reply = frames.build_base_read(self._person.block(), self._person.photo())
        self._selected, self._done = False, True
        if self._fault is Fault.CHECKSUM:
            return reply[:-1] + bytes([reply[-1] ^ 0xFF])
        self._reads += 1
        if self._once:
            self._person = None
        return reply
