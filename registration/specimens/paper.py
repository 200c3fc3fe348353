"""What every drawing is made with: fonts, the mark over it, words and bytes."""

import hashlib
import io
import math
from datetime import date
from functools import lru_cache
from random import Random

from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path, serif_path

Pen = ImageDraw.ImageDraw
Size = tuple[int, int]

INK, BLUE, RED, PALE = "#1d2630", "#2a5d8f", "#b8322a", "#8aa4bd"


@lru_cache(maxsize=32)
def font(size: int, *, serif: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(serif_path() if serif else sans_path()), size)


def marked(im: Image.Image) -> Image.Image:
    """Write SPECIMEN 样本 slantwise over the middle, so that no one takes it for real."""
    width, height = im.size
    size = int(math.hypot(width, height) / 13)
    band = Image.new("L", (int(size * 9), int(size * 1.6)))
    ImageDraw.Draw(band).text(
        (band.width / 2, band.height / 2), "SPECIMEN 样本", 70, font(size), "mm"
    )
    band = band.rotate(math.degrees(math.atan2(height, width)), expand=True)
    im.paste(RED, ((width - band.width) // 2, (height - band.height) // 2), band)
    return im


def marked_across(im: Image.Image, middle: float) -> Image.Image:
    """The same words level across the picture, at this part of its height: beside a face, which
    they would hide from whoever compares it."""
    size = im.width // 9
    band = Image.new("L", (im.width, int(size * 1.4)))
    ImageDraw.Draw(band).text(
        (band.width / 2, band.height / 2), "SPECIMEN 样本", 110, font(size), "mm"
    )
    im.paste(RED, (0, int(im.height * middle) - band.height // 2), band)
    return im


def chance_of(seed: str) -> Random:
    # Not for secrets: the same person must look the same everywhere.
    return Random(hashlib.sha256(seed.encode()).digest())  # noqa: S311


def long_date(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def dotted(day: date) -> str:
    return f"{day:%Y.%m.%d}"


def wrapped(text: str, width: int) -> str:
    return "\n".join(text[place : place + width] for place in range(0, len(text), width))


def jpeg(im: Image.Image, size: Size) -> bytes:
    if im.size != size:
        im = im.resize(size, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    im.save(out, "JPEG", quality=88)
    return out.getvalue()
