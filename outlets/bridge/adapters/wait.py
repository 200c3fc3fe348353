"""Waiting for a card: the seconds that the page hears, and the end of its patience."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Final

TICK_SECONDS: Final = 0.1


class Stopped(Exception):
    """The read was cancelled, or the program ends."""


@dataclass
class Wait:
    """The seconds of one read: tells the page each of them and ends when nobody wants it.

    ``seconds``: how long a card is waited for. ``stops``: one that is set ends it before.
    """

    waiting: Callable[[int], None]
    stops: Sequence[Event]
    seconds: float
    began: float = field(default_factory=time.monotonic)
    told: int = 0

    @property
    def gone(self) -> float:
        return time.monotonic() - self.began

    @property
    def is_over(self) -> bool:
        return self.gone >= self.seconds

    def tick(self) -> None:
        """Raises Stopped."""
        if any(stop.is_set() for stop in self.stops):
            raise Stopped
        if self.gone >= self.told + 1:
            self.told = int(self.gone)
            self.waiting(self.told)

    def sleep(self, seconds: float) -> None:
        """Raises Stopped."""
        until = time.monotonic() + seconds
        self.tick()
        while (rest := until - time.monotonic()) > 0:
            time.sleep(min(rest, TICK_SECONDS))
            self.tick()
