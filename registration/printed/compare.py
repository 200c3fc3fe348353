"""Each field of a page against what the chip or the form says.

A wrong "differs" sends an honest customer home and teaches verifiers to look away: what is not
proved by a check digit has to be read by two models alike, and everything else is unread.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from registration.ocr import Line
from registration.printed import day, fold, name, number, text, words
from registration.printed.business import OR
from registration.printed.compared import Compared, State
from registration.printed.field import FIELDS, NUMBERS, PAGES, UNIT_NUMBER, Field, Seek
from registration.printed.text import Page, Spot, Text

Expected = Mapping[str, str]
# What was found: how it compares, what was read, where.
Verdict = tuple[State, str, Spot | None]
_UNREAD: Final[Verdict] = (State.UNREAD, "", None)


def compare(kind_of_page: str, lines: Sequence[Line], expected: Expected) -> tuple[Compared, ...]:
    """``kind_of_page``: the picture's kind as the holder's is called (a key of PAGES);
    ``expected``: what each field should say, dates as 2026.11.28 and spans of them with a hyphen
    (``shown_day``). A field whose expectation is unknown is left out; "" for one asks only whether
    the page says it."""
    page = text.page(lines)
    found = (_field(page, FIELDS[key], expected) for key in expected)
    return tuple(one for one in found if one is not None)


def _field(page: Page, field: Field, expected: Expected) -> Compared | None:
    wanted = expected[field.name]
    state, read, spot = _SEEKERS[field.seek](page, field, expected)
    if field.is_stated and state is State.UNREAD:
        return None
    at: tuple[int, ...] = ()
    if state is State.DIFFERS and len(read) == len(wanted):
        at = number.differing(wanted, read)
    return Compared(field.name, field.label, state, wanted, read, at, page.box(spot), page.turns)


def _number(page: Page, field: Field, expected: Expected) -> Verdict:
    wanted = fold.folded(expected[field.name])
    form = number.form_of(wanted, is_unit=field.name == UNIT_NUMBER)
    accurate, plain = (number.stream(reading) for reading in page.readings)
    for reading in (accurate, plain):
        for spot in number.candidates(reading, form):
            if spot.value == form.shaped(wanted):
                return State.MATCH, wanted, spot
    others = {
        fold.folded(value)
        for key, value in expected.items()
        if key != field.name and FIELDS[key].seek is Seek.NUMBER
    }
    left = [spot for spot in number.candidates(accurate, form) if spot.value not in others]
    twice = {spot.value for spot in number.candidates(plain, form)}
    for spot in left:
        off = number.differing(wanted, spot.value)
        confirmed = page.is_clear(spot) and spot.value in twice
        if number.is_near(off, wanted) and (confirmed or form.is_sound(spot.value)):
            return State.DIFFERS, spot.value, spot
    mine = [spot for spot in left if _owner(accurate, spot, field, expected) == field.labels]
    for spot in mine:
        if form.is_sound(spot.value):
            return State.DIFFERS, spot.value, spot
    return State.UNREAD, "", mine[0] if mine else None


def _owner(reading: Text, spot: Spot, field: Field, expected: Expected) -> str:
    """The labels of the person whom the text before the number spoke of last. A page that speaks of
    one person has no such labels."""
    people = {FIELDS[key].labels for key in expected if FIELDS[key].seek is Seek.NUMBER}
    people = {labels for labels in people if labels}
    if not people:
        return field.labels
    before = reading.text[: spot.start]
    last = {labels: text.last(labels, before) for labels in people}
    nearest = max(last, key=lambda labels: last[labels])
    return nearest if last[nearest] >= 0 else ""


def _name(page: Page, field: Field, expected: Expected) -> Verdict:
    wanted = expected[field.name]
    accurate, plain = (list(name.after(reading, field.labels)) for reading in page.readings)
    for spot in (*accurate, *plain):
        if fold.letters(spot.value) == fold.letters(wanted):
            return State.MATCH, wanted, spot
    twice = {spot.value for spot in plain}
    for spot in accurate:
        confirmed = page.is_clear(spot) and spot.value in twice
        if confirmed and name.is_another(wanted, spot.value):
            return State.DIFFERS, spot.value, spot
    longer = [spot for spot in accurate if fold.letters(wanted) in fold.letters(spot.value)]
    if not longer:
        for reading in page.readings:
            if spot_anywhere := name.anywhere(reading, wanted):
                return State.MATCH, wanted, spot_anywhere
    return State.UNREAD, "", accurate[0] if accurate else None


def _day(page: Page, field: Field, expected: Expected) -> Verdict:
    wanted = expected[field.name]
    if wanted == day.LONG:
        return _words(page, field, expected)
    for reading in page.readings:
        for found, spot in day.days(reading):
            if day.shown_day(found) == wanted:
                return State.MATCH, wanted, spot
    accurate, plain = (list(day.after(reading, field.labels)) for reading in page.readings)
    return _confirmed(
        page,
        [(day.shown_day(found), spot) for found, spot in accurate],
        {day.shown_day(found) for found, _spot in plain},
    )


def _span(page: Page, field: Field, expected: Expected) -> Verdict:
    wanted = expected[field.name]
    accurate, plain = (
        [(shown_span(found), spot) for found, spot in day.spans(reading)]
        for reading in page.readings
    )
    for shown, spot in (*accurate, *plain):
        if shown == wanted:
            return State.MATCH, wanted, spot
    return _confirmed(page, accurate, {shown for shown, _spot in plain})


def _confirmed(page: Page, found: list[tuple[str, Spot]], twice: set[str]) -> Verdict:
    for shown, spot in found:
        if page.is_clear(spot) and shown in twice:
            return State.DIFFERS, shown, spot
    return State.UNREAD, "", found[0][1] if found else None


def shown_span(found: tuple[date, date | None]) -> str:
    """As it is expected: 2018.06.01-2038.06.01, or with 长期 for its end."""
    return f"{day.shown_day(found[0])}-{day.shown_day(found[1])}"


def _words(page: Page, field: Field, expected: Expected) -> Verdict:
    wanted = expected[field.name]
    for reading in page.readings:
        if spot := words.anywhere(reading, wanted):
            return State.MATCH, wanted, spot
    found = words.after(page.accurate, field.labels, field.ends) if field.labels else None
    if found and words.is_another(wanted, found.value):
        return State.DIFFERS, found.value, found
    return State.UNREAD, "", found


def _one_of(page: Page, field: Field, expected: Expected) -> Verdict:
    for word in expected[field.name].split(OR):
        for reading in page.readings:
            if spot := words.anywhere(reading, word):
                return State.MATCH, word, spot
    return _UNREAD


def _term(page: Page, _field: Field, _expected: Expected) -> Verdict:
    found = list(day.terms(page.accurate)) or list(day.terms(page.plain))
    if not found:
        return _UNREAD
    return State.MATCH, OR.join(dict.fromkeys(spot.value for spot in found[:4])), found[0]


_SEEKERS: Final[dict[Seek, Callable[[Page, Field, Expected], Verdict]]] = {
    Seek.NUMBER: _number,
    Seek.NAME: _name,
    Seek.DAY: _day,
    Seek.SPAN: _span,
    Seek.WORDS: _words,
    Seek.ONE_OF: _one_of,
    Seek.TERM: _term,
}


def doubtful(kind_of_page: str, lines: Sequence[Line]) -> frozenset[int]:
    """The lines that are worth a second, more accurate look: names, dates that count, and numbers
    that do not prove themselves. A birth date that the number beside it proves is none of them: if
    it is another one than the chip's, so is the number."""
    reading = text.page(lines).plain
    found: set[int] = set()
    for key in PAGES.get(kind_of_page, ()):
        found.update(*(spot.lines for spot in _worth(reading, FIELDS[key])))
    return frozenset(found)


def _worth(reading: Text, field: Field) -> Iterator[Spot]:
    if field.seek is Seek.NAME:
        yield from name.near(reading, field.labels)
    elif field.seek is Seek.DAY:
        proved = set(number.birth_dates(number.stream(reading)))
        yield from (spot for on, spot in day.after(reading, field.labels) if on not in proved)
    elif field.seek is Seek.SPAN:
        yield from (spot for _found, spot in day.spans(reading))
    elif field.seek is Seek.NUMBER:
        yield from number.unproved(number.stream(reading))


def is_enough(kind_of_page: str, lines: Sequence[Line]) -> bool:
    """Whether there are as many numbers as such a page has; else lines were overlooked."""
    page = text.page(lines)
    if page.has_zone:
        return True
    seen = sum(1 for _spot in number.long(number.stream(page.plain)))
    return seen >= NUMBERS.get(kind_of_page, 0)


def read(kind_of_page: str, lines: Sequence[Line]) -> dict[str, str]:
    """The names, and the numbers whose check digit fits, as the page itself says them, by field;
    nothing is expected. For measuring, and for whoever has no chip to compare with."""
    page = text.page(lines)
    fields = [FIELDS[key] for key in PAGES.get(kind_of_page, ())]
    people = {field.name: "" for field in fields}
    found: dict[str, str] = {}
    for field in fields:
        said = (_said(reading, field, people) for reading in page.readings)
        if value := next(filter(None, said), ""):
            found[field.name] = value
    return found


def _said(reading: Text, field: Field, people: Expected) -> str:
    if field.seek is Seek.NAME:
        return next((spot.value for spot in name.after(reading, field.labels)), "")
    if field.seek is not Seek.NUMBER or field.is_stated or field.name == "pass_number":
        return ""
    form = number.CODE if field.name == UNIT_NUMBER else number.CITIZEN
    stream = number.stream(reading)
    for spot in number.candidates(stream, form):
        if form.is_sound(spot.value) and _owner(stream, spot, field, people) == field.labels:
            return spot.value
    return ""
