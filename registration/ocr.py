"""Text on a picture, line by line from top to bottom. JPEG in, text and boxes out.

The models lie inside wheels (PP-OCRv6 tiny and small, Apache-2.0): nothing is fetched, nothing
leaves the machine. What comes out is a guess, whatever its confidence: only a check digit proves
it, or a second model that reads the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Final

from registration import nets

# What read a picture; it changes with the models and with how they are asked.
ENGINE: Final = "PP-OCRv6 tiny+small 2"

# Left, top, right, bottom as fractions of the picture, from its left upper corner.
Box = tuple[float, float, float, float]

# No page of ours has more; a picture of a wall of text must not fill a row.
_MOST_LINES, _LONGEST = 200, 200
# A line that the model itself takes for noise.
_LEAST = 0.5


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """``again``: the same line as the accurate model reads it, "" where it was not asked. ``row``
    counts from the top: what stands side by side is in one row. ``turns``: so many quarters to the
    left bring the page upright."""

    text: str
    box: Box
    confidence: float = 1.0
    again: str = ""
    row: int = 0
    turns: int = 0

    def __repr__(self) -> str:
        return "Line()"  # what it says is somebody's


Choose = Callable[[Sequence[Line]], Collection[int]]
Judge = Callable[[Sequence[Line]], bool]


def lines(jpeg: bytes) -> list[str]:
    """By the accurate models: about half a second a picture; the first one in a process loads the
    models besides."""
    found = nets.accurate()(jpeg, use_det=True, use_rec=True)
    if found.txts is None or found.boxes is None:
        return []
    middle = [sum(float(corner[1]) for corner in box) / len(box) for box in found.boxes]
    return [text for _height, text in sorted(zip(middle, found.txts, strict=True))]


def read(
    bgr: Any,
    doubtful: Choose = lambda _lines: (),
    is_enough: Judge = lambda _lines: True,
) -> tuple[Line, ...]:
    """Of rows and columns of blue, green and red, as the models were trained. By the fast ones,
    about 0.1 s a card; a page that lies on its side is turned first. Where that is not enough,
    lines are looked for a second time by the accurate model (0.3 s more). The lines at the places
    that ``doubtful`` answers are read again by the accurate one.

    Boxes are those of the picture as it came, not as it was turned.
    """
    numpy = import_module("numpy")
    turns = nets.turns(bgr)
    im = numpy.ascontiguousarray(numpy.rot90(bgr, turns))
    boxes, found = _found(im, nets.fast(), turns)
    if not is_enough(found):
        better = _found(im, nets.accurate(), turns)
        if is_enough(better[1]) or len(better[1]) > len(found):
            boxes, found = better
    again = sorted(doubtful(found))
    if again:
        crops = nets.accurate().crop_text_regions(im, boxes[again])
        for place, text in zip(again, nets.accurate().recognize_txt(crops).txts, strict=True):
            found[place] = replace(found[place], again=text[:_LONGEST])
    return tuple(replace(line, box=turned_back(line.box, turns)) for line in found)


def _found(im: Any, detector: Any, turns: int) -> tuple[Any, list[Line]]:
    """The corners of the lines that this engine finds, and what the fast one reads there."""
    numpy = import_module("numpy")
    boxes = nets.places(detector, im)
    if not len(boxes):
        return numpy.empty((0, 4, 2)), []
    rows = numpy.array(_rows(boxes))
    # By rows, and from left to right.
    order = numpy.lexsort((boxes[:, 0, 0], rows))[:_MOST_LINES]
    boxes, rows = boxes[order].astype("float32"), rows[order]
    read = nets.fast().recognize_txt(nets.fast().crop_text_regions(im, boxes))
    kept = [
        place
        for place, (text, score) in enumerate(zip(read.txts, read.scores, strict=True))
        if text.strip() and score >= _LEAST
    ]
    height, width = im.shape[:2]
    return boxes[kept], [
        Line(
            text=read.txts[place][:_LONGEST],
            box=_bounds(boxes[place], width, height),
            confidence=round(float(read.scores[place]), 3),
            row=int(rows[place]),
            turns=turns,
        )
        for place in kept
    ]


def _rows(boxes: Any) -> list[int]:
    """For each box the row that it stands in, also on a page that was not held straight."""
    numpy = import_module("numpy")
    along = boxes[:, 1] - boxes[:, 0]
    # The median, by length: long lines tell the slope best, and a stamp lies askew.
    slopes = along[:, 1] / numpy.maximum(along[:, 0], 1.0)
    order = slopes.argsort()
    length = along[order, 0].clip(min=0).cumsum()
    slope = float(slopes[order][numpy.searchsorted(length, length[-1] / 2)])
    middle = boxes.mean(axis=1)
    down = middle[:, 1] - slope * middle[:, 0]
    tall = numpy.linalg.norm(boxes[:, 3] - boxes[:, 0], axis=1)
    found, row, last = [0] * len(boxes), 0, None
    for one in numpy.argsort(down, kind="stable"):
        if last is not None and down[one] - down[last] > min(tall[one], tall[last]) / 2:
            row += 1
        found[int(one)], last = row, one
    return found


def _bounds(corners: Any, width: int, height: int) -> Box:
    across, down = corners[:, 0] / width, corners[:, 1] / height
    return (
        max(0.0, float(across.min())),
        max(0.0, float(down.min())),
        min(1.0, float(across.max())),
        min(1.0, float(down.max())),
    )


def turned_back(box: Box, turns: int) -> Box:
    """The box on the picture as it came, before it was turned so many quarters to the left."""
    for _quarter in range(turns):
        left, top, right, bottom = box
        box = (1 - bottom, left, 1 - top, right)
    left, top, right, bottom = (round(edge, 4) for edge in box)
    return left, top, right, bottom


def upright(box: Box, turns: int) -> Box:
    """The box on the picture as it is read."""
    return turned_back(box, (4 - turns) % 4)
