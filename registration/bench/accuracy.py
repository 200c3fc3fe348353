"""How often a damaged picture is read right, and how often the gate for bad pictures is.

The product's own functions on drawn cards and letters of authority of people who do not exist,
photographed at five strengths of damage on three kinds of desk.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import cv2

from outlets.bridge.people import Person
from outlets.frames import Sex
from registration import imaging, printed, quality, specimens
from registration.models import Photo
from registration.printed import State
from registration.services import text
from registration.specimens.damage import CLEAN, DESKS, FAULTS, STRENGTHS, Damage, photographed
from registration.specimens.paper import chance_of

_FAMILIES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
# Every third name has one of these: models that read the common ones well lose them.
_RARE: Final = "璟翀龑赟昶珺祎彧晗懿翊瀚烨玥喆璐婧瑾萱垚淼鑫燚堃"
_COMMON: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国志文红玉梅海波"
# The letter of every second person has one digit of the proxy's number printed wrong.
FORGED_EVERY: Final = 2


@dataclass
class Tally:
    """Of so many pictures. ``right``, ``missing`` and ``wrong``: numbers and names by field;
    ``states``: comparisons with the truth; ``forged``: letters with a wrong digit."""

    pictures: int = 0
    fields: Counter[tuple[str, str]] = field(default_factory=Counter)
    states: Counter[State] = field(default_factory=Counter)
    forged: Counter[State] = field(default_factory=Counter)
    gate: Counter[str] = field(default_factory=Counter)

    def read(self, said: Mapping[str, str], truth: Mapping[str, str]) -> None:
        for name, wanted in truth.items():
            what = "number" if name.endswith("number") else "name"
            found = said.get(name, "")
            outcome = "right" if found == wanted else "wrong" if found else "missing"
            self.fields[what, outcome] += 1


def people(count: int) -> list[Person]:
    """Always the same; visibly made up by the region of their numbers."""
    return [_somebody(place) for place in range(count)]


def _somebody(place: int) -> Person:
    chance = chance_of(f"accuracy/{place}")
    given = "".join(chance.choice(_COMMON) for _ in range(chance.choice((1, 2))))
    if place % 3 == 0:
        given = given[:-1] + chance.choice(_RARE)
    sequence = chance.randrange(1, 999)
    return Person(
        key=f"accuracy{place}",
        name=chance.choice(_FAMILIES) + given,
        sex=Sex.MALE if sequence % 2 else Sex.FEMALE,
        birth_date=date(
            chance.randrange(1950, 2005), chance.randrange(1, 13), chance.randrange(1, 29)
        ),
        address=f"示例省样本市测试路{chance.randrange(1, 400)}号{chance.randrange(1, 30)}栋",
        valid_from=date(2020, 1, 6),
        valid_to=date(2040, 1, 6),
        sequence=f"{sequence:03d}",
    )


def cards(persons: list[Person], strength: str) -> Tally:
    tally = Tally()
    for place, person in enumerate(persons):
        picture = taken(tally, "id_front", specimens.id_front(person), STRENGTHS[strength], place)
        lines = text.look(Photo(kind="id_front"), picture)
        truth = {"name": person.name, "number": person.number}
        tally.read(printed.read("id_front", lines), truth)
        expected = truth | {
            "birth_date": printed.shown_day(person.birth_date),
            "address": person.address,
        }
        tally.states.update(_states(printed.compare("id_front", lines, expected)))
    return tally


def letters(persons: list[Person], strength: str) -> Tally:
    """Each person is the proxy of the one before."""
    tally = Tally()
    for place, (proxy, principal) in enumerate(zip(persons, [persons[-1], *persons], strict=False)):
        is_forged = place % FORGED_EVERY == 0
        shown = specimens.misprinted(proxy, 6 + place % 11) if is_forged else proxy
        page = specimens.letter(principal, shown, "138 0000 1234")
        picture = taken(tally, "letter", page, STRENGTHS[strength], place)
        lines = text.look(Photo(kind="letter"), picture)
        expected = {
            "principal_name": principal.name,
            "principal_number": principal.number,
            "proxy_name": proxy.name,
            "proxy_number": proxy.number,
        }
        said = printed.read("letter", lines)
        compared = printed.compare("letter", lines, expected)
        if is_forged:
            tally.forged.update(one.state for one in compared if one.field == "proxy_number")
            del expected["proxy_number"]
            compared = tuple(one for one in compared if one.field != "proxy_number")
        tally.read(said, expected)
        tally.states.update(_states(compared))
    return tally


def faults(persons: list[Person]) -> dict[str, Counter[str]]:
    """What the gate says of cards with one thing wrong, by the fault; "none" are sound ones."""
    found = {}
    for name, damage in {"none": CLEAN, **FAULTS}.items():
        tally = Tally()
        for place, person in enumerate(persons):
            taken(tally, "id_front", specimens.id_front(person), damage, place)
        found[name] = tally.gate
    return found


def taken(tally: Tally, kind: str, page: bytes, damage: Damage, place: int) -> imaging.Picture:
    """A photographed page as it is shown and studied, whatever the gate said of it."""
    desk = DESKS[place % len(DESKS)]
    picture = imaging.clean(photographed(page, damage, seed=str(place), desk=desk), as_array=True)
    score = quality.judge(kind, picture)
    tally.pictures += 1
    tally.gate["refused" if score.refusal else "warned" if score.hint else "passed"] += 1
    return quality.document(picture, score.values)


def _states(compared: tuple[printed.Compared, ...]) -> Iterator[State]:
    return (one.state for one in compared)


# The tables ---------------------------------------------------------------------------------------


def tables(count: int) -> str:
    """Markdown, for docs/pictures.md."""
    cv2.setNumThreads(1)
    persons = people(count)
    lines = [
        "| damage | page | pictures | number exact | number wrong | name exact | name wrong "
        '| match | false "differs" | unread | altered digit found | gate refuses | gate warns |',
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for strength in STRENGTHS:
        for page, measure in (("card", cards), ("letter", letters)):
            lines.append(_row(strength, page, measure(persons, strength)))
    lines += ["", "| only fault | pictures | refused | warned | passed |", "|---|---|---|---|---|"]
    for name, gate in faults(persons).items():
        counts = " | ".join(str(gate[key]) for key in ("refused", "warned", "passed"))
        lines.append(f"| {name} | {gate.total()} | {counts} |")
    return "\n".join(lines)


def _row(strength: str, page: str, tally: Tally) -> str:
    numbers, names = (
        sum(tally.fields[what, outcome] for outcome in ("right", "missing", "wrong"))
        for what in ("number", "name")
    )
    cells = [
        strength,
        page,
        str(tally.pictures),
        f"{tally.fields['number', 'right']} of {numbers}",
        str(tally.fields["number", "wrong"]),
        f"{tally.fields['name', 'right']} of {names}",
        str(tally.fields["name", "wrong"]),
        _share(tally.states, State.MATCH),
        f"{tally.states[State.DIFFERS]} of {tally.states.total()}",
        _share(tally.states, State.UNREAD),
        f"{tally.forged[State.DIFFERS]} of {tally.forged.total()}" if tally.forged else "–",
        str(tally.gate["refused"]),
        str(tally.gate["warned"]),
    ]
    return f"| {' | '.join(cells)} |"


def _share(states: Counter[State], state: State) -> str:
    return f"{math.floor(100 * states[state] / max(1, states.total()))} %"
