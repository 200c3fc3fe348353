"""The people of the demo and of the tests: visibly made up, but with cards that parse.

Resident numbers begin with 99, those of permits with 8199 or 8399, of foreigners since 2023 with
999: regions and a country that do not exist, with a right check digit. A foreigner of 2017 is from
UTO, the Utopia of ICAO's specimens.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Final

from stdnum.iso7064 import mod_11_2

from outlets import frames
from outlets.cards.text import SEX_DIGITS
from outlets.frames import CardKind, Sex

UTOPIA: Final = "UTO"


def with_check_digit(body: str) -> str:
    """17 digits and their check digit (GB 11643, MOD 11-2)."""
    return body + str(mod_11_2.calc_check_digit(body))


@dataclass(frozen=True)
class Person:
    """Who is on a specimen card. ``valid_to`` is None for 长期; ``sequence`` is odd for a man.

    ``name`` is the Chinese one, or the English one again where the card has no Chinese one.
    ``region`` opens the number; on a card of 2023 it is 9, province and country.
    """

    key: str
    name: str
    sex: Sex
    birth_date: date
    address: str
    valid_from: date
    valid_to: date | None
    region: str = "991101"
    sequence: str = "001"
    ethnic_code: str = "01"
    issuer: str = "样本市公安局测试分局"
    kind: CardKind = CardKind.RESIDENT
    english_name: str = ""
    nationality: str = ""
    pass_number: str = ""
    link: str = ""

    @property
    def number(self) -> str:
        if self.kind is CardKind.FOREIGNER_2017:
            return f"{self.nationality}{self.region[:4]}{self.birth_date:%y%m%d}{self.sequence[1:]}"
        return with_check_digit(f"{self.region}{self.birth_date:%Y%m%d}{self.sequence}")

    def block(self) -> bytes:
        """The 256 bytes of the chip's text."""
        return frames.build_text_block(
            {
                "name": self.name if self.name != self.english_name else "",
                "english_name": self.english_name,
                "sex": SEX_DIGITS[self.sex],
                "ethnic_code": self.ethnic_code,
                "nationality": self.nationality,
                "birth_date": f"{self.birth_date:%Y%m%d}",
                "address": self.address,
                "number": self.number,
                "issuer": self.issuer,
                "valid_from": f"{self.valid_from:%Y%m%d}",
                "valid_to": f"{self.valid_to:%Y%m%d}" if self.valid_to else frames.LONG_TERM,
                "pass_number": self.pass_number,
                "issue_count": "01",
                "renewal_count": "00",
                "version": "01",
                "office": self.region[:4],
                "link": self.link,
            },
            self.kind,
        )

    def photo(self) -> bytes:
        """1024 bytes with the header of a WLT portrait; the rest is the same noise every time."""
        head = frames.PHOTO_HEADER + bytes.fromhex("32 00 00 ff 85")
        return head + hashlib.shake_256(self.key.encode()).digest(frames.PHOTO_BYTES - len(head))


_ALL: Final = (
    Person(
        key="wang",
        name="王样本",
        sex=Sex.MALE,
        birth_date=date(1990, 3, 14),
        address="示例省样本市测试路1号",
        valid_from=date(2018, 6, 1),
        valid_to=date(2038, 6, 1),
    ),
    Person(
        key="li",
        name="李样例",
        sex=Sex.FEMALE,
        birth_date=date(1987, 11, 2),
        address="示例省样本市测试路2号3单元401室",
        sequence="002",
        valid_from=date(2021, 2, 9),
        valid_to=date(2041, 2, 9),
    ),
    Person(
        key="zhang",
        name="张示范",
        sex=Sex.MALE,
        birth_date=date(1979, 8, 25),
        address="示例省样本市测试路3号",
        sequence="003",
        valid_from=date(2019, 9, 10),
        valid_to=date(2039, 9, 10),
    ),
    Person(
        key="zhao",
        name="赵演示",
        sex=Sex.FEMALE,
        birth_date=date(1995, 5, 30),
        address="示例省演示县样本镇测试村4组",
        region="991121",
        sequence="004",
        issuer="演示县公安局",
        valid_from=date(2022, 7, 18),
        valid_to=date(2042, 7, 18),
    ),
    Person(
        key="chen",
        name="陈范例",
        sex=Sex.MALE,
        birth_date=date(2001, 12, 8),
        address="示例省样本市测试路5号",
        sequence="005",
        valid_from=date(2020, 1, 6),
        valid_to=date(2030, 1, 6),
    ),
    Person(
        key="liu",
        name="刘模板",
        sex=Sex.MALE,
        birth_date=date(1951, 1, 20),
        address="示例省样本市测试路6号",
        sequence="007",
        valid_from=date(2009, 4, 22),
        valid_to=None,
    ),
    Person(
        key="zhou",
        name="周少年样",
        sex=Sex.MALE,
        birth_date=date(2011, 12, 5),
        address="示例省样本市测试路7号",
        sequence="009",
        valid_from=date(2023, 8, 1),
        valid_to=date(2028, 8, 1),
    ),
    Person(
        key="tong",
        name="童幼样",
        sex=Sex.FEMALE,
        birth_date=date(2017, 6, 1),
        address="示例省样本市测试路10号",
        sequence="012",
        valid_from=date(2025, 9, 1),
        valid_to=date(2030, 9, 1),
    ),
    Person(
        key="tongfu",
        name="童监护样",
        sex=Sex.MALE,
        birth_date=date(1988, 2, 16),
        address="示例省样本市测试路10号",
        sequence="011",
        valid_from=date(2019, 5, 6),
        valid_to=date(2039, 5, 6),
    ),
    Person(
        key="wu",
        name="吴过期样",
        sex=Sex.FEMALE,
        birth_date=date(1992, 6, 17),
        address="示例省样本市测试路8号",
        sequence="006",
        valid_from=date(2009, 3, 1),
        valid_to=date(2019, 3, 1),
    ),
    Person(
        key="dili",
        name="迪丽样·买买提样",
        sex=Sex.FEMALE,
        birth_date=date(1993, 10, 11),
        address="示例省样本市测试路9号",
        region="991131",
        sequence="008",
        ethnic_code="05",
        valid_from=date(2020, 12, 15),
        valid_to=date(2040, 12, 15),
    ),
    Person(
        key="hk",
        name="何港样",
        sex=Sex.FEMALE,
        birth_date=date(1996, 4, 9),
        address="示例省样本市测试路11号",
        region="819900",
        sequence="002",
        valid_from=date(2024, 3, 5),
        valid_to=date(2029, 3, 5),
        kind=CardKind.PERMIT,
        pass_number="H99000012",  # noqa: S106 (a permit, not a password)
    ),
    Person(
        key="tw",
        name="台样生",
        sex=Sex.MALE,
        birth_date=date(1984, 9, 21),
        address="示例省样本市测试路12号",
        region="839900",
        sequence="003",
        valid_from=date(2023, 10, 16),
        valid_to=date(2028, 10, 16),
        kind=CardKind.PERMIT,
        pass_number="99000034",  # noqa: S106 (a permit, not a password)
    ),
    Person(
        key="foreign",
        name="SPECIMEN, ANNA-LUISE J.",
        english_name="SPECIMEN, ANNA-LUISE J.",
        sex=Sex.FEMALE,
        birth_date=date(1988, 2, 29),
        address="",
        region="990000",
        sequence="002",
        issuer="",
        valid_from=date(2021, 5, 20),
        valid_to=date(2031, 5, 20),
        kind=CardKind.FOREIGNER_2017,
        nationality=UTOPIA,
    ),
    Person(
        key="resident_foreigner",
        name="马可样",
        english_name="SPECIMEN-FICTITIOUS, MARCO ANTONIO DEMO",
        sex=Sex.MALE,
        birth_date=date(1980, 1, 1),
        address="",
        region="999999",
        sequence="005",
        issuer="",
        valid_from=date(2024, 1, 15),
        valid_to=date(2034, 1, 15),
        kind=CardKind.FOREIGNER_2023,
        nationality=UTOPIA,
        link="907",
    ),
)
PEOPLE: Final = {person.key: person for person in _ALL}
