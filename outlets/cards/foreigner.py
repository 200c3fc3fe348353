"""The foreigner's permanent residence card (外国人永久居留身份证): of 2017 and of 2023.

Both stay valid; neither has an ethnic code, an address or an issuer.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from outlets.cards import names
from outlets.cards.kinds import CardKind, Sex
from outlets.cards.text import Chip, Layout, Span

LAYOUT_2017: Final[Layout] = {
    "english_name": Span(0, 120),
    "sex": Span(120, 2),
    "number": Span(122, 30),
    "nationality": Span(152, 6),
    "name": Span(158, 30),
    "valid_from": Span(188, 16),
    "valid_to": Span(204, 16),
    "birth_date": Span(220, 16),
    "version": Span(236, 4),
    "office": Span(240, 8),
}
LAYOUT_2023: Final[Layout] = {
    "name": Span(0, 30),
    "sex": Span(30, 2),
    "renewal_count": Span(32, 4),
    "birth_date": Span(36, 16),
    "english_name": Span(52, 70, then=(220, 22)),
    "number": Span(122, 36),
    "valid_from": Span(188, 16),
    "valid_to": Span(204, 16),
    "nationality": Span(242, 6),
    "link": Span(250, 6),
}
_NUMBER_2017: Final = re.compile(r"[A-Z]{3}[0-9]{12}")
_NUMBER_2023: Final = re.compile(r"9[0-9]{16}[0-9X]")
_NATIONALITY: Final = re.compile(r"[A-Z]{3}")
_SHORT_CODE: Final = re.compile(r"[0-9A-Z]{0,4}")
_COUNT: Final = re.compile(r"[0-9]{0,2}")


@dataclass(frozen=True, repr=False)
class Foreigner2017Card:
    """Text block of type I (GA/T 467); UTF-16LE, offsets in bytes, sizes in units of two bytes.

    english_name  0, 60 units; as in the passport, with commas, hyphens, apostrophes, full stops
    sex           120, 1 unit; code of GB/T 2261.1
    number        122, 15 units; three letters, region 4, birth YYMMDD, 2 more; no check digit
    nationality   152, 3 units; letters of GB/T 2659 (ISO 3166-1 alpha-3)
    name          158, 15 units; the Chinese name, or ``english_name`` where the chip has none
    valid_from    188, 8 units; YYYYMMDD
    valid_to      204, 8 units; YYYYMMDD
    birth_date    220, 8 units; YYYYMMDD
    version       236, 2 units; of the card, "" where blank
    office        240, 4 units; code of the accepting office, "" where blank

    Not read: 250, 3 units, reserved.
    """

    name: str
    english_name: str
    sex: Sex
    birth_date: date
    number: str
    nationality: str
    valid_from: date
    valid_to: date | None
    version: str
    office: str

    kind: ClassVar = CardKind.FOREIGNER_2017
    address: ClassVar[str] = ""
    issuer: ClassVar[str] = ""
    pass_number: ClassVar[str] = ""
    link: ClassVar[str] = ""
    linked_number: ClassVar[str] = ""

    def __repr__(self) -> str:
        return f"Card({self.kind})"

    @property
    def person_number(self) -> str:
        return self.number

    @property
    def has_private_characters(self) -> bool:
        return names.is_private(self.name + self.english_name)


@dataclass(frozen=True, repr=False)
class Foreigner2023Card:
    """Text block of type Y, issued from 2023-12-01; UTF-16LE, offsets in bytes, sizes in units.

    name           0, 15 units; the Chinese name, or ``english_name`` where the chip has none
    sex            30, 1 unit; code of GB/T 2261.1
    renewal_count  32, 2 units; digits, 00 on the first card, "" where blank
    birth_date     36, 8 units; YYYYMMDD
    english_name   52, 35 units, goes on at 220, 11 units; joined before it is trimmed
    number         122, 18 units; 9, province 2, country 3 (ISO 3166-1 numeric), birth 8, sequence
                   3, check digit as GB 11643 (National Immigration Administration, 2023)
    valid_from     188, 8 units; YYYYMMDD
    valid_to       204, 8 units; YYYYMMDD
    nationality    242, 3 units; letters of GB/T 2659 (ISO 3166-1 alpha-3)
    link           250, 3 units; leads to the number before 2023, "" where blank, 000 where there
                   was none. How is not published: kept as read

    Not read: 158, 15 units, reserved. No published text has this layout; it is the one that
    vendors' kits for this card use, and their replies agree with it.
    """

    name: str
    english_name: str
    sex: Sex
    birth_date: date
    number: str
    nationality: str
    valid_from: date
    valid_to: date | None
    renewal_count: str
    link: str

    kind: ClassVar = CardKind.FOREIGNER_2023
    address: ClassVar[str] = ""
    issuer: ClassVar[str] = ""
    pass_number: ClassVar[str] = ""

    def __repr__(self) -> str:
        return f"Card({self.kind})"

    @property
    def person_number(self) -> str:
        return self.number

    @property
    def linked_number(self) -> str:
        """What of the number before 2023 can be told: nationality, birth YYMMDD and the link.

        Three zeros are no link: the specimen of a first card has them, and all who were born on one
        day in one country would be one person by them.
        """
        told = self.link.strip("0")
        return f"{self.nationality}{self.birth_date:%y%m%d}{self.link}" if told else ""

    @property
    def has_private_characters(self) -> bool:
        return names.is_private(self.name + self.english_name)


def parse_2017(block: bytes) -> Foreigner2017Card:
    chip = Chip(block, LAYOUT_2017)
    english_name = chip.english_name("english_name")
    name = chip.name("name") or english_name
    sex, number = chip.sex(), chip.code("number", _NUMBER_2017)
    nationality = chip.code("nationality", _NATIONALITY)
    version, office = chip.code("version", _SHORT_CODE), chip.code("office", _SHORT_CODE)
    born, first, last = chip.dates()
    return Foreigner2017Card(
        name, english_name, sex, born, number, nationality, first, last, version, office
    )


def parse_2023(block: bytes) -> Foreigner2023Card:
    chip = Chip(block, LAYOUT_2023)
    english_name = chip.english_name("english_name")
    name = chip.name("name") or english_name
    sex, number = chip.sex(), chip.code("number", _NUMBER_2023)
    nationality = chip.code("nationality", _NATIONALITY)
    renewal_count, link = chip.code("renewal_count", _COUNT), chip.optional("link")
    born, first, last = chip.dates()
    return Foreigner2023Card(
        name, english_name, sex, born, number, nationality, first, last, renewal_count, link
    )
