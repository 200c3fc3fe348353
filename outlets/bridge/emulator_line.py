"""What becomes of the emulated reader's answers on their way: late, in pieces, damaged."""

from collections.abc import Iterator
from random import Random
from typing import Final

from outlets import frames
from outlets.bridge.emulator_fault import Fault

# A slow reader: seconds before an answer begins, and between its pieces.
SLOW_START: Final = 0.3
SLOW_READ: Final = 1.2
SLOW_PIECE: Final = 0.02
PIECE_BYTES: Final = 64
# Between two answers that come apart, and between the parts of one that is split.
GAP: Final = 0.05

# Seconds to wait, then bytes to send.
Piece = tuple[float, bytes]


class Line:
    """Remembers the last answer, which some readers give twice or too late."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._previous = b""
        self._held = b""

    def carry(self, reply: bytes, fault: Fault) -> Iterator[Piece]:
        held, self._held = self._held, b""
        previous, self._previous = self._previous, reply
        if held:
            yield 0, held
        match fault:
            case Fault.SILENT:
                return
            case Fault.LATE:
                self._held = reply
            case Fault.SLOW:
                yield from _slow(reply)
            case Fault.NOISE:
                yield from self._noisy(reply)
            case Fault.SPLIT:
                yield from self._split(reply)
            case Fault.MERGED:
                yield 0, previous + reply
            case Fault.PREVIOUS:
                yield 0, previous
                yield GAP, reply
            case _:
                yield 0, self._damaged(reply, fault)

    def garbage(self, size: int) -> bytes:
        return self._chance.randbytes(size)

    def _noisy(self, reply: bytes) -> Iterator[Piece]:
        # Among it what looks like the beginning of a frame, with an absurd and a sane length.
        yield 0, self._chance.randbytes(self._chance.randrange(40)) + b"\xaa\xaa"
        yield 0, frames.PREAMBLE + b"\xff\xff" + frames.PREAMBLE + b"\x05\x08" + reply

    def _split(self, reply: bytes) -> Iterator[Piece]:
        cuts = sorted(self._chance.randrange(len(reply)) for _ in range(3))
        for start, end in zip([0, *cuts], [*cuts, len(reply)], strict=True):
            yield GAP, reply[start:end]

    def _damaged(self, reply: bytes, fault: Fault) -> bytes:
        """Damage that the checksum or the length shows; what neither shows nobody can see."""
        match fault:
            case Fault.LENGTH:
                head = len(frames.PREAMBLE)
                length = int.from_bytes(reply[head : head + 2], "big")
                wrong = max(0, length + self._chance.choice((-200, -4, -1, 1, 4, 200)))
                return reply[:head] + wrong.to_bytes(2, "big") + reply[head + 2 :]
            case Fault.BIT:
                place = self._chance.randrange(len(reply))
                flipped = reply[place] ^ 1 << self._chance.randrange(8)
                return reply[:place] + bytes([flipped]) + reply[place + 1 :]
            case Fault.CUT:
                start = self._chance.randrange(len(reply))
                return reply[:start] + reply[start + self._chance.randint(1, 40) :]
            case Fault.GARBAGE:
                return self.garbage(len(reply))
            case _:
                return reply


def _slow(reply: bytes) -> Iterator[Piece]:
    yield (SLOW_READ if len(reply) > frames.TEXT_BYTES else SLOW_START), b""
    for start in range(0, len(reply), PIECE_BYTES):
        yield SLOW_PIECE, reply[start : start + PIECE_BYTES]
