"""A page on a screen instead of paper, and a camera that sees colours through a mosaic.

Not reached through ``registration.specimens``, as damage is not. A screen's pixels are not drawn
one by one, which would add waves of its own to the picture: each wave of their pattern is damped by
what lens and sensor let through, and sampled where the sensor samples it. Whatever coarser waves a
real camera makes of fine ones come about here as they do there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import cv2
import numpy as np

from registration.specimens import damage as damages
from registration.specimens.damage import REFERENCE, Damage, Pixels
from registration.specimens.paper import Size, chance_of

# A frame of the counter's camera.
FRAME: Final = (1920, 1080)
# Sigma, in pixels of the sensor, of the best lens.
LENS: Final = 0.4
GAMMA: Final = 2.2
# What a screen shows around the page.
AROUND: Final = ((235, 236, 238), (40, 38, 36), (120, 110, 96))
# Of a screen's pixel that a stripe is open: to the right, downwards.
OPEN: Final = (0.27, 0.82)
# The same of the lights of an organic screen.
GREEN_LIGHT, OTHER_LIGHT = 0.4, 0.5
# Waves weaker than this, of the brightness, are left out.
FAINT: Final = 0.002


@dataclass(frozen=True)
class Screen:
    """``pitch``: how wide a pixel of the screen is in the picture, in pixels of a frame 2,000 wide.
    ``layout``: stripes from left to right ("rgb", "bgr") or "diamond", where red and blue share
    every second place. ``finer``: how many pixels of the sensor make one of the frame's width."""

    pitch: float
    layout: str = "rgb"
    finer: int = 1


def filmed(
    page: Pixels,
    damage: Damage,
    *,
    seed: str,
    screen: Screen | None = None,
    desk: str = "dark",
    fills: bool = False,
    size: Size = FRAME,
) -> bytes:
    """A JPEG of the page (blue, green, red), or of a ``screen`` that shows it. ``fills``: it is all
    that there is in the frame. Any two calls with the same arguments give the same bytes."""
    chance = chance_of(f"{seed}/{desk}/{screen}")
    if page.shape[0] > page.shape[1]:
        size = (size[1], size[0])
    finer = screen.finer if screen else 1
    sensor = (size[0] * finer, size[1] * finer)
    unit = max(sensor) / REFERENCE
    damage = replace(damage, filled=1.4) if fills else damage
    corners = damages.placed(chance, page.shape[1], page.shape[0], damage, sensor)
    behind = damages.desk_of(chance, desk, sensor)
    if screen:
        behind[:] = chance.choice(AROUND)
    sigma = float(np.hypot(damage.blur * unit, LENS))
    seen = cv2.GaussianBlur(damages.lain(page, behind, corners), (0, 0), sigma)
    light = (seen.astype(np.float32) / 255) ** np.float32(GAMMA)
    if screen:
        light *= _pattern(screen, corners, page.shape[:2], sensor, sigma)
    shown = damages.lit(chance, 255 * np.clip(light, 0, 1) ** np.float32(1 / GAMMA), damage)
    shown = _through_mosaic(shown, damage.noise, np.random.default_rng(chance.getrandbits(64)))
    if damage.glare:
        shown = damages.reflecting(chance, shown, damage.glare, corners)
    shown = damages.unsharp(chance, shown, replace(damage, blur=0), unit)
    if finer > 1:
        shown = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, damage.quality])[1].tobytes()


def _through_mosaic(shown: Pixels, noise: float, grain: np.random.Generator) -> Pixels:
    """One colour at each place of the sensor; the other two are guessed from its neighbours."""
    mosaic = shown[..., 1].astype(np.float32)
    mosaic[0::2, 0::2] = shown[0::2, 0::2, 2]
    mosaic[1::2, 1::2] = shown[1::2, 1::2, 0]
    mosaic += grain.standard_normal(mosaic.shape, np.float32) * np.float32(noise)
    guessed: Pixels = cv2.cvtColor(
        np.clip(mosaic, 0, 255).astype(np.uint8), cv2.COLOR_BayerRGGB2BGR
    )
    return guessed


def _pattern(
    screen: Screen, corners: Pixels, page: tuple[int, ...], size: Size, sigma: float
) -> Pixels:
    """How bright the screen is at each place, by colour; 1 on the average."""
    high, wide = page
    flat = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    back: Any = cv2.getPerspectiveTransform(corners, flat)
    # Pixels of the screen to one of the page.
    unit = max(size) / REFERENCE
    finely = float(np.linalg.norm(corners[1] - corners[0])) / wide / (screen.pitch * unit)
    back[:2] *= finely
    # An organic screen repeats itself only after two pixels.
    step = 2 if screen.layout == "diamond" else 1
    across, down = _places(back, np.arange(size[0])[None, :], np.arange(size[1])[:, None])
    turns = [_turns(way / step) for way in (across, down)]
    slopes = _slopes(back, size)
    pattern = np.ones((size[1], size[0], 3), np.float32)
    for right, below, colours in _waves(screen.layout):
        let = _let_through(right, below, slopes, sigma)
        if float(let.max()) * max(map(abs, colours)) < FAINT:
            continue
        wave = cv2.resize(let, size, interpolation=cv2.INTER_LINEAR).astype(np.complex64)
        for turn, times in zip(turns, (round(right * step), round(below * step)), strict=True):
            for _ in range(abs(times)):  # far faster than a power
                wave *= turn if times > 0 else turn.conj()
        for place, colour in enumerate(colours):
            pattern[..., place] += (np.complex64(colour) * wave).real
    return np.maximum(pattern, 0)


def _places(back: Any, x: Any, y: Any) -> tuple[Any, Any]:
    depth = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    across, down = (row[0] * x + row[1] * y + row[2] for row in back[:2])
    return across / depth, down / depth


def _turns(places: Any) -> Any:
    return np.exp(np.complex64(2j * np.pi) * (places % 1).astype(np.float32))


def _slopes(back: Any, size: Size) -> Any:
    """How many pixels of the screen lie in one of the sensor's, on a coarse grid: of the screen's
    two ways in the sensor's two."""
    x = np.linspace(0, size[0] - 1, 48)[None, :]
    y = np.linspace(0, size[1] - 1, 32)[:, None]
    near = 0.5
    right = zip(_places(back, x + near, y), _places(back, x - near, y), strict=True)
    below = zip(_places(back, x, y + near), _places(back, x, y - near), strict=True)
    return [[one - other for one, other in way] for way in (right, below)]


def _let_through(right: float, below: float, slopes: Any, sigma: float) -> Pixels:
    """What the lens and the size of the sensor's pixels leave of this wave."""
    x, y = (right * across + below * down for across, down in slopes)
    lens = np.exp(-2 * np.pi**2 * sigma**2 * (x * x + y * y))
    left: Pixels = (lens * np.sinc(x) * np.sinc(y)).astype(np.float32)
    return left


def _waves(layout: str) -> Iterator[tuple[float, float, tuple[complex, complex, complex]]]:
    """Waves to a pixel of the screen, to the right and downwards, with how strong they are in blue,
    green and red."""
    for right in range(5):
        for below in range(-4, 5):
            if (right, below) <= (0, 0):
                continue
            if layout == "diamond":
                yield right / 2, below / 2, _of_diamond(right, below)
            elif right <= 2 and abs(below) <= 2:
                strong = 2 * np.sinc(right * OPEN[0]) * np.sinc(below * OPEN[1])
                blue, green, red = (
                    complex(strong * np.exp(-2j * np.pi * right * place / 3)) for place in (2, 1, 0)
                )
                yield right, below, (blue, green, red) if layout == "rgb" else (red, green, blue)


def _of_diamond(right: int, below: int) -> tuple[complex, complex, complex]:
    x, y = right / 2, below / 2
    green = other = 0.0
    if right % 2 == below % 2 == 0:
        green = 2 * np.sinc(x * GREEN_LIGHT) * np.sinc(y * GREEN_LIGHT)
    if (right + below) % 2 == 0:
        other = 2 * np.sinc(x * OTHER_LIGHT) * np.sinc(y * OTHER_LIGHT)
    aside, next_to = np.exp(-1j * np.pi * (x + y)), np.exp(-2j * np.pi * x)
    return complex(other * next_to), complex(green * aside), complex(other)
