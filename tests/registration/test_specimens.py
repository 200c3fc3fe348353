"""The drawn people and papers: sound pictures, always the same, of every kind of card."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image, ImageChops

from outlets.bridge.people import PEOPLE, Person
from outlets.frames import parse_text_block
from registration import imaging, specimens

WANG, LI, HK = PEOPLE["wang"], PEOPLE["li"], PEOPLE["hk"]
FOREIGN, OF_2023 = PEOPLE["foreign"], PEOPLE["resident_foreigner"]
KINDS = {"resident": WANG, "permit": HK, "of 2017": FOREIGN, "of 2023": OF_2023}
Side = Callable[[Person], bytes]


def differ(one: bytes, other: bytes) -> bool:
    pictures = [Image.open(io.BytesIO(data)) for data in (one, other)]
    return ImageChops.difference(*pictures).getbbox() is not None


def test_the_specimens_are_sound_pictures_and_always_the_same() -> None:
    papers = [
        (specimens.id_front(WANG), (1600, 1009)),
        (specimens.id_back(WANG), (1600, 1009)),
        (specimens.live_photo(LI), (1200, 1600)),
        (specimens.letter(WANG, LI, "138 0000 1234"), (1240, 1754)),
        (specimens.signature(), (900, 400)),
    ]

    for data, size in papers:
        picture = imaging.clean(data)
        assert (picture.width, picture.height) == size
    assert specimens.id_front(WANG) == papers[0][0]
    assert specimens.id_front(LI) != papers[0][0]
    assert imaging.inspect(specimens.id_front(WANG, (800, 504))).width == 800


@pytest.mark.parametrize("person", KINDS.values(), ids=KINDS)
def test_a_card_of_every_kind_is_drawn_from_the_person_and_from_what_was_read(
    person: Person,
) -> None:
    card = parse_text_block(person.block())

    for side in (specimens.id_front, specimens.id_back):
        assert imaging.clean(side(card)).width == 1600
        assert side(card) == side(person)


@pytest.mark.parametrize(
    ("side", "person", "changed"),
    [
        (specimens.id_back, WANG, replace(WANG, kind=HK.kind)),
        (specimens.id_back, HK, replace(HK, pass_number="")),
        (specimens.id_front, WANG, replace(WANG, kind=HK.kind)),  # no ethnic group
        (specimens.id_front, OF_2023, replace(OF_2023, english_name="SPECIMEN")),
        (specimens.id_front, OF_2023, replace(OF_2023, name=OF_2023.english_name)),
        (specimens.id_front, OF_2023, replace(OF_2023, nationality="")),
    ],
)
def test_what_only_one_kind_has_is_drawn(side: Side, person: Person, changed: Person) -> None:
    assert differ(side(person), side(changed))


def test_people_with_latin_names_sign_a_letter_too() -> None:
    letter = specimens.letter(OF_2023, FOREIGN, "138 0000 1234")

    assert imaging.clean(letter).height == 1754
    assert imaging.clean(specimens.signature(FOREIGN.name)).width == 900


def test_a_misprint_is_one_digit_and_no_other() -> None:
    right = PEOPLE["li"].number

    wrong = specimens.misprinted(PEOPLE["li"], 12).number

    assert [place for place in range(18) if wrong[place] != right[place]] == [12]
