"""A text message by which somebody registers the number that it is sent from (BF-06, BF-07).

What is typed on a telephone proves nothing (BF-08): a message gives a claim, never an identity. The
person still comes to a counter, where the card is read and compared with the claim.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from outlets.cards import folded, numbers
from registration.rules.words import gettext_noop as _

# China Telecom's keyword before the first separator, which may be full-width.
KEYWORD = "40"
# China Unicom's words: the answer to them tells how the message is written.
ASKING = ("SMDJ", "506", "实名登记")
SEPARATOR = "#"
LONGEST = 200
# Full-width ASCII, and nothing else: a rare character of a name stays what it is.
_HALF = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
NAME = re.compile(r"(?=.{2,30}\Z)[^\W\d_a-zA-Z]+(?:·[^\W\d_a-zA-Z]+)*\Z")
NUMBER = re.compile(r"[0-9]{17}[0-9X]\Z")


class Answer(StrEnum):
    """What the sender is told. No links, and the official hotline (BF-03, BF-04)."""

    CLAIMED = "claimed"
    HOW = "how"
    FORM = "form"
    NAME = "name"
    NUMBER = "number"
    NOT_DUE = "not_due"

    @property
    def text(self) -> str:
        return _TEXTS[self]


_TEXTS = {
    Answer.CLAIMED: _("已收到您的申报。请本人带身份证原件到营业厅读卡核验，核验通过后登记才完成。"),
    Answer.HOW: _("请用要登记的手机回复：40#姓名#身份证号码。只限居民身份证。"),
    Answer.FORM: _("格式不对。请用要登记的手机发送：40#姓名#身份证号码，共三段。"),
    Answer.NAME: _("姓名不对。请按身份证填写，2 至 30 个字。"),
    Answer.NUMBER: _("身份证号码不对。请核对 18 位号码后重新发送。"),
    Answer.NOT_DUE: _("本机号码现在不需要补登记。每部手机只能登记自己的号码。"),
}


@dataclass(frozen=True)
class Claim:
    """Who says to be the user of the number: folded for comparison, X in upper case."""

    name: str = field(repr=False)
    number: str = field(repr=False)


def parse(text: str) -> Claim | Answer:
    """Full-width forms count like half-width ones; white space is passed over everywhere."""
    plain = "".join(text[: LONGEST + 1].translate(_HALF).split())
    if len(plain) > LONGEST:
        return Answer.FORM
    if plain.upper() in ASKING:
        return Answer.HOW
    parts = plain.split(SEPARATOR)
    if len(parts) != 3 or parts[0] != KEYWORD:
        return Answer.FORM
    name, number = folded(parts[1]), parts[2].upper()
    if not NAME.match(name):
        return Answer.NAME
    return Claim(name, number) if _is_number(number) else Answer.NUMBER


def _is_number(number: str) -> bool:
    if not NUMBER.match(number) or not numbers.check_digit_fits(number):
        return False
    try:
        datetime.strptime(number[6:14], "%Y%m%d")  # noqa: DTZ007 - a date without a time
    except ValueError:
        return False
    return True
