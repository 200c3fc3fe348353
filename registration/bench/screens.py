"""How many screens are found, and what else is taken for one: nothing should be.

Cards, letters and people shown on made-up screens, and honest pictures of the same and of whatever
has a pattern, through one camera at the same five strengths of damage.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Final

from outlets.bridge.people import PEOPLE
from registration import imaging, screen, specimens
from registration.specimens import surface
from registration.specimens.damage import DESKS, STRENGTHS, Damage, Pixels, decoded
from registration.specimens.paper import chance_of
from registration.specimens.screen import Screen, filmed

PAGES: Final = ("card", "person", "letter")
COARSE, FINE, ORGANIC = "coarse", "fine", "organic"
# From a monitor that fills the frame to a telephone held far away; the frame of some is made of
# four times as many pixels of the sensor, as a telephone's.
SCREENS: Final = {
    COARSE: (
        *(Screen(pitch) for pitch in (1.8, 2.0, 2.3, 2.8, 3.2, 3.6, 4.3, 5.0, 6.0)),
        Screen(2.6, "bgr"),
        Screen(2.4, finer=2),
        Screen(4.0, finer=2),
    ),
    FINE: tuple(Screen(pitch) for pitch in (1.2, 1.4, 1.6)),
    ORGANIC: tuple(Screen(pitch, "diamond") for pitch in (1.2, 1.6, 2.2)),
}
# Honest pictures of each kind at each strength.
OF_PAGES: Final = {"card": 3, "back": 2, "letter": 3, "person": 3, "person in cloth": 4}
OF_SURFACES: Final = 2
CLOTHS: Final = (surface.knit, surface.weave, surface.tartan, surface.blinds)


@dataclass
class Tally:
    """Shares of the picture that show stripes, one for each picture."""

    screens: dict[str, list[float]] = field(default_factory=dict)
    honest: dict[str, list[float]] = field(default_factory=dict)

    @property
    def all_honest(self) -> list[float]:
        return [share for shares in self.honest.values() for share in shares]


def measure(strength: str) -> Tally:
    tally, damage = Tally(), STRENGTHS[strength]
    for group, screens in SCREENS.items():
        for place, shown in enumerate(screens):
            page, seed = PAGES[place % len(PAGES)], f"{group}/{place}/{strength}"
            jpeg = of_screen(shown, damage, page, seed)
            tally.screens.setdefault(group, []).append(_share(jpeg))
    for name, jpeg in _honest(strength, damage):
        tally.honest.setdefault(name, []).append(_share(jpeg))
    return tally


def of_screen(shown: Screen, damage: Damage, page: str, seed: str) -> bytes:
    drawn = _page(page, chance_of(seed))
    return filmed(drawn, damage, seed=seed, screen=shown, fills=page == "person")


def _honest(strength: str, damage: Damage) -> Iterator[tuple[str, bytes]]:
    for name, count in OF_PAGES.items():
        for place in range(count):
            seed = f"{name}/{place}/{strength}"
            page, desk = _page(name, chance_of(seed)), DESKS[place % len(DESKS)]
            fills = name.startswith("person")
            yield name, filmed(page, damage, seed=seed, desk=desk, fills=fills)
    for name, draw in surface.ALL.items():
        for place in range(OF_SURFACES):
            seed = f"{name}/{place}/{strength}"
            yield name, filmed(draw(chance_of(seed)), damage, seed=seed, fills=True)


def _page(name: str, chance: Random) -> Pixels:
    people = list(PEOPLE.values())
    one, other = chance.sample(people, 2)
    if name == "person in cloth":
        cloth = chance.choice(CLOTHS)(chance)
        return surface.dressed(_page("person", chance), cloth)
    jpeg = {
        "card": lambda: specimens.id_front(one),
        "back": lambda: specimens.id_back(one),
        "letter": lambda: specimens.letter(one, other, "138 0000 1234"),
        "person": lambda: specimens.live_photo(one, shot=str(chance.random())),
    }[name]()
    return decoded(jpeg)


def _share(jpeg: bytes) -> float:
    return screen.share(imaging.clean(jpeg, as_array=True).small)


def table() -> str:
    """Markdown, for docs/pictures.md."""
    lines = [
        "| damage | coarse pixels | fine pixels | organic | honest pictures | taken for a screen "
        "| the most of a picture: honest | the least: found |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(strength, measure(strength)) for strength in STRENGTHS]
    return "\n".join(lines)


def _row(strength: str, tally: Tally) -> str:
    honest = tally.all_honest
    found = [share for shares in tally.screens.values() for share in shares if _is_found(share)]
    cells = [
        strength,
        *(f"{_count(tally.screens[group])} of {len(tally.screens[group])}" for group in SCREENS),
        str(len(honest)),
        str(_count(honest)),
        f"{max(honest, default=0):.2f}",
        f"{min(found):.2f}" if found else "–",
    ]
    return f"| {' | '.join(cells)} |"


def _is_found(share: float) -> bool:
    return screen.is_screen(share)


def _count(shares: list[float]) -> int:
    return sum(map(_is_found, shares))
