"""Pictures of people and papers that do not exist, for the demo and the tests.

Drawn, never photographed: a stylised card, a cartoon face that is the same on the card and at the
counter, an authorisation letter, a signature. Every one says SPECIMEN 样本. The same person gives
the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from random import Random
from typing import Protocol

from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path, serif_path

from outlets.frames import Sex

Pen = ImageDraw.ImageDraw
Size = tuple[int, int]
Grid = Callable[..., list[float]]

INK, BLUE, RED, PALE = "#1d2630", "#2a5d8f", "#b8322a", "#8aa4bd"


class Person(Protocol):
    """Whom to draw: a Card, a Person of the emulator; a `valid_to` of None means 长期."""

    @property
    def name(self) -> str: ...
    @property
    def sex(self) -> Sex: ...
    @property
    def birth_date(self) -> date: ...
    @property
    def address(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


def id_front(person: Person, size: Size = (1600, 1009)) -> bytes:
    """The side with the portrait: name, sex, birth, address, number."""
    im, pen = _card("#eaf3f7", "#dceaf1")
    fields = [
        (150, "姓名", person.name, 62),
        (270, "性别", person.sex.label, 54),
        (390, "出生", _long_date(person.birth_date), 54),
        (510, "住址", _wrapped(person.address, 13), 54),
    ]
    for top, label, text, height in fields:
        pen.text((110, top), label, BLUE, _font(44))
        pen.multiline_text((250, top - (height - 44) // 2), text, INK, _font(height), spacing=18)
    pen.text((430, 270), "民族", BLUE, _font(44))
    pen.text((560, 265), "样", INK, _font(54))
    pen.text((110, 838), "公民身份号码", BLUE, _font(44))
    for place, digit in enumerate(person.number):
        pen.text((480 + place * 52, 832), digit, INK, _font(58), anchor="ma")
    face = _face(person, (420, 520))
    im.paste(face, (1090, 200))
    return _jpeg(_marked(im), size)


def id_back(person: Person, size: Size = (1600, 1009)) -> bytes:
    """The side with the issuer and the dates; the emblem is a sunflower, not the State's."""
    im, pen = _card("#f6efe6", "#efe3d3")
    _sunflower(pen, (280, 300), 150)
    pen.text((970, 220), "样 本 · 虚 构", INK, _font(70, serif=True), anchor="mm")
    pen.text((970, 370), "居民身份证", INK, _font(130, serif=True), anchor="mm")
    until = _dotted(person.valid_to) if person.valid_to else "长期"
    for top, label, text in (
        (690, "签发机关", person.issuer),
        (820, "有效期限", f"{_dotted(person.valid_from)}-{until}"),
    ):
        pen.text((360, top), label, BLUE, _font(46))
        pen.text((620, top - 4), text, INK, _font(54))
    return _jpeg(_marked(im), size)


def live_photo(person: Person, size: Size = (1200, 1600)) -> bytes:
    """The person at the counter: the face of the card, larger, before a wall."""
    im = _face(person, size, wall="#cfd8df")
    pen = ImageDraw.Draw(im)
    width, height = size
    pen.rectangle((0, height * 0.93, width, height), "#8c6f52")
    pen.text((width / 2, height * 0.055), "示例营业厅", "#5b6b7b", _font(56), anchor="mm")
    return _jpeg(_marked(im), size)


def letter(principal: Person, proxy: Person, number: str, size: Size = (1240, 1754)) -> bytes:
    """An authorisation letter with the six points of PX-02; `number` is the mobile number."""
    im = Image.new("RGB", (1240, 1754), "#fdfcf8")
    pen = ImageDraw.Draw(im)
    pen.text((620, 170), "授权委托书", INK, _font(76, serif=True), anchor="mm")
    lines = [
        f"委托人：{principal.name}",
        f"公民身份号码：{principal.number}",
        "",
        f"受托人：{proxy.name}",
        f"公民身份号码：{proxy.number}",
        "",
        f"委托事项：代为办理移动电话号码 {number} 的",
        "入网实名登记手续，并代为签署有关文件。",
        "",
        "委托权限：仅限上述一项业务，一次有效。",
        "委托期限：自签署之日起三十日。",
    ]
    for place, line in enumerate(lines):
        pen.text((150, 320 + place * 74), line, INK, _font(42, serif=True))
    for left, label, person in ((150, "委托人签字：", principal), (690, "受托人签字：", proxy)):
        pen.text((left, 1240), label, INK, _font(42, serif=True))
        im.paste(_strokes(person.name, (380, 150), "#fdfcf8"), (left, 1300))
    pen.text((150, 1500), f"日期：{_long_date(principal.valid_from)}", INK, _font(42, serif=True))
    return _jpeg(_marked(im), size)


def signature(name: str = "王样本", size: Size = (900, 400)) -> bytes:
    """A scrawl as a finger leaves it on the pad."""
    im = _strokes(name, size, "white")
    pen = ImageDraw.Draw(im)
    pen.text((size[0] - 20, size[1] - 20), "SPECIMEN 样本", PALE, _font(30), anchor="rs")
    return _jpeg(im, size)


# Papers


@lru_cache(maxsize=32)
def _font(size: int, *, serif: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(serif_path() if serif else sans_path()), size)


def _card(ground: str, wave: str) -> tuple[Image.Image, Pen]:
    im = Image.new("RGB", (1600, 1009), ground)
    pen = ImageDraw.Draw(im)
    for row in range(-4, 36):
        points = [
            (x, row * 32 + 18 * math.sin(x / 90 + row * 0.7) + 10 * math.sin(x / 37))
            for x in range(0, 1601, 10)
        ]
        pen.line(points, wave, width=5)
    pen.rounded_rectangle((8, 8, 1592, 1001), 48, outline=PALE, width=4)
    return im, pen


def _marked(im: Image.Image) -> Image.Image:
    """Write SPECIMEN 样本 slantwise over the middle, so that no one takes it for real."""
    width, height = im.size
    size = int(math.hypot(width, height) / 13)
    band = Image.new("L", (int(size * 9), int(size * 1.6)))
    ImageDraw.Draw(band).text(
        (band.width / 2, band.height / 2), "SPECIMEN 样本", 70, _font(size), "mm"
    )
    band = band.rotate(math.degrees(math.atan2(height, width)), expand=True)
    im.paste(RED, ((width - band.width) // 2, (height - band.height) // 2), band)
    return im


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
    pen.text((x, y), "样本", "white", _font(int(radius * 0.42)), anchor="mm")


def _strokes(name: str, size: Size, ground: str) -> Image.Image:
    """Curves that hang together like a hurried signature; the name decides them."""
    chance = _chance(name)
    im = Image.new("RGB", (size[0] * 2, size[1] * 2), ground)
    pen = ImageDraw.Draw(im)
    cell = im.width * 0.8 / len(name)
    for place in range(len(name)):
        left, x, y = im.width * 0.1 + place * cell, 0.1, chance.uniform(0.3, 0.6)
        trail = []
        for _ in range(6):
            knots = [(x, y)] + [(chance.uniform(0, 0.9), chance.uniform(0.2, 0.8)) for _ in "123"]
            trail += [_bezier(knots, step / 30) for step in range(31)]
            x, y = knots[-1]
        points = [(left + x * cell, y * im.height) for x, y in trail]
        pen.line(points, INK, width=im.height // 45, joint="curve")
    return im.resize(size, Image.Resampling.LANCZOS)


def _bezier(knots: list[tuple[float, float]], t: float) -> tuple[float, float]:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    return (
        sum(w * x for w, (x, _) in zip(weights, knots, strict=True)),
        sum(w * y for w, (_, y) in zip(weights, knots, strict=True)),
    )


# The face


def _face(person: Person, size: Size, wall: str = "#f4f6f7") -> Image.Image:
    """A cartoon bust that fills the size; skin, hair and shirt follow from the number."""
    chance = _chance(person.number)
    skin = chance.choice(("#f3d3b3", "#ecc6a0", "#e2b48a"))
    grey = person.birth_date.year < 1960
    hair = "#b9bcc0" if grey else chance.choice(("#22201f", "#33241b", "#3d2c22"))
    shirt = chance.choice(("#31577f", "#4c6b4f", "#7b4a55", "#58626d", "#8a6a3a"))
    # Drawn on a 200 x 250 grid, twice as large as wanted, then shrunk: that smooths the edges.
    scale = size[0] / 100
    im = Image.new("RGB", (size[0] * 2, size[1] * 2), wall)
    pen = ImageDraw.Draw(im)
    down = im.height / scale - 250

    def at(*points: float) -> list[float]:
        return [scale * (v + down * (place % 2)) for place, v in enumerate(points)]

    if person.sex is Sex.FEMALE:  # long hair falls behind the shoulders
        pen.rounded_rectangle(at(38, 34, 162, 214), scale * 58, hair)
    pen.rounded_rectangle(at(18, 196, 182, 320), scale * 46, shirt)
    pen.polygon(at(80, 190, 120, 190, 126, 202, 100, 226, 74, 202), skin)
    pen.rectangle(at(84, 160, 116, 200), skin)
    for x in (46, 142):
        pen.ellipse(at(x, 102, x + 12, 130), skin)
    pen.ellipse(at(50, 44, 150, 182), skin)
    pen.chord(at(45, 32, 155, 168), 184, 356, hair)
    pen.ellipse(at(57, 72, 143, 166), skin)  # the forehead, below the hairline
    _features(pen, at, chance, scale, hair)
    return im.resize(size, Image.Resampling.LANCZOS)


def _features(pen: Pen, at: Grid, chance: Random, scale: float, hair: str) -> None:
    eye, thin = chance.uniform(5, 6.5), max(1, int(scale * 2))
    for x in (78, 122):
        pen.ellipse(at(x - eye * 1.5, 112 - eye, x + eye * 1.5, 112 + eye), "white")
        pen.ellipse(at(x - eye * 0.8, 112 - eye * 0.8, x + eye * 0.8, 112 + eye * 0.8), INK)
        pen.arc(at(x - 13, 95, x + 13, 113), 200, 340, hair, thin * 2)
    pen.arc(at(93, 118, 107, 140), 20, 160, "#b98a66", thin)
    pen.chord(at(86, 138, 114, 158), 15, 165, "#b5524c")
    if chance.random() < 0.4:
        for x in (78, 122):
            pen.rounded_rectangle(at(x - 17, 100, x + 17, 126), scale * 8, None, "#333b44", thin)
        pen.line(at(95, 110, 105, 110), "#333b44", thin)


def _chance(seed: str) -> Random:
    # Not for secrets: the same person must look the same everywhere.
    return Random(hashlib.sha256(seed.encode()).digest())  # noqa: S311


# Words and bytes


def _long_date(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def _dotted(day: date) -> str:
    return f"{day:%Y.%m.%d}"


def _wrapped(text: str, width: int) -> str:
    return "\n".join(text[place : place + width] for place in range(0, len(text), width))


def _jpeg(im: Image.Image, size: Size) -> bytes:
    if im.size != size:
        im = im.resize(size, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    im.save(out, "JPEG", quality=88)
    return out.getvalue()
