"""The customers of the demo's two weeks: nobody's name, nobody's number (region 99)."""

from datetime import date, timedelta
from random import Random

from outlets.bridge.people import PEOPLE, Person
from outlets.cards import Sex
from registration.rules.facts import age
from registration.rules.individual import TERMS

# What is no name anywhere: "sample", "model", "fictional", "rehearsal" behind a surname.
NAMES = (
    "孙样品",
    "周模型",
    "郑试用",
    "冯假设",
    "褚示意",
    "卫虚构",
    "蒋样张",
    "沈演练",
    "韩模拟",
    "杨例题",
    "朱样稿",
    "秦拟定",
    "尤示例",
    "许样板",
    "何范本",
    "吕试样",
    "施假定",
    "孔演习",
    "曹样机",
    "严虚拟",
    "华例证",
    "金样册",
)
# The demo's identity check knows this ending: name and number do not agree.
MISMATCH = "谢不符"
ISSUED = (date(2017, 4, 1), date(2020, 9, 15), date(2023, 2, 28))
REGIONS = (
    ("991101", "样本市公安局测试分局", "甲省样本市测试区样品路"),
    ("991201", "示例市公安局", "甲省示例市示例广场"),
    ("992101", "模板市公安局虚构分局", "乙省模板市虚构区虚构路"),
)


def crowd(chance: Random, *, at_least: int, today: date) -> dict[str, Person]:
    """Everybody by key. The people of the reader emulator are among them, by their own keys."""
    count = max(at_least, len(NAMES))
    made = {
        f"p{place}": _person(place, NAMES[place % len(NAMES)], chance) for place in range(count)
    }
    made["mismatch"] = _person(count, MISMATCH, chance)
    # A card that is still good, but not for long.
    soon = today + timedelta(days=12)
    issued = soon.replace(year=soon.year - 10, day=min(soon.day, 28))
    young = issued.replace(year=issued.year - 20)
    made["soon"] = _person(count + 1, "邹将期", chance, born=young, issued=issued)
    return made | PEOPLE


def _person(
    place: int,
    name: str,
    chance: Random,
    *,
    born: date | None = None,
    issued: date | None = None,
) -> Person:
    sex = chance.choice((Sex.MALE, Sex.FEMALE))
    region, issuer, street = REGIONS[place % len(REGIONS)]
    # Of an age at every issue that gives a card which is still good.
    born = born or date(chance.randint(1958, 2000), chance.randint(1, 12), chance.randint(1, 28))
    issued = issued or ISSUED[place % len(ISSUED)]
    return Person(
        key=f"p{place:02d}",
        name=name,
        sex=sex,
        birth_date=born,
        address=f"{street}{place + 10}号",
        valid_from=issued,
        valid_to=_until(born, issued),
        region=region,
        sequence=f"{200 + 2 * (place % 400) + (sex is Sex.MALE)}",
        issuer=issuer,
    )


def _until(born: date, issued: date) -> date | None:
    """The last day of a card, by the age at its issue; None is 长期 (居民身份证法第五条)."""
    term = next((term for below, term in TERMS if age(born, issued) < below), None)
    return issued.replace(year=issued.year + term) if term else None
