"""The four corners of a card on any desk.

Where it may lie is guessed: from its outline on a quiet desk (``outline.find``), and from the
colour of its ground. A guess is nothing until there is an edge along all four of its sides; the
lines of those edges then meet in the corners, since a card's own corners are round.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

from registration.outline import (
    EDGE,
    LEAST_AREA,
    LEAST_DESK,
    Corners,
    clockwise,
    is_card,
    meet,
    reduced,
)

# Distances from the ground's colour within which all is card, in the order of how often they do.
GROUNDS: Final = (20, 14, 28, 40)
# Of L, a and b: light falls unevenly on a card, its colour stays.
WEIGHTS: Final = (0.7, 1.3, 1.3)
# What is left of a card without its print and with a finger on it, as a share of its hull.
SOLID: Final = 0.85
# Of a side: where the picture is this steep in one of its colours, and on one line.
STEEP: Final = 96
STRAIGHT: Final = 1.6
LEAST_POINTS: Final = 10
# Pixels to either side in which an edge is looked for.
REACH: Final = 5
# The side with the least edge: from here on it is a card, and from there on no better is sought.
ENOUGH, SURE = 0.7, 0.85


def corners(bgr: Any, guess: Corners) -> Corners:
    """``bgr``: about 1000 pixels on its longer side; ``guess``: corners that may be right, or none.
    2 ms where they are, 8 where nothing is found."""
    np = import_module("numpy")
    small = reduced(bgr)
    frame = np.array(small.shape[1::-1], np.float64)
    slopes = _slopes(small)
    best, found = ENOUGH, None
    for quad in _guesses(small, guess):
        held, sides = _held(quad, slopes)
        if held >= best and _is_within(sides / frame) and is_card(sides):
            best, found = held, sides
        if best >= SURE:
            break
    if found is None:
        return ()
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in clockwise(found) / frame)


def _is_within(inside: Any) -> bool:
    return bool(inside.min() >= EDGE and inside.max() <= 1 - EDGE)


def _guesses(small: Any, guess: Corners) -> Iterator[Any]:
    """Quadrilaterals, clockwise, in pixels."""
    cv2, np = import_module("cv2"), import_module("numpy")
    if guess:
        yield np.array(guess) * small.shape[1::-1]
    apart = _from_ground(small)
    for most in GROUNDS:
        mask = cv2.inRange(apart, 0, most - 1)
        # Print within the card is of another colour: close it.
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((11, 11), np.uint8))
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
        contours, _tree = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        if contours:
            yield from _quad(max(contours, key=cv2.contourArea), mask.size)


def _quad(contour: Any, frame: int) -> Iterator[Any]:
    cv2, np = import_module("cv2"), import_module("numpy")
    hull = cv2.convexHull(contour)
    area = cv2.contourArea(hull)
    if not LEAST_AREA < area / frame < 1 - LEAST_DESK:
        return
    rough = cv2.approxPolyDP(hull, 0.05 * cv2.arcLength(hull, True), True)
    if cv2.contourArea(contour) >= SOLID * area and len(rough) == 4:
        yield clockwise(rough[:, 0, :].astype(np.float64))


def _from_ground(small: Any) -> Any:
    """How far each pixel is from the colour of what lies in the middle, print left out."""
    cv2, np = import_module("cv2"), import_module("numpy")
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (5, 5), 0), cv2.COLOR_BGR2LAB).astype(np.float32)
    high, wide = lab.shape[:2]
    middle = lab[high * 3 // 10 : high * 7 // 10, wide * 3 // 10 : wide * 7 // 10].reshape(-1, 3)
    ground = np.median(middle[middle[:, 0] >= np.median(middle[:, 0])], axis=0)
    away = (lab - ground) * np.array(WEIGHTS, np.float32)
    return np.sqrt((away * away).sum(axis=2)).clip(0, 255).astype(np.uint8)


def _slopes(small: Any) -> tuple[Any, Any]:
    """To the right and downwards, of each colour; four times 255 is the steepest edge."""
    cv2 = import_module("cv2")
    smooth = cv2.GaussianBlur(small, (3, 3), 0)
    return cv2.Sobel(smooth, cv2.CV_16S, 1, 0), cv2.Sobel(smooth, cv2.CV_16S, 0, 1)


def _held(quad: Any, slopes: tuple[Any, Any]) -> tuple[float, Any]:
    """How much of its least side lies on an edge, and where the edges' lines meet. Where that is
    not sure, once more: these lines lie nearer to the edges than the guess did."""
    np = import_module("numpy")
    held = 0.0
    for _ in range(2):
        sides = [_edge(quad[place], quad[(place + 1) % 4], slopes) for place in range(4)]
        held = min(share for _line, share in sides)
        met = [meet(sides[place - 1][0], sides[place][0]) for place in range(4)]
        if held < ENOUGH / 2 or any(point is None for point in met):
            return 0.0, quad
        quad = np.array(met)
        if held >= SURE:
            break
    return held, quad


def _edge(start: Any, end: Any, slopes: tuple[Any, Any]) -> tuple[Any, float]:
    """The line of the edge along this side, as ``meet`` takes it, and how much of the side has
    it."""
    cv2, np = import_module("cv2"), import_module("numpy")
    points, steep = _steepest(start, end, slopes)
    is_steep = steep > STEEP
    if is_steep.sum() < LEAST_POINTS:
        return None, 0.0
    line = cv2.fitLine(points[is_steep].astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
    off = abs((points - line[2:]) @ np.array([-line[1], line[0]]))
    return line[[2, 3, 0, 1]], float((is_steep & (off < STRAIGHT)).mean())


def _steepest(start: Any, end: Any, slopes: tuple[Any, Any]) -> tuple[Any, Any]:
    """Where it is steepest across this side, at every second pixel along it, and how steep."""
    np = import_module("numpy")
    length = max(1.0, float(np.hypot(*(end - start))))
    across = np.array([start[1] - end[1], end[0] - start[0]]) / length
    along = np.linspace(0.08, 0.92, max(LEAST_POINTS, int(length / 2)))[:, None, None]
    beside = np.arange(-REACH, REACH + 1)[:, None] * across
    places = start + (end - start) * along + beside
    high, wide = slopes[0].shape[:2]
    x, y = np.rint(places).astype(int).transpose(2, 0, 1)
    x, y = x.clip(0, wide - 1), y.clip(0, high - 1)
    steep = abs(slopes[0][y, x] * across[0] + slopes[1][y, x] * across[1]).max(axis=-1)
    rows, peak = np.arange(len(steep)), steep.argmax(axis=1)
    return places[rows, peak], steep[rows, peak]
