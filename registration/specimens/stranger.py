"""A face drawn in another manner than everybody's: an engine tells it from all of them.

To an engine, which learned on photographs, the cartoon faces are much the same; whoever wants to
see two people told apart puts this one at the counter.
"""

from collections.abc import Callable
from typing import Final

from PIL import Image, ImageDraw, ImageFilter

from registration.specimens.face import WALL
from registration.specimens.paper import INK, Pen, Size, jpeg, marked_across

SKIN: Final = "#f0d2b8"
SHADE: Final = "#c99f80"
HAIR: Final = "#e6e6e6"

Grid = Callable[..., list[float]]


def stranger(size: Size = (1200, 1600)) -> bytes:
    """Somebody bald with a broad smile, who is on nobody's card."""
    width, height = size
    im = Image.new("RGB", size, WALL)
    pen = ImageDraw.Draw(im)

    def at(*points: float) -> list[float]:
        return [v * (height / 160 if place % 2 else width / 120) for place, v in enumerate(points)]

    thin = max(1, width // 120)
    pen.ellipse(at(12, 112, 108, 200), "#3a3f4a")
    pen.rectangle(at(50, 90, 70, 118), SHADE)
    pen.ellipse(at(20, 26, 100, 106.7), SKIN)
    _nose_and_mouth(pen, at, thin)
    for x in (48.8, 71.2):
        _eye(pen, at, x, thin)
    im = im.filter(ImageFilter.GaussianBlur(width / 200))
    return jpeg(marked_across(im, 0.9), size)


def _nose_and_mouth(pen: Pen, at: Grid, thin: int) -> None:
    pen.polygon(at(56, 71.5, 64, 71.5, 65.5, 85.8, 54.5, 85.8), SHADE)
    for left in (53.5, 61.5):
        pen.ellipse(at(left, 82.8, left + 5, 87.8), SHADE)
    pen.ellipse(at(44, 90.3, 76, 100.3), "#7a3a36")
    pen.rectangle(at(50.4, 93.3, 69.6, 96.8), "white")
    pen.line(at(53.5, 85.8, 41, 97.3), SHADE, thin)
    pen.line(at(66.5, 85.8, 79, 97.3), SHADE, thin)


def _eye(pen: Pen, at: Grid, x: float, thin: int) -> None:
    pen.ellipse(at(x - 7.1, 68.6, x + 7.1, 74.4), "#f2ece4")
    pen.ellipse(at(x - 2.9, 68.6, x + 2.9, 74.4), "#4e7d4a")
    pen.arc(at(x - 8.1, 67.6, x + 8.1, 75.4), 180, 360, INK, thin)
    pen.rectangle(at(x - 8.1, 64.8, x + 8.1, 67.2), HAIR)
    pen.arc(at(x - 7.1, 70.5, x + 7.1, 78.4), 20, 160, SHADE, thin)
