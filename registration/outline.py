"""Where a document lies in its picture: framing hints, and the four corners of a card.

By brightness alone, on a desk that differs from the document and is quiet: what is not found says
nothing. ``edges`` holds a card's corners to their edges, and finds them on other desks, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from typing import Any

from registration.imaging import Picture

# Of the picture: below it is a stamp, a face, a window.
LEAST_AREA = 0.06
# What stands for a desk beside a document that leaves the frame.
LEAST_DESK = 0.1
# Rounded corners, a shadow and lens distortion cost a few percent of the hull.
SOLID = 0.93
# ID-1 (ISO/IEC 7810) is 85.6 x 54 mm; a camera held askew shortens one side.
CARD_ASPECT = (1.35, 1.85)
# The shorter of two opposite sides over the longer one.
ASKEW = 0.75
MARGIN = 0.02
# The slope of print, by the sum of two Sobel filters.
BUSY = 120
# A corner nearer to the frame's edge than this may lie outside.
EDGE = 0.008

Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Outline:
    """``area`` of the frame that the document covers, 0 where none was found. ``cut``: on how much
    of the frame's rim it lies, while a desk is seen elsewhere; 0 to 1. ``corners``: four, clockwise
    from the upper left, as shares of width and height; empty where they are not sure."""

    area: float = 0.0
    cut: float = 0.0
    corners: Corners = ()


def find(grey: Any) -> Outline:
    """``grey``: an array of 8 bits, height by width, about 1000 pixels on its longer side."""
    cv2, np = import_module("cv2"), import_module("numpy")
    small = cv2.GaussianBlur(reduced(grey), (5, 5), 0)
    _level, mask = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    dark = cv2.bitwise_not(mask)
    if not mask.any() or not dark.any() or cv2.mean(small, mask)[0] - cv2.mean(small, dark)[0] < 40:
        return Outline()
    # Print within the document is dark too: close it.
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    found, _tree = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(found, key=cv2.contourArea, default=None)
    if largest is None:
        return Outline()
    hull = cv2.convexHull(largest)
    frame = float(mask.size)
    area = cv2.contourArea(hull) / frame
    solid = cv2.contourArea(largest) / max(1.0, cv2.contourArea(hull))
    if area < LEAST_AREA or area > 1 - LEAST_DESK or solid < SOLID:
        return Outline()
    if not _is_alone(small, hull):
        return Outline()
    cut = _on_rim(largest, mask.shape)
    return Outline(area, cut, () if cut else _corners(hull, small))


def reduced(grey: Any) -> Any:
    """To 320 pixels on the longer side."""
    cv2 = import_module("cv2")
    scale = 320 / max(grey.shape)
    if scale <= 0.5:
        # By areas of whole pixels, and then by neighbours, is four times as quick as by any areas.
        grey = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        scale *= 2
    return cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)


def straightened(picture: Picture, corners: Corners) -> Any:
    """The document alone, seen from straight above, with a little of the desk around it: rows,
    columns, and blue, green and red."""
    cv2, np = import_module("cv2"), import_module("numpy")
    quad = np.array(corners, np.float32) * np.array(picture.size, np.float32)
    wide, high = _sides(quad)
    rim = max(wide, high) * MARGIN
    box = [(rim, rim), (wide + rim, rim), (wide + rim, high + rim), (rim, high + rim)]
    back = cv2.getPerspectiveTransform(np.array(box, np.float32), quad)
    size = (round(wide + 2 * rim), round(high + 2 * rim))
    left, top, right, bottom = _reach(back, size)
    # The same pixels in half the time: OpenCV warps three channels one by one, and four at once.
    four = cv2.cvtColor(picture.array[top:bottom, left:right], cv2.COLOR_BGR2BGRA)
    back = np.array([(1, 0, -left), (0, 1, -top), (0, 0, 1)]) @ back
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    flat = cv2.warpPerspective(four, back, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    return cv2.cvtColor(flat, cv2.COLOR_BGRA2BGR)


def _reach(back: Any, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what a straightened picture is made of."""
    cv2, np = import_module("cv2"), import_module("numpy")
    wide, high = size
    flat = np.array([[(0, 0), (wide, 0), (wide, high), (0, high)]], np.float32)
    places = cv2.perspectiveTransform(flat, back)[0]
    left, top = np.floor(places.min(axis=0)).astype(int) - 1
    right, bottom = np.ceil(places.max(axis=0)).astype(int) + 2
    return max(0, left), max(0, top), right, bottom


def covered(corners: Corners) -> float:
    """What they enclose, as a share of the frame."""
    cv2, np = import_module("cv2"), import_module("numpy")
    return float(cv2.contourArea(np.array(corners, np.float32)))


def within(corners: Corners, places: Corners) -> list[tuple[float, float]]:
    """Where places of the document, as shares of its sides, lie in the frame."""
    cv2, np = import_module("cv2"), import_module("numpy")
    flat = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    turn = cv2.getPerspectiveTransform(flat, np.array(corners, np.float32))
    found = cv2.perspectiveTransform(np.array([places], np.float32), turn)[0]
    return [(float(x), float(y)) for x, y in found]


def _on_rim(contour: Any, shape: tuple[int, int]) -> float:
    """How much of the frame's rim the document covers."""
    height, width = shape
    x, y = contour[:, 0, 0], contour[:, 0, 1]
    on = ((x <= 1) | (x >= width - 2) | (y <= 1) | (y >= height - 2)).sum()
    return float(on) / (2 * (width + height))


def _corners(hull: Any, small: Any) -> Corners:
    """Four corners that can only be a card's; the lines of its sides meet there, since the corners
    themselves are round."""
    cv2, np = import_module("cv2"), import_module("numpy")
    height, width = small.shape
    rough = cv2.approxPolyDP(hull, 0.05 * cv2.arcLength(hull, True), True)
    if len(rough) != 4:
        return ()
    quad = rough[:, 0, :].astype(np.float64)
    walked = _walked(hull[:, 0, :])
    sides = [_side(walked, quad[place], quad[(place + 1) % 4]) for place in range(4)]
    met = [meet(sides[place - 1], sides[place]) for place in range(4)]
    if any(point is None for point in met):
        return ()
    quad = clockwise(np.array(met))
    inside = quad / (width, height)
    if inside.min() < EDGE or inside.max() > 1 - EDGE or not is_card(quad):
        return ()
    # The lines must describe what was found.
    if abs(cv2.contourArea(quad.astype(np.float32)) / cv2.contourArea(hull) - 1) > 0.06:
        return ()
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in inside)


def _walked(hull: Any) -> Any:
    """A hull has points only where it bends: walk it pixel by pixel."""
    np = import_module("numpy")
    ring = np.concatenate([hull, hull[:1]]).astype(np.float64)
    steps = np.linspace(0, 1, 24, endpoint=False)[:, None]
    return np.concatenate([a + (b - a) * steps for a, b in pairwise(ring)])


def _side(walked: Any, start: Any, end: Any) -> Any:
    """The line through the hull's points along the middle of this side: (x, y, dx, dy) or None."""
    cv2, np = import_module("cv2"), import_module("numpy")
    along = end - start
    length = float(np.hypot(*along))
    if length < 8:
        return None
    at = (walked - start) @ along / length**2
    off = abs((walked - start) @ np.array([-along[1], along[0]])) / length
    near = walked[(at > 0.15) & (at < 0.85) & (off < max(3.0, 0.05 * length))]
    if len(near) < 8:
        return None
    return cv2.fitLine(near.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()[[2, 3, 0, 1]]


def meet(one: Any, other: Any) -> Any:
    np = import_module("numpy")
    if one is None or other is None:
        return None
    way = np.array([[one[2], -other[2]], [one[3], -other[3]]], np.float64)
    if abs(np.linalg.det(way)) < 0.5:  # closer to parallel than 30 degrees
        return None
    far = np.linalg.solve(way, np.array([other[0] - one[0], other[1] - one[1]], np.float64))
    return np.array([one[0] + far[0] * one[2], one[1] + far[0] * one[3]])


def clockwise(quad: Any) -> Any:
    """From the corner that is nearest to the upper left."""
    np = import_module("numpy")
    middle = quad.mean(axis=0)
    quad = quad[np.argsort(np.arctan2(quad[:, 1] - middle[1], quad[:, 0] - middle[0]))]
    return np.roll(quad, -int(np.argmin(quad.sum(axis=1))), axis=0)


def is_card(quad: Any) -> bool:
    lengths = [_length(quad[place], quad[(place + 1) % 4]) for place in range(4)]
    for one, opposite in ((lengths[0], lengths[2]), (lengths[1], lengths[3])):
        if min(one, opposite) < ASKEW * max(one, opposite):
            return False
    wide, high = _sides(quad)
    low, most = CARD_ASPECT
    return low <= max(wide, high) / min(wide, high) <= most


def _sides(quad: Any) -> tuple[float, float]:
    """Width and height: of opposite sides the mean, so that no print is squeezed."""
    top, right = _length(quad[0], quad[1]), _length(quad[1], quad[2])
    bottom, left = _length(quad[2], quad[3]), _length(quad[3], quad[0])
    return (top + bottom) / 2, (left + right) / 2


def _is_alone(small: Any, hull: Any) -> bool:
    """Whether it lies on a quiet desk: elsewhere other things are taken for its edges, and what is
    cut off must be of no interest."""
    cv2, np = import_module("cv2"), import_module("numpy")
    slope = abs(cv2.Sobel(small, cv2.CV_16S, 1, 0)) + abs(cv2.Sobel(small, cv2.CV_16S, 0, 1))
    inside = np.zeros(small.shape, np.uint8)
    points = hull[:, 0, :]
    middle = points.mean(axis=0)
    # With the edge itself and its shadow.
    cv2.fillConvexPoly(inside, (middle + (points - middle) * 1.08).astype(np.int32), 1)
    busy = slope > BUSY
    beside, within_it = busy[inside == 0], busy[inside == 1]
    return not beside.size or float(beside.mean()) < 0.1 * max(0.05, float(within_it.mean()))


def _length(one: Any, other: Any) -> float:
    np = import_module("numpy")
    return float(np.hypot(*(one - other)))
