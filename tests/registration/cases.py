"""What comes to a counter: everything in order, one thing out of order, or a policy that differs.

The expectation stands beside each case, worked out from the catalogue and not from the product.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from outlets.bridge.people import Person
from portal.gateways.carrier import Lookup, Standing
from tests.registration.counter import Case, Letter
from tests.registration.customers import ADDRESS, Crowd, Shown, changed, full_years
from tests.registration.units import CODES, LICENCE_15, ORGANISATION_9

TIERS = ("own_hall", "partner_hall", "franchise_store", "agent_point", "endpoint")
SHOPS = TIERS[1:]
OWN = ("fixed_move", "transfer", "reissue", "cancel", "backfill")
SERVICES = ("new_mobile", "new_data_card", "fixed_install", *OWN)
EITHER_LINE = ("transfer", "cancel", "backfill")
CATEGORIES = ("temporary", "incomplete", "other_user", "group")
REGISTERED = Lookup(Standing.REGISTERED)
PAPERS = {
    "enterprise": ("licence",),
    "institution": ("institution",),
    "social": ("social",),
    "government": ("introduction",),
    "army": ("introduction",),
    "embassy": ("diplomatic_note",),
}
CHIPS = ("resident", "resident", "permit", "foreigner_2017", "foreigner_2023")
SIGHTED = ("temporary_id", "military_id", "armed_police_id")
ANY_ADULT = (*CHIPS, "passport", "hkm_permit", "taiwan_permit", *SIGHTED)
ANY_CHILD = ("resident", "household_book", "permit", "passport", "temporary_id")


class Forged(Person):
    """The check digit on the chip is another one."""

    @property
    def number(self) -> str:
        last = super().number[-1]
        return super().number[:-1] + ("0" if last != "0" else "1")


class Misborn(Person):
    """The birth date in the number is not the one beside it."""

    @property
    def number(self) -> str:
        return replace(_plain(self), birth_date=self.birth_date - timedelta(days=1)).number


def _plain(person: Person) -> Person:
    return _recast(person, Person)


def _recast(person: Person, kind: type[Person]) -> Person:
    return kind(**{name: getattr(person, name) for name in Person.__dataclass_fields__})


def forged(shown: Shown, kind: type[Person]) -> Shown:
    assert shown.card
    card = _recast(shown.card, kind)
    return replace(shown, card=card, number=card.number)


@dataclass
class Cases:
    crowd: Crowd

    # Everything in order ------------------------------------------------------------------------

    def good(self) -> Case:
        """Somebody for something somewhere, and nothing is wrong."""
        kinds = ("self", "self", "proxy", "guardian", "teen", "unit")
        holder_kind = self._one(kinds)
        if holder_kind == "unit":
            return self.unit(self._one(tuple(PAPERS)), users=self.crowd.random.randint(1, 2))
        tier, service = self._one(TIERS), self._one(SERVICES)
        if (holder_kind, service) == ("proxy", "transfer"):
            tier = "own_hall"
        face = "no" if tier in ("own_hall", "partner_hall") and self._rarely() else "yes"
        return self.asks(tier, holder_kind, service, says={"face": face, "guardian": "yes"})

    def asks(
        self, tier: str = "", holder_kind: str = "self", service: str = "new_mobile", **more: Any
    ) -> Case:
        tier = tier or self._one(TIERS)
        case = Case(tier, holder_kind, service, self._people(tier, holder_kind, service))
        case = replace(case, is_fixed=service in EITHER_LINE and self._rarely())
        if service in OWN:
            case = replace(case, is_fixed=case.is_fixed or service == "fixed_move")
            case = replace(case, known=REGISTERED, registered=self._concerned(case).number)
        if service == "backfill":
            case = replace(case, known=self.nobodys(), registered="")
        return replace(case, **more)

    def nobodys(self, category: str = "") -> Lookup:
        """A number that nobody is registered with."""
        of = category or self._one(CATEGORIES)
        return Lookup(Standing.UNREGISTERED, of, is_barred=self._rarely())

    def unit(self, kind: str, users: int = 1, **said: Any) -> Case:
        return Case(
            "own_hall",
            "unit",
            "new_mobile",
            {"handler": self._adult("own_hall")},
            unit=self._papers(kind) | said,
            users=[self.crowd.resident(self.crowd.adult()) for _place in range(users)],
        )

    def _people(self, tier: str, holder_kind: str, service: str) -> dict[str, Shown]:
        people = {"holder": self._holder(tier, holder_kind)}
        if holder_kind in ("proxy", "guardian"):
            people[holder_kind] = self._adult(tier)
        if service == "transfer":
            people["transferor"] = self._adult(tier)
        return people

    def _holder(self, tier: str, holder_kind: str) -> Shown:
        if holder_kind == "guardian":
            born = self._one((self.crowd.child, self.crowd.child, self.crowd.teen))()
            is_child = born > self.crowd.born(16)
            return self._shows(tier, ANY_CHILD if is_child else ("resident", "temporary_id"), born)
        if holder_kind == "teen":
            return self._shows(tier, ("resident", "permit", "passport"), self.crowd.teen())
        return self._adult(tier)

    def _adult(self, tier: str) -> Shown:
        return self._shows(tier, ANY_ADULT, self.crowd.adult())

    def _shows(self, tier: str, kinds: tuple[str, ...], born: Any) -> Shown:
        """Documents other than the resident card only at own halls."""
        return self.crowd.shows(self._one(kinds) if tier == "own_hall" else "resident", born)

    @staticmethod
    def _concerned(case: Case) -> Shown:
        return case.people["transferor" if case.service == "transfer" else "holder"]

    def _papers(self, kind: str) -> dict[str, Any]:
        said = {
            "kind": kind,
            "name": "样本测试单位",
            "number": CODES.get(kind, ""),
            "address": ADDRESS,
            "purpose": "员工通信",
            "letter_names_handler": "on",
            "letter_states_scope": "on",
            "letter_is_sealed": "on",
            "letter_until": f"{self.crowd.today}",
            "level": "regiment" if kind == "army" else "",
        }
        if kind == "embassy":
            said |= {"note_number": "样照字第1号", "note_date": f"{self.crowd.today}"}
        return said | {f"shown_{paper}": "sealed" for paper in PAPERS[kind]}

    def _one(self, choices: Any) -> Any:
        return self.crowd.random.choice(choices)

    def _rarely(self) -> bool:
        return self.crowd.random.random() < 0.2

    # One thing out of order ---------------------------------------------------------------------

    def shown_by_holder(self, expected: str, change: Callable[[Shown], Shown]) -> Case:
        case = self.asks(service=self._one(("new_mobile", "new_data_card", "fixed_install")))
        holder = change(self.crowd.resident(self.crowd.adult()))
        return replace(case, people={"holder": holder}, expected=expected)

    def with_person(self, case: Case, role: str, shown: Shown, expected: str) -> Case:
        case = replace(case, people=case.people | {role: shown}, expected=expected)
        if case.known == REGISTERED:
            case = replace(case, registered=self._concerned(case).number)
        return case

    def by_clerk(self, case: Case, role: str, expected: str) -> Case:
        """Somebody who takes part is the clerk, by the resident card."""
        card = self.crowd.resident(self.crowd.adult())
        return replace(self.with_person(case, role, card, expected), is_clerk=role)

    def aged(self, years: int, days: int = 0) -> Shown:
        return self.crowd.resident(self.crowd.born(years, days))

    def documents(self) -> list[Case]:
        yesterday = self.crowd.today - timedelta(days=1)
        tomorrow = self.crowd.today + timedelta(days=1)
        soldier = self.crowd.military_id(self.crowd.adult())
        private = replace(soldier, said=soldier.said | {"purpose": "private"})
        shop = self._one(SHOPS)
        hall = self.asks("own_hall")
        passport = self.crowd.passport(self.crowd.adult())
        permit = self.crowd.permit(self.crowd.adult())
        book = self.crowd.household_book(self.crowd.born(18))
        chinese = replace(passport, kind="prc_passport")
        long = {"valid_from": yesterday - timedelta(days=3652), "valid_to": yesterday}
        return [
            self.shown_by_holder("PD-10", lambda shown: changed(shown, **long)),
            self.shown_by_holder("PD-10", lambda shown: changed(shown, valid_from=tomorrow)),
            self.shown_by_holder("CV-02", lambda shown: forged(shown, Forged)),
            self.shown_by_holder("CV-02", lambda shown: forged(shown, Misborn)),
            self.with_person(self.asks(shop), "holder", permit, "PD-08"),
            self.with_person(self.asks(shop), "holder", passport, "不能在本网点办理"),
            self.with_person(hall, "holder", private, "PD-04"),
            self.with_person(hall, "holder", book, "PD-02"),
            self.with_person(hall, "holder", chinese, "请客户换一种证件"),
        ]

    def proxies(self) -> list[Case]:
        def case(**more: Any) -> Case:
            return self.asks(
                holder_kind="proxy", service=self._one(("new_mobile", "cancel")), **more
            )

        same = case()
        return [
            self.with_person(case(), "proxy", self.aged(18, 1), "PX-03"),
            self.with_person(same, "proxy", same.people["holder"], "PX-04"),
            self.by_clerk(case(), "proxy", "PX-07"),
            case(leaves_out=frozenset({"proxy"}), expected="PX-01"),
            case(letter=Letter(lacks=("business",)), expected="PX-02"),
            case(letter=Letter(lacks=("proxy_signed",)), expected="PX-02"),
            case(letter=Letter(days=-1), expected="PX-03T"),
            case(letter=Letter(days=None), expected="PX-03T"),
            case(letter=Letter(covers=False), expected="PX-03S"),
            case(leaves_out=frozenset({"letter"}), expected="CV-04"),
            case(leaves_out=frozenset({"proxy_live"}), expected="CV-04"),
        ]

    def minors(self) -> list[Case]:
        def child(**more: Any) -> Case:
            return self.asks(holder_kind="guardian", **more)

        young = self.with_person(child(), "holder", self.aged(14, 1), "")
        same = self.aged(16, 1)
        alone = self.asks()
        return [
            self.with_person(alone, "holder", self.aged(16, 1), "PX-08"),
            self.with_person(alone, "holder", self.aged(16), "PX-09"),
            self.with_person(alone, "holder", self.aged(18, 1), "PX-09"),
            self.with_person(self.asks(holder_kind="teen"), "holder", self.aged(16, 1), "PX-08"),
            self.with_person(self.asks(holder_kind="teen"), "holder", self.aged(18), "PX-08W"),
            self.with_person(child(), "holder", self.aged(18), "PX-08W"),
            self.with_person(child(), "guardian", self.aged(18, 1), "PX-08A"),
            replace(child(), people={"holder": same, "guardian": same}, expected="PX-08A PX-08P"),
            self.by_clerk(child(), "guardian", "PX-08C"),
            child(leaves_out=frozenset({"guardian"}), expected="PX-08R"),
            child(leaves_out=frozenset({"guardianship"}), expected="CV-04"),
            child(leaves_out=frozenset({"guardian_live"}), expected="CV-04"),
            replace(young, says={"face": "yes", "guardian": "no"}, expected="PX-10R"),
            self.asks(
                holder_kind="teen", leaves_out=frozenset({"guardian_consent"}), expected="CV-04"
            ),
        ]

    def leaplings(self) -> list[Case]:
        """Born on a 29 February that this year does not have: of age on 1 March."""
        adult = self.crowd.resident(date(2012, 2, 29))
        child = self.crowd.resident(date(2016, 2, 29))
        is_adult = full_years(date(2012, 2, 29), self.crowd.today) == 18
        is_over = full_years(date(2016, 2, 29), self.crowd.today) == 14
        no = {"face": "yes", "guardian": "no"}
        guarded = self.with_person(self.asks(holder_kind="guardian"), "holder", child, "")
        proxy = self.asks(holder_kind="proxy", service="cancel")
        return [
            self.with_person(self.asks(), "holder", adult, "" if is_adult else "PX-09"),
            self.with_person(proxy, "proxy", adult, "" if is_adult else "PX-03"),
            replace(guarded, says=no, expected="" if is_over else "PX-10R"),
        ]

    def of_age(self) -> list[Case]:
        """A minute later."""
        return self.leaplings()

    def numbers(self) -> list[Case]:
        nobodys: dict[str, Any] = {"known": self.nobodys(), "registered": ""}
        stranger = self.aged(40).number
        few, none = ("password",), ()
        unregistered = [
            self.asks(service=service, **nobodys, expected="SC-03")
            for service in ("fixed_move", "transfer", "reissue", "cancel")
        ]
        strangers = [
            self.asks(service=service, registered=stranger, expected="SC-08")
            for service in ("fixed_move", "transfer", "reissue", "cancel")
        ]
        unknown = Lookup(Standing.UNKNOWN)
        return [
            *unregistered,
            *strangers,
            self.asks(service="backfill", known=REGISTERED, registered=stranger, expected="BF-02"),
            self.asks(service="backfill", proofs=few, expected="SC-08E"),
            self.asks(service="backfill", proofs=none, expected="SC-08E"),
            self.asks(service="cancel", known=unknown, expected="不在本企业使用中"),
            self.asks(leaves_out=frozenset({"number"}), expected="SC-01"),
            self.asks(leaves_out=frozenset({"iccid"}), expected="SC-01"),
            self.asks(
                service="fixed_install", leaves_out=frozenset({"address"}), expected="SC-01A"
            ),
        ]

    def transfers(self) -> list[Case]:
        def case(tier: str = "", holder_kind: str = "self", **more: Any) -> Case:
            return self.asks(tier, holder_kind, "transfer", **more)

        same, proxied = case(), case("own_hall", "proxy")
        return [
            self.with_person(same, "transferor", same.people["holder"], "SC-07S"),
            self.with_person(case(), "transferor", self.aged(18, 1), "SC-07A"),
            self.by_clerk(case(), "transferor", "SC-07C"),
            self.by_clerk(case(), "holder", "SC-07C"),
            case(leaves_out=frozenset({"transferor"}), expected="SC-07"),
            case(leaves_out=frozenset({"transferor_live"}), expected="CV-04"),
            case(self._one(SHOPS), "proxy", expected="SC-07P"),
            self.with_person(proxied, "proxy", proxied.people["transferor"], "SC-07T"),
        ]

    def units(self) -> list[Case]:
        code = CODES["enterprise"]
        wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
        yesterday = f"{self.crowd.today - timedelta(days=1)}"
        handler = {"handler": self.aged(18, 1)}

        def case(kind: str = "enterprise", expected: str = "", **said: Any) -> Case:
            return replace(self.unit(kind, **said), expected=expected)

        return [
            replace(
                case(expected="UD-09"), tier=self._one(SHOPS), people={"handler": self.aged(30)}
            ),
            case(expected="校验位不对", number=wrong),
            case("social", "旧的注册号", number=LICENCE_15),
            case("embassy", "请填照会文号", note_number=""),
            case("army", "UD-05", level="below"),
            case("social", "UD-02", shown_social="unsealed"),
            case("government", "UD-02", shown_introduction="unsealed"),
            case("institution", "UD-02", shown_institution=""),
            case(expected="UD-01L", letter_names_handler=""),
            case("army", "UD-01L", letter_states_scope=""),
            case("social", "UD-01L", letter_is_sealed=""),
            case("embassy", "UD-01L", letter_until=yesterday),
            replace(case(expected="UD-01A"), people=handler),
            self.by_clerk(case(), "handler", "UD-01C"),
            replace(case(expected="UD-01"), leaves_out=frozenset({"handler"})),
            replace(case(expected="CV-04"), leaves_out=frozenset({"licence"})),
            replace(case(expected="CV-04"), leaves_out=frozenset({"unit_letter"})),
            replace(case(expected="UD-08O"), users=[]),
        ]

    def rest(self) -> list[Case]:
        no = {"face": "no", "guardian": "yes"}
        shop = self._one(("franchise_store", "agent_point", "endpoint"))
        return [
            self.asks(leaves_out=frozenset({"signature"}), expected="CV-10"),
            self.asks(leaves_out=frozenset({"live"}), expected="CV-04"),
            self.asks(leaves_out=frozenset({"holder"}), expected="CV-01"),
            self.asks(shop, says=no, expected="PI-03"),
        ]

    # A policy that differs ----------------------------------------------------------------------

    def set(self, case: Case, key: str, value: Any, expected: str = "") -> Case:
        return replace(case, policies=case.policies | {key: value}, expected=expected)

    def ages(self) -> list[Case]:
        def alone(years: int, days: int = 0) -> Case:
            return self.with_person(self.asks(), "holder", self.aged(years, days), "")

        def guarded(years: int, days: int = 0) -> Case:
            case = self.asks(holder_kind="guardian")
            return self.with_person(case, "holder", self.aged(years, days), "")

        teen = self.with_person(self.asks(holder_kind="teen"), "holder", self.aged(17), "")
        free = self.set(alone(14), "minor.guardian_age", 14)
        small = self.set(alone(14, 1), "minor.guardian_age", 8)
        return [
            self.set(small, "minor.teen_alone", "alone", "PX-10G"),
            self.set(free, "minor.teen_alone", "alone"),
            self.set(alone(14), "minor.guardian_age", 14, "PX-09"),
            self.set(alone(14, 1), "minor.guardian_age", 14, "PX-08"),
            self.set(teen, "minor.guardian_age", 18, "PX-08"),
            self.set(guarded(17), "minor.guardian_age", 18),
            self.set(alone(16), "minor.teen_alone", "alone"),
            self.set(teen, "minor.teen_alone", "guardian", "PX-09"),
            self.set(guarded(16), "minor.teen_alone", "guardian"),
            self.set(guarded(10), "minor.youngest_age", 10),
            self.set(guarded(10, 1), "minor.youngest_age", 10, "PX-09Y"),
        ]

    def tiers(self) -> list[Case]:
        nobodys: dict[str, Any] = {"known": self.nobodys("incomplete"), "registered": ""}
        passport = self.crowd.passport(self.crowd.adult())

        def travels(tier: str) -> Case:
            return self.with_person(self.asks(tier), "holder", passport, "")

        proxied = self.asks("endpoint", "proxy", "transfer")
        backfill = self.asks("agent_point", "self", "backfill")
        card = self.asks("own_hall", "self", "reissue", **nobodys)
        shop_card = self.asks("agent_point", "self", "reissue", **nobodys)
        agent = replace(self.unit("social"), tier="agent_point", people={"handler": self.aged(50)})
        no = {"face": "no", "guardian": "yes"}
        free = "reissue.is_registration"
        return [
            self.set(travels("endpoint"), "document.passport.tiers", ["endpoint"]),
            self.set(travels("own_hall"), "document.passport.tiers", ["endpoint"], "不能在本网点"),
            self.set(
                self.with_person(self.asks("endpoint"), "holder", self.aged(30), ""),
                "document.resident.tiers",
                ["own_hall"],
                "PD-08",
            ),
            self.set(proxied, "transfer.proxy_tiers", ["endpoint"]),
            self.set(backfill, "backfill.tiers", ["own_hall"], "SC-08H"),
            self.set(
                self.asks("own_hall", "proxy", "backfill"),
                "backfill.proxy_allowed",
                False,
                "SC-07P",
            ),
            self.set(card, free, False),
            self.set(shop_card, free, False, "SC-08H"),
            self.set(self.set(shop_card, free, False), "reissue.tiers", ["agent_point"]),
            self.set(agent, "unit.tiers", ["agent_point"]),
            self.set(self.unit("army"), "unit.tiers", ["endpoint"], "UD-09"),
            self.set(self.asks("endpoint", says=no), "face.refusal_tiers", ["endpoint"]),
            self.set(self.asks("own_hall", says=no), "face.refusal_tiers", ["endpoint"], "PI-03"),
        ]

    def papers(self) -> list[Case]:
        soldier = self.crowd.armed_police_id(self.crowd.adult())
        private = replace(soldier, said=soldier.said | {"purpose": "private"})
        hall = self.asks("own_hall")
        chinese = self.crowd._travels("prc_passport", "EA9900001", "CHN", self.crowd.adult())
        book = self.crowd.household_book(self.crowd.born(18, 1))
        adult = self.crowd.household_book(self.crowd.adult())
        paper = self.asks("own_hall", "teen")
        both: dict[str, Any] = {"number": ORGANISATION_9, "shown_org_code": "original"}
        old = self.unit("institution", **both)
        legacy = "unit.legacy_numbers"
        weak = self.asks(service="backfill", proofs=("tray",))
        return [
            self.set(
                self.with_person(hall, "holder", private, ""),
                "military.private_by_resident_card",
                False,
            ),
            self.set(self.with_person(hall, "holder", soldier, ""), "military.image", True),
            self.set(
                self.with_person(hall, "holder", chinese, ""),
                "document.prc_passport.tiers",
                ["own_hall"],
            ),
            self.set(
                self.with_person(self.asks("own_hall", "guardian"), "holder", book, ""),
                "household.max_age",
                18,
            ),
            self.set(
                self.with_person(paper, "holder", book, ""), "household.max_age", 18, "PD-02G"
            ),
            self.set(self.with_person(hall, "holder", adult, ""), "rule.PD-02", "off"),
            self.set(self.with_person(hall, "holder", adult, ""), "rule.PD-02", "review"),
            self.set(old, legacy, True),
            self.set(self.set(old, legacy, True), "unit.strict_papers", False),
            self.set(self.unit("enterprise", number=LICENCE_15), legacy, True),
            self.set(weak, "rule.SC-08E", "note"),
            self.set(weak, "ownership.least_score", 1),
            self.set(self.asks(service="backfill"), "ownership.least_score", 5, "SC-08E"),
        ]
