"""Ready answers: what a verifier may say to a finding, by rule, and how a case offers them."""

from typing import Any

import pytest

from registration.forms import review as forms
from registration.forms.review import ITEMS, LONGEST_NOTE
from registration.models import Decision, Finding
from registration.rules import printed, remedy
from registration.rules.remedy import ANSWERS, remedies
from registration.rules.rule import RULES
from registration.views import remedy as ready
from registration.views.remedy import Offered, offered

ALL = [(rule, answer) for rule, answers in ANSWERS.items() for answer in answers]
EVERYTHING = tuple(ITEMS)


def finding(rule: str, text: str, *, role: str = "", todo: str = "", **more: Any) -> Finding:
    severity = more.get("severity", Finding.Severity.REVIEW)
    return Finding(rule=rule, role=role, reason=text, todo=todo, severity=severity)


def letter(field: str) -> Finding:
    text, role = printed.LETTER[field]
    return finding("PX-02P", text, role=role)


def only(found: dict[str, list[Offered]], verdict: str = "return") -> Offered:
    [one] = found[verdict]
    return one


# By rule -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "answer"), ALL)
def test_an_answer_is_to_a_rule_that_there_is_in_words_that_there_are(
    rule: str, answer: remedy.Answer
) -> None:
    known = {each.id for each in RULES}
    reasons = Decision.RETURNS if answer.verdict == remedy.RETURN else Decision.REFUSALS

    assert rule in known
    assert answer.reason in reasons
    assert set(answer.items) <= set(ITEMS)
    assert answer.verdict == remedy.REFUSE or answer.items or answer.pages or answer.reads


def test_a_page_is_that_of_the_person_whom_the_finding_concerns() -> None:
    text = printed.DOCUMENT["name"]

    [holders] = remedies("CV-07P", "holder", text, "")
    [proxys] = remedies("CV-07P", "proxy", text, "")

    assert holders.items == ("id_front",)
    assert proxys.items == ("proxy_id_front",)


def test_what_stands_on_the_back_is_retaken_from_the_back() -> None:
    [found] = remedies("CV-07P", "holder", printed.DOCUMENT["validity"], "")

    assert found.items == ("id_back",)


def test_the_rules_own_words_are_the_clerks_where_they_are_meant_for_the_clerk() -> None:
    [found] = remedies("PD-10", "holder", "身份证已过期。", "请客户换领新证后再来办理。")

    assert found.todo == "请客户换领新证后再来办理。"
    assert found.items == ("id_front", "id_back", "holder")


def test_a_face_that_could_not_be_compared_is_no_reason_to_refuse() -> None:
    unavailable = remedies("CV-05F", "holder", "人脸比对服务没有回应，还没有比对。", "")
    differs = remedies("CV-05F", "holder", "人脸比对认为现场照与证件照片差别较大。", "")

    assert [each.verdict for each in unavailable] == ["return"]
    assert [each.verdict for each in differs] == ["return", "refuse"]


@pytest.mark.parametrize("rule", ["CV-12", "CV-05", "CV-03N"])
def test_what_is_no_fault_has_no_ready_answer(rule: str) -> None:
    assert not list(remedies(rule, "holder", "样本", "样本"))


# By case -------------------------------------------------------------------------------------


def test_findings_that_are_mended_alike_are_one_answer() -> None:
    found = only(offered([letter("principal_name"), letter("phone")], EVERYTHING))

    assert found.items == "letter letter_points"
    assert found.note.startswith("委托书上的委托人姓名与证件读出的不符。委托书上的电话号码与办理")
    assert found.note.endswith("再逐项核对。")


def test_nothing_is_asked_for_that_the_application_does_not_have() -> None:
    found = only(offered([letter("phone")], ("letter",)))

    assert found.items == "letter"
    assert offered([letter("phone")], ("id_front",)) == {"return": [], "refuse": []}


def test_the_gravest_comes_first_and_each_has_a_key_of_its_own() -> None:
    mismatch = finding("CV-03", "样本不一致。", role="holder", severity=Finding.Severity.BLOCK)
    findings = [letter("phone"), mismatch]

    found = offered(findings, EVERYTHING)

    assert [(each.key, each.items) for each in found["return"]] == [
        ("6", "holder"),
        ("7", "letter letter_points"),
    ]
    assert [(each.key, each.reason) for each in found["refuse"]] == [("8", "ONLINE_MISMATCH")]


def test_a_note_says_what_to_do_even_when_not_everything_fits() -> None:
    texts = [f"{'样本' * 20}{number}。" for number in range(9)]

    found = only(offered([finding("PX-02P", text) for text in texts], EVERYTHING))

    assert len(found.note) <= LONGEST_NOTE
    assert found.note.endswith("再逐项核对。")


@pytest.mark.parametrize(
    ("verdict", "reasons"), [("return", Decision.RETURNS), ("refuse", Decision.REFUSALS)]
)
def test_no_key_does_two_things_in_one_panel(verdict: str, reasons: Any) -> None:
    plain = [str(number) for number, _reason in enumerate(reasons, start=1)]

    keys = [*plain, *ready.KEYS[verdict], *forms.KEYS, "n"]

    assert len(keys) == len(set(keys))
