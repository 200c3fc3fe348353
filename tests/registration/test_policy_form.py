"""The form that is made from a policy's kind."""

from datetime import date
from typing import Any

import pytest

from registration.forms.policy import PolicyForm
from registration.rules.policy import Amount, Choice, Policy, Several, Switch
from registration.services.policy import Standing

TODAY = date(2026, 11, 27)
CHOICES = (("one", "甲"), ("two", "乙"))
SWITCH = Switch(key="unit.sample", title="样本开关", default=True, conflict="C-04")
AMOUNT = Amount(
    key="limit.sample", title="样本数", default=0, conflict="C-01", unit="个", least=0, most=5
)
CHOICE = Choice(
    key="rule.sample", title="样本选择", default="one", conflict="C-16", choices=CHOICES
)
SEVERAL = Several(
    key="document.sample", title="样本多选", default=("one",), conflict="PD-08", choices=CHOICES
)


def form(policy: Policy[Any], *, is_set_here: bool = False, **said: Any) -> PolicyForm:
    data = {"from_date": "2026-11-27", "reason": "样本"} | said
    standing = Standing(policy, policy.default, None, ())
    return PolicyForm(standing, data, is_set_here=is_set_here, today=TODAY)


@pytest.mark.parametrize(
    ("policy", "sent", "value"),
    [
        (SWITCH, "True", True),
        (SWITCH, "False", False),
        (AMOUNT, "0", 0),
        (AMOUNT, "5", 5),
        (CHOICE, "two", "two"),
        (SEVERAL, ["two", "one"], ["two", "one"]),
        (SEVERAL, [], []),
    ],
)
def test_each_kind_is_asked_for_and_taken(policy: Policy[Any], sent: Any, value: Any) -> None:
    filled = form(policy, value=sent)

    assert filled.is_valid()
    assert filled.value == value
    policy.clean(filled.value)


@pytest.mark.parametrize(
    ("policy", "sent"),
    [
        (SWITCH, ""),
        (SWITCH, "maybe"),
        (AMOUNT, ""),
        (AMOUNT, "-1"),
        (AMOUNT, "6"),
        (AMOUNT, "1.5"),
        (CHOICE, ""),
        (CHOICE, "three"),
        (SEVERAL, ["three"]),
    ],
)
def test_what_the_policy_does_not_take_stands_beside_the_value(
    policy: Policy[Any], sent: Any
) -> None:
    assert list(form(policy, value=sent).errors) == ["value"]


@pytest.mark.parametrize("policy", [SWITCH, AMOUNT, CHOICE, SEVERAL])
def test_what_holds_now_is_filled_in(policy: Policy[Any]) -> None:
    standing = Standing(policy, policy.default, None, ())
    blank = PolicyForm(standing, is_set_here=True, today=TODAY)

    assert blank["value"].value() == policy.default
    assert blank["from_date"].value() == TODAY
    assert blank["how"].value() == "set"


def test_who_withdraws_gives_no_value() -> None:
    filled = form(AMOUNT, is_set_here=True, how="withdraw", value="99")

    assert filled.is_valid()
    assert filled.value is None


def test_nothing_is_withdrawn_where_nothing_is_set() -> None:
    assert list(form(AMOUNT, how="withdraw", value="").errors) == ["value"]


@pytest.mark.parametrize(("day", "errors"), [("2026-11-26", ["from_date"]), ("2026-11-27", [])])
def test_a_policy_begins_today_at_the_earliest(day: str, errors: list[str]) -> None:
    assert list(form(AMOUNT, value="1", from_date=day).errors) == errors
