"""What follows from the counter's three answers: whose document is read, which pictures are due.

Who is the customer, who is here, what do they want: the first two are a ``HolderKind``, the third
is a ``Service``. The steps of the counter, the rules and the desk all ask here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from outlets.cards import CardKind
from registration.rules.document import DOCUMENTS
from registration.rules.roles import GUARDIAN, HOLDER, PROXY
from registration.rules.service import Service
from registration.rules.words import gettext_noop as _


@dataclass(frozen=True)
class HolderKind:
    """``present`` is who stands at the counter: the one whose live picture is taken and compared
    (PX-04). ``parties`` are read, in this order; ``papers`` are pictures besides the documents;
    ``hint`` says in a sentence what this way asks for."""

    code: str
    customer: str
    here: str
    present: str = HOLDER
    parties: tuple[str, ...] = (HOLDER,)
    papers: tuple[str, ...] = ()
    hint: str = ""

    @property
    def customers(self) -> str:
        """The code of the first kind for the same sort of customer."""
        kinds = HOLDER_KINDS.values()
        return next(kind.code for kind in kinds if kind.customer == self.customer)

    @property
    def has_letter(self) -> bool:
        """Whether somebody acts on a letter of authority (PX-02)."""
        return "letter" in self.papers


SELF = HolderKind("self", _("个人"), _("本人办理"))
BY_PROXY = HolderKind(
    "proxy",
    _("个人"),
    _("代办"),
    present=PROXY,
    parties=(HOLDER, PROXY),
    papers=("letter",),
    hint=_("代办要读两个人的证件，拍受托人的现场照和委托书。"),
)
BY_GUARDIAN = HolderKind(
    "guardian",
    _("未成年人"),
    _("监护人代办"),
    present=GUARDIAN,
    parties=(HOLDER, GUARDIAN),
    papers=("guardianship",),
    hint=_("要读未成年人和监护人的证件，拍监护人的现场照和监护关系证明。"),
)
# A consent on paper says who agrees; that this is the guardian is proved as when they come.
TEEN = HolderKind(
    "teen",
    _("未成年人"),
    _("本人办理，监护人书面同意"),
    papers=("guardian_consent", "guardianship"),
    hint=_("只限政策允许自己办理的年龄；要拍监护人签字的同意书和监护关系证明。"),
)

HOLDER_KINDS = {kind.code: kind for kind in (SELF, BY_PROXY, BY_GUARDIAN, TEEN)}


def roles_due(service: Service, holder: HolderKind) -> tuple[str, ...]:
    more = (role for role in service.parties if role not in holder.parties)
    return (*holder.parties, *more)


def photos_due(
    service: Service,
    holder: HolderKind,
    documents: Mapping[str, str],
    pictured: Collection[str] = (),
) -> tuple[str, ...]:
    """Kinds of picture, in the order in which a clerk takes them. ``documents``: the kind of
    document chosen for a role, where it is not a card with a chip."""
    pages = (
        picture(role, page)
        for role in roles_due(service, holder)
        for page in DOCUMENTS[documents.get(role, CardKind.RESIDENT)].pages
    )
    faces = (picture(role, "live") for role in (holder.present, *service.faces))
    return (*pages, *faces, *holder.papers, *service.papers)


def picture(role: str, page: str) -> str:
    """The kind of picture that shows this page, or the face, of this person."""
    return page if role == HOLDER else f"{role}_{page}"


def shown_by(kind: str) -> str:
    """The role whose document or face this kind of picture shows; the holder's have no prefix."""
    return next(
        (role for role in (PROXY, GUARDIAN, HANDLER, TRANSFEROR) if kind.startswith(f"{role}_")),
        HOLDER,
    )


def zone_of(kind: str, documents: Mapping[str, str]) -> str:
    """The format of the zone that stands on this picture; "" where there is none to read."""
    role = shown_by(kind)
    page, zone = DOCUMENTS[documents.get(role, CardKind.RESIDENT)].zone
    return zone if page and kind == picture(role, page) else ""


def pages_of(role: str, documents: Mapping[str, str]) -> tuple[str, ...]:
    """The kinds of picture of this role's document."""
    document = DOCUMENTS[documents.get(role, CardKind.RESIDENT)]
    return tuple(picture(role, page) for page in document.pages)
