"""Registration by text message: what is understood, and that it is only a claim (scenario 14)."""

import pytest

from outlets.bridge.people import with_check_digit
from registration.rules.sms import Answer, Claim, parse

NUMBER = "11010519491231002X"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"40#张样#{NUMBER}", "张样"),
        ("40＃张样＃11010519491231002x", "张样"),
        ("４０＃张样＃１１０１０５１９４９１２３１００２Ｘ", "张样"),
        (" 40 # 张 样 # 110105 1949 1231 002X ", "张样"),
        (f"40#阿卜·样本#{NUMBER}", "阿卜·样本"),
        (f"40#阿卜•样本#{NUMBER}", "阿卜·样本"),
        (f"40#㐂样#{NUMBER}", "㐂样"),
        (f"40#{'样' * 30}#{NUMBER}", "样" * 30),
    ],
)
def test_a_message_that_is_understood_is_a_claim(text: str, name: str) -> None:
    assert parse(text) == Claim(name, NUMBER)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", Answer.FORM),
        ("40", Answer.FORM),
        ("张样", Answer.FORM),
        (f"40#张样#{NUMBER}#1", Answer.FORM),
        (f"40#张样#{NUMBER}#", Answer.FORM),
        (f"41#张样#{NUMBER}", Answer.FORM),
        (f"张样#{NUMBER}", Answer.FORM),
        ("40#" + "样" * 300, Answer.FORM),
        (f"40##{NUMBER}", Answer.NAME),
        (f"40#张#{NUMBER}", Answer.NAME),
        (f"40#{'样' * 31}#{NUMBER}", Answer.NAME),
        (f"40#·张样#{NUMBER}", Answer.NAME),
        (f"40#张样3#{NUMBER}", Answer.NAME),
        (f"40#Zhang Yang#{NUMBER}", Answer.NAME),
        ("40#张样#", Answer.NUMBER),
        ("40#张样#110105194912310021", Answer.NUMBER),
        ("40#张样#1101051949123100", Answer.NUMBER),
        ("40#张样#110105491231002", Answer.NUMBER),
        (f"40#张样#{with_check_digit('11010519491331002')}", Answer.NUMBER),
        ("smdj", Answer.HOW),
        ("506", Answer.HOW),
        ("实名登记", Answer.HOW),
    ],
)
def test_a_message_that_is_not_understood_says_which_part(text: str, answer: Answer) -> None:
    assert parse(text) == answer


def test_no_answer_holds_a_link_or_what_was_sent() -> None:
    for answer in Answer:
        assert "http" not in answer.text
        assert "{" not in answer.text


def test_a_claim_does_not_show_whom_it_names() -> None:
    assert "张样" not in repr(parse(f"40#张样#{NUMBER}"))
