"""A drawn page as a camera would have taken it: on a desk, slanted, blurred, with a reflection.

Not reached through ``registration.specimens``: whoever draws pages need not carry OpenCV. The same
page, damage and seed give the same bytes.
"""

from dataclasses import dataclass
from random import Random
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from registration.specimens.paper import Size, chance_of

# Rows, columns and colours (blue, green, red) as OpenCV has them, 0 to 255.
Pixels = NDArray[Any]

DESKS: Final = ("dark", "white", "cluttered")
# What lengths in pixels below refer to: the width of the frame that was measured first.
REFERENCE: Final = 2000


@dataclass(frozen=True)
class Damage:
    """``slant``: how far a corner may wander, as a share of the page. ``blur``: sigma of the
    defocus and ``motion`` the length of the shake, in pixels of a frame 2,000 wide. ``glare``: the
    reflection's radius as a share of the page's shorter side. ``light``: how bright, 1 being
    right; ``fall``: the share of it that is lost towards one side. ``noise``: sigma of 255.
    ``quality``: of the JPEG. ``filled``: the share of the frame's side that the page takes.
    ``turned``: in degrees. ``aside``: the share of the page that lies beyond the frame's side."""

    slant: float = 0.01
    blur: float = 0.4
    motion: float = 0.0
    glare: float = 0.0
    light: float = 1.0
    fall: float = 0.05
    noise: float = 1.5
    quality: int = 88
    filled: float = 0.84
    turned: float = 1.0
    aside: float = 0.0


CLEAN: Final = Damage()
STRENGTHS: Final = {
    "clean": CLEAN,
    "mild": Damage(0.03, 0.9, 1, 0.05, 0.97, 0.15, 3, 80, 0.80, 2),
    "moderate": Damage(0.05, 1.5, 3, 0.09, 0.92, 0.25, 5, 70, 0.76, 4),
    "heavy": Damage(0.08, 2.2, 5, 0.15, 0.85, 0.40, 8, 55, 0.70, 7),
    "extreme": Damage(0.11, 3.2, 8, 0.22, 0.75, 0.55, 12, 40, 0.62, 10),
}
# One thing wrong and nothing else, so badly that the picture should be taken again.
FAULTS: Final = {
    "out of focus": Damage(blur=5),
    "shaken": Damage(motion=26),
    "reflection": Damage(glare=0.40),
    "too dark": Damage(light=0.22),
    "too bright": Damage(light=2.2),
    "too far": Damage(filled=0.28),
    "cut off": Damage(aside=0.15),
}


def photographed(
    page: bytes,
    damage: Damage,
    *,
    seed: str,
    desk: str = "dark",
    size: Size = (REFERENCE, REFERENCE * 3 // 4),
) -> bytes:
    """A JPEG of ``size``, which is turned where the page stands upright. Any two calls with the
    same arguments give the same bytes."""
    chance = chance_of(f"{seed}/{desk}")
    drawn = decoded(page)
    if drawn.shape[0] > drawn.shape[1]:
        size = (size[1], size[0])
    unit = max(size) / REFERENCE
    corners = placed(chance, drawn.shape[1], drawn.shape[0], damage, size)
    seen = lain(drawn, desk_of(chance, desk, size), corners)
    seen = lit(chance, seen, damage)
    if damage.glare:
        seen = reflecting(chance, seen, damage.glare, corners)
    seen = unsharp(chance, seen, damage, unit)
    seen = _noisy(chance, seen, damage.noise)
    return cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, damage.quality])[1].tobytes()


def decoded(jpeg: bytes) -> Pixels:
    """Raises ValueError."""
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError("no picture")
    return pixels


def placed(chance: Random, width: int, height: int, damage: Damage, size: Size) -> Pixels:
    """Where the page's corners come to lie in the frame, clockwise from the upper left."""
    scale = min(size[0] / width, size[1] / height) * damage.filled
    half = np.array([width, height]) * scale / 2
    flat = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    wander = np.array([[chance.uniform(-1, 1) for _ in "xy"] for _ in range(4)])
    angle = np.deg2rad(chance.uniform(-damage.turned, damage.turned))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    # A page is held near the middle, never in it.
    spare = np.maximum(np.array(size) / 2 - half, 0) * 0.4
    middle = np.array(size) / 2 + spare * [chance.uniform(-1, 1) for _ in "xy"]
    if damage.aside:
        beyond = size[0] / 2 - half[0] + damage.aside * 2 * half[0]
        middle[0] = size[0] / 2 + beyond * chance.choice((-1, 1))
    found: Pixels = (flat + wander * damage.slant * half.min() * 2) @ turn + middle
    return found.astype(np.float32)


def desk_of(chance: Random, kind: str, size: Size) -> Pixels:
    """Another one each time; ``kind``: one of DESKS."""
    ground = {"dark": (58, 52, 48), "white": (232, 234, 235), "cluttered": (96, 128, 158)}[kind]
    desk = np.full((size[1], size[0], 3), ground, np.uint8)
    for _ in range(60 if kind == "cluttered" else 0):
        x, y = chance.randrange(size[0]), chance.randrange(size[1])
        wide, high = (int(size[0] * chance.uniform(0.03, 0.25)) for _ in "xy")
        colour = tuple(chance.randrange(30, 245) for _ in "bgr")
        cv2.rectangle(desk, (x, y), (x + wide, y + high), colour, -1)
        for line in range(y + 12, y + high - 12, max(14, size[0] // 90)):
            cv2.line(desk, (x + 10, line), (x + max(11, wide - 10), line), (70, 70, 70), 2)
    return desk


def lain(page: Pixels, desk: Pixels, corners: Pixels) -> Pixels:
    """The page on the desk, with the shadow that its edge throws."""
    high, wide = page.shape[:2]
    flat = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    how = cv2.getPerspectiveTransform(flat, corners)
    size = (desk.shape[1], desk.shape[0])
    grow = np.linalg.norm(corners[1] - corners[0]) / wide
    smooth = cv2.INTER_AREA if grow < 0.7 else cv2.INTER_CUBIC
    seen = cv2.warpPerspective(page, how, size, flags=smooth)
    where = cv2.warpPerspective(np.full((high, wide), 255, np.uint8), how, size)
    shade = cv2.blur(where, (size[0] // 60, size[0] // 60)).astype(np.float32) / 255
    desk = (desk * (1 - 0.3 * shade[..., None])).astype(np.uint8)
    share = where[..., None].astype(np.uint16)
    mixed: Pixels = (seen * share + desk * (255 - share)) // 255
    return mixed.astype(np.uint8)


def lit(chance: Random, seen: Pixels, damage: Damage) -> Pixels:
    """Brighter on one side than on the other."""
    high, wide = seen.shape[:2]
    angle = chance.uniform(0, 2 * np.pi)
    across = np.linspace(-0.5, 0.5, wide, dtype=np.float32) * np.float32(np.cos(angle))
    down = np.linspace(-0.5, 0.5, high, dtype=np.float32) * np.float32(np.sin(angle))
    light = damage.light * (1 - damage.fall * (0.5 + across[None, :] + down[:, None]))
    return cv2.convertScaleAbs(seen * light[..., None].astype(np.float32))


def reflecting(chance: Random, seen: Pixels, share: float, corners: Pixels) -> Pixels:
    """A lamp in the page's surface: burnt out in the middle, fading outwards."""
    right, down = chance.uniform(0.15, 0.85), chance.uniform(0.15, 0.85)
    top = corners[0] + (corners[1] - corners[0]) * right
    bottom = corners[3] + (corners[2] - corners[3]) * right
    x, y = top + (bottom - top) * down
    shorter = min(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0]))
    wide = share * float(shorter)
    high = wide * chance.uniform(0.5, 0.9)
    rows = ((np.arange(seen.shape[0], dtype=np.float32) - y) / high) ** 2
    columns = ((np.arange(seen.shape[1], dtype=np.float32) - x) / wide) ** 2
    spot = 330 * np.exp(-(rows[:, None] + columns[None, :]) * 1.2)
    brighter: Pixels = seen.astype(np.float32) + spot[..., None].astype(np.float32)
    return cv2.convertScaleAbs(brighter)


def unsharp(chance: Random, seen: Pixels, damage: Damage, unit: float) -> Pixels:
    """Out of focus and shaken; ``unit``: the frame over REFERENCE."""
    if damage.blur:
        seen = cv2.GaussianBlur(seen, (0, 0), damage.blur * unit)
    long = round(damage.motion * unit)
    if long > 1:
        kernel = np.zeros((long, long), np.float32)
        angle = chance.uniform(0, np.pi)
        reach = np.array([np.cos(angle), np.sin(angle)]) * (long - 1) / 2
        middle = np.array([long - 1, long - 1]) / 2
        start, end = ([round(v) for v in middle + way * reach] for way in (-1, 1))
        cv2.line(kernel, start, end, 1.0)
        seen = cv2.filter2D(seen, -1, kernel / kernel.sum())
    return seen


def _noisy(chance: Random, seen: Pixels, sigma: float) -> Pixels:
    grain = np.random.default_rng(chance.getrandbits(64))
    noise = grain.standard_normal(seen.shape, np.float32) * np.float32(sigma)
    grained: Pixels = np.clip(seen + noise, 0, 255).astype(np.uint8)
    return grained
