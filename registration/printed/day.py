"""Dates and terms in a text."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from registration.printed.text import Spot, Text

_MONTHS: Final = (
    "JAN",
    "FEB",
    "MAR",
    "APR",
    "MAY",
    "JUN",
    "JUL",
    "AUG",
    "SEP",
    "OCT",
    "NOV",
    "DEC",
)
_DAY: Final = r"((?:19|20)[0-9]{2})[年./-]([01]?[0-9])[月./-]([0-3]?[0-9])日?"
_ANY: Final = re.compile(
    rf"(?<![0-9]){_DAY}(?![0-9])|([0-3][0-9])(?:[0-9]{{1,2}}月)?/?({'|'.join(_MONTHS)})((?:19|20)[0-9]{{2}})"
)
LONG: Final = "长期"
_SPAN: Final = re.compile(rf"(?<![0-9]){_DAY}[-~至到]{{1,2}}(?:{_DAY}(?![0-9])|({LONG}))")
# A term that is no date: so many days or months, once, until it is done.
_TERM: Final = re.compile(
    r"(?:(?<![0-9])[0-9]{1,3}|[一二三四五六七八九十百两半]{1,4})(?:个?(?:日|天|月|年)|个工作日)"
    r"|一次有效|长期有效|办理完毕|办结"
)


def days(text: Text) -> Iterator[tuple[date, Spot]]:
    for found in _ANY.finditer(text.text):
        year, month, day, day_, name, year_ = found.groups()
        parts = (year_, _MONTHS.index(name) + 1, day_) if name else (year, month, day)
        if made := _date(*parts):
            yield made, text.spot(*found.span())


def spans(text: Text) -> Iterator[tuple[tuple[date, date | None], Spot]]:
    """From when to when; without an end where it says 长期."""
    for found in _SPAN.finditer(text.text):
        first, last = _date(*found.groups()[:3]), None
        if not found.group(7):
            last = _date(*found.groups()[3:6])
            if last is None:
                continue
        if first and (last is None or first < last):
            yield (first, last), text.spot(*found.span())


def terms(text: Text) -> Iterator[Spot]:
    """Whatever says how long: dates first."""
    yield from (spot for _day, spot in days(text))
    yield from text.every(_TERM)


def after(text: Text, labels: str) -> Iterator[tuple[date, Spot]]:
    """Dates that stand right after one of the labels (a pattern)."""
    for day, spot in days(text):
        before = text.text[max(0, spot.start - 24) : spot.start]
        if re.search(rf"(?:{labels})[^0-9\n]{{0,12}}\n?$", before):
            yield day, spot


def shown_day(day: date | None) -> str:
    return f"{day:%Y.%m.%d}" if day else LONG


def _date(year: object, month: object, day: object) -> date | None:
    try:
        return date(int(str(year)), int(str(month)), int(str(day)))
    except ValueError:
        return None
