"""The reverse, for specimens and tests: fields in, lines with right check digits out."""

from datetime import date

from registration.mrz.zone import FILLER, check_digit

_SEX_MARKS = {"male": "M", "female": "F"}


def td3(
    *,
    issuer: str,
    names: str,
    number: str,
    nationality: str,
    birth_date: date,
    sex: str,
    valid_to: date,
    optional: str = "",
) -> tuple[str, str]:
    """A passport's two lines. ``names``: ``SURNAME<<GIVEN<NAMES``."""
    first = _padded(f"P<{_padded(issuer, 3)}{names}", 44)
    second = (
        _with_digit(_padded(number, 9))
        + _padded(nationality, 3)
        + _with_digit(f"{birth_date:%y%m%d}")
        + _SEX_MARKS.get(sex, FILLER)
        + _with_digit(f"{valid_to:%y%m%d}")
        + _with_digit(_padded(optional, 14))
    )
    return first, second + check_digit(second[:10] + second[13:20] + second[21:43])


def td1(
    *,
    code: str,
    issuer: str,
    names: str,
    number: str,
    nationality: str,
    birth_date: date,
    sex: str,
    valid_to: date,
    optional: str = "",
) -> tuple[str, str, str]:
    """A card's three lines, for a number of at most nine characters."""
    first = _padded(
        _padded(code, 2) + _padded(issuer, 3) + _with_digit(_padded(number, 9)) + optional, 30
    )
    second = (
        _with_digit(f"{birth_date:%y%m%d}")
        + _SEX_MARKS.get(sex, FILLER)
        + _with_digit(f"{valid_to:%y%m%d}")
        + _padded(nationality, 3)
        + 11 * FILLER
    )
    second += check_digit(first[5:] + second[:7] + second[8:15] + second[18:29])
    return first, second, _padded(names, 30)


def _padded(text: str, length: int) -> str:
    return f"{text:{FILLER}<{length}}"[:length]


def _with_digit(field: str) -> str:
    return field + check_digit(field)
