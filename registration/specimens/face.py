"""A cartoon face, the same on the card and at the counter."""

from collections.abc import Callable
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageEnhance

from outlets.frames import Sex
from registration.specimens.paper import INK, Pen, Size, chance_of, font, jpeg, marked_across
from registration.specimens.person import Face

WALL = "#cfd8df"
Grid = Callable[..., list[float]]


def live_photo(person: Face, size: Size = (1200, 1600), shot: str = "") -> bytes:
    """The person at the counter: the face of the card, larger, before a wall. Nobody stands twice
    in the same place, nor in the same light: another ``shot`` is another picture."""
    chance, (width, height) = chance_of(f"{person.number} {shot}"), size
    im = _hall(size)
    part = chance.uniform(0.72, 0.92)
    stands = bust(person, (int(width * part), int(height * part)), wall=WALL)
    stands = stands.rotate(chance.uniform(-6, 6), Image.Resampling.BILINEAR, fillcolor=WALL)
    left = int((width - stands.width) * chance.random())
    top = height - stands.height + int(height * chance.uniform(-0.02, 0.05))
    im.paste(stands, (left, top), _figure(stands))
    ImageDraw.Draw(im).rectangle((0, height * 0.93, width, height), "#8c6f52")
    return jpeg(marked_across(_lit(im, chance), 0.9), size)


def _hall(size: Size) -> Image.Image:
    """A poster and a window: what stands behind whoever comes."""
    width, height = size
    im = Image.new("RGB", size, WALL)
    pen = ImageDraw.Draw(im)
    pen.rectangle((width * 0.05, height * 0.09, width * 0.27, height * 0.33), "#e8c46a")
    pen.rectangle((width * 0.74, height * 0.13, width * 0.97, height * 0.5), "#eef4f8")
    pen.text((width / 2, height * 0.055), "示例营业厅", "#5b6b7b", font(56), anchor="mm")
    return im


def _figure(stands: Image.Image) -> Image.Image:
    """Where somebody stands, as a mask: whatever is not the wall."""
    wall = Image.new("RGB", stands.size, WALL)
    difference = ImageChops.difference(stands, wall).convert("L")
    return difference.point([255 * (shade > 4) for shade in range(256)])


def _lit(im: Image.Image, chance: Random) -> Image.Image:
    """Light that falls from one side."""
    light = Image.linear_gradient("L").rotate(chance.choice((90, 270))).resize(im.size)
    dark = ImageEnhance.Brightness(im).enhance(chance.uniform(0.72, 0.9))
    return Image.composite(im, dark, light)


def bust(person: Face, size: Size, wall: str = "#f4f6f7") -> Image.Image:
    """A cartoon bust that fills the size; skin, hair and shirt follow from the number."""
    chance = chance_of(person.number)
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
