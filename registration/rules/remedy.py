"""What a verifier may answer to a finding: ready words, each a proposal that a person edits.

The words for the clerk are the rule's own, but where those speak to the verifier ("compare…"): then
what the clerk does next stands here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from registration.rules import consenting, plan, printed, reuse
from registration.rules.words import gettext_noop as _

RETURN, REFUSE = "return", "refuse"

# Codes of models.Decision.Reason.
UNREADABLE = "IMAGE_UNREADABLE"
WRONG_PICTURE = "WRONG_PICTURE"
FACE = "FACE_MISMATCH"
LETTER = "LETTER_DEFECT"
OTHER = "OTHER"
MISMATCH = "ONLINE_MISMATCH"
IMPERSONATION = "IMPERSONATION"
ABNORMAL = "ABNORMAL"

_DOCUMENT = ("id_front", "id_back")
_LIVES = ("live", "proxy_live", "guardian_live", "handler_live", "transferor_live")
_GUARDIAN = ("guardianship", "guardian_consent")
_CERTIFICATES = ("licence", "institution", "social", "org_code")
_PAPERS = (*_GUARDIAN, "ownership", "unit_letter", "unit_certificate", *_CERTIFICATES)

_LIVE_AGAIN = _("请让本人面对柜台摄像头当场重拍，正对镜头、光线均匀。")
_PAGE_AGAIN = _("请核对是不是本人的证件，放平、避开反光后重拍。")
_LETTER_AGAIN = _("拍歪或反光的请重拍委托书；写错的请委托人重写，再逐项核对。")
_PAPER_AGAIN = _("请拍客户今天带来的原件；写错的请客户重开。")
_ORIGINAL = _("请拍客户今天带来的原件，不要拍屏幕。")
_UNIT_AGAIN = _("请对照单位材料原件：拍不清的重拍，填错的改正。")
_READ_AGAIN = _("请让本人出示证件原件，重新读卡。")
_PERSON_AGAIN = _("请让本人在场重新读卡，并当场重拍现场照。")
_TYPE_AGAIN = _("请对照证件原件重新录入。")
_PROOF_AGAIN = _("请客户出示号码使用凭证原件，重拍并重新勾选。")
_POLICE = _("请客户到公安机关核实身份信息后再来办理。")
_OWN_CARD = _("只能用本人的证件办理，请客户带本人的证件再来。")
_IN_PERSON = _("请委托人本人持有效证件到营业厅办理。")
_BARRED = _("请客户先向运营商核实停机原因。")
_OTHER_COUNTER = _("请到别的网点由其他营业员办理。")

# What stands on the back of a document; everything else is on the front.
_BACK = ("issuer", "validity", "valid_to", "pass_number")
_BACK_TEXTS = tuple(dict.fromkeys(printed.DOCUMENT[field] for field in _BACK))
_FRONT_TEXTS = tuple(text for text in printed.DOCUMENT.values() if text not in _BACK_TEXTS)


@dataclass(frozen=True)
class Remedy:
    """``verdict``: return or refuse; ``reason``: its code; ``items``: what the clerk does again,
    as far as the application has it. ``text`` says what is wrong and ``todo`` what comes next, both
    for the clerk: Chinese source strings without personal data."""

    verdict: str
    reason: str
    items: tuple[str, ...]
    text: str
    todo: str


@dataclass(frozen=True)
class Answer:
    """How a rule's findings are answered. ``pages`` belong to the person whom the finding
    concerns ("live", "id_front"), ``items`` are named in full, ``reads`` asks for the person's
    document again. ``todo`` "": the rule's own words. ``only``: of these texts of the rule's."""

    reason: str
    pages: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    reads: bool = False
    todo: str = ""
    verdict: str = RETURN
    only: tuple[str, ...] = ()


_LIVE = Answer(WRONG_PICTURE, pages=("live",), todo=_LIVE_AGAIN)
_MANY = Answer(ABNORMAL, verdict=REFUSE, todo=_IN_PERSON)

ANSWERS: dict[str, tuple[Answer, ...]] = {
    "CV-01R": (Answer(OTHER, pages=("live",), reads=True, todo=_PERSON_AGAIN),),
    "CV-01T": (_MANY,),
    "CV-02S": (Answer(OTHER, reads=True, todo=_TYPE_AGAIN),),
    "CV-03": (
        Answer(OTHER, reads=True, todo=_READ_AGAIN),
        Answer(MISMATCH, verdict=REFUSE, todo=_POLICE),
    ),
    "CV-04D": tuple(
        Answer(WRONG_PICTURE, pages, items, todo=todo, only=(text,))
        for text, pages, items, todo in (
            (reuse.OF_SCREEN["live"], ("live",), (), _LIVE_AGAIN),
            (reuse.OF_SCREEN["id_front"], ("id_front",), (), _ORIGINAL),
            (reuse.OF_SCREEN["id_back"], ("id_back",), (), _ORIGINAL),
            (reuse.OF_SCREEN["letter"], (), ("letter",), _ORIGINAL),
            (reuse.PAPER_OF_SCREEN, (), _PAPERS, _ORIGINAL),
        )
    ),
    "CV-04G": (_LIVE,),
    "CV-04L": (_LIVE,),
    "CV-04P": (_LIVE,),
    "CV-04R": (_LIVE,),
    "CV-04S": (
        Answer(WRONG_PICTURE, items=_LIVES, only=(_("两个人的现场照是同一张。"),)),
        Answer(WRONG_PICTURE, items=("letter", *_PAPERS), only=(_("两份文件的照片是同一张。"),)),
    ),
    # A machine refuses nobody: without a comparison there is nothing to refuse for.
    "CV-05F": (
        Answer(FACE, pages=("live",), todo=_LIVE_AGAIN),
        Answer(IMPERSONATION, verdict=REFUSE, todo=_OWN_CARD, only=(consenting.FACES["differs"],)),
    ),
    "CV-07P": (
        Answer(WRONG_PICTURE, pages=("id_front",), todo=_PAGE_AGAIN, only=_FRONT_TEXTS),
        Answer(WRONG_PICTURE, pages=("id_back",), todo=_PAGE_AGAIN, only=_BACK_TEXTS),
        Answer(WRONG_PICTURE, pages=_DOCUMENT, todo=_PAGE_AGAIN, only=(printed.ANOTHER,)),
        Answer(IMPERSONATION, verdict=REFUSE, todo=_OWN_CARD, only=(printed.ANOTHER,)),
        Answer(
            WRONG_PICTURE,
            items=("unit_certificate",),
            todo=_PAPER_AGAIN,
            only=tuple(printed.CERTIFICATE.values()),
        ),
        Answer(
            WRONG_PICTURE,
            items=("ownership",),
            todo=_PAPER_AGAIN,
            only=tuple(printed.OWNERSHIP.values()),
        ),
    ),
    "CV-07U": tuple(
        Answer(UNREADABLE, pages, items, todo=todo, only=(text,))
        for text, pages, items, todo in (
            (printed.SILENT["id_front"], ("id_front",), (), _PAGE_AGAIN),
            (printed.SILENT["id_back"], ("id_back",), (), _PAGE_AGAIN),
            (printed.SILENT["letter"], (), ("letter",), _LETTER_AGAIN),
            (printed.SILENT_PAPER, (), _PAPERS, _PAPER_AGAIN),
        )
    ),
    "BF-06": (Answer(OTHER, items=("ownership", "proofs"), todo=_PROOF_AGAIN),),
    "NL-08B": (Answer(ABNORMAL, verdict=REFUSE, todo=_BARRED),),
    "NL-08C": (Answer(ABNORMAL, verdict=REFUSE, todo=_OTHER_COUNTER),),
    "PD-10": (Answer(OTHER, pages=_DOCUMENT, reads=True),),
    "PX-02P": (Answer(LETTER, items=("letter", "letter_points"), todo=_LETTER_AGAIN),),
    "PX-07F": (_MANY,),
    "PX-07L": (Answer(LETTER, items=("letter", "letter_points"), todo=_LETTER_AGAIN),),
    "PX-07P": (Answer(WRONG_PICTURE, items=_PAPERS, todo=_PAPER_AGAIN),),
    "PX-08T": (Answer(WRONG_PICTURE, items=_GUARDIAN, todo=_PAPER_AGAIN),),
    "UD-01P": (Answer(OTHER, items=("unit", "unit_letter", *_CERTIFICATES), todo=_UNIT_AGAIN),),
    "UD-10P": (Answer(OTHER, items=("unit", *_CERTIFICATES), todo=_UNIT_AGAIN),),
}


def remedies(rule: str, role: str, text: str, todo: str) -> Iterator[Remedy]:
    """What may be answered to the finding of ``rule`` about ``role`` ("" nobody's) that says
    ``text`` and ``todo``; nothing where only a person can find the words."""
    for answer in ANSWERS.get(rule, ()):
        if answer.only and text not in answer.only:
            continue
        pages = (plan.picture(role, page) for page in answer.pages if role)
        read = (role,) if answer.reads and role else ()
        items = (*pages, *answer.items, *read)
        yield Remedy(answer.verdict, answer.reason, items, text, answer.todo or todo)
