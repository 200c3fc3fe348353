"""Pages as a camera would have taken them, and how the benches count what is read of them."""

import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from django.core.management import call_command
from PIL import Image

from outlets.bridge.people import PEOPLE
from registration import imaging, specimens
from registration.bench import accuracy, screens
from registration.printed import State
from registration.specimens.damage import CLEAN, DESKS, FAULTS, STRENGTHS, photographed
from tests import specimens as odd

CARD = specimens.id_front(PEOPLE["wang"])
SMALL = (800, 600)


def grey(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("L"))


def sharpness(jpeg: bytes) -> float:
    return float(cv2.Laplacian(grey(jpeg), cv2.CV_64F).var())


def test_the_same_seed_gives_the_same_bytes_and_another_one_another_picture() -> None:
    first, again, other = (
        photographed(CARD, STRENGTHS["mild"], seed=seed, size=SMALL) for seed in ("a", "a", "b")
    )

    assert first == again
    assert first != other


@pytest.mark.parametrize("desk", DESKS)
def test_every_strength_is_a_sound_picture_on_every_desk(desk: str) -> None:
    for damage in STRENGTHS.values():
        picture = imaging.clean(photographed(CARD, damage, seed="a", desk=desk, size=SMALL))

        assert (picture.width, picture.height) == SMALL


def test_a_page_that_stands_upright_is_taken_upright() -> None:
    letter = specimens.letter(PEOPLE["wang"], PEOPLE["li"], "138 0000 1234")

    picture = imaging.clean(photographed(letter, CLEAN, seed="a", size=SMALL))

    assert (picture.width, picture.height) == (600, 800)


def test_each_fault_shows_in_the_pixels() -> None:
    taken = {
        name: photographed(CARD, damage, seed="a", size=SMALL)
        for name, damage in {"none": CLEAN, **FAULTS}.items()
    }

    assert sharpness(taken["out of focus"]) < sharpness(taken["none"]) / 2
    assert sharpness(taken["shaken"]) < sharpness(taken["none"]) / 2
    assert grey(taken["too dark"]).max() < 100
    assert (grey(taken["too bright"]) > 250).mean() > 0.4
    assert (grey(taken["reflection"]) > 250).mean() > (grey(taken["none"]) > 250).mean() + 0.05
    assert (grey(taken["too far"]) > 150).mean() < 0.15
    rims = [(grey(taken[name])[:, [0, -1]] > 150).mean(0).max() for name in ("none", "cut off")]
    assert rims[0] == 0
    assert rims[1] > 0.3


def test_what_is_no_page_cannot_be_photographed() -> None:
    with pytest.raises(ValueError, match="no picture"):
        photographed(odd.text_named_jpg(), CLEAN, seed="a")


def test_the_people_of_the_measurement_are_always_the_same_and_made_up() -> None:
    people = accuracy.people(30)

    assert people == accuracy.people(30)
    assert len({person.number for person in people}) == 30
    assert all(person.number.startswith("99") for person in people)


def test_what_is_read_counts_as_right_wrong_or_missing() -> None:
    tally = accuracy.Tally()

    tally.read({"name": "王样本", "number": "1"}, {"name": "王样本", "number": "2"})
    tally.read({}, {"proxy_name": "李样本"})

    assert tally.fields == {
        ("name", "right"): 1,
        ("number", "wrong"): 1,
        ("name", "missing"): 1,
    }


def test_clean_pages_are_read_right_and_an_altered_digit_is_seen() -> None:
    people = accuracy.people(2)

    card, letter = accuracy.cards(people, "clean"), accuracy.letters(people, "clean")

    assert card.fields["number", "right"] == card.pictures == 2
    assert card.states[State.DIFFERS] == letter.states[State.DIFFERS] == 0
    assert letter.forged == {State.DIFFERS: 1}
    assert card.gate["refused"] == letter.gate["refused"] == 0


def test_the_table_tells_every_strength_and_every_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    some = accuracy.Tally(pictures=1)
    some.fields["number", "right"] = some.gate["passed"] = 1
    monkeypatch.setattr(accuracy, "cards", lambda people, strength: some)
    monkeypatch.setattr(accuracy, "letters", lambda people, strength: some)
    monkeypatch.setattr(accuracy, "faults", lambda people: dict.fromkeys(FAULTS, some.gate))
    monkeypatch.setattr(screens, "table", lambda: "")

    call_command("accuracy", people=1)

    told = capsys.readouterr().out
    assert all(f"| {strength} | card | 1 | 1 of 1 |" in told for strength in STRENGTHS)
    assert all(f"| {fault} | 1 | 0 | 0 | 1 |" in told for fault in FAULTS)
    assert "cores" in told


def test_a_darker_picture_is_darker() -> None:
    light, dark = (
        photographed(CARD, replace(CLEAN, light=light), seed="a", size=SMALL) for light in (1, 0.5)
    )

    assert grey(dark).mean() < grey(light).mean() * 0.6
