"""The lines of a zone, taken apart strictly: every check digit must fit."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final

from registration.mrz.words import gettext_noop as _

FILLER: Final = "<"
# Format -> number of lines and their length.
FORMATS: Final = {"TD3": (2, 44), "TD1": (3, 30)}
_WEIGHTS: Final = (7, 3, 1)
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUES: Final = {
    **{digit: int(digit) for digit in "0123456789"},
    **{letter: place for place, letter in enumerate(_LETTERS, start=10)},
    FILLER: 0,
}
_SEXES: Final = {"M": "male", "F": "female", FILLER: "unstated", "X": "unstated"}
_NAMES: Final = re.compile(r"[A-Z<]+")
_STATE: Final = re.compile(r"[A-Z]{1,3}<{0,2}")
_DATE: Final = re.compile(r"[0-9]{6}")

_SENTENCES: Final = {
    "missing": _("机读区没有读出来：请把最下面几行拍完整，避免反光。"),
    "check_digit": _("机读区的校验位不对：请放平证件，避免反光后重拍；还是不对请核对证件真伪。"),
    "date": _("机读区的日期不完整或不对：请重拍；还是不对请核对证件真伪。"),
    "names": _("机读区的姓名行没有读准：请把最下面几行拍完整，避免反光。"),
    "other_document": _("机读区不是所选证件的：请换对应的证件，或改选证件种类。"),
}


class MrzError(ValueError):
    """``code`` is a key of the sentences above; the text is one for the clerk, in Chinese."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(_SENTENCES[code])


@dataclass(frozen=True, repr=False)
class Mrz:
    """``code`` is the document's one or two letters; ``issuer`` and ``nationality`` are ISO 3166-1
    alpha-3 or one of ICAO's own codes ("D" for Germany). ``sex`` is a value of outlets' Sex;
    ``optional`` what the issuer wrote besides: a personal number in a passport."""

    code: str
    issuer: str
    surname: str
    given_names: str
    number: str
    nationality: str
    birth_date: date
    sex: str
    valid_to: date
    optional: str

    def __repr__(self) -> str:
        return f"Mrz({self.code})"

    @property
    def name(self) -> str:
        return f"{self.surname} {self.given_names}".strip()


def parse(lines: tuple[str, ...], today: date) -> Mrz:
    """Read two lines of 44 or three of 30 characters; ``today`` decides the century.

    A birth date is the latest one that is not after today, so a person of a hundred is read as a
    child: a person has to look. An expiry is within fifty years of today.
    """
    match [len(line) for line in lines]:
        case [44, 44]:
            return _td3(lines[0], lines[1], today)
        case [30, 30, 30]:
            return _td1(lines[0], lines[1], lines[2], today)
    raise MrzError("missing")


def check_digit(text: str) -> str:
    """7-3-1 modulo 10. It does not tell letters from digits ten or twenty apart, such as G from 6
    and L from 1: those are never taken for each other when a zone is repaired."""
    try:
        total = sum(_VALUES[one] * _WEIGHTS[place % 3] for place, one in enumerate(text))
    except KeyError:
        raise MrzError("missing") from None
    return str(total % 10)


def _td3(first: str, second: str, today: date) -> Mrz:
    personal, personal_check = second[28:42], second[42]
    # An issuer that writes no personal number may leave its check digit out.
    if not (personal_check == FILLER and not personal.strip(FILLER)):
        _check(personal, personal_check)
    for field, digit in (
        (second[:9], second[9]),
        (second[13:19], second[19]),
        (second[21:27], second[27]),
        (second[:10] + second[13:20] + second[21:43], second[43]),
    ):
        _check(field, digit)
    return _zone(
        code=first[:2],
        issuer=first[2:5],
        names=first[5:],
        number=second[:9],
        nationality=second[10:13],
        birth=second[13:19],
        sex=second[20],
        expiry=second[21:27],
        optional=personal,
        today=today,
    )


def _td1(first: str, second: str, third: str, today: date) -> Mrz:
    number, optional = first[5:14], first[15:]
    if first[14] == FILLER and optional.strip(FILLER):
        number, optional = _long_number(number, optional)
    else:
        _check(number, first[14])
    for field, digit in (
        (second[:6], second[6]),
        (second[8:14], second[14]),
        (first[5:] + second[:7] + second[8:15] + second[18:29], second[29]),
    ):
        _check(field, digit)
    return _zone(
        code=first[:2],
        issuer=first[2:5],
        names=third,
        number=number,
        nationality=second[15:18],
        birth=second[:6],
        sex=second[7],
        expiry=second[8:14],
        optional=f"{optional} {second[18:29]}",
        today=today,
    )


def _long_number(number: str, optional: str) -> tuple[str, str]:
    """A number of more than nine characters goes on where optional data stand, with its check
    digit last and a filler after it (part 5, note j)."""
    rest, _filler, optional = optional.partition(FILLER)
    _check(number + rest[:-1], rest[-1:])
    return number + rest[:-1], optional


def _check(field: str, digit: str) -> None:
    if check_digit(field) != digit:
        raise MrzError("check_digit")


def _zone(
    *,
    code: str,
    issuer: str,
    names: str,
    number: str,
    nationality: str,
    birth: str,
    sex: str,
    expiry: str,
    optional: str,
    today: date,
) -> Mrz:
    if sex not in _SEXES or not (_STATE.fullmatch(issuer) and _STATE.fullmatch(nationality)):
        raise MrzError("missing")
    surname, given_names = _split(names)
    return Mrz(
        code=code.strip(FILLER),
        issuer=issuer.strip(FILLER),
        surname=surname,
        given_names=given_names,
        number=number.strip(FILLER),
        nationality=nationality.strip(FILLER),
        birth_date=_born(birth, today),
        sex=_SEXES[sex],
        valid_to=_expires(expiry, today),
        optional=" ".join(optional.replace(FILLER, " ").split()),
    )


def _split(names: str) -> tuple[str, str]:
    """Surname and given names. A digit, which no name has, shows that the line was misread."""
    if not _NAMES.fullmatch(names) or not names.strip(FILLER):
        raise MrzError("names")
    surname, _two, given_names = names.partition(2 * FILLER)
    return _spaced(surname), _spaced(given_names)


def _spaced(names: str) -> str:
    return " ".join(names.replace(FILLER, " ").split())


def _born(text: str, today: date) -> date:
    past = [day for day in _dates(text, today) if day <= today]
    if not past:
        raise MrzError("date")
    return max(past)


def _expires(text: str, today: date) -> date:
    return min(_dates(text, today), key=lambda day: abs(day - today))


def _dates(text: str, today: date) -> list[date]:
    """YYMMDD in the century before, in this one and in the next. Issuers may leave a birth date's
    month or day open; such a date is not one."""
    if not _DATE.fullmatch(text):
        raise MrzError("date")
    year, month, day = (int(text[place : place + 2]) for place in (0, 2, 4))
    found = []
    for century in (-1, 0, 1):
        # 29 February is in some of them only.
        with suppress(ValueError):
            found.append(date((today.year // 100 + century) * 100 + year, month, day))
    if not found:
        raise MrzError("date")
    return found
