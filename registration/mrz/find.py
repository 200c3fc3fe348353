"""The zone among the lines of text that were recognised on a picture.

Recognition loses fillers and confuses shapes. Fillers are put back where a line's form leaves one
place for them. Where a field may hold letters and digits, a shape is repaired only if a check digit
proves it. Where it may hold only one of both, it is put right as far as one character alone has
that shape: names and states have no digits, and only O and I look like 0 and 1. No check digit
covers a name: a person compares it with the page.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from registration.mrz.zone import FILLER, FORMATS, Mrz, MrzError, check_digit, parse

# The same shape under another name: no guess is in it. First what a filler is taken for, then
# capitals of Greek and Cyrillic, and the bar, which is I (and 1 where only digits are).
_SHAPES: Final = str.maketrans(
    dict.fromkeys("〈‹くㄑ＜﹤", FILLER)
    | dict.fromkeys("«《≪", 2 * FILLER)
    | dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True))
    | dict(zip("АВЕКМНОРСТХ", "ABEKMHOPCTX", strict=True))
    | {"|": "I", "∪": "U"}
)
_ALPHABET: Final = re.compile(r"[A-Z0-9<]+")
_TO_LETTER: Final = str.maketrans("01", "OI")
_TO_DIGIT: Final = str.maketrans("OQDILZSB", "00011258")
# Pairs that the check digit tells apart; G/6 and L/1, ten and twenty apart, are not among them.
_EITHER: Final = dict(zip("0O1I8B5S2Z", "O0I1B8S5Z2", strict=True))
_SHORTEST: Final = 24


def find(texts: Iterable[str], format: str, today: date) -> tuple[tuple[str, ...], Mrz]:
    """The lines as they must read, and what they say. Raises MrzError."""
    number, length = FORMATS[format]
    lines = [line for line in map(_cleaned, texts) if _could_be(line, length)]
    # Of everything printed on the page the zone is what comes last.
    found = lines[-number:]
    if len(found) < number:
        raise MrzError("missing")
    repaired = _td3(found) if format == "TD3" else _td1(found)
    return repaired, parse(repaired, today)


def _cleaned(text: str) -> str:
    return "".join(text.upper().translate(_SHAPES).split())


def _could_be(line: str, length: int) -> bool:
    is_zone = FILLER in line or sum(one.isdigit() for one in line) > length // 3
    return bool(_ALPHABET.fullmatch(line)) and is_zone and _SHORTEST <= len(line) <= length + 3


def _td3(lines: list[str]) -> tuple[str, ...]:
    first = _fitted(lines[0], 44)
    first = first[:2] + _letters(first[2:])
    second = _filled_in(lines[1], 44, head=28, tail=2)
    number = _proven(second[:9], second[9])
    second = (
        number
        + _letters(second[10:13])
        + _digits(second[13:20])
        + second[20]
        + _digits(second[21:28])
        + second[28:42]
        + _digits(second[42:])
    )
    return first, second


def _td1(lines: list[str]) -> tuple[str, ...]:
    first = _fitted(lines[0], 30)
    second = _filled_in(lines[1], 30, head=18, tail=1)
    number = first[5:15] if first[14] == FILLER else _proven(first[5:14], first[14])
    first = first[:2] + _letters(first[2:5]) + number + first[15:]
    second = (
        _digits(second[:7])
        + second[7]
        + _digits(second[8:15])
        + _letters(second[15:18])
        + second[18:29]
        + _digits(second[29:])
    )
    return first, second, _letters(_fitted(lines[2], 30))


def _fitted(line: str, length: int) -> str:
    """A line that ends in fillers, with as many as it must have."""
    if len(line) > length and line[length:].strip(FILLER):
        raise MrzError("missing")
    return f"{line:{FILLER}<{length}}"[:length]


def _filled_in(line: str, length: int, *, head: int, tail: int) -> str:
    """A line whose one run of fillers lies between ``head`` and ``tail`` characters."""
    if len(line) == length:
        return line
    middle = line[head:-tail]
    if len(line) < head + tail or not middle.strip(FILLER) == "" or not middle:
        raise MrzError("missing")
    return line[:head] + (length - head - tail) * FILLER + line[-tail:]


def _letters(text: str) -> str:
    return text.translate(_TO_LETTER)


def _digits(text: str) -> str:
    return text.translate(_TO_DIGIT)


def _proven(field: str, digit: str) -> str:
    """The field with its check digit, in the one reading that the digit proves."""
    digit = _digits(digit)
    if not digit.isdigit():
        raise MrzError("check_digit")
    if check_digit(field) == digit:
        return field + digit
    fitting = [text for text in _readings(field) if check_digit(text) == digit]
    if len(fitting) != 1:
        raise MrzError("check_digit")
    return fitting[0] + digit


def _readings(field: str) -> Iterator[str]:
    """The field with one doubtful shape read the other way: with two, some reading would fit by
    chance."""
    for place, one in enumerate(field):
        if one in _EITHER:
            yield field[:place] + _EITHER[one] + field[place + 1 :]
