"""The emulated reader itself: which card lies on it, what it answers, what is wrong with it."""

import itertools
import threading
import time
from collections.abc import Callable
from random import Random
from typing import Any, Final

from outlets import frames
from outlets.bridge.emulator_fault import SPOILING, Fault, throw
from outlets.bridge.people import Person
from outlets.frames import FrameError

# 05.01-20260105-0000000042-3141592653
SAM_ID: Final = b"".join(
    number.to_bytes(size, "little")
    for number, size in ((5, 2), (1, 2), (20260105, 4), (42, 4), (3141592653, 4))
)
BAD_CHECKSUM: Final = 0x10
BAD_COMMAND: Final = 0x21
NOT_VERIFIED: Final = 0x33
WRONG_CARD: Final = 0x40
READ_FAILED: Final = 0x41
SELF_TEST_FAILED: Final = 0x60
NOT_AUTHORISED: Final = 0x66
NOT_FOUND: Final = 0x80
NOT_SELECTED: Final = 0x81
NO_NEW_ADDRESS: Final = 0x91


# Who has moved house: the chip adds the new address to the printed one.
NEW_ADDRESSES: Final = {"liu": "示例省样本市新居路66号2单元302室"}


class Desk:
    """The reader and what lies on it. Shared by the line's thread and the control page's."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._person: Person | None = None
        self._once = False
        self._fault = self._now = Fault.NONE
        self._chance = Random(0)  # noqa: S311 (faults, not secrets)
        self._selected = False
        # A card that was read answers the next find only after it was lifted.
        self._done = False
        # Whose new address may still be asked for.
        self._last: Person | None = None
        self._reads = 0
        self._finds: list[float] = []

    def lay(self, person: Person | None, *, once: bool = False) -> None:
        """Lay a card on the reader in place of any other, or lift what lies there (None)."""
        with self._lock:
            self._person, self._once = person, once
            self._selected = self._done = False
            self._last = None

    def set_fault(self, fault: Fault, seed: int = 0) -> None:
        """``seed`` decides what RANDOM brings, the same each time."""
        with self._lock:
            self._fault = self._now = fault
            self._chance = Random(seed)  # noqa: S311 (faults, not secrets)

    @property
    def fault(self) -> Fault:
        """What is wrong with the last answer: never RANDOM once one was given."""
        return self._now

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
            self._now = throw(self._chance) if self._fault is Fault.RANDOM else self._fault
            if self._now is Fault.SELF_TEST:
                return frames.build_reply(SELF_TEST_FAILED)
            if self._now is Fault.NOT_AUTHORISED:
                return frames.build_reply(NOT_AUTHORISED)
            return self._obey(command)

    def _obey(self, command: bytes) -> bytes:
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
            case b"\x30\x03":
                return self._new_address()
            case _:
                return frames.build_reply(BAD_COMMAND)

    def _find(self) -> bytes:
        self._finds = [*self._finds[-50:], self._clock()]
        self._selected, self._last = False, None
        if self._person is None or self._done or self._now is Fault.NO_CARD:
            return frames.build_reply(NOT_FOUND)
        if self._now is Fault.LIFTED_FOUND:
            self._person = None
        found = frames.OK if self._now is Fault.FOUND_90 else frames.CARD_FOUND
        return frames.build_reply(found, bytes(4))

    def _select(self) -> bytes:
        if self._person is None or self._done:
            return frames.build_reply(NOT_SELECTED)
        self._selected = True
        return frames.build_reply(frames.OK, bytes(8))

    def _read(self) -> bytes:
        refused = {Fault.REJECTED: NOT_VERIFIED, Fault.WRONG_CARD: WRONG_CARD}.get(self._now)
        if refused:
            self._selected = False
            return frames.build_reply(refused)
        if self._now is Fault.LIFTED:
            self._person, self._selected = None, False
        if self._person is None or not self._selected:
            return frames.build_reply(READ_FAILED)
        photo = b"" if self._now is Fault.NO_PHOTO else self._person.photo()
        reply = frames.build_base_read(self._person.block(), photo)
        self._selected, self._done, self._last = False, True, self._person
        if self._now is Fault.CHECKSUM:
            return reply[:-1] + bytes([reply[-1] ^ 0xFF])
        if self._now in SPOILING:
            return reply
        self._reads += 1
        if self._once:
            self._person = None
        return reply

    def _new_address(self) -> bytes:
        if self._now is Fault.LIFTED_ADDRESS:
            self._person = self._last = None
        if self._last is None:
            return frames.build_reply(READ_FAILED)
        address = NEW_ADDRESSES.get(self._last.key)
        return frames.build_new_address(address) if address else frames.build_reply(NO_NEW_ADDRESS)
