"""Fixed-width fields of UTF-16LE units: cut out, joined, decoded, trimmed, judged, in this order.

GA/T 467 and the reading specifications of the other cards agree on the coding: little-endian
units padded with U+0020; a date is eight digits YYYYMMDD. A character outside the basic plane
takes two units, so that bytes are cut on units first and decoded afterwards.
"""

import re
import unicodedata
from datetime import date
from typing import Final, NamedTuple

from outlets.cards.errors import FrameError
from outlets.cards.kinds import Sex

TEXT_BYTES: Final = 256
ADDRESS_BYTES: Final = 70
LONG_TERM: Final = "长期"

_PADDING: Final = " \0\u3000"
_SEX_CODES: Final = {
    "1": Sex.MALE,
    "2": Sex.FEMALE,
    "0": Sex.UNKNOWN,
    "9": Sex.UNSTATED,
}
SEX_DIGITS: Final = {sex: digit for digit, sex in _SEX_CODES.items()}

# Some readers put the text of a failure where a field should be.
_ERROR_TEXT: Final = re.compile(
    r"错误|失败|锁定|无效|\b(?:error|fail(?:ed|ure)?|null|none|undefined|timeout)\b", re.IGNORECASE
)
_NOT_IN_A_NAME: Final = re.compile(r"[0-9０-９()（）\[\]{}<>=:：;；/\\?？!！|#]")
# Null and None are surnames, "S/O", "@" and brackets stand in passports. Ideographs and the like
# would mean that this is another layout, or the text of a failure.
_NOT_IN_AN_ENGLISH_NAME: Final = re.compile(
    r"[0-9０-９\[\]{}<>=:：;；\\?？!！|#\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
    r"|\b(?:error|failed|failure|undefined|timeout)\b",
    re.IGNORECASE,
)
_ENGLISH_LETTER: Final = re.compile(r"[^\W\d_]")
_DATE: Final = re.compile(r"[0-9]{8}")
# Full-width and small forms of what a number is made of; str.upper() would turn other scripts'
# letters into ours.
_PLAIN: Final = (
    {0xFF10 + place: 0x30 + place for place in range(10)}
    | {0xFF21 + place: 0x41 + place for place in range(26)}
    | {0xFF41 + place: 0x41 + place for place in range(26)}
    | {0x61 + place: 0x41 + place for place in range(26)}
)


class Span(NamedTuple):
    """Where a field stands, in bytes. A name of 2023 goes on elsewhere: ``then``."""

    offset: int
    size: int
    then: tuple[int, int] = (0, 0)

    @property
    def room(self) -> int:
        return self.size + self.then[1]


Layout = dict[str, Span]


class Chip:
    """A text block under its layout. Every method raises FrameError with the field's name."""

    def __init__(self, block: bytes, layout: Layout) -> None:
        self._block = block
        self._layout = layout

    def optional(self, field: str) -> str:
        offset, size, (second, more) = self._layout[field]
        raw = self._block[offset : offset + size]
        if more:
            # Joined before trimming: the last unit of the first part may be a space of the name,
            # or the first half of a character.
            raw += self._block[second : second + more]
        return decoded(raw, field)

    def text(self, field: str) -> str:
        text = self.optional(field)
        if not text:
            raise FrameError("empty", field)
        return text

    def prose(self, field: str) -> str:
        return checked_prose(self.text(field), field)

    def name(self, field: str) -> str:
        """A Chinese name, or "" where there is none."""
        text = self.optional(field)
        if _ERROR_TEXT.search(text) or _NOT_IN_A_NAME.search(text):
            raise FrameError("content", field)
        return text

    def english_name(self, field: str) -> str:
        text = self.text(field)
        if _NOT_IN_AN_ENGLISH_NAME.search(text) or not _ENGLISH_LETTER.search(text):
            raise FrameError("content", field)
        return text

    def code(self, field: str, pattern: re.Pattern[str]) -> str:
        """Digits and letters in ASCII and upper case, whatever form the chip has them in."""
        text = self.optional(field)
        if pattern.fullmatch(text):
            return text
        text = text.translate(_PLAIN)
        if pattern.fullmatch(text):
            return text
        raise FrameError("content" if text else "empty", field)

    def digits(self, field: str, pattern: re.Pattern[str]) -> str:
        """ASCII digits and nothing else."""
        text = self.text(field)
        if not pattern.fullmatch(text):
            raise FrameError("content", field)
        return text

    def sex(self) -> Sex:
        text = self.text("sex")
        if text not in _SEX_CODES:
            raise FrameError("content", "sex")
        return _SEX_CODES[text]

    def day(self, field: str) -> date:
        text = self.digits(field, _DATE)
        year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
        try:
            return date(year, month, day)
        except ValueError:
            pass
        # Raised outside the handler: the original names the value it could not take.
        raise FrameError("content", field)

    def dates(self) -> tuple[date, date, date | None]:
        """Birth, first day and last day of validity; the last is None for 长期."""
        born, first = self.day("birth_date"), self.day("valid_from")
        last = None if self.optional("valid_to") == LONG_TERM else self.day("valid_to")
        if born > first or (last is not None and first > last):
            raise FrameError("dates")
        return born, first, last


def decoded(raw: bytes, field: str) -> str:
    """Units of a field as text without its padding; what is inside stays as it is."""
    # surrogatepass joins pairs and lets a lone half through instead of raising: a
    # UnicodeDecodeError would carry the card's bytes into every traceback.
    text = raw.decode("utf-16-le", "surrogatepass").strip(_PADDING)
    # Nearly every text is printable; only the others are looked at one by one.
    if not text.isprintable() and any(_is_not_text(character) for character in text):
        raise FrameError("encoding", field)
    if "\ufffd" in text:
        raise FrameError("encoding", field)
    return text


def checked_prose(text: str, field: str) -> str:
    if _ERROR_TEXT.search(text):
        raise FrameError("content", field)
    return text


def _is_not_text(character: str) -> bool:
    """Lone surrogates, controls, invisible format characters, line breaks and noncharacters.

    Unassigned code points pass: Unicode grows faster than the tables of a Python release.
    """
    point = ord(character)
    return (
        unicodedata.category(character) in {"Cs", "Cc", "Cf", "Zl", "Zp"}
        or point & 0xFFFE == 0xFFFE
        or 0xFDD0 <= point <= 0xFDEF
    )
