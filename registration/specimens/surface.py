"""What stands before a camera and is no screen, though it has a pattern: cloth, blinds, print.

Drawn for whoever looks for screens (registration.screen). Pages of 1,600 by 1,000, in blue, green
and red. Pitches are in their pixels; none is so wide that a camera could not mistake it.
"""

from collections.abc import Callable
from random import Random
from typing import Any, Final

import cv2
import numpy as np

from registration.specimens.damage import Pixels

WIDE, HIGH = 1600, 1000
Surface = Callable[[Random], Pixels]

_X: Final[Any] = np.arange(WIDE, dtype=np.float32)[None, :]
_Y: Final[Any] = np.arange(HIGH, dtype=np.float32)[:, None]


def blinds(chance: Random) -> Pixels:
    pitch = chance.uniform(4, 40)
    slats = np.where(_Y % pitch < pitch * 0.8, 225, 90) + 12 * np.sin(_Y / pitch * 2 * np.pi)
    return _whole(slats[..., None] * _floats((0.9, 0.97, 1)))


def knit(chance: Random) -> Pixels:
    pitch = chance.uniform(3, 14)
    row = pitch * chance.uniform(0.6, 1.3)
    bent = _X / pitch + 0.25 * np.sin(2 * np.pi * _Y / row)
    thread = 0.5 + 0.25 * np.cos(2 * np.pi * bent) + 0.25 * np.cos(2 * np.pi * _Y / row)
    return _whole(thread[..., None] * _colour(chance, 60) + 20)


def weave(chance: Random) -> Pixels:
    """Threads of two colours, one above the other in turn."""
    pitch = chance.uniform(2.2, 6)
    above = ((np.floor(_X / pitch) + np.floor(_Y / pitch)) % 2)[..., None]
    round_ = np.sin(np.pi * (_X / pitch % 1)) * np.sin(np.pi * (_Y / pitch % 1))
    threads = above * _colour(chance) + (1 - above) * _colour(chance)
    return _whole(threads * (0.6 + 0.4 * round_[..., None]))


def tartan(chance: Random) -> Pixels:
    pitch, colours = chance.uniform(20, 120), np.stack([_colour(chance) for _ in range(6)])
    bands = [colours[(way / pitch * 6 % 6).astype(int)] for way in (_X, _Y)]
    twill = 0.85 + 0.15 * np.cos(2 * np.pi * (_X + _Y) / 4.3)
    return _whole((bands[0] + bands[1]) / 2 * twill[..., None])


def coloured_stripes(chance: Random) -> Pixels:
    """Red, green, blue and again, as on a screen; only wider."""
    pitch = chance.uniform(36, 90)
    colours = _floats([(60, 60, 200), (70, 190, 70), (200, 80, 60)])
    ribbed = 0.85 + 0.15 * np.cos(2 * np.pi * _Y / 3.7)
    return _whole(colours[(_X / pitch * 3 % 3).astype(int)] * ribbed[..., None])


def print_in_colours(chance: Random) -> Pixels:
    """Dots of three inks, each turned otherwise."""
    pitch, tone = chance.uniform(3.2, 9), _tone(chance)
    inks = [_dots(tone, pitch, angle) for angle in (0, 75, 15)]
    return _whole(np.stack(inks, axis=-1) * 235 + 15)


def print_in_black(chance: Random) -> Pixels:
    dots = _dots(_tone(chance), chance.uniform(3, 9), 45)
    return _whole(np.repeat(dots[..., None] * 230 + 15, 3, axis=2))


def fine_lines(chance: Random) -> Pixels:
    """Security print: curved lines of two inks, one beside the other."""
    pitch, paper = chance.uniform(5, 12), np.full((HIGH, WIDE, 3), 245, np.float32)
    for aside, ink in ((0.0, (190, 160, 235)), (chance.uniform(0.2, 0.45), (230, 210, 160))):
        curve = (_Y + 6 * np.sin(_X / chance.uniform(90, 160))) / pitch + aside
        line = np.clip(1 - abs(curve % 1 - 0.5) * pitch / 1.1, 0, 1)
        paper -= line[..., None] * (245 - _floats(ink))
    return _whole(paper)


def rainbow(chance: Random) -> Pixels:
    """Print whose hue runs through all colours, as on a hologram."""
    hue = np.broadcast_to(_X / chance.uniform(60, 400) % 1 * 180, (HIGH, WIDE))
    flat = np.ones_like(hue)
    colours = np.stack([hue, flat * chance.uniform(60, 200), flat * 230], axis=-1)
    return cv2.cvtColor(_whole(colours), cv2.COLOR_HSV2BGR)


def keys(chance: Random) -> Pixels:
    pitch = chance.uniform(40, 90)
    lit = np.where((_X % pitch > pitch * 0.12) & (_Y % pitch > pitch * 0.12), 60, 20)
    return _whole(np.repeat(lit[..., None], 3, axis=2))


def mesh(chance: Random) -> Pixels:
    """A perforated ceiling, the back of a chair."""
    pitch = chance.uniform(3, 12)
    apart = np.hypot(_X % pitch - pitch / 2, _Y % pitch - pitch / 2)
    return _whole(np.repeat(np.where(apart < pitch * 0.3, 40, 210)[..., None], 3, axis=2))


def grain(chance: Random) -> Pixels:
    """Plaster, a carpet, bad toner: every colour for itself."""
    noise = np.random.default_rng(chance.getrandbits(64)).integers(0, 255, (HIGH, WIDE, 3))
    return _whole(cv2.GaussianBlur(noise.astype(np.float32), (0, 0), 0.8) * 0.4 + 140)


ALL: Final[dict[str, Surface]] = {
    "blinds": blinds,
    "knitwear": knit,
    "woven cloth": weave,
    "tartan": tartan,
    "coloured stripes": coloured_stripes,
    "print in colours": print_in_colours,
    "print in black": print_in_black,
    "fine lines of two inks": fine_lines,
    "rainbow print": rainbow,
    "keyboard": keys,
    "mesh": mesh,
    "grain": grain,
}


def dressed(person: Pixels, cloth: Pixels) -> Pixels:
    """A picture of a person with this cloth over its lower part."""
    high, wide = person.shape[:2]
    picture, low = person.copy(), int(high * 0.42)
    picture[-low:] = np.tile(cloth, (2, 2, 1))[:low, :wide]
    return picture


def _colour(chance: Random, least: float = 30) -> Any:
    return _floats([chance.uniform(least, 250) for _ in "bgr"])


def _floats(values: Any) -> Any:
    return np.array(values, np.float32)


def _tone(chance: Random) -> Any:
    """Something to print: from dark to light, with a few edges."""
    tone = 0.15 + 0.7 * np.broadcast_to(_X / WIDE, (HIGH, WIDE))
    for _ in range(12):
        x, y = chance.randrange(WIDE - 200), chance.randrange(HIGH - 150)
        tone = tone.copy()
        tone[y : y + 150, x : x + 200] = chance.uniform(0.1, 0.9)
    return tone


def _dots(tone: Any, pitch: float, angle: float) -> Any:
    turn = np.deg2rad(angle)
    along = (_X * np.cos(turn) + _Y * np.sin(turn)) / pitch
    aside = (_Y * np.cos(turn) - _X * np.sin(turn)) / pitch
    level = 0.5 + 0.25 * np.cos(2 * np.pi * along) + 0.25 * np.cos(2 * np.pi * aside)
    return 1 / (1 + np.exp(-(tone - level) * 14))


def _whole(values: Any) -> Pixels:
    spread = np.broadcast_to(values, (HIGH, WIDE, 3))
    pixels: Pixels = np.clip(spread, 0, 255).astype(np.uint8)
    return pixels
