"""Each rule by a table: what it stops, and the nearest thing that it lets pass."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from outlets.bridge.people import with_check_digit
from registration.rules import consent, engine, reading
from registration.rules.facts import Facts, Person, Seen, age
from registration.rules.number import of_person
from registration.rules.plan import SELF
from registration.rules.roles import GUARDIAN, HOLDER, PROXY, TRANSFEROR
from registration.rules.rule import RULES, Severity
from registration.rules.service import SERVICES

TODAY = date(2026, 11, 22)
BORN = date(1990, 3, 14)
POINTS = frozenset({"principal_name", "proxy_name", "both_numbers"})


def person(role: str = HOLDER, born: date = BORN, **values: Any) -> Person:
    region = "819900" if values.get("kind") == "permit" else "991101"
    given: dict[str, Any] = {
        "role": role,
        "kind": "resident",
        "number": with_check_digit(f"{region}{born:%Y%m%d}001"),
        "birth_date": born,
        "valid_from": date(2020, 1, 1),
        "valid_to": date(2040, 1, 1),
        "key": f"key of {role}",
    }
    return Person(**(given | values))


def born_years_ago(years: int, days: int = 0) -> date:
    return TODAY.replace(year=TODAY.year - years) + timedelta(days=days)


GOOD = Facts(
    today=TODAY,
    outlet_is_open=True,
    clerk_holds_post=True,
    clerk_key="key of the clerk",
    has_number=True,
    has_iccid=True,
    has_confirmed=True,
    people=(person(),),
    photos={"id_front": "ready", "live": "ready"},
    photos_due=("id_front", "live"),
    letter_points=frozenset(),
    letter_points_due=POINTS,
    lines=4,
)
BY_PROXY = replace(
    GOOD,
    holder_kind="proxy",
    people=(person(), person(PROXY)),
    letter_points=frozenset(POINTS),
    letter_until=TODAY,
    letter_scope="new_mobile",
)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def holder(**values: Any) -> Facts:
    return replace(GOOD, people=(person(**values),))


def at_own_hall(**values: Any) -> Facts:
    """Where documents other than the resident card may be registered."""
    return replace(holder(**values), tier="own_hall")


def with_policy(facts: Facts, key: str, value: Any) -> Facts:
    return replace(facts, policies=facts.policies | {key: value})


def guarded(facts: Facts) -> Facts:
    """With a guardian at the counter: this table is about the document."""
    people = (*facts.people, person(GUARDIAN))
    return replace(facts, holder_kind="guardian", people=people)


def proxy(**values: Any) -> Facts:
    return replace(BY_PROXY, people=(person(), person(PROXY, **values)))


TEXTS = {one.code: one.version for one in consent.CONSENTS.values()}
SIGNED = replace(GOOD, consents=TEXTS, consents_due=TEXTS)


def signed(*without: str, **versions: str) -> Facts:
    """Signed in full, but for these, or in these versions."""
    kept = {code: version for code, version in TEXTS.items() if code not in without}
    return replace(SIGNED, consents=kept | versions)


def asks(service: str, **values: Any) -> Facts:
    """For a service on the customer's own registered number; everybody concerned was read."""
    given: dict[str, Any] = {"service": service, "standing": "registered", "matches": "match"}
    return replace(GOOD, **(given | values))


TRANSFER = asks("transfer", people=(person(), person(TRANSFEROR)))
TRANSFER_BY_PROXY = replace(
    BY_PROXY,
    service="transfer",
    letter_scope="transfer",
    standing="registered",
    matches="match",
    tier="own_hall",
    people=(person(), person(PROXY), person(TRANSFEROR)),
)
BACKFILL = asks(
    "backfill",
    standing="unregistered",
    category="temporary",
    matches="",
    proofs=frozenset({"password", "tray"}),
)
NOBODY_S = asks("reissue", standing="unregistered", category="temporary", matches="")
ON_PROOF = replace(
    NOBODY_S,
    proofs=BACKFILL.proofs,
    tier="own_hall",
    policies={"reissue.is_registration": False},
)


def minor(years: int, days: int = 0, kind: str = "self", **policies: Any) -> Facts:
    """A holder who will be so old in so many days, with a guardian where one acts."""
    child = person(born=born_years_ago(years, days))
    people = (child, person(GUARDIAN)) if kind == "guardian" else (child,)
    given = {f"minor.{key}": value for key, value in policies.items()}
    return replace(GOOD, holder_kind=kind, people=people, policies=given)


def guardian(**values: Any) -> Facts:
    child = person(born=born_years_ago(10))
    return replace(minor(10, kind="guardian"), people=(child, person(GUARDIAN, **values)))


def assisted(**values: Any) -> Facts:
    """At a hall where somebody above stands by."""
    return replace(GOOD, **({"assisted": "sight", "tier": "own_hall"} | values))


PASSES = {
    "everything signed": SIGNED,
    "no faces compared, at a hall": replace(
        SIGNED, consents_refused=frozenset({"face"}), tier="partner_hall"
    ),
    "no faces compared, where policy lets it": replace(
        SIGNED,
        consents_refused=frozenset({"face"}),
        policies={"face.refusal_tiers": ["agent_point"]},
    ),
    "a text that is not due": replace(signed("minor"), consents_due={"face": TEXTS["face"]}),
    "the customer himself": GOOD,
    "a proxy with all papers": BY_PROXY,
    "the card's last day": holder(valid_to=TODAY),
    "a card without end": holder(valid_to=None),
    "a card from today on": holder(valid_from=TODAY),
    "eighteen today": minor(18),
    "sixteen today, with consent": minor(16, kind="teen"),
    "eighteen tomorrow, with consent": minor(18, days=1, kind="teen"),
    "sixteen today, with a guardian": minor(16, kind="guardian"),
    "sixteen today, where that is enough": minor(16, teen_alone="alone"),
    "fourteen today, where that is enough": minor(14, teen_alone="alone", guardian_age=14),
    "sixteen tomorrow, with a guardian": minor(16, days=1, kind="guardian"),
    "a newborn with a guardian": minor(0, kind="guardian"),
    "ten today, where ten is the least": minor(10, kind="guardian", youngest_age=10),
    "a guardian of eighteen today": guardian(born=born_years_ago(18)),
    "a guardian, and a clerk whose own number is not known": replace(
        guardian(key=""), clerk_key=""
    ),
    "eighteen while the case waits": replace(minor(18, kind="guardian"), handed_in=YESTERDAY),
    "a letter's last day": replace(BY_PROXY, letter_until=TODAY),
    "a letter that ran out while the case waits": replace(
        BY_PROXY, letter_until=YESTERDAY, handed_in=YESTERDAY
    ),
    "a case from before letters had a term": replace(
        BY_PROXY, letter_until=None, letter_scope="", handed_in=YESTERDAY
    ),
    "helped": assisted(),
    "helped, and neither's own number is known": assisted(people=(person(key=""),)),
    "helped, and not signed": assisted(has_confirmed=False),
    "helped, of age, with a guardian": replace(
        minor(40, kind="guardian"), assisted="illness", tier="partner_hall"
    ),
    "a proxy of eighteen today": proxy(born=born_years_ago(18)),
    "a clerk whose own number is not known": replace(proxy(key=""), clerk_key=""),
    "a match": holder(online="match"),
    "a check without an answer yet": holder(online="unavailable"),
    "a residence permit at an own hall": at_own_hall(kind="permit"),
    "one place left": replace(GOOD, lines=4),
    "a data card": replace(GOOD, service="new_data_card"),
    "a fixed line besides five numbers": replace(
        GOOD, service="fixed_install", is_fixed=True, has_address=True, has_iccid=False, lines=5
    ),
    "a fixed line's move": asks("fixed_move", is_fixed=True, has_address=True),
    "a transfer": TRANSFER,
    "a transfer before the carrier has answered": replace(TRANSFER, matches="waiting"),
    "a fixed line's transfer to who has five numbers": replace(TRANSFER, is_fixed=True, lines=5),
    "a transfer by proxy at an own hall": TRANSFER_BY_PROXY,
    "a transfer by proxy where policy lets it": replace(
        TRANSFER_BY_PROXY,
        tier="endpoint",
        policies={"transfer.proxy_tiers": ["own_hall", "endpoint"]},
    ),
    "a new card": asks("reissue", lines=5),
    "a new card on proof of use": ON_PROOF,
    "a cancellation by who has five numbers": asks("cancel", lines=5),
    "a cancellation by proxy": replace(
        BY_PROXY,
        service="cancel",
        letter_scope="cancel",
        standing="registered",
        matches="match",
    ),
    "a backfill with just enough proof": BACKFILL,
    "a backfill of a barred number": replace(BACKFILL, is_barred=True),
    "a backfill by proxy": replace(
        BY_PROXY,
        service="backfill",
        letter_scope="backfill",
        standing="unregistered",
        category="group",
        proofs=frozenset({"password", "card"}),
    ),
    "a permit's number": at_own_hall(number=with_check_digit("81990019900314001"), kind="permit"),
    "a child of thirteen with consent on paper, where policy lets it": minor(
        13, kind="teen", guardian_age=8
    ),
    "a household book at seventeen by policy, with the guardian": with_policy(
        guarded(at_own_hall(kind="household_book", born=born_years_ago(17))),
        "household.max_age",
        18,
    ),
    "a foreigner's number of 2017": at_own_hall(number="UTO990090031401", kind="foreigner_2017"),
    "a passport": at_own_hall(kind="passport", number="L898902C3", valid_from=None, lane="mrz"),
    "a Hong Kong permit": at_own_hall(kind="hkm_permit", number="H99000012", lane="mrz"),
    "a Macao permit of 1999": at_own_hall(kind="hkm_permit", number="M9900001203", lane="mrz"),
    "a Taiwan permit": at_own_hall(kind="taiwan_permit", number="99000034", lane="mrz"),
    "a Taiwan permit from before 2008": at_own_hall(
        kind="taiwan_permit", number="9900003401(B)", lane="mrz"
    ),
    "a temporary card at an own hall": at_own_hall(kind="temporary_id", lane="sighted"),
    "a household book at fifteen": guarded(
        at_own_hall(kind="household_book", born=born_years_ago(16, days=1))
    ),
    "a household book at seventeen, where eighteen is set": with_policy(
        guarded(at_own_hall(kind="household_book", born=born_years_ago(18, days=1))),
        "household.max_age",
        18,
    ),
    "a soldier's duty number": at_own_hall(
        kind="military_id", number="军字第9900001号", purpose="official"
    ),
    "a soldier's private number, where that is set": with_policy(
        at_own_hall(kind="military_id", number="军字第9900001号", purpose="private"),
        "military.private_by_resident_card",
        False,
    ),
    "a Chinese passport, where that is set": with_policy(
        at_own_hall(kind="prc_passport", number="EA9900001"),
        "document.prc_passport.tiers",
        ["own_hall"],
    ),
    "a passport at an agent, where that is set": with_policy(
        holder(kind="passport", number="L898902C3"), "document.passport.tiers", ["agent_point"]
    ),
    "a foreigner's number of 2023": at_own_hall(
        number=with_check_digit("99999919900314001"), kind="foreigner_2023"
    ),
}

STOPS = [
    ("RT-10", "no privacy notice", signed("privacy")),
    ("RT-10", "an older privacy notice", signed(privacy="2026-11-26")),
    ("PI-02", "faces not asked for", signed("face")),
    ("PI-02", "faces asked for with an older text", signed(face="2026-11-26")),
    (
        "PI-03",
        "no faces compared, at a shop",
        replace(SIGNED, consents_refused=frozenset({"face"})),
    ),
    ("CV-09", "no warning", signed("risk")),
    ("CV-09", "an older warning", signed(risk="2026-11-26")),
    ("CV-10C", "no clause", signed("resale")),
    ("CV-10C", "an older clause", signed(resale="2026-11-26")),
    ("PX-10", "no children's rules", signed("minor")),
    ("PX-10", "no guardian's consent", signed("guardian")),
    ("PX-10R", "the guardian says no", replace(SIGNED, consents_refused=frozenset({"guardian"}))),
    ("CH-03", "suspended outlet", replace(GOOD, outlet_is_open=False)),
    ("CH-02", "no post today", replace(GOOD, clerk_holds_post=False)),
    ("SC-01", "no number", replace(GOOD, has_number=False)),
    ("SC-01", "no SIM card", replace(GOOD, has_iccid=False)),
    ("SC-01K", "another number's SIM card", replace(GOOD, card_is_other=True)),
    ("SC-01", "no number named", asks("cancel", has_number=False, standing="", matches="")),
    ("SC-01", "no new SIM card", asks("reissue", has_iccid=False)),
    ("SC-01A", "no address", replace(GOOD, service="fixed_install", is_fixed=True)),
    ("SC-01A", "no new address", asks("fixed_move", is_fixed=True)),
    ("SC-03", "a transfer of nobody's number", replace(TRANSFER, standing="unregistered")),
    ("SC-03", "a cancellation of nobody's number", asks("cancel", standing="unregistered")),
    (
        "SC-03",
        "a move of nobody's line",
        asks("fixed_move", standing="unregistered", has_address=True),
    ),
    ("SC-03", "a new card for nobody's number", NOBODY_S),
    ("BF-02", "a backfill of a registered number", asks("backfill", matches="")),
    ("SC-08E", "a point too few", replace(BACKFILL, proofs=frozenset({"password"}))),
    ("SC-08E", "a new card without proof", replace(ON_PROOF, proofs=frozenset())),
    (
        "SC-08E",
        "more points than the default",
        replace(BACKFILL, policies={"ownership.least_score": 5}),
    ),
    ("SC-08H", "a new card on proof elsewhere", replace(ON_PROOF, tier="agent_point")),
    (
        "SC-08H",
        "a backfill where policy has none",
        replace(BACKFILL, policies={"backfill.tiers": ["own_hall"]}),
    ),
    ("SC-08", "a new card for somebody else", asks("reissue", matches="mismatch")),
    ("SC-08", "a cancellation by somebody else", asks("cancel", matches="mismatch")),
    ("SC-08", "a transfer by somebody else", replace(TRANSFER, matches="mismatch")),
    ("SC-07", "old holder not read", replace(TRANSFER, people=(person(),))),
    ("NL-01", "a transfer to who has five", replace(TRANSFER, lines=5)),
    ("NL-01", "a backfill for who has five", replace(BACKFILL, lines=5)),
    ("NL-01", "a sixth data card", replace(GOOD, service="new_data_card", lines=5)),
    (
        "SC-07S",
        "a transfer to oneself",
        replace(TRANSFER, people=(person(), person(TRANSFEROR, key="key of holder"))),
    ),
    ("SC-07P", "a transfer by proxy elsewhere", replace(TRANSFER_BY_PROXY, tier="partner_hall")),
    (
        "SC-07P",
        "a backfill by proxy where policy has none",
        replace(PASSES["a backfill by proxy"], policies={"backfill.proxy_allowed": False}),
    ),
    (
        "SC-07T",
        "the old holder as proxy",
        replace(
            TRANSFER_BY_PROXY,
            people=(person(), person(PROXY), person(TRANSFEROR, key="key of proxy")),
        ),
    ),
    (
        "SC-07A",
        "a former holder of eighteen tomorrow",
        replace(TRANSFER, people=(person(), person(TRANSFEROR, born_years_ago(18, days=1)))),
    ),
    (
        "SC-07C",
        "the clerk's own number",
        replace(TRANSFER, people=(person(), person(TRANSFEROR, key="key of the clerk"))),
    ),
    (
        "SC-07C",
        "a customer's number for the clerk",
        replace(TRANSFER, people=(person(key="key of the clerk"), person(TRANSFEROR))),
    ),
    ("CV-01", "nobody read", replace(GOOD, people=())),
    ("CV-04", "a picture missing", replace(GOOD, photos={"id_front": "ready"})),
    ("CV-04", "a picture refused", replace(GOOD, photos=GOOD.photos | {"live": "rejected"})),
    ("CV-04", "a picture in work", replace(GOOD, photos=GOOD.photos | {"live": "received"})),
    ("CV-10", "not signed", replace(GOOD, has_confirmed=False)),
    ("NL-01", "five lines", replace(GOOD, lines=5)),
    ("CV-03", "no match", holder(online="mismatch")),
    ("CV-03", "not found", holder(online="not_found")),
    ("CV-11", "sent back", replace(GOOD, redo=("live",))),
    ("PD-08", "a residence permit elsewhere", holder(kind="permit")),
    ("PD-08", "a foreigner's card elsewhere", holder(kind="foreigner_2023")),
    ("PD-08", "the proxy's permit elsewhere", proxy(kind="permit")),
    ("PD-10", "expired yesterday", holder(valid_to=TODAY - timedelta(days=1))),
    ("PD-10", "valid from tomorrow", holder(valid_from=TODAY + timedelta(days=1))),
    ("PD-10", "the proxy's card expired", proxy(valid_to=TODAY - timedelta(days=1))),
    ("CV-02", "wrong check digit", holder(number="991101199003140011")),
    ("CV-02", "fifteen digits", holder(number="991101900314001")),
    ("CV-02", "another birth date", holder(number=with_check_digit("99110119900315001"))),
    ("CV-02", "a foreigner's number elsewhere", holder(number="UTO990090031401")),
    ("CV-02", "eighteen digits on a card of 2017", at_own_hall(kind="foreigner_2017")),
    (
        "CV-02",
        "a foreigner with another birth date",
        at_own_hall(number="UTO990090031501", kind="foreigner_2017"),
    ),
    (
        "CV-02",
        "a permit of another region",
        at_own_hall(number=with_check_digit("99110119900314001"), kind="permit"),
    ),
    (
        "CV-02",
        "a foreigner of 2023 with a citizen's number",
        at_own_hall(number=with_check_digit("11110119900314001"), kind="foreigner_2023"),
    ),
    (
        "CV-02",
        "a permit with a wrong check digit",
        at_own_hall(number="819900199003140011", kind="permit"),
    ),
    *[
        ("PD-08", f"a {kind} elsewhere", holder(kind=kind, number=number, purpose="official"))
        for kind, number in (
            ("passport", "L898902C3"),
            ("hkm_permit", "H99000012"),
            ("taiwan_permit", "99000034"),
            ("temporary_id", GOOD.people[0].number),
            ("military_id", "军字第9900001号"),
            ("armed_police_id", "武字第9900001号"),
        )
    ],
    ("PD-08", "a Chinese passport", at_own_hall(kind="prc_passport", number="EA9900001")),
    (
        "PD-02",
        "a household book at sixteen",
        guarded(at_own_hall(kind="household_book", born=born_years_ago(16))),
    ),
    (
        "PD-02",
        "a household book at eighteen, where eighteen is set",
        with_policy(
            at_own_hall(kind="household_book", born=born_years_ago(18)), "household.max_age", 18
        ),
    ),
    (
        "PD-02G",
        "a household book with consent on paper",
        with_policy(
            replace(
                at_own_hall(kind="household_book", born=born_years_ago(17)), holder_kind="teen"
            ),
            "household.max_age",
            18,
        ),
    ),
    (
        "PD-04",
        "a soldier's private number",
        at_own_hall(kind="military_id", number="军字第9900001号", purpose="private"),
    ),
    (
        "PD-04",
        "a policeman's number of no purpose",
        at_own_hall(kind="armed_police_id", number="武字第9900001号"),
    ),
    ("CV-02", "a permit of seven digits", at_own_hall(kind="hkm_permit", number="H9900001")),
    ("CV-02", "a permit of another letter", at_own_hall(kind="hkm_permit", number="C99000012")),
    (
        "CV-02",
        "a Taiwan permit of nine digits",
        at_own_hall(kind="taiwan_permit", number="990000341"),
    ),
    (
        "CV-02",
        "a temporary card's check digit",
        at_own_hall(kind="temporary_id", number="991101199003140011"),
    ),
    (
        "PD-10",
        "a passport that expired",
        at_own_hall(
            kind="passport", number="L898902C3", valid_from=None, valid_to=TODAY - timedelta(days=1)
        ),
    ),
    ("PX-08", "sixteen tomorrow", minor(16, days=1)),
    ("PX-08", "sixteen tomorrow, with consent", minor(16, days=1, kind="teen")),
    ("PX-08", "sixteen tomorrow, where teens are free", minor(16, days=1, teen_alone="alone")),
    ("PX-08", "fourteen tomorrow, where that is enough", minor(14, days=1, guardian_age=14)),
    ("PX-08", "eighteen tomorrow, where all need one", minor(18, days=1, guardian_age=18)),
    (
        "PX-08",
        "a child by proxy",
        replace(BY_PROXY, people=(person(born=born_years_ago(15)), person(PROXY))),
    ),
    ("PX-09", "sixteen today", minor(16)),
    ("PX-09", "eighteen tomorrow", minor(18, days=1)),
    (
        "PX-09",
        "with consent where that is not enough",
        minor(17, kind="teen", teen_alone="guardian"),
    ),
    ("PX-09", "alone where that is not enough", minor(17, teen_alone="guardian")),
    (
        "PX-09",
        "a teen by proxy",
        replace(BY_PROXY, people=(person(born=born_years_ago(17)), person(PROXY))),
    ),
    (
        "PX-10G",
        "fourteen tomorrow, alone by policy",
        minor(14, days=1, guardian_age=8, teen_alone="alone"),
    ),
    (
        "PX-10G",
        "a child by proxy, where policy has no ladder",
        replace(
            BY_PROXY,
            people=(person(born=born_years_ago(13)), person(PROXY)),
            policies={"minor.guardian_age": 8, "minor.teen_alone": "alone"},
        ),
    ),
    ("PX-09Y", "ten tomorrow", minor(10, days=1, kind="guardian", youngest_age=10)),
    ("PX-08W", "eighteen today, with a guardian", minor(18, kind="guardian")),
    ("PX-08W", "eighteen today, with consent", minor(18, kind="teen")),
    ("PX-08R", "guardian not there", replace(guardian(), people=minor(10).people)),
    ("PX-08A", "guardian eighteen tomorrow", guardian(born=born_years_ago(18, days=1))),
    ("PX-08P", "the holder as guardian", guardian(key="key of holder")),
    ("PX-08C", "the clerk as guardian", guardian(key="key of the clerk")),
    ("PX-03T", "no last day", replace(BY_PROXY, letter_until=None)),
    ("PX-03T", "the letter ran out yesterday", replace(BY_PROXY, letter_until=YESTERDAY)),
    ("PX-03S", "the service is not on the letter", replace(BY_PROXY, letter_scope="")),
    ("PX-03S", "another service is", replace(BY_PROXY, letter_scope="reissue")),
    ("CV-12S", "helped by themselves", assisted(helper_key="key of holder")),
    ("CV-12T", "helped at an agent's", assisted(tier="agent_point")),
    ("CV-04", "helped, and no picture of the person", assisted(photos={"id_front": "ready"})),
    ("CV-03", "helped, and unknown", assisted(people=(person(online="not_found"),))),
    ("PX-01", "proxy not read", replace(BY_PROXY, people=(person(),))),
    ("PX-02", "a point missing", replace(BY_PROXY, letter_points=frozenset({"proxy_name"}))),
    ("PX-07", "the clerk as proxy", proxy(key="key of the clerk")),
    ("PX-04", "the holder as proxy", proxy(key="key of holder")),
    ("PX-03", "proxy eighteen tomorrow", proxy(born=born_years_ago(18, days=1))),
]


def blocked_by(facts: Facts) -> set[str]:
    return {verdict.rule.id for verdict in engine.blocks(engine.judge(facts))}


@pytest.mark.parametrize("case", PASSES)
def test_what_is_in_order_is_not_stopped(case: str) -> None:
    assert blocked_by(PASSES[case]) == set()


@pytest.mark.parametrize(
    ("rule", "facts"),
    [pytest.param(rule, facts, id=f"{rule} {why}") for rule, why, facts in STOPS],
)
def test_one_thing_out_of_order_is_stopped_by_its_own_rule(rule: str, facts: Facts) -> None:
    assert blocked_by(facts) == {rule}


def test_every_blocking_rule_has_a_case_that_it_stops() -> None:
    blocking = {rule.id for rule in RULES if rule.severity == Severity.BLOCK}

    # Those on units have their table in test_unit_rules.
    assert {rule for rule, _, _ in STOPS} == {one for one in blocking if not one.startswith("UD-")}


def issued(years: int, days: int, valid_to: date | None) -> Facts:
    """A resident card that was issued in 2020, so long before or after a birthday."""
    born = date(2020 - years, 6, 15)
    return holder(born=born, valid_from=date(2020, 6, 15) + timedelta(days), valid_to=valid_to)


@pytest.mark.parametrize(
    ("facts", "is_told"),
    [
        (issued(16, -1, date(2025, 6, 14)), False),
        (issued(16, -1, date(2030, 6, 14)), True),
        (issued(16, 0, date(2030, 6, 15)), False),
        (issued(26, -1, date(2030, 6, 14)), False),
        (issued(26, 0, date(2030, 6, 15)), True),
        (issued(26, 0, date(2040, 6, 15)), False),
        (issued(46, -1, date(2040, 6, 14)), False),
        (issued(46, 0, date(2040, 6, 15)), True),
        (issued(46, 0, None), False),
        (issued(45, 0, None), True),
        (holder(valid_from=date(2020, 2, 29), valid_to=date(2040, 2, 29)), False),
        (
            holder(born=date(2008, 1, 1), valid_from=date(2024, 2, 29), valid_to=date(2034, 3, 1)),
            False,
        ),
        (
            holder(born=date(2008, 1, 1), valid_from=date(2024, 2, 29), valid_to=date(2034, 2, 28)),
            False,
        ),
        (at_own_hall(kind="permit", valid_to=date(2025, 1, 1)), False),
        (at_own_hall(kind="temporary_id", valid_to=date(2020, 4, 1)), False),
        (at_own_hall(kind="temporary_id", valid_to=date(2020, 4, 3)), True),
    ],
)
def test_a_validity_of_another_length_is_told(facts: Facts, is_told: bool) -> None:
    assert ("PD-10V" in {verdict.rule.id for verdict in engine.judge(facts)}) is is_told


@pytest.mark.parametrize(("days", "warned"), [(-1, False), (0, True), (29, True), (30, False)])
def test_a_card_that_expires_soon_is_noted(days: int, warned: bool) -> None:
    verdicts = engine.judge(holder(valid_to=TODAY + timedelta(days=days)))

    assert ("PD-10N" in {verdict.rule.id for verdict in verdicts}) is warned


def seen(kind: str, sort: str = "person", *, facts: Facts = GOOD, **how: Any) -> Facts:
    return replace(facts, seen=(Seen(kind, sort, **{"level": "alarm"} | how),))


READINGS = [
    ("CV-01R", "read elsewhere just before", holder(read_elsewhere=True)),
    ("CV-01R", "the proxy's card read elsewhere", proxy(read_elsewhere=True)),
    ("CV-01S", "the reader of another outlet", holder(reader_elsewhere=True)),
    ("CV-01H", "a second before it opens", holder(read_time=time(8, 59, 59))),
    ("CV-01H", "the minute in which it closes", holder(read_time=time(21))),
    ("CV-01H", "between two nights", replace(holder(), opens_at=time(20), closes_at=time(4))),
    ("CV-01T", "a third customer", holder(customers=3)),
    ("CV-01T", "a guardian's fourth child", guardian(customers=4)),
    ("PX-07F", "a proxy's third principal", proxy(principals=3)),
    (
        "PX-07F",
        "a second principal where one is the most",
        replace(proxy(principals=2), policies={"proxy.most_principals": 1}),
    ),
]
BY_EYE = [
    ("CV-02S", "a typed document", at_own_hall(kind="temporary_id", lane="sighted")),
    ("CV-03N", "no register", at_own_hall(kind="passport", number="L898902C3", lane="mrz")),
    (
        "CV-05",
        "no faces compared",
        replace(SIGNED, consents_refused=frozenset({"face"}), tier="own_hall"),
    ),
    *(
        ("CV-05F", f"faces {said}", holder(face=said))
        for said in ("unsure", "differs", "no_face", "several", "unavailable", "waiting")
    ),
    ("CV-05F", "a transferor whose consent nobody has", holder(face="not_compared")),
    ("BF-06", "another claimed the number", replace(BACKFILL, claim="differs")),
    ("NL-08B", "a transfer of a stopped number", replace(TRANSFER, is_barred=True)),
    ("NL-08C", "the clerk is the customer", holder(key="key of the clerk")),
    ("CV-12", "helped", assisted()),
    ("PX-07L", "a letter that was shown before", replace(BY_PROXY, letter_is_used=True)),
    ("PX-07L", "its picture, packed otherwise", seen("letter", "paper", facts=BY_PROXY)),
    ("PX-07P", "a proof that was shown before", seen("ownership", "paper")),
    ("CV-04R", "a live photo that was used before", seen("live")),
    ("CV-04S", "one picture for two people", seen("live", is_own=True)),
    ("CV-04S", "one picture for two papers", seen("letter", "paper", is_own=True)),
    ("CV-04D", "a live photo of a screen", replace(GOOD, screens=frozenset({"live"}))),
    ("CV-04D", "a letter on a screen", replace(BY_PROXY, screens=frozenset({"letter"}))),
    ("CV-04G", "a file of a phone", replace(GOOD, made_elsewhere=frozenset({"live"}))),
    ("CV-04P", "a card held before the camera", replace(GOOD, portraits=frozenset({"live"}))),
    (
        "PX-02P",
        "a number in the letter is another one",
        replace(BY_PROXY, differing=(("letter", "proxy_number"),)),
    ),
    (
        "PX-08T",
        "a name on the guardian's paper is another one",
        replace(GOOD, differing=(("guardianship", "guardian_name"),)),
    ),
    (
        "CV-07P",
        "the page shows another number",
        replace(GOOD, differing=(("id_front", "number"),)),
    ),
]
READ_WELL = {
    "the minute in which it opens": holder(read_time=time(9)),
    "a second before it closes": holder(read_time=time(20, 59, 59)),
    "before midnight": replace(holder(read_time=time(23)), opens_at=time(20), closes_at=time(4)),
    "after midnight": replace(holder(read_time=time(3)), opens_at=time(20), closes_at=time(4)),
    "a shop that never closes": replace(
        holder(read_time=time(4)), opens_at=time(0), closes_at=time(0)
    ),
    "a second customer": holder(customers=2),
    "faces alike": holder(face="alike"),
    "a proxy's second principal": proxy(principals=2, customers=3),
    "a third principal where that is allowed": replace(
        proxy(principals=3), policies={"proxy.most_principals": 3}
    ),
    "a letter's first use": BY_PROXY,
    "nobody read": replace(GOOD, people=()),
}


def reviewed_by(facts: Facts) -> set[str]:
    judged = engine.judge(facts)
    return {one.rule.id for one in judged if one.severity == Severity.REVIEW}


@pytest.mark.parametrize(
    ("rule", "facts"),
    [pytest.param(rule, facts, id=f"{rule} {why}") for rule, why, facts in READINGS + BY_EYE],
)
def test_an_odd_read_is_for_the_verifier_and_stops_nobody(rule: str, facts: Facts) -> None:
    assert reviewed_by(facts) == {rule}
    assert blocked_by(facts) == set()


@pytest.mark.parametrize("case", READ_WELL)
def test_an_ordinary_read_is_nobody_s_business(case: str) -> None:
    assert reviewed_by(READ_WELL[case]) == set()


def test_the_findings_on_reading_are_all_that_compliance_counts() -> None:
    assert {rule for rule, _, _ in READINGS} == set(reading.IDS)


def test_every_rule_that_asks_for_a_look_has_a_case() -> None:
    asked = {rule for rule, _, _ in READINGS + BY_EYE}

    # Those on units have their own table (test_unit_rules).
    wanted = {rule.id for rule in RULES if rule.severity == Severity.REVIEW}
    assert {rule for rule in wanted if not rule.startswith("UD-")} == asked


@pytest.mark.parametrize(
    ("kind", "number", "person"),
    [
        ("hkm_permit", "H9900001203", "H99000012"),
        ("taiwan_permit", "9900003401B", "99000034"),
        ("passport", "L898902C3", "UTO L898902C3"),
        ("temporary_id", "991101199003140011", "991101199003140011"),
        ("military_id", "军字第9900001号", "military_id 军字第9900001号"),
    ],
)
def test_a_number_stands_for_one_person(kind: str, number: str, person: str) -> None:
    assert of_person(kind, number, "UTO" if kind == "passport" else "") == person


def test_a_barred_number_is_promised_back_within_a_day() -> None:
    verdicts = engine.judge(replace(BACKFILL, is_barred=True))

    assert [verdict.rule.id for verdict in verdicts] == ["BF-15"]


def test_a_letter_that_was_shown_before_is_for_the_verifier() -> None:
    facts = replace(BY_PROXY, letter_is_used=True)

    assert (reviewed_by(facts), blocked_by(facts)) == ({"PX-07L"}, set())


@pytest.mark.parametrize(
    ("facts", "rules"),
    [
        (assisted(), {"CV-12"}),
        (assisted(has_confirmed=False), {"CV-12", "CV-10"}),
        (
            assisted(holder_kind="guardian", people=minor(40, kind="guardian").people),
            {"CV-12", "PX-08W"},
        ),
    ],
)
def test_what_a_helped_customer_cannot_do_is_for_the_verifier(
    facts: Facts, rules: set[str]
) -> None:
    assert reviewed_by(facts) == rules


@pytest.mark.parametrize(
    ("today", "rules"),
    [
        (date(2028, 2, 28), {"PX-08"}),
        (date(2028, 2, 29), {"PX-09"}),
        (date(2030, 2, 28), {"PX-09"}),
        (date(2030, 3, 1), set()),
    ],
)
def test_a_child_of_29_february_comes_of_age_on_1_march(today: date, rules: set[str]) -> None:
    facts = replace(holder(born=date(2012, 2, 29)), today=today)

    assert blocked_by(facts) == rules


def test_only_signing_and_a_guardian_of_an_adult_give_way_to_help() -> None:
    signing = {"CV-10", "RT-10", "PI-02", "CV-09", "CV-10C", "PX-10"}
    assert {rule.id for rule in RULES if rule.when_assisted} == signing | {"PX-08W"}


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (minor(15), "guardian"),
        (minor(17), "teen"),
        (minor(17, teen_alone="guardian"), "guardian"),
        (minor(18, kind="guardian"), "self"),
    ],
)
def test_a_wrong_age_says_which_answer_would_be_right(facts: Facts, kind: str) -> None:
    (verdict,) = engine.blocks(engine.judge(facts))

    assert verdict.reason.switch == kind


def test_an_expired_permit_is_not_called_an_id_card() -> None:
    facts = at_own_hall(kind="permit", valid_to=TODAY - timedelta(days=1))

    assert [verdict.reason.text for verdict in engine.judge(facts)] == ["证件已过期。"]


def test_a_live_photo_that_is_nearly_another_is_only_noted() -> None:
    [verdict] = engine.judge(seen("live", level="look"))

    assert (verdict.rule.id, verdict.severity) == ("CV-04L", Severity.NOTE)


def test_blocks_come_before_notes() -> None:
    since = TODAY.replace(year=TODAY.year - 10)
    facts = holder(born=date(1995, 1, 1), valid_from=since, valid_to=TODAY)
    facts = replace(facts, has_number=False)

    severities = [verdict.severity for verdict in engine.judge(facts)]

    assert severities == [Severity.BLOCK, Severity.NOTE]


@pytest.mark.parametrize("facts", [facts for _, _, facts in STOPS])
def test_every_block_says_what_is_wrong_and_what_to_do(facts: Facts) -> None:
    (reason,) = [verdict.reason for verdict in engine.blocks(engine.judge(facts))]

    assert reason.text.endswith("。")
    assert reason.todo.endswith("。")


def test_no_reason_repeats_the_customers_data() -> None:
    for _, _, facts in STOPS:
        said = " ".join(v.reason.text + v.reason.todo for v in engine.judge(facts))
        assert not any(one.number in said or one.key in said for one in facts.people if one.key)


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2010, 11, 22), date(2026, 11, 21), 15),
        (date(2010, 11, 22), date(2026, 11, 22), 16),
        (date(2012, 2, 29), date(2028, 2, 28), 15),
        (date(2012, 2, 29), date(2028, 2, 29), 16),
        (date(2012, 2, 29), date(2030, 2, 28), 17),
        (date(2012, 2, 29), date(2030, 3, 1), 18),
    ],
)
def test_a_year_is_full_on_the_birthday(born: date, on: date, years: int) -> None:
    assert age(born, on) == years


@pytest.mark.parametrize(
    ("born", "is_asked"),
    [
        (born_years_ago(14), False),
        (born_years_ago(14, days=1), True),
        (BORN, False),
        (None, False),
    ],
)
def test_a_guardian_is_asked_for_a_child_under_fourteen(born: date | None, is_asked: bool) -> None:
    due = {one.code for one in consent.due(SERVICES["new_mobile"], SELF, born, TODAY)}

    assert {"minor", "guardian"} <= due if is_asked else not {"minor", "guardian"} & due
    assert {"face", "privacy", "risk", "resale"} <= due


def test_who_ends_a_contract_signs_nothing_about_the_card() -> None:
    ending = replace(SERVICES["new_mobile"], has_contract=False)

    assert [one.code for one in consent.due(ending, SELF, BORN, TODAY)] == ["face", "privacy"]


def test_without_a_signature_only_that_is_said() -> None:
    facts = replace(GOOD, has_confirmed=False, consents_due=TEXTS)

    assert blocked_by(facts) == {"CV-10"}


@pytest.mark.parametrize(("level", "said"), [("off", set()), ("review", {"CV-05"})])
def test_a_refused_face_is_for_a_person_to_look_at(level: str, said: set[str]) -> None:
    facts = replace(
        SIGNED,
        consents_refused=frozenset({"face"}),
        tier="own_hall",
        policies={"rule.CV-05": level},
    )

    assert reviewed_by(facts) == said
    assert blocked_by(facts) == set()


def test_a_birthday_while_the_case_waits_changes_nothing() -> None:
    """What the customer did is judged on the day on which they did it."""
    tomorrow = TODAY + timedelta(days=1)
    child = guarded(at_own_hall(kind="household_book", born=born_years_ago(16, days=1)))

    assert blocked_by(replace(child, handed_in=TODAY, today=tomorrow)) == set()
    assert blocked_by(replace(child, today=tomorrow)) == {"PD-02"}


def test_a_helped_customer_who_signs_nothing_has_agreed_to_nothing() -> None:
    facts = replace(SIGNED, assisted="sight", tier="own_hall", has_confirmed=False, consents={})

    assert blocked_by(facts) == set()
    assert {"PI-02", "RT-10", "CV-09", "CV-10C"} <= reviewed_by(facts)


def test_another_person_s_page_is_one_thing_to_say() -> None:
    shown = [("id_front", field) for field in ("name", "number", "birth_date", "address")]
    facts = replace(GOOD, differing=(*shown, ("id_back", "issuer")))

    verdicts = [one for one in engine.judge(facts) if one.rule.id == "CV-07P"]

    assert [one.reason.text for one in verdicts] == [
        "证件照片像是另一个人的：姓名和号码都与读出的不符。",
        "证件照片上的签发机关与读出的不符。",
    ]
