"""Whether a picture was taken of a screen.

A screen's pixels are stripes of red, green and blue side by side. Wherever a camera sees them, or
what its own pixels make of them, a wave runs through the picture in which the hue turns always the
same way: red, green, blue, red. Cloth, blinds and print have waves too, but theirs go through all
colours at once, so that the hue swings and does not turn. What blur has wiped out is not found
(measured: docs/pictures.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import product
from math import hypot
from typing import Any, Final

# Pixels of a side; half of the tiles' distance would find no more.
TILE: Final = 96
# Waves to a pixel: longer ones are also those of coloured cloth and of rainbow print.
LEAST_FREQUENCY: Final = 0.07
# Of the sum of three colours of 255: what is weaker may be noise.
LEAST_WAVE: Final = 3.0
# Waves to a pixel, in each direction: perspective changes them so much from tile to tile.
SAME: Final = 0.04
LEAST_NEIGHBOURS: Final = 2
# Of the tiles. On specimens no honest picture has one.
LEAST_SHARE: Final = 0.08

Place = tuple[int, int]


@dataclass(frozen=True)
class Limits:
    """``one_way``: turning one way over turning the other, in power. ``part``: what of a tile's
    colour, beyond slow changes, is this wave. ``most_grey``: the wave in the brightness over that
    in the hue; beyond it hue is a trace of print or weave."""

    one_way: float
    part: float
    most_grey: float


# From so many waves to a pixel on. The camera's own mosaic of colours leaves less of the turning of
# the shortest waves, and of cloth so fine it leaves none. Of the longest: a tartan's colours may
# follow one another as a screen's do, but its bands have sharp edges, and those are waves too.
LIMITS: Final = (
    (0.3, Limits(one_way=1.7, part=0.2, most_grey=2.5)),
    (0.12, Limits(one_way=4, part=0.2, most_grey=1.6)),
    (0, Limits(one_way=4, part=0.4, most_grey=1.6)),
)


@dataclass(frozen=True)
class Wave:
    """Waves to a pixel, downwards and to the right; the sign tells which way the hue turns."""

    down: float
    right: float

    @property
    def limits(self) -> Limits:
        frequency = hypot(self.down, self.right)
        return next(limits for beyond, limits in LIMITS if frequency >= beyond)

    def is_like(self, other: Wave) -> bool:
        # At half a wave to a pixel both signs are the same.
        apart = (abs(self.down - other.down), abs(self.right - other.right))
        return max(min(one, 1 - one) for one in apart) <= SAME


@dataclass(frozen=True)
class _Plan:
    """What is the same for every tile. ``hue`` and ``grey`` weigh red, green and blue; ``window``
    fades the tile's rim; ``order`` has the waves from the
    longest to the shortest, ``count`` how many of those are shorter than each wave's four fifths,
    both flat; ``is_short``: of those that may be a screen's. ``least`` is in power."""

    window: Any
    hue: Any
    grey: Any
    order: Any
    count: Any
    first: int
    beyond: int
    is_short: Any
    least: float


def share(bgr: Any) -> float:
    """How much of the picture shows the stripes of a screen, 0 to 1; ``bgr``: rows and columns of
    blue, green and red, 1000 on the longer side (imaging.Picture.small). Ten milliseconds; where
    there is a screen, four times as long."""
    rows, columns = bgr.shape[0] // TILE, bgr.shape[1] // TILE
    places = list(product(range(rows), range(columns)))
    some = [(row, column) for row, column in places if row % 2 == 0 and column % 2 == 0]
    waves = _waves(bgr, some)
    if not waves:
        return 0.0
    waves |= _waves(bgr, [place for place in places if place not in some])
    alike = [place for place in waves if _neighbours(waves, place) >= LEAST_NEIGHBOURS]
    return len(alike) / len(places)


def is_screen(share: float) -> bool:
    return share >= LEAST_SHARE


def _waves(bgr: Any, places: list[Place]) -> dict[Place, Wave]:
    found = {}
    for row, column in places:
        y, x = row * TILE, column * TILE
        if wave := _wave(bgr[y : y + TILE, x : x + TILE]):
            found[row, column] = wave
    return found


def _neighbours(waves: dict[Place, Wave], place: Place) -> int:
    row, column = place
    beside = ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1))
    return sum(waves[other].is_like(waves[place]) for other in beside if other in waves)


def _wave(tile: Any) -> Wave | None:
    """The wave in which the hue turns, if there is one that is no part of anything longer."""
    np = import_module("numpy")
    plan = _plan()
    tile = tile.astype(np.float32)
    # Real and imaginary part of red + green/3 turn + blue/3 turn more.
    spectrum = _spectrum(tile, plan.hue, plan.window)
    power = spectrum[..., 0] ** 2 + spectrum[..., 1] ** 2
    if float((power * plan.is_short).max()) < plan.least:
        return None  # nearly every tile of an honest picture ends here
    # Hue that swings is as strong at the opposite place.
    other = np.roll(power[::-1, ::-1], (1, 1), (0, 1))
    place = int(((power - other) * plan.is_short).argmax())
    row, column = divmod(place, TILE)
    wave = Wave(*((at if at < TILE // 2 else at - TILE) / TILE for at in (row, column)))
    limits, peak = wave.limits, float(power[row, column])
    if peak < max(plan.least, limits.one_way * float(other[row, column])):
        return None
    sorted_power = power.ravel()[plan.order]
    if peak <= sorted_power[plan.first : plan.count[place]].max(initial=0.0):
        return None
    near = np.ix_((row + np.arange(-2, 3)) % TILE, (column + np.arange(-2, 3)) % TILE)
    if power[near].sum() < limits.part * sorted_power[plan.beyond :].sum():
        return None
    grey = _spectrum(tile, plan.grey, plan.window[..., 0])[row, column]
    return wave if float(grey @ grey) <= limits.most_grey**2 * peak else None


def _spectrum(tile: Any, colours: Any, window: Any) -> Any:
    """Of what these weights make of blue, green and red, without its mean and with a faded rim."""
    cv2 = import_module("cv2")
    turned = cv2.transform(tile, colours)
    # OpenCV's mean: numpy's along two axes takes as long as all the rest.
    turned -= cv2.mean(turned)[: len(colours)]
    turned *= window
    return cv2.dft(turned, flags=cv2.DFT_COMPLEX_OUTPUT)


@cache
def _plan() -> _Plan:
    np = import_module("numpy")
    fade = np.hanning(TILE).astype(np.float32)
    steps = np.fft.fftfreq(TILE)
    length = np.hypot(steps[:, None], steps[None, :])
    order = length.ravel().argsort(kind="stable")
    ascending = length.ravel()[order]
    half, window = np.sqrt(3) / 2, np.outer(fade, fade)
    return _Plan(
        # For both parts of the hue at once.
        window=np.dstack([window, window]),
        hue=np.array([(-0.5, -0.5, 1), (-half, half, 0)], np.float32),
        grey=np.ones((1, 3), np.float32),
        order=order,
        count=np.searchsorted(ascending, 0.8 * length.ravel()),
        # Light that falls from one side is no wave.
        first=int(np.searchsorted(ascending, 0.015)),
        beyond=int(np.searchsorted(ascending, 0.03)),
        is_short=(length > LEAST_FREQUENCY).astype(np.float32),
        least=float(LEAST_WAVE * window.sum() / 2) ** 2,
    )
