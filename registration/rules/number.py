"""Whether a document's number can be one of its kind (data dictionary), and whose it is."""

import re
from datetime import date
from typing import Final

from outlets.cards import CardKind, numbers
from registration.rules import document
from registration.rules.words import gettext_noop as _

CHECK_DIGIT: Final = _("证件号码的校验位不对。")
BIRTH_DATE: Final = _("证件号码与出生日期不符。")
FORM: Final = _("证件号码的格式不对。")

# H from Hong Kong, M from Macao, eight digits for life; the form of 1999 counts renewals after it.
_HKM: Final = re.compile(r"[HM][0-9]{8}([0-9]{2})?")
# Eight digits for life; before 2008 two more and a letter, with or without brackets.
_TAIWAN: Final = re.compile(r"[0-9]{8}([0-9]{2}(\(?[A-Z]\)?)?)?")
# Nobody has laid down how military numbers look, nor how other states number passports.
_FREE: Final = re.compile(r"[0-9A-Z\u4e00-\u9fff第号()（）-]{4,30}")
_FORMS: Final = {
    document.HKM_PERMIT: _HKM,
    document.TAIWAN_PERMIT: _TAIWAN,
    document.MILITARY_ID: _FREE,
    document.ARMED_POLICE_ID: _FREE,
    document.PASSPORT: re.compile(r"[0-9A-Z]{3,22}"),
    document.PRC_PASSPORT: re.compile(r"[A-Z][0-9A-Z][0-9]{7}"),
}
# Hong Kong, Macao, Taiwan; and what tells a foreigner's number since 2023 from a citizen's.
_PREFIXES: Final[dict[str, tuple[str, ...]]] = {
    CardKind.PERMIT: ("81", "82", "83"),
    CardKind.FOREIGNER_2023: ("9",),
}
# Of a permit's number so many characters stay for life.
_LIFELONG: Final = {document.HKM_PERMIT: 9, document.TAIWAN_PERMIT: 8}


def wrong_with(kind: str, number: str, birth_date: date) -> str:
    """What is wrong with it, as a sentence; "" when nothing is."""
    if kind in _FORMS:
        return "" if _FORMS[kind].fullmatch(number) else FORM
    if kind in _PREFIXES and not number.startswith(_PREFIXES[kind]):
        return FORM
    # Fifteen characters are right on one kind of card only.
    if (len(number) == 15) is not (kind == CardKind.FOREIGNER_2017):
        return CHECK_DIGIT
    if not numbers.check_digit_fits(number):
        return CHECK_DIGIT
    return "" if numbers.holds_birth_date(number, birth_date) else BIRTH_DATE


def of_person(kind: str, number: str, nationality: str = "") -> str:
    """The number that stands for the person whichever document was shown (NL-05): what of a
    permit's stays for life, which its owner's residence permit names too. Two states may give one
    passport number, so theirs carries the state; a new passport is another person, as far as
    anybody can tell by it."""
    if kind in _LIFELONG:
        return number[: _LIFELONG[kind]]
    if kind in (document.PASSPORT, document.PRC_PASSPORT):
        return f"{nationality} {number}"
    if kind in document.MILITARY:
        return f"{kind} {number}"
    return number
