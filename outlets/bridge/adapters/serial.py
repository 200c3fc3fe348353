"""A card reader with a SAM module on a serial line: the port around the protocol of outlets.sam.

The port is opened when it is there and found again after it was unplugged, at whatever speed the
reader speaks. Every failure has a name and a sentence that says what to do.
"""

from collections.abc import Callable, Iterator
from threading import Event
from typing import Final

from outlets.bridge.adapter import Health, Read, ReaderError, Source, State
from outlets.bridge.adapters import serial_trouble as trouble
from outlets.bridge.adapters.sentences import NO_CARD
from outlets.bridge.adapters.serial_line import SerialLine
from outlets.bridge.adapters.serial_trouble import PORT_ERRORS
from outlets.bridge.adapters.wait import Wait
from outlets.sam import CardRead, Failed, Found, Outcome, Ready, Why

# What readers can be set to. Another speed than the one that was given gets less time to answer:
# five silent ones must not keep a clerk waiting.
BAUDS: Final = (115200, 57600, 38400, 19200, 9600)
OTHER_BAUD_SECONDS: Final = 0.5


class SamReader:
    """One reader on one port. Not safe for two threads; the server gives it one of its own."""

    name = "serial"

    def __init__(self, port: str, baud: int = 115200) -> None:
        self.port = port
        # The speed that worked last, tried first the next time.
        self.baud = baud
        self.health = trouble.of_port(None, port)
        self._line: SerialLine | None = None
        self._abandoned = Event()
        self._cancelled = Event()

    def check(self) -> Health:
        """See whether the reader is there, opening the port if need be. Never raises."""
        try:
            outcome = self._line.greet() if self._line else self._connect()
        except PORT_ERRORS as error:
            self._lose(trouble.of_port(error, self.port))
        else:
            match outcome:
                case Ready(sam_id):
                    self.health = Health(State.READY, "读卡器正常", sam_id)
                case Failed():
                    self._lose(trouble.of_reader(outcome, self.port))
        return self.health

    def abandon(self) -> None:
        """Let a running command end at once; the one method that another thread may call."""
        self._abandoned.set()

    def close(self) -> None:
        if self._line:
            self._line.close()
        self._line = None

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

        The challenge is not needed: what a SAM module says, it says without one.
        """
        line = self._open_line()
        if line is None:
            raise ReaderError("reader_absent", self.health.text)
        self._cancelled = cancelled
        outcomes = line.read()
        try:
            outcome = _wait_for_card(outcomes, Wait(waiting, (), wait))
            if isinstance(outcome, Found):
                found()
                outcome = next((one for one in outcomes if one), None)
        except PORT_ERRORS:
            outcome = line.stop() or Failed(Why.SILENT)
            self._lose(trouble.gone())
        finally:
            self._cancelled = Event()
            line.stop()
        return self._read(outcome)

    def _read(self, outcome: Outcome | None) -> Read | None:
        if isinstance(outcome, Failed):
            if unfit := trouble.unfit(outcome, self.port):
                self._lose(unfit)
            raise ReaderError(*trouble.of_read(outcome))
        return Read(Source.CHIP, outcome.parts) if isinstance(outcome, CardRead) else None

    def _open_line(self) -> SerialLine | None:
        if self._line is None:
            self.check()
        return self._line

    def _connect(self) -> Outcome | None:
        self._line = SerialLine(self.port, self.baud, self._stopped)
        outcome: Outcome | None = None
        for baud in dict.fromkeys((self.baud, *BAUDS)):
            self._line.speak_at(baud)
            seconds = None if baud == self.baud else OTHER_BAUD_SECONDS
            outcome = self._line.greet(seconds=seconds, tries=1)
            if not isinstance(outcome, Failed) or outcome.why is Why.REFUSED:
                self.baud = baud
                break
        return outcome

    def _stopped(self) -> bool:
        return self._abandoned.is_set() or self._cancelled.is_set()

    def _lose(self, health: Health) -> None:
        self.close()
        self.health = health


def _wait_for_card(outcomes: Iterator[Outcome | None], wait: Wait) -> Outcome | None:
    """The first outcome; None if cancelled. Raises ReaderError once the time is up."""
    for outcome in outcomes:
        if outcome:
            return outcome
        if wait.is_over:
            raise ReaderError("timeout", NO_CARD)
        wait.tick()
    return None
