"""Numbers of documents and units in a text: how they look, and whether they can be right."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final

from outlets.cards import numbers
from registration.printed.text import Spot, Text
from registration.rules.unit_kind import is_code

# Of so many places a misprint or an altered digit leaves the rest as it was.
_FEW = {True: 3, False: 1}
_LONG: Final = 15
# Letters that are no part of such a number, and the digit that has their shape.
_SHAPES: Final = str.maketrans("OQDILZSB", "00011258")
_CODE_SHAPES: Final = str.maketrans("OIZS", "0125")
# What a model sees between two digits, or a form prints there.
_JOINERS: Final = frozenset("\t .,·'`_-:|")


def _same(value: str) -> str:
    return value


def _is_citizen(value: str) -> bool:
    if not numbers.check_digit_fits(value) or len(value) != 18:
        return False
    try:
        born = date.fromisoformat(f"{value[6:10]}-{value[10:12]}-{value[12:14]}")
    except ValueError:
        return value.startswith("9")  # a foreigner's of 2023 has its birth date elsewhere
    return born.year >= 1900 or value.startswith("9")


@dataclass(frozen=True)
class Form:
    """``is_sound``: the number proves itself; a number without a check digit never does."""

    pattern: re.Pattern[str]
    shaped: Callable[[str], str] = _same
    is_sound: Callable[[str], bool] = lambda _value: False


CITIZEN: Final = Form(
    re.compile(r"(?<![0-9A-Z])[0-9OQDILZSB]{17}[0-9XOQDILZSB](?![0-9A-Z])"),
    lambda value: value.translate(_SHAPES),
    _is_citizen,
)
CODE: Final = Form(
    re.compile(r"(?<![0-9A-Z])[0-9A-Z]{18}(?![0-9A-Z])"),
    lambda value: value.translate(_CODE_SHAPES),
    is_code,
)


def form_of(expected: str, *, is_unit: bool = False) -> Form:
    """Of digits alone a unit's number looks like a citizen's: the field tells them apart."""
    if is_unit and is_code(expected):
        return CODE
    if not is_unit and CITIZEN.pattern.fullmatch(expected):
        return CITIZEN
    any_of_length = rf"(?<![0-9A-Z])[0-9A-Z()]{{{len(expected)}}}(?![0-9A-Z])"
    return Form(re.compile(any_of_length))


def stream(text: Text) -> Text:
    return text.keep(lambda char: char not in _JOINERS)


def candidates(text: Text, form: Form) -> Iterator[Spot]:
    """What looks like such a number in the ``stream`` of a text, letters put right."""
    for spot in text.every(form.pattern):
        yield Spot(form.shaped(spot.value), spot.marks, spot.start)


def differing(a: str, b: str) -> tuple[int, ...]:
    return tuple(at for at, (one, other) in enumerate(zip(a, b, strict=True)) if one != other)


def is_near(at: tuple[int, ...], expected: str) -> bool:
    return 0 < len(at) <= _FEW[len(expected) >= _LONG]


def birth_dates(text: Text) -> Iterator[date]:
    """Those in citizens' numbers whose check digit fits, in the ``stream`` of a text."""
    for spot in candidates(text, CITIZEN):
        if _is_citizen(spot.value):
            with suppress(ValueError):  # a foreigner's of 2023 has its birth date elsewhere
                yield date.fromisoformat(spot.value[6:14])


# Anything as long as the shortest number that is compared, and as a citizen's or a unit's.
_RUN: Final = re.compile(r"[0-9A-Z()]{8,}")
# Six digits of a place, a date, three digits and the check digit.
_CITIZENS: Final = re.compile(r"[0-9]{6}(19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9X]")
_LONG_RUN: Final = re.compile(r"[0-9A-Z]{15,}")


def long(text: Text) -> Iterator[Spot]:
    return text.every(_LONG_RUN)


def unproved(text: Text) -> Iterator[Spot]:
    """Numbers in the ``stream`` of a text that no check digit proves."""
    for spot in text.every(_RUN):
        digits = sum(char.isdigit() for char in spot.value)
        if digits >= len(spot.value) / 2 and not _proves_itself(spot.value):
            yield spot


def _proves_itself(value: str) -> bool:
    # One citizen's number of thirty that is read wrong passes for a unit's by chance.
    return _is_citizen(value) if _CITIZENS.fullmatch(value) else is_code(value)
