"""A reader with a SAM module on a serial line."""

from collections.abc import Callable
from threading import Event

from outlets.bridge.adapter import Health, Read, ReaderError, Source, State
from outlets.bridge.reader import ReaderError as OldError
from outlets.bridge.reader import SamReader


class SerialReader:
    name = "serial"

    def __init__(self, port: str, baud: int = 115200) -> None:
        self._reader = SamReader(port, baud)

    @property
    def health(self) -> Health:
        found = self._reader.health
        return Health(State(found.state), found.text, found.sam_id)

    def check(self) -> Health:
        self._reader.check()
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
        try:
            read = self._reader.read_card(
                waiting=waiting, found=found, cancelled=cancelled, wait=wait
            )
        except OldError as error:
            raise ReaderError(error.code, str(error)) from None
        return Read(Source.CHIP, {"block": read.block, "wlt": read.photo}) if read else None

    def abandon(self) -> None:
        self._reader.abandon()

    def close(self) -> None:
        self._reader.close()
