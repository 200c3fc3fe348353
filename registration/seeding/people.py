"""The customers: their cards are encrypted once and read as often as they come.

A person is used by at most three applications, below the five that the law allows.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from random import Random

from outlets.bridge.people import Person
from outlets.cards import Sex
from portal.services import person
from registration.models import Identity
from registration.seeding.sheet import token
from registration.seeding.staff import name_of
from registration.services import identity

EACH = 3  # applications of one person
BORN = date(1958, 1, 1)
DAYS = 15_000  # until 1999: of age, and the card of twenty years is good
ISSUED, UNTIL = date(2018, 6, 1), date(2038, 6, 1)
REGIONS = 90  # 991090 … 999990: the region 99 does not exist


@dataclass(frozen=True)
class Customer:
    """Cells of an identity's row."""

    block: str
    block_sha256: str
    number_index: str
    person_key: str

    @property
    def cells(self) -> tuple[str, str, str, str]:
        return (self.block, self.block_sha256, self.number_index, self.person_key)


def made(place: int, chance: Random) -> Customer:
    """The person at this place; another place is another number."""
    who = made_up(place, chance)
    block, number = who.block(), who.number
    return Customer(
        block=token(Identity, "block", block),
        block_sha256=sha256(block).hexdigest(),
        number_index=identity.index(number),
        person_key=person.key(number),
    )


def made_up(place: int, chance: Random) -> Person:
    region, born, sequence = _parts(place)
    return Person(
        key=f"seed{place}",
        name=name_of(chance),
        sex=Sex.MALE if sequence % 2 else Sex.FEMALE,
        birth_date=born,
        address=f"示例省样本市测试路{place + 1}号",
        valid_from=ISSUED,
        valid_to=UNTIL,
        region=region,
        sequence=f"{sequence:03d}",
    )


def _parts(place: int) -> tuple[str, date, int]:
    """Region, day of birth and sequence: different for each place."""
    days, region = divmod(place, REGIONS)
    rounds, day = divmod(days, DAYS)
    # The sexes by turns, whatever the region's number is.
    sequence = 2 * rounds + 1 + (days + region) % 2
    return f"99{region + 10}90", BORN + timedelta(days=day), sequence
