"""What all vendor services have in common: asking again and again until a card lies there.

A vendor's file only says how its service is asked (``ask``, ``probe``) and what its fields are
called. Each question runs in a thread of its own, so that a service that hangs keeps neither the
counting of seconds nor a cancelled read waiting.
"""

import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import TimeoutError as NotYet
from functools import partial
from threading import Event
from typing import Final

from outlets.bridge.adapter import Health, Read, ReaderError, Source, State
from outlets.bridge.adapters import fields, trouble
from outlets.bridge.adapters.fields import Fields
from outlets.bridge.adapters.loopback import Loopback
from outlets.bridge.adapters.sentences import NO_CARD
from outlets.bridge.adapters.trouble import Trouble
from outlets.bridge.adapters.wait import TICK_SECONDS, Stopped, Wait
from outlets.bridge.aside import start

# Services read one card at a time and some touch the reader at each question.
POLL_SECONDS: Final = 0.3
# A read with its picture takes a second or two; some services wait for a card by themselves.
ASK_SECONDS: Final = 10.0
PROBE_SECONDS: Final = 2.0
# A card laid down in the last second may still be read to its end.
GRACE_SECONDS: Final = 3.0
# How long a good answer to a probe is believed: it is asked for every second.
TRUST_SECONDS: Final = 5.0


class VendorService(ABC):
    """One service at one of its usual addresses. Not safe for two threads, but for ``abandon``."""

    name: str
    title: str
    urls: tuple[str, ...]
    scheme = "http"
    # Whether a probe sees the reader itself and not only its service.
    sees_reader = False
    tells_sam_id = False

    def __init__(self, url: str = "") -> None:
        """Raises BadAddress unless the URL is one of this PC."""
        self.lines = [Loopback(each, self.scheme) for each in ((url,) if url else self.urls)]
        self.line = self.lines[0]
        self.health = trouble.health(Trouble("service_stopped"), self.title)
        self._abandoned = Event()
        self._checked = float("-inf")

    # -------------------------------------------------------------- what a vendor's file says

    @abstractmethod
    def probe(self) -> str | None:
        """The SAM id, None where the service does not tell it. Raises Trouble."""

    @abstractmethod
    def ask(self, seconds: float) -> tuple[str, Fields] | None:
        """One try to read: the vendor's card type in the numbers of fields.KINDS ("" if it has
        none) and the fields; None while there is no card. Raises Trouble, ReaderError."""

    def hang_up(self) -> None:
        """Let a running question end at once; called from another thread."""
        for line in self.lines:
            line.abort()

    # -------------------------------------------------------------- the interface of all readers

    def check(self) -> Health:
        trusted = time.monotonic() < self._checked + TRUST_SECONDS
        if self.health.state is not State.READY or not trusted:
            self.health = self._look()
            self._checked = time.monotonic()
        return self.health

    def _look(self) -> Health:
        worst = Trouble("service_stopped")
        for line in self.lines:
            self.line = line
            try:
                return self._ready(self.probe())
            except Trouble as problem:
                if problem.code == "service_busy":
                    # Somebody reads a card with it right now: what could be better proof?
                    return self._ready(None)
                if problem.code != "service_stopped":
                    worst = problem
        return trouble.health(worst, self.title)

    def _ready(self, sam_id: str | None) -> Health:
        what = "读卡器正常" if self.sees_reader else "读卡服务正常"
        return Health(State.READY, f"{what}（{self.title}）", sam_id or self.health.sam_id)

    def read_card(
        self,
        *,
        challenge: str,
        waiting: Callable[[int], None],
        found: Callable[[], None],
        cancelled: Event,
        wait: float,
    ) -> Read | None:
        if self.health.state is not State.READY and self.check().state is not State.READY:
            raise ReaderError("reader_absent", self.health.text)
        try:
            answer = self._wait_for_card(Wait(waiting, (cancelled, self._abandoned), wait))
        except Stopped:
            return None
        if self.tells_sam_id and self.health.sam_id is None:
            # It was busy whenever it was asked; a read without the number is another reader's.
            self.health = self._look()
        found()
        return Read(Source.FIELDS, fields.parts_of(*answer))

    def abandon(self) -> None:
        self._abandoned.set()
        self.hang_up()

    def close(self) -> None:
        self.hang_up()

    # -------------------------------------------------------------- waiting

    def _wait_for_card(self, wait: Wait) -> tuple[str, Fields]:
        problem: Trouble | None = None
        again = 0
        while True:
            try:
                answer = self._ask_while(wait)
                if answer:
                    return answer
                problem = None
            except Trouble as latest:
                again = again + 1 if problem and problem.code == latest.code else 1
                problem = latest
                if again == trouble.tries(problem):
                    raise self._give_up(problem) from None
            if wait.is_over:
                raise self._too_late(problem)
            wait.sleep(POLL_SECONDS)

    def _ask_while(self, wait: Wait) -> tuple[str, Fields] | None:
        seconds = min(ASK_SECONDS, max(0.0, wait.seconds - wait.gone) + GRACE_SECONDS)
        running = start(partial(self.ask, seconds))
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                with contextlib.suppress(NotYet):
                    return running.result(TICK_SECONDS)
                wait.tick()
        except Stopped:
            self.hang_up()
            raise
        self.hang_up()
        raise Trouble("silent")

    def _give_up(self, problem: Trouble) -> ReaderError:
        error = trouble.error(problem, self.title)
        if error.code == "reader_absent":
            self.health = trouble.health(problem, self.title)
        return error

    def _too_late(self, problem: Trouble | None) -> ReaderError:
        if problem:
            return trouble.error(problem, self.title)
        return ReaderError("timeout", NO_CARD)
