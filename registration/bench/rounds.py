"""How much is measured, and in which order: ours, floor, ours, floor."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from registration.bench.crew import Shift


@dataclass(frozen=True)
class Size:
    """``seconds``, where given, counts instead of ``rounds``; what is None the bench decides."""

    rounds: int | None = None
    seconds: float | None = None
    clients: int | None = None
    rows: int | None = None

    def pairs(
        self, ours: Callable[[], Shift], floor: Callable[[], Shift], *, rounds: int
    ) -> list[tuple[Shift, Shift]]:
        """Interleaved, so that whatever else the machine does weighs on both."""
        return [(ours(), floor()) for _ in self._count(self.rounds or rounds)]

    def _count(self, rounds: int) -> Iterator[int]:
        if self.seconds is None:
            yield from range(rounds)
            return
        began, done = time.monotonic(), 0
        while not done or time.monotonic() - began < self.seconds:
            yield done
            done += 1
