"""The kinds of unit (单位) that can be a customer, one object each, and how numbers are built.

REGULATION.md 1C: which paper proves the unit, what stands on it, and what policy may change.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_10

from registration.rules.policy import TIERS, Several, Switch, Values, declare
from registration.rules.words import gettext_noop as _

# How a paper was shown (UD-02): a copy counts only with the unit's seal on it.
ORIGINAL, SEALED, UNSEALED = "original", "sealed", "unsealed"
CERTIFICATE = (
    (ORIGINAL, _("原件或副本原件")),
    (SEALED, _("复印件，盖有公章")),
    (UNSEALED, _("复印件，没有公章")),
)
# An introduction or a note is nothing without a seal.
LETTER = ((SEALED, _("原件，盖有公章")), (UNSEALED, _("没有公章")))

REGIMENT = "regiment"
# Department, class, region, organisation, check digit; never I, O, S, V, Z.
_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
LEVELS = (
    ("below", _("团级以下")),
    (REGIMENT, _("团级")),
    ("above", _("团级以上")),
)
HIGH_LEVELS = (REGIMENT, "above")


@dataclass(frozen=True)
class Paper:
    """A picture of the unit's own papers; ``shown``: how the clerk can have seen it."""

    kind: str
    label: str
    shown: tuple[tuple[str, str], ...] = CERTIFICATE


PAPERS = {
    paper.kind: paper
    for paper in (
        Paper("licence", _("营业执照")),
        Paper("institution", _("事业单位法人证书")),
        Paper("org_code", _("组织机构代码证")),
        Paper("social", _("社会团体法人登记证书")),
        Paper("introduction", _("介绍信"), LETTER),
        Paper("diplomatic_note", _("照会"), LETTER),
    )
}


@dataclass(frozen=True)
class UnitKind:
    """``prefixes``: how its unified social credit code begins, by the department that registered
    it (GB 32100); () where it has none. ``rule``: its row of the catalogue. ``has_level``: an
    army unit says how high it stands; ``has_note``: a diplomatic note has a number and a date."""

    code: str
    label: str
    rule: str
    papers: tuple[str, ...]
    prefixes: tuple[str, ...] = ()
    has_level: bool = False
    has_note: bool = False

    @property
    def has_number(self) -> bool:
        return bool(self.prefixes)


ENTERPRISE = UnitKind("enterprise", _("企业"), "UD-02", ("licence",), ("9",))
INSTITUTION = UnitKind("institution", _("事业单位"), "UD-03", ("institution", "org_code"), ("1",))
SOCIAL = UnitKind("social", _("社会团体"), "UD-04", ("social",), ("5",))
GOVERNMENT = UnitKind("government", _("党政机关"), "UD-05", ("introduction",), ("1",))
ARMY = UnitKind("army", _("军队"), "UD-05", ("introduction",), has_level=True)
EMBASSY = UnitKind("embassy", _("使领馆"), "UD-06", ("diplomatic_note",), has_note=True)

UNIT_KINDS = {
    kind.code: kind for kind in (ENTERPRISE, INSTITUTION, SOCIAL, GOVERNMENT, ARMY, EMBASSY)
}

UNIT_TIERS = Several(
    key="unit.tiers",
    title=_("单位客户在哪些渠道办理"),
    default=("own_hall",),
    conflict="UD-09",
    why=_("运营商惯例：单位客户只在自有营业厅办理。"),
    choices=TIERS,
)
STRICT_PAPERS = Switch(
    key="unit.strict_papers",
    title=_("事业单位同时查验法人证书和组织机构代码证"),
    default=True,
    conflict="C-10",
    why=_("25 号令第八条为其一即可，联通要求两证；证上已是统一社会信用代码的，不再要代码证。"),
)
LEGACY_NUMBERS = Switch(
    key="unit.legacy_numbers",
    title=_("接受旧的注册号（15 位）和组织机构代码（9 位）"),
    default=False,
    conflict="UD-10",
    why=_("2015 年 10 月起三证合一，证照上是统一社会信用代码。"),
)
declare(UNIT_TIERS)
declare(STRICT_PAPERS)
declare(LEGACY_NUMBERS)


def papers_due(kind: UnitKind, number: str, values: Values) -> tuple[str, ...]:
    """The papers that this unit has to show. Its number on the certificate tells whether there
    still is an organisation code of its own (C-10, UD-10)."""
    if kind is not INSTITUTION:
        return kind.papers
    both = STRICT_PAPERS.of(values) and not is_code(number)
    return kind.papers if both else ("institution",)


def normal(number: str) -> str:
    """As it is judged and stored: no blanks, no hyphen, capital letters, half-width."""
    half = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in number)
    return "".join(half.split()).replace("-", "").upper()


def is_code(number: str) -> bool:
    """A unified social credit code whose check digit fits (GB 32100). Departments besides the
    three that the kinds know of have letters too."""
    return bool(_CODE.fullmatch(number)) and number[-1] == uscc.calc_check_digit(number[:-1])


def is_legacy(number: str) -> bool:
    """A registration number of before 2015 (15 digits), or an organisation code (9)."""
    if len(number) == 15:
        return number.isdecimal() and _passes(mod_11_10.validate, number)
    return len(number) == 9 and number[-1] == organisation_check(number[:8])


def kind_of(number: str) -> UnitKind | None:
    """The kind of unit that a code's first digit stands for; 1 is an institution's first."""
    return next((kind for kind in UNIT_KINDS.values() if number[:1] in kind.prefixes), None)


ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_check(body: str) -> str:
    """The ninth character of an organisation code, "" for what is none (GB 11714)."""
    if len(body) != 8 or not body.isascii() or not body.isalnum():
        return ""
    # 0-9 and A-Z count 0 to 35.
    total = sum(
        weight * int(char, 36) for weight, char in zip(ORGANISATION_WEIGHTS, body, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def _passes(validate: Callable[[str], object], number: str) -> bool:
    try:
        validate(number)
    except ValidationError:
        return False
    return True


def fits(kind: UnitKind, number: str) -> bool:
    """Whether the code was given by the department that registers this kind of unit."""
    return not is_code(number) or number[0] in kind.prefixes


def problems(kind: UnitKind, number: str, values: Values) -> Iterator[str]:
    """Why this is no number of such a unit; nothing when it is one."""
    if not kind.has_number or is_code(number):
        return
    if is_legacy(number):
        if not LEGACY_NUMBERS.of(values):
            yield _("旧的注册号和组织机构代码不再使用。")
    elif len(number) == 18:
        yield _("统一社会信用代码的校验位不对。")
    else:
        yield _("统一社会信用代码应为 18 位。")
