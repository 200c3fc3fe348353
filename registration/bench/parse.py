"""Cards and whole reads taken apart, against the least that the same bytes cost.

The floor is the checksum of the bytes (for a read) and their text decoded from UTF-16, with no
field cut out, trimmed or judged. No database; pieces per second are cards or frames per second.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from outlets import frames
from outlets.bridge.people import PEOPLE
from outlets.frames import CardKind
from registration.bench import crew
from registration.bench.crew import Hands, Shift
from registration.bench.figures import Run
from registration.bench.rounds import Size

ROWS: Final = 5000  # cards in a round
ROUNDS: Final = 5
FRAME: Final = "frame"
# Where the text block stands in a base read: behind preamble, length, status and two sizes.
TEXT: Final = slice(14, 14 + frames.TEXT_BYTES)


def measure(size: Size) -> list[Run]:
    """A run for each kind of card, and one for the frame of a base read."""
    somebody = {person.kind: person for person in PEOPLE.values()}
    runs = [
        _run(size, kind, somebody[kind].block(), ours=_card, floor=_decoded) for kind in CardKind
    ]
    person = somebody[CardKind.RESIDENT]
    frame = frames.build_base_read(person.block(), person.photo())
    return [*runs, _run(size, FRAME, frame, ours=_read, floor=_checked)]


def _run(
    size: Size,
    what: str,
    data: bytes,
    *,
    ours: Callable[[bytes], object],
    floor: Callable[[bytes], object],
) -> Run:
    rows = size.rows or ROWS
    pairs = size.pairs(
        partial(_shift, partial(ours, data), rows),
        partial(_shift, partial(floor, data), rows),
        rounds=ROUNDS,
    )
    return Run.of(pairs, clients=1, rows=rows, what=what)


def _shift(once: Callable[[], object], rows: int) -> Shift:
    return crew.work(1, lambda place: Hands(lambda: bool(once())), most=rows)


def _card(block: bytes) -> object:
    return frames.parse_text_block(block)


def _decoded(block: bytes) -> object:
    return block.decode("utf-16-le", "surrogatepass")


def _read(frame: bytes) -> object:
    return frames.parse_text_block(frames.parse_base_read(frames.parse_reply(frame)).block)


def _checked(frame: bytes) -> object:
    return frames.checksum(frame[5:]) == 0 and _decoded(frame[TEXT])
