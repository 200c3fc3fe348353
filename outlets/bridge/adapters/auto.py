"""The first reader that works, whichever it is: for shops where nobody knows what is plugged in."""

from collections.abc import Callable
from threading import Event
from typing import Final

from outlets.bridge.adapter import Adapter, Health, Read, ReaderError, State

_NOTHING: Final = Health(
    State.ABSENT,
    "没有找到能用的读卡器。请插好读卡器，或启动随读卡器安装的程序，好了会自动恢复。",
    code="unplugged",
)
# A reader that is ill for a moment is waited for; one that stays away may have got another port.
PATIENCE: Final = 5


class AutoReader:
    name = "auto"

    def __init__(self, look: Callable[[], list[Adapter]]) -> None:
        """``look``: the readers to try now, the preferred one first."""
        self.health = _NOTHING
        self._look = look
        self._found: Adapter | None = None
        self._misses = 0
        self._abandoned = Event()

    def check(self) -> Health:
        if self._found:
            well = self._found.check().state is State.READY
            self._misses = 0 if well else self._misses + 1
        if self._found is None or self._misses >= PATIENCE:
            self._search()
        return self._tell()

    def _search(self) -> None:
        for adapter in self._look():
            if self._abandoned.is_set():
                return
            if adapter.check().state is State.READY:
                self.close()
                self._found, self._misses = adapter, 0
                return
            adapter.close()

    def _tell(self) -> Health:
        if self._found:
            self.name, self.health = self._found.name, self._found.health
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
        if self._found is None and self.check().state is not State.READY:
            raise ReaderError("reader_absent", self.health.text)
        assert self._found  # noqa: S101 (what a ready check means)
        try:
            return self._found.read_card(
                challenge=challenge, waiting=waiting, found=found, cancelled=cancelled, wait=wait
            )
        finally:
            self._tell()

    def abandon(self) -> None:
        self._abandoned.set()
        if self._found:
            self._found.abandon()

    def close(self) -> None:
        if self._found:
            self._found.close()
