"""What a page can say: each field with the labels that stand before it, on folded text."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from registration.rules.words import gettext_noop as _


class Seek(StrEnum):
    NUMBER = "number"
    NAME = "name"
    DAY = "day"
    SPAN = "span"  # from when to when
    WORDS = "words"  # compared with tolerance
    ONE_OF = "one_of"  # any of several words does
    TERM = "term"  # whether there is any date or term


@dataclass(frozen=True)
class Field:
    """``labels``, a pattern, stand before it; before a number, the person whose number it is.
    ``ends`` is what comes after words. ``is_stated``: the page may be silent about it, and then
    there is nothing to say."""

    name: str
    label: str
    seek: Seek
    labels: str = ""
    ends: str = ""
    is_stated: bool = False


UNIT_NUMBER: Final = "unit_number"
# 被委托人 and 受托人 are the proxy.
_PRINCIPAL: Final = "(?<![被受])(?:委托人|委托方|授权人)"
_PROXY: Final = "受托人|受托方|被委托人|被授权人|代理人|代办人|受委托人"
_HANDLER: Final = "经办人|被授权人|受托人|被委托人|代理人|办理人"
_CHILD: Final = "未成年人|被监护人|子女|孩子|儿童"
_GUARDIAN: Final = "(?<!被)监护人|法定代理人"
_UNIT: Final = "授权单位|委托单位|单位名称|(?<![0-9A-Z])名称|企业名称|机构名称"
_UNTIL: Final = "有效期至|有效期限至|有效期到|有效期限到|截止日期|截止|有效期限?"
_ADDRESS_ENDS: Final = "公民身份|身份号码|证件号码|签发机关|有效期"
_UNIT_ENDS: Final = "经办人|被授权人|统一社会|类型|住所|法定代表|性别|公民身份|证件号码"

_ALL: Final = (
    Field("name", _("姓名"), Seek.NAME, "中文姓名|姓名(?:NAME)?|(?<![文A-Z])NAME"),
    Field("number", _("证件号码"), Seek.NUMBER),
    Field("birth_date", _("出生日期"), Seek.DAY, "出生日期|出生|DATEOFBIRTH|BIRTH"),
    Field("address", _("住址"), Seek.WORDS, "住址|地址", _ADDRESS_ENDS),
    Field("issuer", _("签发机关"), Seek.WORDS, "签发机关|签发单位", "有效期|通行证"),
    Field("validity", _("有效期限"), Seek.SPAN),
    Field("valid_to", _("有效期限"), Seek.DAY, f"{_UNTIL}|EXPIRY"),
    Field("pass_number", _("通行证号码"), Seek.NUMBER),
    Field("principal_name", _("委托人姓名"), Seek.NAME, _PRINCIPAL),
    Field("principal_number", _("委托人号码"), Seek.NUMBER, _PRINCIPAL),
    Field("proxy_name", _("受托人姓名"), Seek.NAME, _PROXY),
    Field("proxy_number", _("受托人号码"), Seek.NUMBER, _PROXY),
    Field("child_name", _("未成年人姓名"), Seek.NAME, _CHILD),
    Field("child_number", _("未成年人号码"), Seek.NUMBER, _CHILD),
    Field("guardian_name", _("监护人姓名"), Seek.NAME, _GUARDIAN),
    Field("guardian_number", _("监护人号码"), Seek.NUMBER, _GUARDIAN),
    Field("handler_name", _("经办人姓名"), Seek.NAME, _HANDLER),
    Field("handler_number", _("经办人号码"), Seek.NUMBER, _HANDLER),
    Field("unit_name", _("单位名称"), Seek.WORDS, _UNIT, _UNIT_ENDS),
    Field(UNIT_NUMBER, _("统一社会信用代码"), Seek.NUMBER),
    Field("phone", _("电话号码"), Seek.NUMBER, is_stated=True),
    Field("business", _("办理业务"), Seek.ONE_OF),
    Field("dates", _("日期或期限"), Seek.TERM),
    Field("until", _("有效期至"), Seek.DAY, _UNTIL, is_stated=True),
)
FIELDS: Final = {field.name: field for field in _ALL}

_CARD: Final = (
    "name",
    "number",
    "birth_date",
    "address",
    "issuer",
    "validity",
    "valid_to",
    "pass_number",
)
_UNIT_PAGE: Final = ("unit_name", UNIT_NUMBER)
_LETTER_ENDS: Final = ("phone", "business", "dates", "until")
_GRANT: Final = ("unit_name", "handler_name", "handler_number", *_LETTER_ENDS)
# What can stand on each kind of picture, by the holder's name for it.
PAGES: Final[dict[str, tuple[str, ...]]] = {
    "id_front": _CARD,
    "id_back": _CARD,
    "letter": (
        "principal_name",
        "principal_number",
        "proxy_name",
        "proxy_number",
        *_LETTER_ENDS,
    ),
    "guardianship": ("child_name", "child_number", "guardian_name", "guardian_number"),
    "guardian_consent": ("child_name", "child_number", "phone", "dates"),
    "licence": _UNIT_PAGE,
    "institution": _UNIT_PAGE,
    "social": _UNIT_PAGE,
    "org_code": _UNIT_PAGE,
    "introduction": _GRANT,
    "diplomatic_note": ("unit_name", "dates"),
    "unit_letter": _GRANT,
    "unit_certificate": ("name", "number", "dates"),
    "ownership": ("phone",),
}
# How many long numbers each has at least.
NUMBERS: Final = {
    "id_front": 1,
    "letter": 2,
    "guardianship": 2,
    "guardian_consent": 1,
    "licence": 1,
    "institution": 1,
    "social": 1,
    "introduction": 1,
    "unit_letter": 1,
}
