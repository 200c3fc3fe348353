"""A cloud reader on a serial line: it enciphers the card for the decoding service (云解码).

The PC carries bytes that it can neither read nor make. The challenge goes into the reader and
stays bound to the cipher text, so that it opens for this one read only.

The exchange is a vendor's, and no standard's; another vendor's is another file. This one wraps
its commands as GA/T 467 does (outlets.frames):

    12 FF               the reader's identity       90 + 16 bytes
    C0 01               is there a card?            9F yes, 80 no
    C0 02 + challenge   read and encipher it        90 + cipher text; 31-33 card damaged,
                                                    40 no ID card, 41 card lifted
"""

import contextlib
import time
from collections.abc import Callable
from threading import Event
from typing import Any, Final, NoReturn

import serial

from outlets import frames
from outlets.bridge.adapter import Health, Read, ReaderError, Source, State
from outlets.bridge.adapters import serial_trouble as trouble
from outlets.bridge.adapters.sentences import NO_CARD
from outlets.bridge.adapters.serial_trouble import PORT_ERRORS
from outlets.bridge.adapters.wait import Stopped, Wait
from outlets.frames import FrameError, Reply
from outlets.sam import ANSWER_SECONDS, PATIENCE, POLL_SECONDS, READ_SECONDS, Failed, Why

FIND: Final = frames.build_frame(b"\xc0\x01")


def read_request(challenge: str) -> bytes:
    return frames.build_frame(b"\xc0\x02" + challenge.encode("ascii"))


class _Failed(Exception):
    def __init__(self, why: Why, sw3: int = 0) -> None:
        self.outcome = Failed(why, sw3)
        super().__init__(why)


class CloudReader:
    """One reader on one port. Not safe for two threads; the server gives it one of its own."""

    name = "cloud"

    def __init__(self, port: str, baud: int = 115200) -> None:
        self.port = port
        self.baud = baud
        self.health = trouble.of_port(None, port)
        self._line: Any = None
        self._abandoned = Event()

    def check(self) -> Health:
        """See whether the reader is there, opening the port if need be. Never raises."""
        try:
            if self._line is None:
                # exclusive: two programs on one reader would take each other's answers.
                self._line = serial.Serial(
                    self.port, self.baud, timeout=0.05, write_timeout=1, exclusive=True
                )
            sam_id = frames.parse_sam_id(self._ask(frames.SAM_ID, ANSWER_SECONDS))
            self.health = Health(State.READY, "读卡器正常", sam_id)
        except _Failed as failed:
            self._lose(trouble.of_reader(failed.outcome, self.port))
        except FrameError:
            self._lose(trouble.of_reader(Failed(Why.DAMAGED), self.port))
        except PORT_ERRORS as error:
            self._lose(trouble.of_port(error, self.port))
        return self.health

    def read_card(
        self,
        *,
        challenge: str,
        waiting: Callable[[int], None],
        found: Callable[[], None],
        cancelled: Event,
        wait: float,
    ) -> Read | None:
        """Wait for a card and have it enciphered; None if cancelled. Raises ReaderError."""
        if self._line is None and self.check().state is not State.READY:
            raise ReaderError("reader_absent", self.health.text)
        try:
            self._wait_for_card(Wait(waiting, (cancelled, self._abandoned), wait))
            found()
            reply = self._ask(read_request(challenge), READ_SECONDS)
        except Stopped:
            return None
        except _Failed as failed:
            self._give_up(failed.outcome)
        except PORT_ERRORS:
            self._give_up(Failed(Why.SILENT))
        if not reply.ok or not reply.data:
            self._give_up(Failed(Why.DAMAGED if reply.ok else Why.REFUSED, reply.sw3))
        return None if cancelled.is_set() else Read(Source.CIPHER, {"cipher": reply.data})

    def abandon(self) -> None:
        """Let a running command end at once; the one method that another thread may call."""
        self._abandoned.set()

    def close(self) -> None:
        line, self._line = self._line, None
        with contextlib.suppress(*PORT_ERRORS):
            if line is not None:
                line.close()

    def _wait_for_card(self, wait: Wait) -> None:
        """Raises ReaderError, Stopped, _Failed and what a port raises."""
        failures = 0
        while True:
            wait.tick()
            try:
                if self._ask(FIND, ANSWER_SECONDS).card_found:
                    return
                failures = 0
            except _Failed:
                failures += 1
                if failures == PATIENCE:
                    raise
            if wait.is_over:
                raise ReaderError("timeout", NO_CARD)
            wait.sleep(POLL_SECONDS)

    def _ask(self, request: bytes, seconds: float) -> Reply:
        """One question, one answer. Raises _Failed, and what a port raises."""
        line, buffer, until, why = self._line, b"", time.monotonic() + seconds, Why.SILENT
        line.reset_input_buffer()
        line.write(request)
        while time.monotonic() < until and not self._abandoned.is_set():
            frame, buffer = frames.take_frame(buffer + line.read(max(1, line.in_waiting)))
            if frame is not None:
                try:
                    return frames.parse_reply(frame)
                except FrameError:
                    why = Why.DAMAGED
        raise _Failed(why)

    def _give_up(self, outcome: Failed) -> NoReturn:
        if unfit := trouble.unfit(outcome, self.port):
            self._lose(unfit)
        raise ReaderError(*trouble.of_read(outcome)) from None

    def _lose(self, health: Health) -> None:
        self.close()
        self.health = health
