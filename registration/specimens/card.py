"""Both sides of an identity card, a permit or a foreigner's card, stylised."""

import math
import textwrap
from typing import Final

from PIL import Image, ImageDraw

from outlets.frames import CardKind
from registration.specimens import face
from registration.specimens.paper import (
    BLUE,
    INK,
    PALE,
    Pen,
    Size,
    dotted,
    font,
    jpeg,
    long_date,
    marked,
    wrapped,
)
from registration.specimens.person import Person, number_label

_FOREIGN: Final = (CardKind.FOREIGNER_2017, CardKind.FOREIGNER_2023)
# As printed: the year of the layout is no part of a card's name.
_NAMES: Final = {
    CardKind.RESIDENT: "居民身份证",
    CardKind.PERMIT: "港澳台居民居住证",
    CardKind.FOREIGNER_2017: "外国人永久居留身份证",
    CardKind.FOREIGNER_2023: "外国人永久居留身份证",
}


def id_front(person: Person, size: Size = (1600, 1009)) -> bytes:
    """The side with the portrait: name, sex, birth, number; an address or a nationality."""
    im, pen = blank("#eaf3f7", "#dceaf1")
    if person.kind in _FOREIGN:
        _foreigner(pen, person)
    else:
        _resident(pen, person)
    label = number_label(person)
    start = 180 + len(label) * 50
    pen.text((110, 838), label, BLUE, font(44))
    for place, digit in enumerate(person.number):
        pen.text((start + place * 52, 832), digit, INK, font(58), anchor="ma")
    im.paste(face.bust(person, (420, 520)), (1090, 200))
    return jpeg(marked(im), size)


def id_back(person: Person, size: Size = (1600, 1009)) -> bytes:
    """The side with the issuer and the dates; the emblem is a sunflower, not the State's."""
    im, pen = blank("#f6efe6", "#efe3d3")
    _sunflower(pen, (280, 300), 150)
    title = _NAMES[person.kind]
    pen.text((970, 220), "样 本 · 虚 构", INK, font(70, serif=True), anchor="mm")
    height = min(130, 1000 // len(title))
    pen.text((970, 370), title, INK, font(height, serif=True), anchor="mm")
    lines = [("签发机关", person.issuer), ("有效期限", _validity(person))]
    if person.pass_number:
        lines.insert(1, ("通行证号码", person.pass_number))
    for up, (label, text) in enumerate(reversed([line for line in lines if line[1]])):
        pen.text((360, 820 - up * 130), label, BLUE, font(46))
        pen.text((620, 816 - up * 130), text, INK, font(54))
    return jpeg(marked(im), size)


def _resident(pen: Pen, person: Person) -> None:
    fields = [
        (150, "姓名", person.name, 62),
        (270, "性别", person.sex.label, 54),
        (390, "出生", long_date(person.birth_date), 54),
        (510, "住址", wrapped(person.address, 13), 54),
    ]
    for top, label, text, height in fields:
        pen.text((110, top), label, BLUE, font(44))
        pen.multiline_text((250, top - (height - 44) // 2), text, INK, font(height), spacing=18)
    if person.kind is CardKind.RESIDENT:
        pen.text((430, 270), "民族", BLUE, font(44))
        pen.text((560, 265), "样", INK, font(54))


def _foreigner(pen: Pen, person: Person) -> None:
    """As in the passport: the English name first, in two lines if it is long."""
    pen.text((110, 80), _NAMES[person.kind], INK, font(56, serif=True))
    pen.text((110, 150), "FOREIGN PERMANENT RESIDENT ID CARD", BLUE, font(32))
    chinese = person.name if person.name != person.english_name else ""
    fields = [
        (215, "姓名 Name", textwrap.fill(person.english_name, 28)),
        (345, "中文姓名", chinese),
        (445, "性别 Sex", person.sex.label),
        (545, "出生日期", dotted(person.birth_date)),
        (645, "国籍", person.nationality),
        (740, "有效期限", _validity(person)),
    ]
    for top, label, text in fields:
        if text:
            pen.text((110, top), label, BLUE, font(38))
            pen.multiline_text((350, top - 3), text, INK, font(42), spacing=10)


def _validity(person: Person) -> str:
    until = dotted(person.valid_to) if person.valid_to else "长期"
    return f"{dotted(person.valid_from)}-{until}"


def blank(ground: str, wave: str, height: int = 1009) -> tuple[Image.Image, Pen]:
    """An empty side, 1600 pixels wide, with a guilloche of waves."""
    im = Image.new("RGB", (1600, height), ground)
    pen = ImageDraw.Draw(im)
    for row in range(-4, height // 28):
        points = [
            (x, row * 32 + 18 * math.sin(x / 90 + row * 0.7) + 10 * math.sin(x / 37))
            for x in range(0, 1601, 10)
        ]
        pen.line(points, wave, width=5)
    pen.rounded_rectangle((8, 8, 1592, height - 8), 48, outline=PALE, width=4)
    return im, pen


def _sunflower(pen: Pen, centre: tuple[int, int], radius: int) -> None:
    x, y = centre
    for step in range(24):
        angle = step * math.tau / 24
        tip = (x + radius * math.cos(angle), y + radius * math.sin(angle))
        sides = [
            (x + radius * 0.7 * math.cos(angle + turn), y + radius * 0.7 * math.sin(angle + turn))
            for turn in (-0.13, 0.13)
        ]
        pen.polygon([(x, y), sides[0], tip, sides[1]], "#c9862b")
    inner = radius * 0.55
    pen.ellipse((x - inner, y - inner, x + inner, y + inner), "#7d4a1c")
    pen.text((x, y), "样本", "white", font(int(radius * 0.42)), anchor="mm")
