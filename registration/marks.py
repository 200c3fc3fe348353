"""The marks that are burnt into a copy: what it is for (CV-08), and at each look who looks.

Bytes or pixels in, a JPEG out. `watermark` belongs to a worker; `stamp` is quick enough for the
request that shows a picture.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

from registration.imaging import Picture, encode

# The mark (CV-08): dark letters with a light rim are seen on a white card and on a dark desk.

INK, RIM = (20, 50, 110), (255, 255, 255)
INK_STRENGTH, RIM_STRENGTH = 88, 60  # of 255
SLOPE = 28  # degrees
PIECE = 96  # pixels
STEP = 128  # from one size of mark to the next


def watermark(picture: Picture, lines: Sequence[str], quality: int = 80) -> bytes:
    """A JPEG of a clean copy with the lines burnt in, slanted and repeated over the whole picture.

    The caller says purpose, viewer and date; any crop that is still of use carries a mark. They are
    burnt into the copy's own pixels: without them there is none afterwards.
    """
    cv2 = import_module("cv2")
    bgr = picture.array
    side = -(-max(bgr.shape) // STEP) * STEP
    for (left, top), ink, left_over in _mark(tuple(lines), side):
        under = bgr[top : top + len(ink), left : left + len(ink[0])]
        if under.size:
            height, width = under.shape[:2]
            cv2.multiply(under, left_over[:height, :width], under, 1 / 255)
            cv2.add(under, ink[:height, :width], under)
    return encode(bgr, quality)


Box = tuple[int, int, int, int]
# Where its left upper corner lies, what is added there, and how much is left of what is under it,
# of 255: rows, columns, and blue, green and red.
Piece = tuple[tuple[int, int], Any, Any]


# All pictures of a day and a camera carry the same words, and cropped ones differ a little in size.
@lru_cache(maxsize=8)
def _mark(lines: tuple[str, ...], side: int) -> list[Piece]:
    """What is laid over a picture that fits into this square. Five sixths of it are empty and have
    no piece, which halves the time."""
    stamp = _stamp(lines, side)
    whole = Image.new("RGBA", (side, side))
    step_x, step_y = stamp.width, int(stamp.height * 0.8)
    for row, top in enumerate(range(-step_y // 2, side, step_y)):
        for left in range(-step_x // 2 * (row % 2), side, step_x):
            beyond = (max(0, -left), max(0, -top))
            whole.alpha_composite(stamp, (max(0, left), max(0, top)), beyond)
    return [_piece(whole.crop(box), box) for box in _inked(whole.getchannel("A"))]


def _piece(letters: Image.Image, box: Box) -> Piece:
    np = import_module("numpy")
    strength = np.asarray(letters.getchannel("A"))[..., None].repeat(3, axis=2)
    colours = np.asarray(letters.convert("RGB"))[..., ::-1]
    ink = (colours * (strength / 255)).round().astype(np.uint8)
    return box[:2], ink, 255 - strength


def _inked(strength: Image.Image) -> Iterator[Box]:
    side = strength.width
    for top in range(0, side, PIECE):
        for left in range(0, side, PIECE):
            piece = strength.crop((left, top, min(left + PIECE, side), min(top + PIECE, side)))
            if found := piece.getbbox():
                yield left + found[0], top + found[1], left + found[2], top + found[3]


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(sans_path()), size)


def _stamp(lines: tuple[str, ...], longest: int) -> Image.Image:
    """The letters with their rim, slanted, with room around them."""
    size = longest // 50
    widest = max(_font(size).getlength(line) for line in lines)
    size = max(12, min(size, int(size * 0.6 * longest / widest)))
    font, leading, room = _font(size), int(size * 1.4), size * 2
    width = int(max(font.getlength(line) for line in lines)) + room
    box = (width, leading * len(lines) + room)
    ink, rim = Image.new("L", box), Image.new("L", box)
    pen, outer = ImageDraw.Draw(ink), ImageDraw.Draw(rim)
    for number, line in enumerate(lines):
        place = (width / 2, room / 2 + leading * (number + 0.5))
        outer.text(place, line, RIM_STRENGTH, font, "mm", stroke_width=max(1, size // 16))
        pen.text(place, line, INK_STRENGTH, font, "mm")
    stamp = _coloured(RIM, rim)
    stamp.alpha_composite(_coloured(INK, ink))
    return stamp


def _coloured(colour: tuple[int, int, int], mask: Image.Image) -> Image.Image:
    slanted = mask.rotate(SLOPE, Image.Resampling.BILINEAR, expand=True)
    flat = Image.new("RGB", slanted.size, colour)
    flat.putalpha(slanted)
    return flat


# The mark of who looks lies across the other one. It changes brightness only: darker letters with a
# light rim, as what a middle grey is made to differ by, so that one addition burns them in.

MIDDLE, DARKER, LIGHTER = 128, 68, 42


def stamp(jpeg: bytes, lines: Sequence[str], quality: int = 82) -> bytes:
    """Burn the lines into one of our own copies for one look at it: who, why and when.

    They stand all over it, so that a part of the screen or of a print that is still of use names
    the viewer. About 40 ms for 2000 x 1500, nearly all of it the JPEG itself.
    """
    im = Image.open(io.BytesIO(jpeg), formats=("JPEG",))
    im.draft("YCbCr", im.size)  # as it lies in the file: no conversion there and back
    light, *colour = im.convert("YCbCr").split()
    light = ImageChops.add(light, _relief(tuple(lines), im.size), 1, -MIDDLE)
    return encode(Image.merge("YCbCr", (light, *colour)), quality)


# A viewer looks at the pictures of a case, some of one size, within a minute. 3 MB each.
@lru_cache(maxsize=8)
def _relief(lines: tuple[str, ...], size: tuple[int, int]) -> Image.Image:
    """By how much brightness differs, the middle grey for not at all; of the picture's size."""
    tile = _embossed(lines, max(size))
    letters = tile.point(lambda grey: 255 if grey != MIDDLE else 0)
    relief = Image.new("L", size, MIDDLE)
    step_x, step_y = int(tile.width * 1.25), int(tile.height * 1.1)
    for row, top in enumerate(range(-step_y // 3, size[1], step_y)):
        for left in range(-step_x // 2 * (row % 2), size[0], step_x):
            relief.paste(tile, (left, top), letters)
    return relief


def _embossed(lines: tuple[str, ...], longest: int) -> Image.Image:
    height = max(12, longest // 64)
    font, leading, rim = _font(height), int(height * 1.35), max(1, height // 14)
    box = (int(max(font.getlength(line) for line in lines)) + height, leading * (len(lines) + 1))
    tile = Image.new("L", box, MIDDLE)
    pen = ImageDraw.Draw(tile)
    for number, line in enumerate(lines, start=1):
        place = (box[0] / 2, leading * number)
        pen.text(place, line, MIDDLE + LIGHTER, font, "mm", stroke_width=rim)
        pen.text(place, line, MIDDLE - DARKER, font, "mm")
    return tile.rotate(-SLOPE, Image.Resampling.BILINEAR, expand=True, fillcolor=MIDDLE)
