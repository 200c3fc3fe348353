"""What a second-generation ID card reader says, taken apart: pure bytes in, dataclasses out.

Frame (GA/T 467, chapter 7): ``AA AA AA 96 69``, length u16 big-endian, body. The length counts
everything after itself including the checksum, which is the XOR of everything after the preamble
except itself. A request body is CMD PARA, a reply body is SW1 SW2 SW3 and data.

Whatever the bytes, nothing but FrameError is raised.
"""

from dataclasses import dataclass
from typing import Final

# The text block is the other half of this module's face: callers know only outlets.frames.
from outlets.cards import ADDRESS_BYTES as ADDRESS_BYTES
from outlets.cards import LONG_TERM as LONG_TERM
from outlets.cards import LONGEST_JPEG as LONGEST_JPEG
from outlets.cards import PHOTO_BYTES as PHOTO_BYTES
from outlets.cards import PHOTO_HEADER as PHOTO_HEADER
from outlets.cards import TEXT_BYTES as TEXT_BYTES
from outlets.cards import Card as Card
from outlets.cards import CardKind as CardKind
from outlets.cards import Foreigner2017Card as Foreigner2017Card
from outlets.cards import Foreigner2023Card as Foreigner2023Card
from outlets.cards import FrameError as FrameError
from outlets.cards import PermitCard as PermitCard
from outlets.cards import ResidentCard as ResidentCard
from outlets.cards import Sex as Sex
from outlets.cards import build_text_block as build_text_block
from outlets.cards import folded as folded
from outlets.cards import is_jpeg as is_jpeg
from outlets.cards import is_wlt as is_wlt
from outlets.cards import parse_text_block as parse_text_block
from outlets.cards import same_name as same_name
from outlets.cards import with_new_address as with_new_address

PREAMBLE: Final = bytes.fromhex("aaaaaa9669")
# The longest reply of the standard (text, photo, two fingerprints) counts 2314 bytes. A length
# beyond this one is noise, and waiting for so many bytes would only cost the customer's time.
LONGEST: Final = 4096
SHORTEST: Final = 3

# SW1 and SW2 in a reply frame, zero in every one: SW3 says what failed.
_STATUS_AT: Final = slice(7, 9)
OK: Final = 0x90
CARD_FOUND: Final = 0x9F


def checksum(data: bytes) -> int:
    """The XOR of all bytes, by folding halves: six times as fast as byte by byte."""
    value, size = int.from_bytes(data, "little"), len(data)
    while size > 1:
        size = (size + 1) // 2
        value = (value >> 8 * size) ^ (value & ((1 << 8 * size) - 1))
    return value


def build_frame(body: bytes) -> bytes:
    """Wrap a body: requests and replies differ only in what the body holds."""
    counted = (len(body) + 1).to_bytes(2, "big") + body
    return PREAMBLE + counted + bytes([checksum(counted)])


FIND_CARD: Final = build_frame(b"\x20\x01")
SELECT_CARD: Final = build_frame(b"\x20\x02")
READ_BASE: Final = build_frame(b"\x30\x01")
NEW_ADDRESS: Final = build_frame(b"\x30\x03")
SAM_STATUS: Final = build_frame(b"\x11\xff")
SAM_ID: Final = build_frame(b"\x12\xff")


def open_frame(frame: bytes) -> bytes:
    """The body of exactly one frame. Raises FrameError: preamble, truncated, length, checksum."""
    if not frame.startswith(PREAMBLE):
        raise FrameError("truncated" if PREAMBLE.startswith(frame) else "preamble")
    counted = frame[len(PREAMBLE) :]
    if len(counted) < 2:
        raise FrameError("truncated")
    length = int.from_bytes(counted[:2], "big")
    if not SHORTEST <= length <= LONGEST:
        raise FrameError("length")
    if len(counted) < 2 + length:
        raise FrameError("truncated")
    if len(counted) > 2 + length:
        raise FrameError("length")
    if checksum(counted) != 0:
        raise FrameError("checksum")
    return counted[2:-1]


def take_frame(buffer: bytes) -> tuple[bytes | None, bytes]:
    """The first frame in a stream and what follows it; None while it is not complete.

    Noise is dropped, even noise that looks like the beginning of a frame: the first frame whose
    checksum agrees wins. A damaged frame is returned when nothing better can be hidden in it, so
    that open_frame names what is wrong. What is kept while waiting is never longer than one frame.
    """
    waiting: int | None = None
    damaged: tuple[int, int] | None = None
    start = buffer.find(PREAMBLE)
    while start >= 0:
        end = _end(buffer, start)
        if end > len(buffer):
            waiting = start if waiting is None else waiting
        elif end and checksum(buffer[start + len(PREAMBLE) : end]) == 0:
            return buffer[start:end], buffer[end:]
        elif end and damaged is None:
            damaged = start, end
        start = buffer.find(PREAMBLE, start + 1)
    if damaged and (waiting is None or waiting >= damaged[1]):
        return buffer[damaged[0] : damaged[1]], buffer[damaged[1] :]
    if waiting is not None:
        return None, buffer[waiting:]
    return None, _unfinished_preamble(buffer)


def _end(buffer: bytes, start: int) -> int:
    """Where the frame at ``start`` ends, perhaps beyond the buffer; 0 if its length is absurd."""
    body = start + len(PREAMBLE) + 2
    if len(buffer) < body:
        return body
    length = int.from_bytes(buffer[body - 2 : body], "big")
    return body + length if SHORTEST <= length <= LONGEST else 0


def _unfinished_preamble(buffer: bytes) -> bytes:
    for size in range(len(PREAMBLE) - 1, 0, -1):
        if buffer.endswith(PREAMBLE[:size]):
            return buffer[-size:]
    return b""


class Stream:
    """What arrives from a reader, frame by frame; ``mark`` says that a question goes out now."""

    def __init__(self) -> None:
        self._buffer = b""
        # So many bytes of the buffer arrived before the mark.
        self._older = 0

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def mark(self) -> None:
        self._older = len(self._buffer)

    def take(self) -> tuple[bytes, bool] | None:
        """The next frame, perhaps a damaged one, and whether it began after the mark."""
        while True:
            size = len(self._buffer)
            frame, self._buffer = take_frame(self._buffer)
            # The checksum of noise agrees once in 256 times, but what it begins with is no status:
            # an answer may be hidden in it.
            senseless = frame is not None and frame[_STATUS_AT] != b"\0\0"
            if frame and senseless:
                self._buffer = frame[1:] + self._buffer
            passed = size - len(self._buffer)
            older, self._older = self._older, max(0, self._older - passed)
            if frame is None:
                return None
            if not senseless:
                return frame, passed - len(frame) >= older


# ---------------------------------------------------------------- replies


@dataclass(frozen=True)
class Reply:
    """A reader's answer. ``data`` may be a person's card, so the repr shows only its size."""

    sw1: int
    sw2: int
    sw3: int
    data: bytes

    def __repr__(self) -> str:
        return f"Reply({self.sw1:02X} {self.sw2:02X} {self.sw3:02X}, {len(self.data)} bytes)"

    @property
    def ok(self) -> bool:
        return (self.sw1, self.sw2, self.sw3) == (0, 0, OK)

    @property
    def card_found(self) -> bool:
        return (self.sw1, self.sw2, self.sw3) == (0, 0, CARD_FOUND)


def parse_reply(frame: bytes) -> Reply:
    """Read exactly one reply frame, whatever its status. Raises FrameError for damaged bytes."""
    body = open_frame(bytes(frame))
    if len(body) < 3:
        raise FrameError("length")
    return Reply(body[0], body[1], body[2], body[3:])


def build_reply(sw3: int, data: bytes = b"") -> bytes:
    return build_frame(bytes([0, 0, sw3]) + data)


@dataclass(frozen=True)
class BaseRead:
    """The two raw parts of a card, exactly as the chip gave them: they are what is signed."""

    block: bytes
    photo: bytes

    def __repr__(self) -> str:
        return f"BaseRead({len(self.block)} + {len(self.photo)} bytes)"


def parse_base_read(reply: Reply) -> BaseRead:
    """Take the answer to READ_BASE apart: two u16 lengths (big-endian), text, photo.

    The photo (WLT, closed format) is only checked for its header and never decoded.
    """
    if not reply.ok:
        raise FrameError("status")
    sizes = TEXT_BYTES.to_bytes(2, "big") + PHOTO_BYTES.to_bytes(2, "big")
    if len(reply.data) != len(sizes) + TEXT_BYTES + PHOTO_BYTES or reply.data[:4] != sizes:
        raise FrameError("layout")
    block, photo = reply.data[4 : 4 + TEXT_BYTES], reply.data[4 + TEXT_BYTES :]
    if not is_wlt(photo):
        raise FrameError("photo")
    return BaseRead(block, photo)


def parse_card_parts(reply: Reply) -> dict[str, bytes]:
    """What the answer to READ_BASE holds: ``block`` and, if it is one, the portrait as ``wlt``.

    Nobody is turned away for a chip without a picture: the photo of the card takes its place.
    Raises FrameError unless the text is whole.
    """
    text, photo = (int.from_bytes(reply.data[i : i + 2], "big") for i in (0, 2))
    try:
        read = parse_base_read(reply)
    except FrameError:
        if not reply.ok or text != TEXT_BYTES or len(reply.data) != 4 + text + photo:
            raise
        return {"block": reply.data[4 : 4 + text]}
    return {"block": read.block, "wlt": read.photo}


def build_base_read(block: bytes, photo: bytes) -> bytes:
    sizes = len(block).to_bytes(2, "big") + len(photo).to_bytes(2, "big")
    return build_reply(OK, sizes + block + photo)


def parse_new_address(reply: Reply) -> bytes:
    """The 70 raw bytes that the answer to NEW_ADDRESS adds to a card, UTF-16LE and padded."""
    if not reply.ok:
        raise FrameError("status")
    if len(reply.data) != ADDRESS_BYTES:
        raise FrameError("layout")
    return reply.data


def build_new_address(address: str) -> bytes:
    """The reverse, for emulators and tests: at most 35 units, padded, not checked."""
    return build_reply(OK, f"{address:{ADDRESS_BYTES // 2}}".encode("utf-16-le"))


def parse_sam_id(reply: Reply) -> str:
    """The reader's identity as printed on it: ``05.01-YYYYMMDD-nnnnnnnnnn-nnnnnnnnnn``."""
    if not reply.ok:
        raise FrameError("status")
    if len(reply.data) != 16:
        raise FrameError("sam_id")
    major, minor = (int.from_bytes(reply.data[i : i + 2], "little") for i in (0, 2))
    made, serial, check = (int.from_bytes(reply.data[i : i + 4], "little") for i in (4, 8, 12))
    return f"{major:02d}.{minor:02d}-{made:08d}-{serial:010d}-{check:010d}"
