"""Run every rule over the facts of one application."""

from collections.abc import Iterator
from dataclasses import dataclass

from registration.rules import (
    assisted,
    business,
    common,
    consenting,
    individual,
    minor,
    papers,
    plan,
    printed,
    proxy,
    reading,
    unit,
)
from registration.rules.facts import Facts
from registration.rules.rule import RULES, Reason, Rule, Severity

# Importing a module registers its rules; naming them keeps the imports honest.
MODULES = (
    business,
    common,
    consenting,
    individual,
    papers,
    minor,
    proxy,
    assisted,
    reading,
    unit,
    printed,
)
ORDER = list(Severity)
# What cannot be mended at all comes first, then what is mended earliest: nobody should take
# pictures of a customer whose card has expired.
STEPS = ("", *plan.STEPS)


@dataclass(frozen=True)
class Verdict:
    rule: Rule
    severity: Severity
    reason: Reason


def judge(facts: Facts) -> list[Verdict]:
    """All findings: blocks first, then what a person must look at, then notes; in each the one
    to settle first comes first."""
    levels = ((rule, rule.severity_for(facts)) for rule in RULES)
    found = [
        Verdict(rule, severity, reason)
        for rule, severity in levels
        if severity is not None
        for reason in rule.judge(facts)
    ]
    return sorted(found, key=_urgency)


def _urgency(verdict: Verdict) -> tuple[int, int]:
    return ORDER.index(verdict.severity), STEPS.index(verdict.reason.step)


def blocks(verdicts: list[Verdict]) -> Iterator[Verdict]:
    return (verdict for verdict in verdicts if verdict.severity == Severity.BLOCK)
