"""The lines of a page as one text, in which every character knows where it stands."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from registration import ocr
from registration.ocr import Box, Line
from registration.printed import fold

# Between two boxes of a row, and between two rows.
GAP, BREAK = "\t", "\n"
# A machine-readable zone is no print: what was read from it is compared with it.
_ZONE: Final = re.compile(r"<.*<|[0-9A-Z<]{28,}")
_CLEAR: Final = 0.85


class Mark(NamedTuple):
    """One character: of which line, and from where to where along it (0 to 1)."""

    char: str
    line: int
    start: float
    end: float


@dataclass(frozen=True)
class Spot:
    """A piece of a text: what it says, and the lines and places that it is made of."""

    value: str
    marks: tuple[Mark, ...]
    start: int

    @property
    def lines(self) -> frozenset[int]:
        return frozenset(mark.line for mark in self.marks)


class Text:
    def __init__(self, marks: Sequence[Mark]) -> None:
        self.marks = tuple(marks)
        self.text = "".join(mark.char for mark in marks)

    def keep(self, wanted: Callable[[str], bool]) -> "Text":
        """The same text without the characters that are not wanted."""
        return Text([mark for mark in self.marks if wanted(mark.char)])

    def spot(self, start: int, end: int) -> Spot:
        marks = self.marks[start:end]
        inside = tuple(mark for mark in marks if mark.char not in (GAP, BREAK))
        return Spot("".join(mark.char for mark in inside), inside, start)

    def every(self, pattern: re.Pattern[str], group: int = 0) -> Iterator[Spot]:
        for found in pattern.finditer(self.text):
            yield self.spot(*found.span(group))

    def where(self, words: str) -> Spot | None:
        at = self.text.find(words) if words else -1
        return self.spot(at, at + len(words)) if at >= 0 else None


@dataclass(frozen=True)
class Page:
    """What the fast model read, and the same with the lines that were read again."""

    lines: tuple[Line, ...]
    plain: Text
    accurate: Text

    @property
    def has_zone(self) -> bool:
        return any(_is_zone(line.text) for line in self.lines)

    @property
    def turns(self) -> int:
        return self.lines[0].turns if self.lines else 0

    @property
    def readings(self) -> tuple[Text, Text]:
        return self.accurate, self.plain

    def is_clear(self, spot: Spot) -> bool:
        """Whether two models have read these lines, and the first was not in doubt. Being sure
        proves nothing, but who is in doubt accuses nobody."""
        lines = [self.lines[line] for line in spot.lines]
        return all(line.again and line.confidence >= _CLEAR for line in lines)

    def box(self, spot: Spot | None) -> Box | None:
        if spot is None or not spot.marks:
            return None
        boxes = [self._part(line, spot) for line in spot.lines]
        return (
            min(box[0] for box in boxes),
            min(box[1] for box in boxes),
            max(box[2] for box in boxes),
            max(box[3] for box in boxes),
        )

    def _part(self, number: int, spot: Spot) -> Box:
        """The part of a line's box that these characters take up."""
        line = self.lines[number]
        left, top, right, bottom = ocr.upright(line.box, line.turns)
        marks = [mark for mark in spot.marks if mark.line == number]
        start = left + (right - left) * min(mark.start for mark in marks)
        end = left + (right - left) * max(mark.end for mark in marks)
        return ocr.turned_back((start, top, end, bottom), line.turns)


def page(lines: Sequence[Line]) -> Page:
    lines = tuple(lines)
    plain = _text([line.text for line in lines], lines)
    accurate = _text([line.again or line.text for line in lines], lines)
    return Page(lines, plain, accurate)


def _text(texts: Sequence[str], lines: Sequence[Line]) -> Text:
    marks: list[Mark] = []
    for number, text in enumerate(texts):
        if _is_zone(text):
            continue
        if marks:
            same = lines[number].row == lines[marks[-1].line].row
            marks.append(Mark(GAP if same else BREAK, number, 0, 0))
        marks += _marks(text, number)
    return Text(marks)


def _is_zone(text: str) -> bool:
    return _ZONE.search(fold.folded(text)) is not None


def _marks(text: str, number: int) -> Iterator[Mark]:
    widths = [_width(char) for char in text]
    whole, along = sum(widths) or 1, 0.0
    for char, width in zip(text, widths, strict=True):
        place = (along / whole, (along + width) / whole)
        for one in fold.character(char):
            yield Mark(one, number, *place)
        along += width


def _width(char: str) -> float:
    """As printed: a letter or digit is half as wide as a character."""
    return 0.55 if char.isascii() else 1.0


def last(pattern: str, before: str) -> int:
    """Where the pattern ends for the last time, -1 where it does not stand at all."""
    return max((found.end() for found in re.finditer(pattern, before)), default=-1)
