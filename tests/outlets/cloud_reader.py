"""An emulated cloud reader: what lies on it leaves it only enciphered, for the demo's service."""

from collections.abc import Iterator
from contextlib import contextmanager

from outlets import frames
from outlets.bridge.adapters import cloud
from outlets.bridge.people import Person
from portal.fakes import cipher
from tests.outlets.test_sam_reader import line_to
from tests.signing import SAM_ID

READ = b"\xc0\x02"


class CloudEmulator:
    """``refuses``: the status with which it answers a read instead, 0 for none."""

    def __init__(self, person: Person | None = None) -> None:
        self.person = person
        self.refuses = 0
        self.breaks = False

    def answer(self, request: bytes) -> bytes:
        body = frames.open_frame(request)
        if self.breaks:
            return frames.build_reply(frames.OK, b"1234567890")[:-1] + b"\0"
        if request == frames.SAM_ID:
            return frames.build_reply(frames.OK, _sam_id())
        if request == cloud.FIND:
            return frames.build_reply(frames.CARD_FOUND if self.person else 0x80)
        if body.startswith(READ) and self.person:
            return self._read(self.person, body[len(READ) :].decode())
        return frames.build_reply(0x21)

    def _read(self, person: Person, challenge: str) -> bytes:
        if self.refuses:
            return frames.build_reply(self.refuses)
        sealed = cipher.seal(person.block(), challenge, photo=person.photo(), sam_id=SAM_ID)
        return frames.build_reply(frames.OK, sealed)


@contextmanager
def cloud_line(emulator: CloudEmulator) -> Iterator[cloud.CloudReader]:
    with line_to(emulator.answer) as port:
        reader = cloud.CloudReader(port)
        try:
            yield reader
        finally:
            reader.close()


def _sam_id() -> bytes:
    """SAM_ID as the module says it: two u16 and three u32, little-endian."""
    version, *numbers = SAM_ID.split("-")
    halves = [int(part).to_bytes(2, "little") for part in version.split(".")]
    return b"".join(halves + [int(number).to_bytes(4, "little") for number in numbers])
