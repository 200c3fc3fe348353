"""The documents that a person can be registered with (REGULATION.md 1B), one object each."""

from dataclasses import dataclass
from enum import StrEnum

from outlets.cards import CardKind
from registration.rules.policy import ALL_TIERS, TIERS, Amount, Several, Switch, declare
from registration.rules.words import gettext_noop as _


class Lane(StrEnum):
    """How a document's data come in. There is no lane for typing what a machine can read."""

    CHIP = "chip"  # the card reader
    MRZ = "mrz"  # machine-readable zone, read from the picture
    SIGHTED = "sighted"  # no machine reading exists: typed, compared by the verifier


@dataclass(frozen=True)
class Document:
    """``rule`` is the catalogue's row; ``pages`` are the pictures of it, front first, as the
    holder's kinds of picture, and ``page_labels`` what each shows, where "正面" is no word for it;
    ``papers`` are due with it; ``tiers``: where it may be registered unless policy says otherwise
    (PD-08). ``zone``: on which page which zone stands, for the lane MRZ. ``has_register``: whether
    the national check knows such numbers (CV-03)."""

    kind: str
    label: str
    lane: Lane
    rule: str
    pages: tuple[str, ...] = ("id_front", "id_back")
    page_labels: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ("own_hall",)
    zone: tuple[str, str] = ("", "")
    has_register: bool = True

    @property
    def tiers_policy(self) -> Several:
        return _TIERS_OF[self.kind]


PASSPORT = "passport"
HKM_PERMIT = "hkm_permit"
TAIWAN_PERMIT = "taiwan_permit"
TEMPORARY_ID = "temporary_id"
HOUSEHOLD_BOOK = "household_book"
MILITARY_ID = "military_id"
ARMED_POLICE_ID = "armed_police_id"
PRC_PASSPORT = "prc_passport"

DOCUMENTS = {
    document.kind: document
    for document in (
        Document(CardKind.RESIDENT, _("居民身份证"), Lane.CHIP, "PD-01", tiers=ALL_TIERS),
        Document(CardKind.PERMIT, _("港澳台居民居住证"), Lane.CHIP, "PD-06"),
        Document(CardKind.FOREIGNER_2017, _("外国人永久居留身份证（2017 版）"), Lane.CHIP, "PD-07"),
        Document(CardKind.FOREIGNER_2023, _("外国人永久居留身份证（2023 版）"), Lane.CHIP, "PD-07"),
        Document(
            PASSPORT,
            _("外国护照"),
            Lane.MRZ,
            "PD-07",
            pages=("id_front",),
            page_labels=(_("护照资料页"),),
            zone=("id_front", "TD3"),
            has_register=False,
        ),
        Document(
            HKM_PERMIT,
            _("港澳居民来往内地通行证"),
            Lane.MRZ,
            "PD-05",
            page_labels=(_("通行证正面"), _("通行证背面")),
            zone=("id_back", "TD1"),
            has_register=False,
        ),
        Document(
            TAIWAN_PERMIT,
            _("台湾居民来往大陆通行证"),
            Lane.MRZ,
            "PD-05",
            page_labels=(_("通行证正面"), _("通行证背面")),
            zone=("id_back", "TD1"),
            has_register=False,
        ),
        Document(
            TEMPORARY_ID,
            _("临时居民身份证"),
            Lane.SIGHTED,
            "PD-01",
            page_labels=(_("临时身份证正面"), _("临时身份证背面")),
        ),
        Document(
            HOUSEHOLD_BOOK,
            _("户口簿"),
            Lane.SIGHTED,
            "PD-02",
            page_labels=(_("户口簿首页"), _("户口簿本人页")),
        ),
        # Copying a military card may itself be forbidden: its number is taken down and no picture.
        Document(
            MILITARY_ID,
            _("军人身份证件"),
            Lane.SIGHTED,
            "PD-03",
            pages=(),
            papers=("unit_certificate",),
            has_register=False,
        ),
        Document(
            ARMED_POLICE_ID,
            _("武警身份证件"),
            Lane.SIGHTED,
            "PD-03",
            pages=(),
            papers=("unit_certificate",),
            has_register=False,
        ),
        # A Chinese citizen who lives abroad (华侨).
        Document(
            PRC_PASSPORT,
            _("中国护照（华侨）"),
            Lane.MRZ,
            "PD-09",
            pages=("id_front",),
            page_labels=(_("护照资料页"),),
            tiers=(),
            zone=("id_front", "TD3"),
            has_register=False,
        ),
    )
}
MILITARY = (MILITARY_ID, ARMED_POLICE_ID)
# Of people from abroad and from Hong Kong, Macao and Taiwan, and of citizens who live abroad: to be
# read by somebody who has seen more than resident cards.
FOREIGN = (
    CardKind.PERMIT.value,
    CardKind.FOREIGNER_2017.value,
    CardKind.FOREIGNER_2023.value,
    PASSPORT,
    HKM_PERMIT,
    TAIWAN_PERMIT,
    PRC_PASSPORT,
)

_TIERS_OF = {
    document.kind: Several(
        key=f"document.{document.kind}.tiers",
        title=document.label,
        default=document.tiers,
        conflict="PD-08",
        why=_("工信部 2016 年 5 月 30 日答复：居民身份证以外的证件在自有营业厅登记。"),
        choices=TIERS,
    )
    for document in DOCUMENTS.values()
}

ELECTRONIC_ID_TIERS = Several(
    key="electronic_id.tiers",
    is_judged=False,
    title=_("可先凭电子身份证开单的渠道"),
    default=(),
    conflict="C-14",
    why=_("登记规定要求出示有效证件原件；有的营业厅先看电子身份证，登记仍须读原件。"),
    choices=TIERS,
)
HOUSEHOLD_MAX_AGE = Amount(
    key="household.max_age",
    title=_("户口簿只用于未满几周岁的人"),
    default=16,
    conflict="PD-02",
    why=_("江苏等地的规定；全国的规定没有年龄限制。"),
    unit=_("周岁"),
    least=16,
    most=18,
)
MILITARY_PRIVATE_BY_RESIDENT_CARD = Switch(
    key="military.private_by_resident_card",
    title=_("军人、武警的私人号码凭居民身份证办理"),
    default=True,
    conflict="C-11",
    why=_("2018 年实施规范：公务号码凭军人证件和单位证明，私人号码凭居民身份证。"),
)
# Off by default: copying a military card may itself be forbidden (data dictionary).
MILITARY_IMAGE = Switch(
    key="military.image",
    is_judged=False,
    title=_("军人、武警证件也要拍照"),
    default=False,
    conflict="PD-03",
    why=_("军人证件的复印、拍摄可能受限，默认只登记号码，不留影像。"),
)
# The one page that is shot where policy wants a picture.
PICTURED = "id_front"
for _tiers in (*_TIERS_OF.values(), ELECTRONIC_ID_TIERS):
    declare(_tiers)
declare(HOUSEHOLD_MAX_AGE)
declare(MILITARY_PRIVATE_BY_RESIDENT_CARD)
declare(MILITARY_IMAGE)


def page_label(kind: str, page: str) -> str:
    """What this page of this kind of document is called; "" where the page's own name will do."""
    document = DOCUMENTS.get(kind)
    if kind in MILITARY and page == PICTURED:
        return _("证件正面")
    if document is None or page not in document.pages or not document.page_labels:
        return ""
    return document.page_labels[document.pages.index(page)]
