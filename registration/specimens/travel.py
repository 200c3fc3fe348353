"""A passport's data page and both sides of a travel permit, stylised, with a true zone."""

from collections.abc import Sequence
from typing import Final

from PIL import ImageDraw

from registration.specimens import face
from registration.specimens.card import blank
from registration.specimens.paper import BLUE, INK, Pen, Size, dotted, font, jpeg, marked
from registration.specimens.traveller import Traveller

_TITLES: Final = {
    "passport": "护照 PASSPORT",
    "hkm_permit": "港澳居民来往内地通行证",
    "taiwan_permit": "台湾居民来往大陆通行证",
}
# The face that zones are printed in (OCR-B) has a fixed pitch; the font here is set letter by
# letter to get one.
_PITCH: Final = {44: 34, 30: 50}


def data_page(person: Traveller, size: Size = (1600, 1127)) -> bytes:
    """The page of a passport with the portrait and two lines of 44."""
    im, pen = blank("#f1eef6", "#e2dced", height=1127)
    _person(pen, person, left=560)
    im.paste(face.bust(person, (400, 500)), (90, 190))
    im = marked(im)
    _zone(ImageDraw.Draw(im), person.zone(), top=960)
    return jpeg(im, size)


def permit_front(person: Traveller, size: Size = (1600, 1009)) -> bytes:
    im, pen = blank("#e9f3ee", "#d9e9e0")
    _person(pen, person, left=110)
    im.paste(face.bust(person, (420, 520)), (1090, 250))
    return jpeg(marked(im), size)


def permit_back(person: Traveller, size: Size = (1600, 1009)) -> bytes:
    """The side of a permit with three lines of 30."""
    im, pen = blank("#f3efe6", "#e8e0d0")
    pen.text((110, 110), _TITLES[person.document], BLUE, font(56, serif=True))
    pen.text((110, 230), "换证次数 01", INK, font(44))
    im = marked(im)
    _zone(ImageDraw.Draw(im), person.zone(), top=720)
    return jpeg(im, size)


def _person(pen: Pen, person: Traveller, *, left: int) -> None:
    pen.text((110, 70), _TITLES[person.document], BLUE, font(60, serif=True))
    fields = [
        ("姓名 Name", person.name),
        ("Name", person.names.replace("<<", ", ").replace("<", " ")),
        ("性别 Sex", person.sex.label),
        ("出生日期", dotted(person.birth_date)),
        ("国籍", person.nationality),
        ("证件号码", person.number),
        ("有效期至", dotted(person.valid_to)),
    ]
    shown = [field for field in fields if field[1]]
    for row, (label, text) in enumerate(shown):
        pen.text((left, 200 + row * 100), label, BLUE, font(36))
        pen.text((left + 210, 194 + row * 100), text, INK, font(46))


def _zone(pen: Pen, lines: Sequence[str], *, top: int) -> None:
    pitch = _PITCH[len(lines[0])]
    # Blank below the letters, as on the real thing: no background disturbs a zone.
    pen.rectangle((0, top - 30, 1600, top + 80 * len(lines)), "#fbfbfb")
    for row, line in enumerate(lines):
        for place, letter in enumerate(line):
            x = 800 + (place - len(line) / 2 + 0.5) * pitch
            pen.text((x, top + row * 76), letter, INK, font(min(52, pitch + 8)), anchor="ma")
