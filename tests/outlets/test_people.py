"""The fictional people: their cards read back, and none of their numbers could be a person's."""

import re

import pytest

from outlets import frames
from outlets.bridge.people import PEOPLE, Person
from outlets.cards import numbers
from outlets.frames import Card, CardKind, Sex, parse_text_block

# No such region, no such country; permits as ours are, and the alpha-3 code of ICAO's specimens.
NOBODYS = {
    CardKind.RESIDENT: r"99\d{15}[\dX]",
    CardKind.PERMIT: r"8[123]99\d{13}[\dX]",
    CardKind.FOREIGNER_2017: r"UTO99\d{10}",
    CardKind.FOREIGNER_2023: r"999\d{14}[\dX]",
}
each = pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE)


@each
def test_every_specimen_card_is_read_as_it_was_written(person: Person) -> None:
    card: Card = parse_text_block(person.block())

    for field in ("kind", "name", "sex", "birth_date", "number", "valid_from", "valid_to"):
        assert getattr(card, field) == getattr(person, field)
    for field in ("english_name", "address", "issuer", "nationality", "pass_number", "link"):
        assert getattr(card, field) == getattr(person, field)
    assert not card.has_private_characters


@each
def test_every_specimen_number_is_sound_and_nobodys(person: Person) -> None:
    assert numbers.is_sound(person.number, person.birth_date)
    assert re.fullmatch(NOBODYS[person.kind], person.number)
    assert int(person.number[16 if len(person.number) == 18 else 14]) % 2 == (
        person.sex is Sex.MALE
    )
    assert re.fullmatch(r"([HM]99|99)\d{6}|", person.pass_number)


@each
def test_every_specimen_portrait_has_the_header_of_one(person: Person) -> None:
    assert frames.is_wlt(person.photo())


def test_every_kind_of_card_has_somebody() -> None:
    assert {person.kind for person in PEOPLE.values()} == set(CardKind)
