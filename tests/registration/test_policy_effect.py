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
    READINGS,
    STOPS,
    TODAY,
    born_years_ago,
    holder,
    proxy,
)

# A policy's key: facts of which the rules say something else under this value.
EFFECTS: dict[str, tuple[Facts, Any]] = {
    "limit.mobile": (replace(GOOD, lines=4), 4),
    "minor.guardian_age": (holder(born=born_years_ago(17)), 18),
    "note.expiry_days": (holder(valid_to=TODAY + timedelta(days=30)), 31),
    "ownership.least_score": (BACKFILL, LEAST_SCORE.most),
    "reissue.is_registration": (NOBODY_S, False),
    "reissue.tiers": (ON_PROOF, ["endpoint"]),
    "transfer.proxy_tiers": (TRANSFER_BY_PROXY, ["agent_point"]),
    "minor.youngest_age": (minor(5, kind="guardian"), 10),
    "minor.teen_alone": (minor(17), "alone"),
    "proxy.most_principals": (proxy(principals=2), 1),
    "assisted.tiers": (assisted(tier="partner_hall"), ["own_hall"]),
    "reading.customers": (holder(customers=3), 4),
}
# What no old facts can tell, and the test that shows what it does.
ELSEWHERE = {
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
