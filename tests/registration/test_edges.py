"""The corners of a card on desks of all kinds: the right ones or none."""

from typing import Any

import cv2
import numpy as np
import pytest

from outlets.bridge.people import PEOPLE
from registration import edges, imaging, specimens
from registration.outline import Corners
from registration.specimens import surface
from registration.specimens.damage import (
    STRENGTHS,
    Damage,
    Pixels,
    decoded,
    desk_of,
    lain,
    lit,
    placed,
    unsharp,
)
from registration.specimens.paper import chance_of

SIZE = (2000, 1500)
FRONT = decoded(specimens.id_front(PEOPLE["wang"]))


def seen(desk: Pixels, damage: Damage, seed: str) -> tuple[Pixels, Any]:
    """A card on the desk, as the judge has it, and where its corners are."""
    chance = chance_of(seed)
    corners = placed(chance, FRONT.shape[1], FRONT.shape[0], damage, SIZE)
    shot = unsharp(chance, lit(chance, lain(FRONT, desk, corners), damage), damage, 1)
    return imaging.Picture(shot, 85).small, corners / np.array(SIZE)


def desk(kind: str) -> Pixels:
    chance = chance_of(kind)
    if kind in surface.ALL:
        return cv2.resize(surface.ALL[kind](chance), SIZE, interpolation=cv2.INTER_CUBIC)
    return desk_of(chance, kind, SIZE)


def error(found: Corners, truth: Any) -> float:
    return float(abs(np.array(found) - truth).max())


OTHER_COLOURS = ("dark", "cluttered", "knitwear", "woven cloth", "tartan", "keyboard", "mesh")


@pytest.mark.parametrize("strength", ["clean", "mild", "moderate"])
@pytest.mark.parametrize("kind", ["dark", "cluttered", "white", *surface.ALL])
def test_the_corners_are_a_card_s_own_or_there_are_none(kind: str, strength: str) -> None:
    picture, truth = seen(desk(kind), STRENGTHS[strength], f"{kind}/{strength}")

    found = edges.corners(picture, ())

    assert found or kind not in OTHER_COLOURS
    # Blinds have straight edges of their own close beside the card's.
    most = 0.025 if kind == "blinds" else 0.011
    assert not found or error(found, truth) < most


@pytest.mark.parametrize("kind", surface.ALL)
def test_where_there_is_no_card_there_are_no_corners(kind: str) -> None:
    assert edges.corners(imaging.Picture(desk(kind), 85).small, ()) == ()


def test_a_guess_is_held_to_the_edges() -> None:
    picture, truth = seen(desk("dark"), STRENGTHS["clean"], "guess")
    near = tuple((float(x) + 0.008, float(y) - 0.008) for x, y in truth)
    far = tuple((float(x) * 0.8 + 0.1, float(y) * 0.8 + 0.1) for x, y in truth)

    assert error(edges.corners(picture, near), truth) < 0.006
    assert error(edges.corners(picture, far), truth) < 0.006


def test_who_guesses_where_there_is_nothing_is_not_believed() -> None:
    wall = imaging.Picture(desk("grain"), 85).small
    guess = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.7), (0.2, 0.7))

    assert edges.corners(wall, guess) == ()


def test_a_card_that_leaves_the_frame_has_no_corners() -> None:
    picture, _truth = seen(desk("dark"), Damage(aside=0.15), "cut")

    assert edges.corners(picture, ()) == ()
