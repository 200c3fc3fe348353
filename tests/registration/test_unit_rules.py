"""Units by a table: every kind, every first digit, every paper; and how their numbers are built."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from registration.rules import engine, snapshot
from registration.rules.facts import Facts, Unit
from registration.rules.roles import END_USER, HANDLER
from registration.rules.rule import RULES, Severity
from registration.rules.unit_kind import (
    UNIT_KINDS,
    fits,
    is_code,
    is_legacy,
    kind_of,
    normal,
    organisation_check,
    papers_due,
    problems,
)
from tests.registration.test_rules import GOOD, TODAY, blocked_by, born_years_ago, person
from tests.registration.units import CODES, LICENCE_15, ORGANISATION_9

YESTERDAY = TODAY - timedelta(days=1)
LEGACY = {"unit.legacy_numbers": True}


def unit(kind: str = "enterprise", **values: Any) -> Unit:
    papers = papers_due(UNIT_KINDS[kind], CODES.get(kind, ""), {})
    given: dict[str, Any] = {
        "kind": kind,
        "number": CODES.get(kind, ""),
        "letter_until": TODAY,
        "letter_names_handler": True,
        "letter_states_scope": True,
        "letter_is_sealed": True,
        "papers": papers,
        "shown": dict.fromkeys(papers, "sealed"),
        "level": "regiment" if kind == "army" else "",
        "has_note": kind == "embassy",
    }
    return Unit(**(given | values))


ORDER = replace(
    GOOD,
    holder_kind="unit",
    tier="own_hall",
    has_number=False,
    has_iccid=False,
    people=(person(HANDLER),),
    lines=0,
    unit=unit(),
    numbers=2,
    numbers_ready=1,
)
NUMBER = replace(
    ORDER,
    holder_kind="numbered",
    has_number=True,
    has_iccid=True,
    has_confirmed=False,
    photos={},
    photos_due=(),
    people=(person(END_USER),),
    order_status="submitted",
    user_numbers=1,
)


def order(kind: str = "enterprise", **values: Any) -> Facts:
    return replace(ORDER, unit=unit(kind, **values))


PASSES = {
    **{f"a unit of the kind {kind}": order(kind) for kind in UNIT_KINDS},
    "an original": order(shown={"licence": "original"}),
    "an army unit above a regiment": order("army", level="above"),
    "a number of an order": NUMBER,
    "a number of an order that is approved": replace(NUMBER, order_status="active"),
    "a unit's handler whose clerk is unknown": replace(
        ORDER, clerk_key="", people=(person(HANDLER, key=""),)
    ),
    "an old licence number where policy takes it": replace(
        order(number=LICENCE_15), policies=LEGACY
    ),
    "an institution with an old code and both papers": replace(
        order(
            "institution",
            number=ORGANISATION_9,
            papers=("institution", "org_code"),
            shown={"institution": "sealed", "org_code": "original"},
        ),
        policies=LEGACY,
    ),
    "an institution with an old code and one paper by policy": replace(
        order("institution", number=ORGANISATION_9),
        policies=LEGACY | {"unit.strict_papers": False},
    ),
    "a unit at a partner's hall by policy": replace(
        ORDER, tier="partner_hall", policies={"unit.tiers": ["partner_hall"]}
    ),
    "a code of another department": order(number=CODES["social"]),
    "a code of a department with a letter": order(number="N29901010000000109"),
    "a note of today": order("embassy", note_date=TODAY),
    "an end user of sixteen today": replace(NUMBER, people=(person(END_USER, born_years_ago(16)),)),
    "an end user of fourteen today, where policy lets it": replace(
        NUMBER,
        people=(person(END_USER, born_years_ago(14)),),
        policies={"minor.guardian_age": 8},
    ),
}

STOPS = [
    ("UD-09", "a unit at an agent's point", replace(ORDER, tier="agent_point")),
    ("UD-09", "a unit at a partner's hall", replace(ORDER, tier="partner_hall")),
    ("UD-09", "a number of an order elsewhere", replace(NUMBER, tier="endpoint")),
    ("UD-01", "no unit's papers", replace(ORDER, unit=None)),
    ("UD-01", "no handler", replace(ORDER, people=())),
    ("CV-04", "no picture of the letter", replace(ORDER, photos_due=("unit_letter",), photos={})),
    ("UD-02", "a copy without a seal", order(shown={"licence": "unsealed"})),
    ("UD-02", "a paper of which nothing is said", order(shown={})),
    (
        "UD-02",
        "an introduction without a seal",
        order("government", shown={"introduction": "unsealed"}),
    ),
    (
        "UD-03",
        "an institution with one paper of two",
        replace(order("institution", number=ORGANISATION_9), policies=LEGACY),
    ),
    ("UD-05", "a battalion", order("army", level="below")),
    ("UD-06", "an embassy without a note", order("embassy", has_note=False)),
    ("UD-06", "a note of tomorrow", order("embassy", note_date=TODAY + timedelta(days=1))),
    (
        "UD-08M",
        "an end user of sixteen tomorrow",
        replace(NUMBER, people=(person(END_USER, born_years_ago(16, days=1)),)),
    ),
    (
        "UD-08M",
        "an end user of fourteen tomorrow, wherever policy puts the ladder",
        replace(
            NUMBER,
            people=(person(END_USER, born_years_ago(14, days=1)),),
            policies={"minor.guardian_age": 8},
        ),
    ),
    ("UD-10", "a wrong check digit", order(number="91310115MA1G4L1WXK")),
    ("UD-10", "too short a code", order(number="9199010100000001")),
    ("UD-10", "an old licence number", order(number=LICENCE_15)),
    ("UD-10", "an old organisation code", order(number=ORGANISATION_9)),
    ("UD-01L", "a handler whom the letter does not name", order(letter_names_handler=False)),
    ("UD-01L", "a letter without a scope", order(letter_states_scope=False)),
    ("UD-01L", "a letter without a seal", order(letter_is_sealed=False)),
    ("UD-01L", "a letter that ended yesterday", order(letter_until=YESTERDAY)),
    (
        "UD-01L",
        "a number after the letter's last day",
        replace(NUMBER, unit=unit(letter_until=YESTERDAY)),
    ),
    (
        "UD-01A",
        "a handler of eighteen tomorrow",
        replace(ORDER, people=(person(HANDLER, born_years_ago(18, days=1)),)),
    ),
    (
        "UD-01C",
        "the clerk as handler",
        replace(ORDER, people=(person(HANDLER, key=GOOD.clerk_key),)),
    ),
    ("UD-08", "a number without an end user", replace(NUMBER, people=())),
    ("UD-08O", "no number that is complete", replace(ORDER, numbers_ready=0)),
    ("UD-07", "a number before its order", replace(NUMBER, order_status="draft")),
    ("UD-07", "a number of a refused order", replace(NUMBER, order_status="refused")),
    ("CV-10", "an order that nobody has signed", replace(ORDER, has_confirmed=False)),
    ("SC-01", "a number of an order without a card", replace(NUMBER, has_iccid=False)),
    (
        "PD-10",
        "an end user's card that expired",
        replace(NUMBER, people=(person(END_USER, valid_to=YESTERDAY),)),
    ),
]


@pytest.mark.parametrize("case", PASSES)
def test_what_is_in_order_is_not_stopped(case: str) -> None:
    assert blocked_by(PASSES[case]) == set()


@pytest.mark.parametrize(
    ("rule", "facts"),
    [pytest.param(rule, facts, id=f"{rule} {why}") for rule, why, facts in STOPS],
)
def test_one_thing_out_of_order_is_stopped_by_its_own_rule(rule: str, facts: Facts) -> None:
    assert blocked_by(facts) == {rule}


def test_every_blocking_rule_on_units_has_a_case_that_it_stops() -> None:
    blocking = {rule.id for rule in RULES if rule.severity == Severity.BLOCK}

    assert {one for one in blocking if one.startswith("UD-")} <= {rule for rule, _, _ in STOPS}


@pytest.mark.parametrize("facts", [facts for _, _, facts in STOPS])
def test_every_block_says_what_is_wrong_and_what_to_do(facts: Facts) -> None:
    reasons = [verdict.reason for verdict in engine.blocks(engine.judge(facts))]

    assert all(reason.text.endswith("。") and reason.todo.endswith("。") for reason in reasons)


def found(facts: Facts, severity: Severity) -> set[str]:
    return {one.rule.id for one in engine.judge(facts) if one.severity == severity}


@pytest.mark.parametrize("kind", sorted(UNIT_KINDS))
@pytest.mark.parametrize("code", sorted(CODES))
def test_the_first_digit_fits_its_department_only(kind: str, code: str) -> None:
    of_kind = UNIT_KINDS[kind]
    looked_at = found(order(kind, number=CODES[code]), Severity.REVIEW)

    right = not of_kind.has_number or CODES[code][0] in of_kind.prefixes

    assert looked_at == (set() if right else {"UD-10P"})
    assert fits(of_kind, CODES[code]) is right or not of_kind.has_number


@pytest.mark.parametrize(("numbers", "looked_at"), [(1, False), (2, False), (3, True), (50, True)])
def test_one_user_of_many_numbers_is_for_the_verifier(numbers: int, looked_at: bool) -> None:
    facts = replace(NUMBER, user_numbers=numbers)

    assert ("UD-08U" in found(facts, Severity.REVIEW)) is looked_at
    assert blocked_by(facts) == set()


def test_numbers_that_stay_behind_are_told_and_stop_nothing() -> None:
    assert "UD-08N" in found(ORDER, Severity.NOTE)
    assert "UD-08N" not in found(replace(ORDER, numbers_ready=2), Severity.NOTE)


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("91350100M000100Y43", True),
        ("91330106673959654P", True),
        ("91440300708461136T", True),
        ("N29901010000000109", True),
        ("Y19901010000000104", True),
        ("N29901010000000108", False),
        ("91310115MA1G4L1WXK", False),
        ("91350100M000100Y4", False),
        ("91350100M000100I43", False),
    ],
)
def test_a_code_is_known_by_its_check_digit(number: str, right: bool) -> None:
    assert is_code(number) is right


def test_old_numbers_have_check_digits_of_their_own() -> None:
    assert is_legacy(LICENCE_15)
    assert not is_legacy(LICENCE_15[:-1] + "0")
    assert is_legacy(ORGANISATION_9)
    assert not is_legacy(ORGANISATION_9[:-1] + "X")
    assert organisation_check("名称名称名称名称") == ""
    assert organisation_check("123") == ""


def test_a_number_is_judged_as_it_is_written_anywhere() -> None:
    assert normal(" ９１990101-00000001 9m ") == CODES["enterprise"]


@pytest.mark.parametrize(
    ("number", "kind"),
    [(CODES["enterprise"], "enterprise"), (CODES["social"], "social"), ("12", "institution")],
)
def test_the_first_digit_proposes_the_kind(number: str, kind: str) -> None:
    proposed = kind_of(number)

    assert proposed
    assert proposed.code == kind


def test_no_kind_is_proposed_for_nothing_and_for_other_departments() -> None:
    assert kind_of("") is None
    assert kind_of("Y1") is None


def test_an_embassy_needs_no_number() -> None:
    assert list(problems(UNIT_KINDS["embassy"], "", {})) == []


@pytest.mark.parametrize("facts", [ORDER, NUMBER])
def test_a_snapshot_keeps_the_unit(facts: Facts) -> None:
    assert snapshot.unpack(snapshot.pack(facts)) == facts


def test_the_unit_s_number_is_not_shown_in_errors() -> None:
    assert CODES["enterprise"] not in repr(ORDER)


def test_a_letter_that_ran_out_after_the_order_was_handed_in_stops_nothing() -> None:
    facts = replace(ORDER, unit=unit(letter_until=YESTERDAY), handed_in=YESTERDAY)

    assert "UD-01L" not in blocked_by(facts)


def test_every_kind_of_unit_has_its_questions_on_the_page() -> None:
    """The style sheet shows them by the kind's name."""
    sheet = (Path(__file__).parents[2] / "static" / "css" / "counter.css").read_text("utf-8")

    assert [kind for kind in UNIT_KINDS if f'[data-kinds~="{kind}"]' not in sheet] == []
