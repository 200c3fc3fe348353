"""Whom the specimens show."""

from datetime import date
from typing import Protocol

from outlets.frames import CardKind, Sex


class Face(Protocol):
    """What a cartoon face follows from."""

    @property
    def sex(self) -> Sex: ...
    @property
    def birth_date(self) -> date: ...
    @property
    def number(self) -> str: ...


class Person(Face, Protocol):
    """Whom to draw: a Card, a Person of the emulator; a `valid_to` of None means 长期."""

    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...
    @property
    def kind(self) -> CardKind: ...
    @property
    def english_name(self) -> str: ...
    @property
    def nationality(self) -> str: ...
    @property
    def pass_number(self) -> str: ...


def number_label(person: Person) -> str:
    """What a card prints before its number."""
    foreign = person.kind in (CardKind.FOREIGNER_2017, CardKind.FOREIGNER_2023)
    return "证件号码" if foreign else "公民身份号码"
