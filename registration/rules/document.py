"""The documents that a person can be registered with (REGULATION.md 1B), one object each."""

from dataclasses import dataclass
from enum import StrEnum

from outlets.cards import CardKind
from registration.rules.policy import ALL_TIERS, TIERS, Several, declare
from registration.rules.words import gettext_noop as _


class Lane(StrEnum):
    """How a document's data come in. There is no lane for typing what a machine can read."""

    CHIP = "chip"  # the card reader
    MRZ = "mrz"  # machine-readable zone, read from the picture
    SIGHTED = "sighted"  # no machine reading exists: typed, compared by the verifier


@dataclass(frozen=True)
class Document:
    """``rule`` is the catalogue's row; ``pages`` are the pictures of it, front first, as the
    holder's kinds of picture; ``tiers``: where it may be registered unless policy says otherwise
    (PD-08)."""

    kind: str
    label: str
    lane: Lane
    rule: str
    pages: tuple[str, ...] = ("id_front", "id_back")
    tiers: tuple[str, ...] = ("own_hall",)

    @property
    def tiers_policy(self) -> Several:
        return _TIERS_OF[self.kind]


DOCUMENTS = {
    document.kind: document
    for document in (
        Document(CardKind.RESIDENT, _("居民身份证"), Lane.CHIP, "PD-01", tiers=ALL_TIERS),
        Document(CardKind.PERMIT, _("港澳台居民居住证"), Lane.CHIP, "PD-06"),
        Document(CardKind.FOREIGNER_2017, _("外国人永久居留身份证（2017 版）"), Lane.CHIP, "PD-07"),
        Document(CardKind.FOREIGNER_2023, _("外国人永久居留身份证（2023 版）"), Lane.CHIP, "PD-07"),
    )
}

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
for _policy in _TIERS_OF.values():
    declare(_policy)
