"""What of a person's data everyone may see (RT-06). The only place where text is masked.

Total functions: any text, even None, gives a text, and never the clear value back. Short values
show less, not more. An empty value stays empty, so that a screen can say that it is missing.
"""

import re

HIDDEN = "*"
REST = "****"

# From this length on: characters shown at the front and at the back. 18 are on every card of today,
# 15 on a foreigner's of 2017 (its birth date, the eighth to thirteenth, stays hidden) and on those
# before 18; the others are passports and permits.
NUMBER_SHOWS = [(18, 6, 4), (15, 6, 2), (8, 2, 2), (4, 1, 0), (0, 0, 0)]
PHONE_SHOWS = [(11, 3, 4), (7, 0, 2), (0, 0, 0)]
ADDRESS_SHOWS = 6

# Province, city, district. A name holds no word of a finer level, so that a housing estate
# (小区, 社区 …) deep in the address is not taken for a district (区).
_FINER = r"\d省市区县旗镇乡村街道路巷弄号楼栋室"
_DISTRICT = re.compile(
    rf"""
    (?: [^{_FINER}]{{2,7}} (?: 省 | 自治区 | 特别行政区 ) )?
    (?: [^{_FINER}]{{1,10}}? (?: 市 | 自治州 | 地区 | 盟 ) )?
    (?: .[^{_FINER}]{{0,10}}? (?: 自治县 | 县 | 自治旗 | 旗 | 市
                               | (?<![小社校厂院景])(?<![住别宿家生][宅墅舍属活])区 ) )?
    """,
    re.VERBOSE,
)


def name(clear: str | None) -> str:
    """张*, S*: the first character alone, of a Latin name too; one star hides the length."""
    text = _squeezed(clear)
    if len(text) < 2:
        return HIDDEN * len(text)
    return text[0] + HIDDEN


def number(clear: str | None) -> str:
    """110105********002X; every hidden character keeps its place."""
    return _ends(_squeezed(clear), NUMBER_SHOWS)


def phone(clear: str | None) -> str:
    """138****1234; the country code of the mainland and all punctuation are dropped."""
    text = _squeezed(clear)
    digits = "".join(character for character in text if character.isdecimal())
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    if not digits:
        return HIDDEN * len(text)
    return _ends(digits, PHONE_SHOWS)


def address(clear: str | None) -> str:
    """Down to district, county, banner or county-level city; else six characters at most."""
    text = _squeezed(clear)
    if not text:
        return ""
    found = _DISTRICT.match(text)
    if found and found.group():
        return found.group() + REST
    return text[: min(ADDRESS_SHOWS, len(text) // 2)] + REST


def group_number(text: str) -> str:
    """A card's number, clear or masked, as it is read aloud: 991101 ******** 001X.

    Of 15 characters: UTO 9900 880229 02, which is country, region, birth and the rest.
    """
    if len(text) == 15:
        return f"{text[:3]} {text[3:7]} {text[7:13]} {text[13:]}"
    return f"{text[:6]} {text[6:14]} {text[14:]}" if len(text) == 18 else text


def group_phone(text: str) -> str:
    """138 **** 1234; a fixed line's with its area code apart: 0600 8001234."""
    if text.startswith("0") and HIDDEN not in text:
        area = 3 if text[1:2] in ("1", "2") else 4
        return f"{text[:area]} {text[area:]}"
    return f"{text[:3]} {text[3:7]} {text[7:]}" if len(text) == 11 else text


def _squeezed(clear: str | None) -> str:
    return "".join((clear or "").split())


def _ends(text: str, shows: list[tuple[int, int, int]]) -> str:
    front, back = next((front, back) for least, front, back in shows if len(text) >= least)
    hidden = len(text) - front - back
    return text[:front] + HIDDEN * hidden + text[len(text) - back :]
