"""The kinds of card, and what all of them can be asked."""

from datetime import date
from enum import StrEnum
from typing import Final, Protocol


def gettext_noop(text: str) -> str:
    """Mark a word for makemessages; this leaf does not know Django, its caller translates."""
    return text


class CardKind(StrEnum):
    """The value is what a signed read says and what is stored with an identity."""

    RESIDENT = "resident"
    PERMIT = "permit"
    FOREIGNER_2017 = "foreigner_2017"
    FOREIGNER_2023 = "foreigner_2023"

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]


_KIND_LABELS: Final = {
    CardKind.RESIDENT: gettext_noop("居民身份证"),
    CardKind.PERMIT: gettext_noop("港澳台居民居住证"),
    CardKind.FOREIGNER_2017: gettext_noop("外国人永久居留身份证（2017 版）"),
    CardKind.FOREIGNER_2023: gettext_noop("外国人永久居留身份证（2023 版）"),
}


class Sex(StrEnum):
    """GB/T 2261.1. Anything else on a card is refused: "not male" does not mean female."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"
    UNSTATED = "unstated"

    @property
    def label(self) -> str:
        return _SEX_LABELS[self]


_SEX_LABELS: Final = {
    Sex.MALE: gettext_noop("男"),
    Sex.FEMALE: gettext_noop("女"),
    Sex.UNKNOWN: gettext_noop("未知"),
    Sex.UNSTATED: gettext_noop("未说明"),
}


class Card(Protocol):
    """Any card as its chip has it. A text that a kind does not have is "".

    The last day of ``valid_to`` is itself still valid; None is 长期. Whether a number's check digit
    and birth date agree is a rule's business (outlets.cards.numbers).
    """

    @property
    def kind(self) -> CardKind: ...
    @property
    def name(self) -> str:
        """What is registered and checked: the Chinese name, or the English one if it has none."""

    @property
    def english_name(self) -> str: ...
    @property
    def sex(self) -> Sex: ...
    @property
    def birth_date(self) -> date: ...
    @property
    def number(self) -> str:
        """18 characters, on a foreigner's card of 2017 15; ASCII, letters in upper case."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...
    @property
    def address(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    @property
    def nationality(self) -> str:
        """Three letters (GB/T 2659, ISO 3166-1 alpha-3), on foreigners' cards only."""

    @property
    def pass_number(self) -> str:
        """The travel permit's number, on a residence permit only."""

    @property
    def link(self) -> str:
        """Three characters that lead to the number before 2023, on a card of 2023 only."""

    @property
    def person_number(self) -> str:
        """The number that stands for the person, whichever document was read (NL-05)."""

    @property
    def linked_number(self) -> str:
        """Another document of the same person, as far as the chip tells; else ""."""

    @property
    def has_private_characters(self) -> bool:
        """Whether a rare character stands in a private code point: kept as read, never mapped."""
