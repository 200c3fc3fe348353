"""Customers who do not exist, at random but the same each time: who they are and what they show."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from outlets.bridge.people import UTOPIA, Person, with_check_digit
from outlets.cards import CardKind, Sex
from registration.specimens import Traveller

ADDRESS = "示例省样本市测试路300号"
NAMES = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
# Issued at this age, a resident card is good for so many years (居民身份证法 5); then for life.
VALID_YEARS = ((16, 5), (26, 10), (46, 20))


@dataclass(frozen=True)
class Shown:
    """What one person lays on the counter: a card for the reader; or a paper, with the lines of its
    zone and what the clerk types of it."""

    kind: str
    number: str
    card: Person | None = None
    zone: tuple[str, ...] = ()
    said: dict[str, str] = field(default_factory=dict)


def later(day: date, years: int) -> date:
    """The same day so many years later; after 28 February where there is no 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, month=3, day=1)


def full_years(born: date, on: date) -> int:
    """Counted on the fingers: birthdays that have been."""
    years = 0
    while later(born, years + 1) <= on:
        years += 1
    return years


@dataclass
class Crowd:
    """``today`` is the day in Shanghai on which they come; the test moves it on."""

    today: date
    random: Random
    made: int = 0

    def __post_init__(self) -> None:
        self.papers: dict[str, Callable[[date], Shown]] = {
            "resident": self.resident,
            "permit": self.permit,
            "foreigner_2017": self.foreigner_2017,
            "foreigner_2023": self.foreigner_2023,
            "passport": self.passport,
            "hkm_permit": self.hkm_permit,
            "taiwan_permit": self.taiwan_permit,
            "temporary_id": self.temporary_id,
            "household_book": self.household_book,
            "military_id": self.military_id,
            "armed_police_id": self.armed_police_id,
        }

    def shows(self, kind: str, born: date) -> Shown:
        return self.papers[kind](born)

    def born(self, years: int, days: int = 0) -> date:
        """Will be ``years`` old in so many ``days``, and not one day earlier."""
        target = self.today + timedelta(days=days)
        try:
            return target.replace(year=target.year - years)
        except ValueError:
            return target.replace(year=target.year - years, month=3, day=1)

    def adult(self) -> date:
        """Somebody of age; now and then since today."""
        edge = self.random.random() < 0.2
        return self.born(18) if edge else self.born(self.random.randint(19, 95), self._some(300))

    def teen(self) -> date:
        return self.random.choice([self.born(16), self.born(17, 200), self.born(18, 1)])

    def child(self) -> date:
        ages = [self.born(14), self.born(14, 1), self.born(16, 1), self.born(8), self.born(8, 1)]
        return self.random.choice([*ages, self.born(self.random.randint(1, 13), self._some(90))])

    # Cards with a chip -------------------------------------------------------------------------

    def resident(self, born: date) -> Shown:
        issued = max(born + timedelta(days=20), self.today - timedelta(days=self._some(1400)))
        age = full_years(born, issued)
        years = next((years for below, years in VALID_YEARS if age < below), None)
        until = later(issued, years) if years else None
        return self._chip(self._person(born, valid_from=issued, valid_to=until))

    def permit(self, born: date) -> Shown:
        """Of Hong Kong, Macao or Taiwan, each with the number of its travel permit."""
        region, letter = self.random.choice([("819900", "H"), ("829900", "M"), ("839900", "")])
        person = self._person(born, kind=CardKind.PERMIT, region=region, ethnic_code="")
        return self._chip(replace(person, pass_number=f"{letter}99{self.made:06d}"))

    def foreigner_2017(self, born: date) -> Shown:
        name = f"SPECIMEN, NUMBER {self._letters()}"
        person = self._foreigner(born, CardKind.FOREIGNER_2017, name=name, english_name=name)
        return self._chip(replace(person, region=f"{self.made:04d}00"))

    def foreigner_2023(self, born: date) -> Shown:
        person = self._foreigner(born, CardKind.FOREIGNER_2023, english_name="SPECIMEN, DEMO")
        return self._chip(replace(person, region="999999", link="907"))

    def _foreigner(self, born: date, kind: CardKind, **names: str) -> Person:
        person = self._person(born, kind=kind, ethnic_code="", issuer="", address="")
        return replace(person, nationality=UTOPIA, **names)  # type: ignore[arg-type]

    def _person(self, born: date, **changes: object) -> Person:
        self.made += 1
        person = Person(
            key=f"customer{self.made}",
            name=self._name(),
            sex=Sex.MALE if self.made % 2 else Sex.FEMALE,
            birth_date=born,
            address=ADDRESS,
            valid_from=max(born, self.today - timedelta(days=400)),
            valid_to=self.today + timedelta(days=1000),
            region=f"99{self.made // 1000:04d}",
            sequence=f"{self.made % 1000:03d}",
        )
        return replace(person, **changes)  # type: ignore[arg-type]

    @staticmethod
    def _chip(person: Person) -> Shown:
        return Shown(person.kind, person.number, card=person)

    # Papers ------------------------------------------------------------------------------------

    def passport(self, born: date) -> Shown:
        return self._travels("passport", f"X{self._next():08d}", UTOPIA, born)

    def hkm_permit(self, born: date) -> Shown:
        return self._travels(
            "hkm_permit", f"{self.random.choice('HM')}98{self._next():06d}", "CHN", born
        )

    def taiwan_permit(self, born: date) -> Shown:
        return self._travels("taiwan_permit", f"97{self._next():06d}", "CHN", born)

    def _travels(self, kind: str, number: str, nation: str, born: date) -> Shown:
        traveller = Traveller(
            key="",
            document=kind,
            names=f"SPECIMEN<<{self._letters()}",
            number=number,
            nationality=nation,
            sex=Sex.FEMALE,
            birth_date=born,
            valid_to=self.today + timedelta(days=self._some(2000)),
        )
        name = "" if kind == "passport" else self._name()
        return Shown(kind, number, zone=traveller.zone(), said={"name": name, "address": ADDRESS})

    def temporary_id(self, born: date) -> Shown:
        days = {
            "valid_from": f"{self.today - timedelta(days=30)}",
            "valid_to": f"{self.today + timedelta(days=59)}",
        }
        return self._numbered("temporary_id", born, **days)

    def household_book(self, born: date) -> Shown:
        return self._numbered("household_book", born)

    def _numbered(self, kind: str, born: date, **said: str) -> Shown:
        serial = self._next()
        number = with_check_digit(f"99{serial // 1000:04d}{born:%Y%m%d}{serial % 1000:03d}")
        typed = {"name": self._name(), "number": number, "address": ADDRESS, "issuer": "样本分局"}
        return Shown(kind, number, said=typed | said)

    def military_id(self, born: date) -> Shown:
        return self._serves("military_id", "军官证", "军字第", born)

    def armed_police_id(self, born: date) -> Shown:
        return self._serves("armed_police_id", "武警士兵证", "武字第", born)

    def _serves(self, kind: str, form: str, word: str, born: date) -> Shown:
        number = f"{word}99{self._next():06d}号"
        said = {"purpose": "official", "form": form, "number": number, "name": self._name()}
        said |= {"sex": "male", "birth_date": f"{born}", "issuer": "样本部队", "address": ADDRESS}
        return Shown(kind, number, said=said)

    # ---------------------------------------------------------------------------------------------

    def _some(self, most: int) -> int:
        return self.random.randint(1, most)

    def _next(self) -> int:
        self.made += 1
        return self.made

    def _name(self) -> str:
        return "样" + "".join(self.random.choices(NAMES, k=2))

    def _letters(self) -> str:
        return "".join(self.random.choices("ABCDEFGHKLMNPQRST", k=6))


def changed(shown: Shown, **card: object) -> Shown:
    """The same card with something else on it."""
    assert shown.card
    person = replace(shown.card, **card)  # type: ignore[arg-type]
    return replace(shown, number=person.number, card=person)
