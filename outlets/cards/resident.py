"""The resident identity card (居民身份证)."""

import re
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from outlets.cards import names
from outlets.cards.kinds import CardKind, Sex
from outlets.cards.text import Chip, Layout, Span

LAYOUT: Final[Layout] = {
    "name": Span(0, 30),
    "sex": Span(30, 2),
    "ethnic_code": Span(32, 4),
    "birth_date": Span(36, 16),
    "address": Span(52, 70),
    "number": Span(122, 36),
    "issuer": Span(158, 30),
    "valid_from": Span(188, 16),
    "valid_to": Span(204, 16),
}
NUMBER: Final = re.compile(r"[0-9]{17}[0-9X]")
_ETHNIC_CODE: Final = re.compile(r"[0-9]{2}")


@dataclass(frozen=True, repr=False)
class ResidentCard:
    """Text block of GA/T 467; UTF-16LE, offsets in bytes, sizes in units of two bytes.

    name         0, 15 units; at least one character, a rare one takes two units
    sex          30, 1 unit; code of GB/T 2261.1
    ethnic_code  32, 2 units; two digits of GB/T 3304, kept raw: some in use stand in no table
    birth_date   36, 8 units; YYYYMMDD
    address      52, 35 units; as printed. A newer one is apart: ``with_new_address``
    number       122, 18 units; GB 11643: region 6, birth 8, sequence 3, check digit 0-9 or X
    issuer       158, 15 units; as printed
    valid_from   188, 8 units; YYYYMMDD
    valid_to     204, 8 units; YYYYMMDD, or 长期 and six spaces: None

    The rest (220, 18 units) is reserved and blank: so is the marker at 248.
    """

    name: str
    sex: Sex
    ethnic_code: str
    birth_date: date
    address: str
    number: str
    issuer: str
    valid_from: date
    valid_to: date | None

    kind: ClassVar = CardKind.RESIDENT
    english_name: ClassVar[str] = ""
    nationality: ClassVar[str] = ""
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
        return names.is_private(self.name + self.address + self.issuer)


def parse(block: bytes) -> ResidentCard:
    chip = Chip(block, LAYOUT)
    name = chip.name("name") or chip.text("name")
    issuer, address = chip.prose("issuer"), chip.prose("address")
    sex, ethnic_code = chip.sex(), chip.digits("ethnic_code", _ETHNIC_CODE)
    number = chip.code("number", NUMBER)
    born, first, last = chip.dates()
    return ResidentCard(name, sex, ethnic_code, born, address, number, issuer, first, last)
