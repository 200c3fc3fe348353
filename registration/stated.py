"""A document without a readable chip as it is kept: what its zone says, and what was typed.

The same fields as a chip's card (outlets.cards.Card); ``typed`` names those that came from a
keyboard. There is a typed field only where no machine gives one (CV-02).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from outlets.cards import Sex
from registration import mrz

Stated = Mapping[str, str]


@dataclass(frozen=True, repr=False)
class Paper:
    """``issuer`` is the authority or, of a soldier, the unit; ``form`` the word on a military
    card; ``linked_number`` what the same person's other documents may name."""

    kind: str
    name: str
    english_name: str
    sex: Sex
    birth_date: date
    number: str
    nationality: str
    valid_from: date | None
    valid_to: date | None
    address: str
    issuer: str
    purpose: str
    form: str
    typed: frozenset[str]

    pass_number = ""
    linked_number = ""
    has_private_characters = False

    def __repr__(self) -> str:
        return f"Paper({self.kind})"


def pack(stated: Stated) -> str:
    """The same fields give the same text, without those that were left empty."""
    filled = {name: value for name, value in stated.items() if value}
    return json.dumps(filled, ensure_ascii=False, sort_keys=True)


def from_zone(kind: str, zone: bytes, text: str, read_on: date) -> Paper:
    """What the zone says, with the Chinese name and the address as typed."""
    read = mrz.parse(tuple(zone.decode("ascii").split()), read_on)
    typed: dict[str, str] = json.loads(text)
    return Paper(
        kind=kind,
        name=typed.get("name") or read.name,
        english_name=read.name,
        sex=Sex(read.sex),
        birth_date=read.birth_date,
        number=read.number,
        nationality=read.nationality,
        valid_from=None,
        valid_to=read.valid_to,
        address=typed.get("address", ""),
        issuer=read.issuer,
        purpose="",
        form="",
        typed=frozenset(typed),
    )


def from_text(kind: str, text: str) -> Paper:
    """Everything as typed. Of an 18-digit number birth and sex follow and are not asked."""
    typed: dict[str, str] = json.loads(text)
    number = typed["number"]
    return Paper(
        kind=kind,
        name=typed["name"],
        english_name="",
        sex=Sex(typed["sex"]) if "sex" in typed else sex_of(number),
        birth_date=_day(typed, "birth_date") or born(number),
        number=number,
        nationality="",
        valid_from=_day(typed, "valid_from"),
        valid_to=_day(typed, "valid_to"),
        address=typed.get("address", ""),
        issuer=typed.get("issuer", ""),
        purpose=typed.get("purpose", ""),
        form=typed.get("form", ""),
        typed=frozenset(typed),
    )


def born(number: str) -> date:
    """The birth date inside an 18-digit number. Raises ValueError."""
    return date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")


def sex_of(number: str) -> Sex:
    """The 17th digit is odd for a man."""
    return Sex.MALE if int(number[16]) % 2 else Sex.FEMALE


def _day(typed: Stated, name: str) -> date | None:
    return date.fromisoformat(typed[name]) if typed.get(name) else None
