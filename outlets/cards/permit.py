"""The residence permit of Hong Kong, Macao and Taiwan residents (港澳台居民居住证)."""

import re
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from outlets.cards import names, resident
from outlets.cards.kinds import CardKind, Sex
from outlets.cards.text import Chip, Layout, Span

# Where a resident card has its ethnic code nothing is read: what stands there is not laid down.
LAYOUT: Final[Layout] = {
    field: span for field, span in resident.LAYOUT.items() if field != "ethnic_code"
} | {
    "pass_number": Span(220, 18),
    "issue_count": Span(238, 4),
}
_PASS_NUMBER: Final = re.compile(r"[0-9A-Z]{0,9}")
_ISSUE_COUNT: Final = re.compile(r"[0-9]{0,2}")
# Eight digits for life; H from Hong Kong, M from Macao, nothing before them from Taiwan.
_LIFELONG: Final = re.compile(r"[HM]?[0-9]{8}")


@dataclass(frozen=True, repr=False)
class PermitCard:
    """Text block of 港澳台居民居住证机读信息规范（试行版）, type J; in force 2018-09-01.

    UTF-16LE, offsets in bytes, sizes in units of two bytes. As on the resident card:
    name 0, sex 30, birth_date 36, address 52, number 122, issuer 158, valid_from 188, valid_to 204.

    number       122, 18 units; as GB 11643, regions 81 Hong Kong, 82 Macao, 83 Taiwan
    pass_number  220, 9 units; travel permit: H or M and eight digits (通行证), Taiwan eight digits
    issue_count  238, 2 units; digits: how often the card was issued, "" where blank

    Not read: 32, 2 units (no ethnic code here); 242 and 250, 3 units each, reserved.
    """

    name: str
    sex: Sex
    birth_date: date
    address: str
    number: str
    issuer: str
    valid_from: date
    valid_to: date | None
    pass_number: str
    issue_count: str

    kind: ClassVar = CardKind.PERMIT
    english_name: ClassVar[str] = ""
    nationality: ClassVar[str] = ""
    link: ClassVar[str] = ""

    def __repr__(self) -> str:
        return f"Card({self.kind})"

    @property
    def person_number(self) -> str:
        """The travel permit's number, which stays for life; the card's own if there is none."""
        return self.linked_number or self.number

    @property
    def linked_number(self) -> str:
        return self.pass_number if _LIFELONG.fullmatch(self.pass_number) else ""

    @property
    def has_private_characters(self) -> bool:
        return names.is_private(self.name + self.address + self.issuer)


def parse(block: bytes) -> PermitCard:
    chip = Chip(block, LAYOUT)
    name = chip.name("name") or chip.text("name")
    issuer, address = chip.prose("issuer"), chip.prose("address")
    sex, number = chip.sex(), chip.code("number", resident.NUMBER)
    pass_number = chip.code("pass_number", _PASS_NUMBER)
    issue_count = chip.code("issue_count", _ISSUE_COUNT)
    born, first, last = chip.dates()
    return PermitCard(
        name, sex, born, address, number, issuer, first, last, pass_number, issue_count
    )
