"""From a vendor's fields to the parts of a read: the canonical 256-byte block and the portrait.

The names are those of frames.build_text_block; the block is parsed again before it leaves, so that
a vendor's mistake is never signed as a card.
"""

import base64
import binascii
import re
from typing import Final

from outlets import frames
from outlets.bridge.adapter import ReaderError
from outlets.bridge.adapters.ethnic import ethnic_code
from outlets.bridge.adapters.sentences import WRONG_CARD
from outlets.frames import CardKind, FrameError

Fields = dict[str, str]

OLD_SERVICE: Final = "厂家的读卡服务不认识这种证件。请把它升级到最新版，再读一次。"

# Card-type numbers as Synjones documents them; "" where an old service does not know the field.
KINDS: Final = {
    "0": CardKind.RESIDENT,
    "1": CardKind.FOREIGNER_2017,
    "2": CardKind.PERMIT,
    "3": CardKind.FOREIGNER_2023,
    " ": CardKind.RESIDENT,
    "I": CardKind.FOREIGNER_2017,
    "J": CardKind.PERMIT,
    "Y": CardKind.FOREIGNER_2023,
}

_SEXES: Final = {
    **dict.fromkeys(("男", "男性", "M", "MALE"), "1"),
    **dict.fromkeys(("女", "女性", "F", "FEMALE"), "2"),
    "未知": "0",
    "未说明": "9",
}
_DAY: Final = re.compile(
    r"(\d{4})(?:\D?(\d{2})\D?(\d{2})|\D{1,2}(\d{1,2})\D{1,2}(\d{1,2}))(?!\d)日?"
)
_FOREIGNERS: Final = frozenset({CardKind.FOREIGNER_2017, CardKind.FOREIGNER_2023})
_COUNTRY: Final = re.compile(r"(?<![A-Z])[A-Z]{3}(?![A-Z])")
# Midnight only: a program that writes another hour has moved the day into another time zone, and
# 1990-03-13T16:00:00Z is the day after the thirteenth.
_TIME: Final = re.compile(r"(?:[ T]0{1,2}(?::00){1,2}(?:\.0+)?(?:Z|\+08:?00)?)?")
# 15 units of number, and 3 of country where both are read as one field.
_NUMBER_2017: Final = re.compile(r"([A-Z]{3}\d{12})([A-Z]{3})?")
_FOREVER: Final = frozenset({frames.LONG_TERM, "长期有效"})
_CHINESE: Final = re.compile(r"[\u3400-\u9fff\ue000-\uf8ff\U00020000-\U0003ffff]")


def kind_of(declared: str, fields: Fields) -> CardKind:
    """What the card is, by the vendor's type number and by what only one kind of card has.

    Old services know fewer types and call the rest resident or every foreigner by one number: the
    card's own number says better, and an address without one Chinese character is a foreigner's
    English name. Raises ReaderError.
    """
    if declared.strip() and declared not in KINDS:
        raise ReaderError("wrong_card", WRONG_CARD)
    kind, address = KINDS.get(declared, CardKind.RESIDENT), fields.get("address", "")
    if kind is CardKind.RESIDENT and address and not _CHINESE.search(address):
        raise ReaderError("wrong_card", OLD_SERVICE)
    return _kind_of_number(fields, kind)


def _kind_of_number(fields: Fields, declared: CardKind) -> CardKind:
    """``declared`` unless the number can only be that of another kind."""
    number = fields.get("number", "")
    if _NUMBER_2017.fullmatch(number):
        return CardKind.FOREIGNER_2017
    if number.startswith("9") and (fields.get("english_name") or declared in _FOREIGNERS):
        return CardKind.FOREIGNER_2023
    if number.startswith(("81", "82", "83")) and declared is CardKind.RESIDENT:
        return CardKind.PERMIT
    return declared


def parts_of(declared: str, raw: Fields) -> dict[str, bytes]:
    """Raises ReaderError: wrong_card, or card_damaged where the fields do not make a card."""
    fields = raw | {"number": raw.get("number", "").replace(" ", "")}
    kind = kind_of(declared, fields)
    try:
        block = frames.build_text_block(_normalised(fields, kind), kind)
        frames.parse_text_block(block)
    except FrameError as error:
        raise ReaderError("card_damaged", str(error)) from None
    return {"block": block} | portrait(raw.get("portrait", ""))


def _normalised(fields: Fields, kind: CardKind) -> Fields:
    valid_from, valid_to = _period(fields)
    made = fields | {
        "sex": _sex(fields.get("sex", "")),
        "birth_date": day(fields.get("birth_date", "")),
        "valid_from": valid_from,
        "valid_to": valid_to,
    }
    if kind is CardKind.RESIDENT:
        made["ethnic_code"] = ethnic_code(fields.get("ethnic_code", ""))
    if kind is CardKind.PERMIT:
        made["pass_number"] = _pass_number(fields.get("pass_number", ""))
        made["issue_count"] = _code(fields.get("count", ""), 2)
    if kind in (CardKind.FOREIGNER_2017, CardKind.FOREIGNER_2023):
        made |= _foreigner(made)
    return made


def _foreigner(fields: Fields) -> Fields:
    number, name = fields["number"], fields.get("name", "")
    behind = ""
    if joined := _NUMBER_2017.fullmatch(number):
        number, behind = joined.groups("")
    # 加拿大/CAN, or only the name of the country; the number of 2017 itself begins with the code.
    country = _COUNTRY.search(fields.get("nationality", "")) or _COUNTRY.match(number)
    nationality = behind or (country[0] if country else "")
    english = fields.get("english_name", "")
    if not _CHINESE.search(name):
        name, english = "", english or name
    return {
        "number": number,
        "nationality": nationality,
        "name": name,
        "english_name": english,
        "renewal_count": _code(fields.get("count", ""), 2),
        "version": _code(fields.get("version", ""), 2),
        "office": _code(fields.get("office", ""), 4),
        "link": _code(fields.get("link", ""), 3),
    }


def _sex(text: str) -> str:
    """GB/T 2261.1 from its own digit, 男, 女/F, M; the parser refuses anything else."""
    return _SEXES.get(text.partition("/")[0].upper(), text)


def day(text: str) -> str:
    """YYYYMMDD from 19900314, 1990-03-14, 1990.3.14, 1990年3月14日, with or without a time."""
    found = _DAY.match(text)
    if found and _TIME.fullmatch(text, found.end()):
        return _compact(found)
    return frames.LONG_TERM if text in _FOREVER else text


def _compact(found: re.Match[str]) -> str:
    year, *rest = (part for part in found.groups() if part)
    return year + "".join(part.zfill(2) for part in rest)


def _period(fields: Fields) -> tuple[str, str]:
    """From two fields, or from one that holds both: 2018.06.01-2038.06.01, 20180601至长期."""
    both = fields.get("validity", "")
    if not both:
        return day(fields.get("valid_from", "")), day(fields.get("valid_to", ""))
    first = _DAY.match(both)
    if not first:
        return both, ""
    return _compact(first), day(both[first.end() :].lstrip(" -—–~～至到"))


def _pass_number(text: str) -> str:
    """The part that stays for life; some vendors put the issue count behind it, or only zeros."""
    found = re.match(r"[HM]?[0-9]{8}", text.replace(" ", ""))
    return found[0] if found and found[0].strip("0") else ""


def _code(text: str, units: int) -> str:
    """A code that nobody decides by: one that does not fit is left out and costs no read."""
    text = text.replace(" ", "")
    return text if re.fullmatch(rf"[0-9A-Z]{{1,{units}}}", text) else ""


def portrait(text: str) -> dict[str, bytes]:
    """The part that a picture makes; none for a BMP, a PNG, too much or rubbish: a card that was
    read without its portrait is a good read."""
    encoded = re.sub(r"\s", "", text.rpartition("base64,")[2])
    if not encoded or len(encoded) > frames.LONGEST_JPEG * 4 // 3 + 4:
        return {}
    try:
        picture = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return {}
    if frames.is_wlt(picture):
        return {"wlt": picture}
    return {"jpeg": picture} if frames.is_jpeg(picture) else {}
