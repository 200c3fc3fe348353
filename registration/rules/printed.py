"""Rules on what a machine read on the pictures. It may be wrong: each asks a person to look."""

from collections.abc import Iterator

from registration.rules import law, plan
from registration.rules.facts import Facts
from registration.rules.roles import GUARDIAN, HANDLER, HOLDER, PROXY
from registration.rules.rule import Reason, Severity, rule
from registration.rules.words import gettext_noop as _

_LOOK = _("请对照影像逐字核对，以影像为准。")

ANOTHER = _("证件照片像是另一个人的：姓名和号码都与读出的不符。")
_AGAIN = _("请重拍本人的证件；确实拍对了的，请对照影像逐字核对。")

# What stands on the paper and is another elsewhere; and whom it concerns.
LETTER = {
    "principal_name": (_("委托书上的委托人姓名与证件读出的不符。"), HOLDER),
    "principal_number": (_("委托书上的委托人号码与证件读出的不符。"), HOLDER),
    "proxy_name": (_("委托书上的受托人姓名与证件读出的不符。"), PROXY),
    "proxy_number": (_("委托书上的受托人号码与证件读出的不符。"), PROXY),
    "phone": (_("委托书上的电话号码与办理的号码不符。"), PROXY),
    "until": (_("委托书上的有效期与填写的不符。"), PROXY),
}
GUARDIANSHIP = {
    "child_name": (_("监护材料上的未成年人姓名与证件读出的不符。"), HOLDER),
    "child_number": (_("监护材料上的未成年人号码与证件读出的不符。"), HOLDER),
    "guardian_name": (_("监护材料上的监护人姓名与证件读出的不符。"), GUARDIAN),
    "guardian_number": (_("监护材料上的监护人号码与证件读出的不符。"), GUARDIAN),
}
UNIT = {
    "unit_name": (_("单位材料上的单位名称与填写的不符。"), HANDLER),
    "unit_number": (_("单位证件上的统一社会信用代码与填写的不符。"), HANDLER),
    "handler_name": (_("单位授权书上的经办人姓名与证件读出的不符。"), HANDLER),
    "handler_number": (_("单位授权书上的经办人号码与证件读出的不符。"), HANDLER),
    "phone": (_("单位授权书上的电话号码与办理的号码不符。"), HANDLER),
    "until": (_("单位授权书上的有效期与填写的不符。"), HANDLER),
}
# On the page itself; the role says whose it is.
DOCUMENT = {
    "name": _("证件照片上的姓名与读出的不符。"),
    "number": _("证件照片上的号码与读出的不符。"),
    "birth_date": _("证件照片上的出生日期与读出的不符。"),
    "address": _("证件照片上的住址与读出的不符。"),
    "issuer": _("证件照片上的签发机关与读出的不符。"),
    "validity": _("证件照片上的有效期限与读出的不符。"),
    "valid_to": _("证件照片上的有效期限与读出的不符。"),
    "pass_number": _("证件照片上的通行证号码与读出的不符。"),
}
# Of a page on which nothing was found that should stand there.
SILENT = {
    "id_front": _("证件正面的照片上什么也没有读出来。"),
    "id_back": _("证件背面的照片上没有读到应有的内容。"),
    "letter": _("委托书的照片上没有读到应有的内容。"),
}
SILENT_PAPER = _("证明材料的照片上没有读到应有的内容。")
_RIGHT_PAGE = _("请看拍的是不是它、照片是否清楚；拍错了或看不清的请重拍。")
CERTIFICATE = {"name": _("单位证明上的姓名与证件读出的不符。")}
OWNERSHIP = {"phone": _("号码使用凭证上的号码与办理的号码不符。")}

_GUARDIAN_PAPERS = ("guardianship", "guardian_consent")
_UNIT_PAPERS = (
    "licence",
    "institution",
    "social",
    "org_code",
    "introduction",
    "diplomatic_note",
    "unit_letter",
)


@rule(law.CIVIL_CODE_165, id="PX-02P", severity=Severity.REVIEW)
def letter_agrees_with_what_was_read(facts: Facts) -> Iterator[Reason]:
    """The names and numbers that a machine read in the letter of authority are those of the cards,
    its telephone number and its last day those of the form."""
    return _of_paper(facts, ("letter",), LETTER)


@rule(law.CIVIL_CODE_23, id="PX-08T", severity=Severity.REVIEW)
def guardians_papers_agree_with_what_was_read(facts: Facts) -> Iterator[Reason]:
    """The names and numbers that a machine read in the guardian's papers are those of the cards."""
    return _of_paper(facts, _GUARDIAN_PAPERS, GUARDIANSHIP)


@rule(law.ORDER_25_8, id="UD-01P", severity=Severity.REVIEW)
def units_papers_agree_with_what_was_read(facts: Facts) -> Iterator[Reason]:
    """What a machine read on the unit's papers is what was written down and what the handler's card
    says."""
    return _of_paper(facts, _UNIT_PAPERS, UNIT)


@rule(law.ORDER_25_9, id="CV-07P", severity=Severity.REVIEW)
def document_shows_what_its_chip_says(facts: Facts) -> Iterator[Reason]:
    """What a machine read on the picture of a document is what its chip or its zone says."""
    others = set(_of_somebody_else(facts))
    for kind in sorted(others):
        yield Reason(ANOTHER, _AGAIN, plan.shown_by(kind), "photos")
    for kind, field in facts.differing:
        role = plan.shown_by(kind)
        if kind in others:
            continue
        if kind == "unit_certificate":
            text = CERTIFICATE[field]
        elif kind == "ownership":
            text = OWNERSHIP[field]
        elif kind in (plan.picture(role, "id_front"), plan.picture(role, "id_back")):
            text = DOCUMENT[field]
        else:
            continue
        yield Reason(text, _LOOK, role, "photos")


@rule(law.ORDER_25_9, id="CV-07U", severity=Severity.NOTE)
def page_can_be_read(facts: Facts) -> Iterator[Reason]:
    """On each page that a machine reads it found something of what should stand there."""
    found = {}
    for kind in facts.unread_pages:
        role = plan.shown_by(kind)
        text = SILENT.get(kind.removeprefix(f"{role}_"), SILENT_PAPER)
        # Of two papers that are nobody's own it is said once.
        found[role, text] = Reason(text, _RIGHT_PAGE, role, "photos")
    yield from found.values()


def _of_somebody_else(facts: Facts) -> Iterator[str]:
    """Kinds of document page that show another name and another number: each of its fields differs,
    and there is one thing to say."""
    kinds = {kind for kind, _field in facts.differing}
    for kind in kinds:
        if kind.endswith("id_front") and {(kind, "name"), (kind, "number")} <= set(facts.differing):
            yield kind


def _of_paper(
    facts: Facts, kinds: tuple[str, ...], texts: dict[str, tuple[str, str]]
) -> Iterator[Reason]:
    for kind, field in facts.differing:
        if kind in kinds:
            text, role = texts[field]
            yield Reason(text, _LOOK, role, "photos")
