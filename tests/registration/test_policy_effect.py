"""No policy without effect: each one changes what the rules say of somebody."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from registration.rules import engine
from registration.rules.document import DOCUMENTS
from registration.rules.facts import Facts
from registration.rules.ownership import LEAST_SCORE
from registration.rules.policy import ALL_TIERS, OTHERS, POLICIES
from registration.rules.rule import RULES
from tests.registration.test_rules import (
    BACKFILL,
    BY_EYE,
    GOOD,
    NOBODY_S,
    ON_PROOF,
    READINGS,
    SIGNED,
    STOPS,
    TODAY,
    TRANSFER_BY_PROXY,
    assisted,
    at_own_hall,
    born_years_ago,
    holder,
    minor,
    proxy,
    seen,
)
from tests.registration.test_unit_rules import NUMBER, ORDER, order
from tests.registration.units import ORGANISATION_9

OF_OLD_CODE = order("institution", number=ORGANISATION_9, papers=("institution",))

# A policy's key: facts of which the rules say something else under this value.
EFFECTS: dict[str, tuple[Facts, Any]] = {
    "backfill.proxy_allowed": (replace(BACKFILL, holder_kind="proxy"), False),
    "backfill.tiers": (BACKFILL, ["own_hall"]),
    "face.refusal_tiers": (replace(SIGNED, consents_refused=frozenset({"face"})), ["agent_point"]),
    "household.max_age": (
        at_own_hall(kind="household_book", born=born_years_ago(17)),
        18,
    ),
    "limit.mobile": (replace(GOOD, lines=4), 4),
    "military.private_by_resident_card": (
        at_own_hall(kind="military_id", number="军字第9900001号", purpose="private"),
        False,
    ),
    "minor.guardian_age": (holder(born=born_years_ago(17)), 18),
    "rule.PD-10V": (holder(valid_to=None), "off"),
    "note.expiry_days": (holder(valid_to=TODAY + timedelta(days=30)), 31),
    "ownership.least_score": (BACKFILL, LEAST_SCORE.most),
    "reissue.is_registration": (NOBODY_S, False),
    "reissue.tiers": (ON_PROOF, ["endpoint"]),
    "transfer.proxy_tiers": (TRANSFER_BY_PROXY, ["agent_point"]),
    "minor.youngest_age": (minor(5, kind="guardian"), 10),
    "minor.teen_alone": (minor(17), "alone"),
    "proxy.most_principals": (proxy(principals=2), 1),
    "assisted.tiers": (assisted(tier="partner_hall"), ["own_hall"]),
    "unit.tiers": (ORDER, ["partner_hall"]),
    "unit.strict_papers": (OF_OLD_CODE, False),
    "unit.legacy_numbers": (OF_OLD_CODE, True),
    "unit.numbers_a_user": (replace(NUMBER, user_numbers=3), 3),
    "rule.CV-04L": (seen("live", level="look"), "off"),
    "rule.UD-08U": (replace(NUMBER, user_numbers=3), "off"),
    "reading.customers": (holder(customers=3), 4),
}
# What no old facts can tell, and the test that shows what it does.
ELSEWHERE = {
    "appeal.answer_days": "test_how_soon_an_appeal_is_answered_is_policy",
    "desk.minutes": "test_how_long_a_case_may_wait_is_policy",
    "desk.opens": "test_when_the_desk_works_is_policy",
    "desk.closes": "test_when_the_desk_works_is_policy",
    "desk.days": "test_public_holidays_and_shifted_working_days_count",
    "desk.first": "test_the_policy_says_what_comes_first",
    "desk.kept_minutes": "test_how_long_returned_work_is_kept_is_policy",
    "desk.second_own_hall": "test_each_tier_has_a_share_of_its_own",
    "desk.second_partner_hall": "test_each_tier_has_a_share_of_its_own",
    "desk.second_franchise_store": "test_each_tier_has_a_share_of_its_own",
    "desk.second_agent_point": "test_each_tier_has_a_share_of_its_own",
    "desk.second_endpoint": "test_each_tier_has_a_share_of_its_own",
    "desk.second_risky": "test_whether_all_that_is_risky_is_looked_at_again_is_policy",
    "desk.second_new": "test_a_clerk_s_first_weeks_are_looked_at_more",
    "desk.second_new_days": "test_a_clerk_s_first_weeks_are_looked_at_more",
    "desk.second_low": "test_an_outlet_with_a_bad_score_is_looked_at_more",
    "desk.second_low_score": "test_an_outlet_with_a_bad_score_is_looked_at_more",
    "desk.second_days": "test_a_look_that_nobody_takes_ends_after_its_days",
    "desk.four_eyes_risky": "test_policy_says_that_a_risky_case_needs_four_eyes",
    "desk.four_eyes_tiers": "test_the_carrier_hears_of_it_when_two_have_approved",
    "electronic_id.tiers": "test_what_is_said_of_an_electronic_card_is_policy",
    "military.image": "test_where_policy_wants_it_the_card_is_shot_all_the_same",
    "number.quarantine_months": "test_how_long_a_number_rests_is_policy",
    "retention.refused_days": "test_a_province_may_set_other_days",
    "picture.look_back_days": "test_policy_says_how_far_back_the_look_goes",
    "reading.copy_minutes": "test_how_soon_a_second_read_is_odd_is_policy",
    "reading.look_back_days": "test_how_far_back_readers_are_looked_for_is_policy",
}


def effects() -> dict[str, tuple[Facts, Any]]:
    return EFFECTS | dict(_of_documents()) | dict(_of_rules())


def _of_documents() -> Iterator[tuple[str, tuple[Facts, Any]]]:
    for document in DOCUMENTS.values():
        tiers = document.tiers_policy
        elsewhere = next(tier for tier in ALL_TIERS if tier != "own_hall")
        facts = replace(holder(kind=document.kind), tier=elsewhere)
        allowed = tiers.default
        others = [tier for tier in allowed if tier != elsewhere]
        yield tiers.key, (facts, others if elsewhere in allowed else [*allowed, elsewhere])


def _of_rules() -> Iterator[tuple[str, tuple[Facts, Any]]]:
    """Where a rule has something to say it can be graver, milder, or silent."""
    said = {rule: facts for rule, _why, facts in (*STOPS, *READINGS, *BY_EYE)}
    for rule in RULES:
        if rule.level and rule.id in said:
            value = "off" if rule.level.default != "off" else "block"
            yield rule.level.key, (said[rule.id], value)


def test_every_policy_has_a_case_that_shows_its_effect() -> None:
    judged = {key for key, policy in POLICIES.items() if policy.is_judged}

    assert judged - effects().keys() == set()
    assert effects().keys() - judged == set()


@pytest.mark.parametrize("key", sorted(effects()))
def test_a_policy_changes_what_the_rules_say(key: str) -> None:
    facts, value = effects()[key]
    assert POLICIES[key].clean(value) != POLICIES[key].default

    before = engine.judge(facts)
    after = engine.judge(replace(facts, policies=facts.policies | {key: value}))

    assert before != after


def test_a_policy_that_no_rule_reads_names_the_test_of_what_it_does() -> None:
    defined = {
        name
        for path in Path(__file__).parent.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }

    assert {key for key, policy in POLICIES.items() if not policy.is_judged} == set(ELSEWHERE)
    assert set(ELSEWHERE.values()) - defined == set()


def test_every_policy_stands_in_a_group() -> None:
    assert [key for key, policy in POLICIES.items() if policy.group == OTHERS] == []


def test_every_policy_says_its_default_in_words() -> None:
    for policy in POLICIES.values():
        assert policy.shown(policy.default)
        assert policy.shown(policy.default, lambda text: f"[{text}]") != str(policy.default)


def test_of_several_all_and_none_have_a_word() -> None:
    tiers = DOCUMENTS["resident"].tiers_policy

    assert tiers.shown(tiers.clean(list(ALL_TIERS))) == "全部"
    assert tiers.shown(tiers.clean(["own_hall", "endpoint"])) == "自有营业厅、末梢渠道"
    assert tiers.shown(tiers.clean([])) == "无"
