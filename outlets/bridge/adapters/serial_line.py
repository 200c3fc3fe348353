"""A serial port with a SAM module behind it: what is asked goes out, what comes in is answered."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Final

import serial

from outlets.bridge.adapters.serial_trouble import PORT_ERRORS
from outlets.sam import PATIENCE, Outcome, Sam

# The longest that a stop or a cancel goes unnoticed.
_LISTEN_SECONDS: Final = 0.05


class SerialLine:
    """Opens the port at once. All methods but ``close`` and ``stop`` raise PORT_ERRORS."""

    def __init__(self, port: str, baud: int, stopped: Callable[[], bool]) -> None:
        # exclusive: two programs on one reader would take each other's answers.
        self._port = serial.Serial(
            port, baud, timeout=_LISTEN_SECONDS, write_timeout=1, exclusive=True
        )
        self._stopped = stopped
        self._sam = Sam()

    def speak_at(self, baud: int) -> None:
        self._port.baudrate = baud
        self._sam = Sam()

    def greet(self, *, seconds: float | None = None, tries: int = PATIENCE) -> Outcome | None:
        """How the reader is; None if stopped. See Sam.greet."""
        self._sam.greet(time.monotonic(), seconds=seconds, tries=tries)
        return next((outcome for outcome in self._outcomes() if outcome), None)

    def read(self) -> Iterator[Outcome | None]:
        """The outcomes of a read, as they come; None each time that nothing came of it."""
        self._sam.read(time.monotonic())
        return self._outcomes()

    def stop(self) -> Outcome | None:
        """Ask no more. A read that only lacked its new address stands."""
        return self._sam.stop()

    def close(self) -> None:
        with contextlib.suppress(*PORT_ERRORS):
            self._port.close()

    def _outcomes(self) -> Iterator[Outcome | None]:
        while not self._stopped():
            if request := self._sam.to_send():
                # What lies there now is older than the question.
                self._port.reset_input_buffer()
                self._port.write(request)
            data = self._port.read(max(1, self._port.in_waiting))
            yield from self._sam.advance(data, time.monotonic())
            yield None
