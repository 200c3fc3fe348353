"""The text block of any kind: told apart by its marker, taken apart, put together."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from outlets.cards import foreigner, permit, resident
from outlets.cards.errors import FrameError
from outlets.cards.kinds import Card, CardKind
from outlets.cards.permit import PermitCard
from outlets.cards.resident import ResidentCard
from outlets.cards.text import (
    ADDRESS_BYTES,
    TEXT_BYTES,
    Layout,
    Span,
    checked_prose,
    decoded,
)

_MARKER: Final = slice(248, 250)
_TAIL: Final = slice(220, 256)
_MARKERS: Final = {
    CardKind.RESIDENT: b" \0",
    CardKind.PERMIT: b"J\0",
    CardKind.FOREIGNER_2017: b"I\0",
    CardKind.FOREIGNER_2023: b"Y\0",
}
_LAYOUTS: Final[dict[CardKind, Layout]] = {
    CardKind.RESIDENT: resident.LAYOUT,
    CardKind.PERMIT: permit.LAYOUT,
    CardKind.FOREIGNER_2017: foreigner.LAYOUT_2017,
    CardKind.FOREIGNER_2023: foreigner.LAYOUT_2023,
}
_PARSERS: Final[dict[bytes, Callable[[bytes], Card]]] = {
    _MARKERS[CardKind.RESIDENT]: resident.parse,
    _MARKERS[CardKind.PERMIT]: permit.parse,
    _MARKERS[CardKind.FOREIGNER_2017]: foreigner.parse_2017,
    _MARKERS[CardKind.FOREIGNER_2023]: foreigner.parse_2023,
}


def parse_text_block(block: bytes) -> Card:
    """Read the 256 bytes of a card's text. Raises FrameError for anything else."""
    block = bytes(block)
    if len(block) != TEXT_BYTES:
        raise FrameError("block_length")
    # A reader that pads with NUL pads the reserved units of a resident card with it too, and the
    # marker is one of them. A NUL among anything else is an unknown marker as any other.
    blank = not any(block[_TAIL])
    parse = _PARSERS.get(_MARKERS[CardKind.RESIDENT] if blank else block[_MARKER])
    if parse is None:
        raise FrameError("card_type")
    return parse(block)


def build_text_block(
    fields: dict[str, str], kind: CardKind = CardKind.RESIDENT, padding: str = " "
) -> bytes:
    """The reverse, for emulators, adapters and tests: raw texts (dates YYYYMMDD), not checked.

    The fields are those of the kind's dataclass; ``name`` is the Chinese name. One that is missing
    stays blank, one that the kind does not have is left out. Raises FrameError("too_long").
    """
    block = bytearray(padding.encode("utf-16-le") * (TEXT_BYTES // 2))
    for field, span in _LAYOUTS[kind].items():
        _put(block, span, field, fields.get(field, ""))
    block[_MARKER] = _MARKERS[kind]
    return bytes(block)


def _put(block: bytearray, span: Span, field: str, text: str) -> None:
    raw = text.encode("utf-16-le", "surrogatepass")
    if len(raw) > span.room:
        raise FrameError("too_long", field)
    offset, size, (second, _) = span
    first, rest = raw[:size], raw[size:]
    block[offset : offset + len(first)] = first
    block[second : second + len(rest)] = rest


def with_new_address(card: Card, address: bytes) -> Card:
    """The card with what the reader's command 30 03 answered: 70 bytes, 35 units of UTF-16LE.

    A blank answer means that there is no newer address, and a kind without an address has no
    place for one: both leave the card as it is. Raises FrameError for anything that is no address.
    """
    if len(address) != ADDRESS_BYTES:
        raise FrameError("length", "address")
    text = checked_prose(decoded(bytes(address), "address"), "address")
    if text and isinstance(card, ResidentCard | PermitCard):
        return replace(card, address=text)
    return card
