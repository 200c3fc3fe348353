"""Whose number is it, where no register says: what shows that a number is a customer's (SC-08),
and why a number counts as unregistered (BF-02)."""

from dataclasses import dataclass

from registration.rules.policy import Amount, declare
from registration.rules.words import gettext_noop as _

REGISTERED = "registered"
UNREGISTERED = "unregistered"


@dataclass(frozen=True)
class Proof:
    """Something that the number's user has or knows. ``points``: how much it says."""

    code: str
    label: str
    points: int


PROOFS = {
    proof.code: proof
    for proof in (
        Proof("password", _("服务密码正确"), 3),
        Proof("card", _("手机卡在客户手里"), 2),
        Proof("calls", _("说得出近三个月常联系的 4 个号码"), 2),
        Proof("tray", _("有原卡托"), 1),
        Proof("receipt", _("有购机或缴费凭证"), 1),
    )
}


@dataclass(frozen=True)
class Category:
    """Why a number is not registered, and the papers that this wants besides the proof of use."""

    code: str
    label: str
    papers: tuple[str, ...] = ("ownership",)


CATEGORIES = {
    category.code: category
    for category in (
        Category("temporary", _("临时账户或他人代办")),
        Category("incomplete", _("登记资料不全")),
        Category("other_user", _("登记人与实际使用人不符")),
        Category("group", _("单位名下的集团卡"), ("ownership", "unit_certificate")),
    )
}

LEAST_SCORE = Amount(
    key="ownership.least_score",
    title=_("号码使用凭证最少几分"),
    default=4,
    conflict="SC-08",
    why=_("联通 2013 年通知：本人身份证、服务密码、手机卡、卡托和 4 个常联系的号码。"),
    unit=_("分"),
    least=1,
    most=sum(proof.points for proof in PROOFS.values()),
)
declare(LEAST_SCORE)


def score(proofs: frozenset[str]) -> int:
    return sum(proof.points for proof in PROOFS.values() if proof.code in proofs)
