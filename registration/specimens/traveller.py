"""Who comes with a passport or a travel permit: made up, for the demo and the tests."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from outlets.bridge.people import UTOPIA
from outlets.cards import Sex
from registration import mrz


@dataclass(frozen=True)
class Traveller:
    """``names`` as in the zone; ``name`` is the Chinese one, or ""."""

    key: str
    document: str
    names: str
    number: str
    nationality: str
    sex: Sex
    birth_date: date
    valid_to: date
    name: str = ""
    address: str = "示例省样本市测试路20号"

    def zone(self) -> tuple[str, ...]:
        build = self._passport if self.document.endswith("passport") else self._permit
        return build()

    def _passport(self) -> tuple[str, ...]:
        return mrz.td3(
            issuer=self.nationality,
            names=self.names,
            number=self.number,
            nationality=self.nationality,
            birth_date=self.birth_date,
            sex=self.sex,
            valid_to=self.valid_to,
        )

    def _permit(self) -> tuple[str, ...]:
        return mrz.td1(
            code="C",
            issuer="CHN",
            names=self.names,
            number=self.number,
            nationality=self.nationality,
            birth_date=self.birth_date,
            sex=self.sex,
            valid_to=self.valid_to,
        )


_ALL: Final = (
    Traveller(
        key="anna",
        document="passport",
        names="SPECIMEN<<ANNA<MARIA",
        number="L99890203",
        nationality=UTOPIA,
        sex=Sex.FEMALE,
        birth_date=date(1984, 8, 12),
        valid_to=date(2033, 4, 15),
    ),
    Traveller(
        key="marco",
        document="passport",
        names="DEMO<SAMPLE<<MARCO",
        number="X0099817",
        nationality=UTOPIA,
        sex=Sex.MALE,
        birth_date=date(1971, 2, 3),
        valid_to=date(2031, 9, 30),
    ),
    # The person of the residence permit "hk" (outlets.bridge.people): one person, two documents.
    Traveller(
        key="hk",
        document="hkm_permit",
        names="HE<<GANGYANG",
        number="H99000012",
        nationality="CHN",
        sex=Sex.FEMALE,
        birth_date=date(1996, 4, 9),
        valid_to=date(2034, 3, 4),
        name="何港样",
    ),
    Traveller(
        key="tw",
        document="taiwan_permit",
        names="TAI<<YANGSHENG",
        number="99000034",
        nationality="CHN",
        sex=Sex.MALE,
        birth_date=date(1984, 9, 21),
        valid_to=date(2030, 10, 15),
        name="台样生",
    ),
)
TRAVELLERS: Final = {person.key: person for person in _ALL}
