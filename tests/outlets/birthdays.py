"""The emulated reader with three more cards, of people whose ages are right on the day of the test.

python -m tests.outlets.birthdays --link FILE --control HOST:PORT
"""

import sys
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from outlets.bridge import emulator
from outlets.bridge.people import PEOPLE, Person
from outlets.cards import Sex

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - years, month=3, day=1)


def _child(key: str, name: str, born: date, sequence: str) -> Person:
    return Person(
        key=key,
        name=name,
        sex=Sex.MALE,
        birth_date=born,
        address="示例省样本市测试路10号",
        sequence=sequence,
        valid_from=TODAY - timedelta(days=300),
        valid_to=TODAY + timedelta(days=1500),
    )


CHILDREN = (
    _child("day_before_16", "童差一日样", _years_before(TODAY + timedelta(days=1), 16), "021"),
    _child("birthday_16", "童满岁样", _years_before(TODAY, 16), "023"),
    _child("aged_13", "童十三样", _years_before(TODAY - timedelta(days=40), 13), "025"),
)

if __name__ == "__main__":
    PEOPLE.update({child.key: child for child in CHILDREN})
    sys.exit(emulator.main(sys.argv[1:]))
