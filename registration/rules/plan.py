"""What follows from the counter's three answers: whose document is read, which pictures are due.

Who is the customer, who is here, what do they want: the first two are a ``HolderKind``, the third
is a ``Service``. The steps of the counter, the rules and the desk all ask here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from outlets.cards import CardKind
from registration.rules.document import DOCUMENTS, PICTURED
from registration.rules.roles import END_USER, GUARDIAN, HANDLER, HOLDER, PROXY, TRANSFEROR
from registration.rules.service import FIXED_INSTALL, NEW_DATA_CARD, NEW_MOBILE, Service
from registration.rules.words import gettext_noop as _

STEPS = ("start", "numbers", "read", "photos", "check", "sign")


@dataclass(frozen=True)
class HolderKind:
    """``present`` is who stands at the counter: the one whose live picture is taken and compared
    (PX-04). ``parties`` are read, in this order; ``papers`` are pictures besides the documents;
    ``hint`` says in a sentence what this way asks for.

    ``is_order``: a unit's order, whose numbers are applications of their own; ``is_numbered``: one
    of those. A number of an order rests on the order's pictures and signature; only a document
    without a chip is shot for it.
    ``services``: what this customer can ask for; () is everything.
    """

    code: str
    customer: str
    here: str
    present: str = HOLDER
    parties: tuple[str, ...] = (HOLDER,)
    papers: tuple[str, ...] = ()
    hint: str = ""
    services: tuple[str, ...] = ()
    is_order: bool = False
    is_numbered: bool = False

    @property
    def is_asked(self) -> bool:
        """Whether the counter offers it as an answer."""
        return not self.is_numbered

    @property
    def signs(self) -> bool:
        return not self.is_numbered

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps of the counter that this application has."""
        if self.is_numbered:
            return ("numbers", "read")
        return STEPS if self.is_order else tuple(step for step in STEPS if step != "numbers")

    def takes(self, service: str) -> bool:
        return not self.services or service in self.services

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

# What is new, of whichever product (UD-11).
_UNIT_SERVICES = (NEW_MOBILE.code, NEW_DATA_CARD.code, FIXED_INSTALL.code)

# A unit has no holder in person: who came with its letter is read and compared (UD-01).
UNIT = HolderKind(
    "unit",
    _("单位"),
    _("经办人办理"),
    present=HANDLER,
    parties=(HANDLER,),
    papers=("unit_letter",),
    services=_UNIT_SERVICES,
    is_order=True,
)
# One number of a unit's order and who will use it, if one person does (UD-08).
UNIT_NUMBER = HolderKind(
    "numbered",
    _("单位"),
    _("单位订单的号码"),
    present="",
    parties=(END_USER,),
    services=_UNIT_SERVICES,
    is_numbered=True,
)

ALL = (SELF, BY_PROXY, BY_GUARDIAN, TEEN, UNIT, UNIT_NUMBER)
HOLDER_KINDS = {kind.code: kind for kind in ALL}


def roles_due(service: Service, holder: HolderKind) -> tuple[str, ...]:
    if holder.is_numbered:
        return holder.parties if service.has_user else ()
    more = (role for role in service.parties if role not in holder.parties)
    if HOLDER not in holder.parties:  # the unit itself
        more = (role for role in more if role != HOLDER)
    return (*holder.parties, *more)


def photos_due(
    service: Service,
    holder: HolderKind,
    documents: Mapping[str, str],
    pictured: Collection[str] = (),
    unit_papers: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """Kinds of picture, in the order in which a clerk takes them. ``documents``: the kind of
    document chosen for a role, where it is not a card with a chip; ``pictured``: roles whose
    document is shot though by itself it is not; ``unit_papers``: those of the unit itself."""
    roles = roles_due(service, holder)
    if holder.is_numbered:
        # The order has the pictures, but for a document that only a picture tells of.
        roles = tuple(role for role in roles if role in documents)
    shown = {role: DOCUMENTS[documents.get(role, CardKind.RESIDENT)] for role in roles}
    pages = [picture(role, page) for role, document in shown.items() for page in document.pages]
    pages += [picture(role, PICTURED) for role in roles if role in pictured]
    # Two soldiers hand in one certificate of their unit each; the counter has one place for it.
    besides = dict.fromkeys(paper for document in shown.values() for paper in document.papers)
    faces = (picture(role, "live") for role in (holder.present, *service.faces) if role)
    return (*pages, *faces, *unit_papers, *holder.papers, *service.papers, *besides)


def picture(role: str, page: str) -> str:
    """The kind of picture that shows this page, or the face, of this person."""
    return page if role == HOLDER else f"{role}_{page}"


# Papers that name who is in this role; they say nothing about anybody else.
_NAMING = {
    HOLDER: ("letter", "guardianship", "guardian_consent", "ownership", "unit_certificate"),
    PROXY: ("letter",),
    GUARDIAN: ("guardianship",),
    HANDLER: ("unit_letter",),
}


def about(role: str) -> tuple[str, ...]:
    """The kinds of picture that are worth nothing once somebody else is in this role."""
    of_person = (picture(role, page) for page in ("id_front", "id_back", "live"))
    return (*of_person, *_NAMING.get(role, ()))


def shown_by(kind: str) -> str:
    """The role whose document or face this kind of picture shows; the holder's have no prefix."""
    others = (PROXY, GUARDIAN, HANDLER, TRANSFEROR, END_USER)
    return next((role for role in others if kind.startswith(f"{role}_")), HOLDER)


def zone_of(kind: str, documents: Mapping[str, str]) -> str:
    """The format of the zone that stands on this picture; "" where there is none to read."""
    role = shown_by(kind)
    page, zone = DOCUMENTS[documents.get(role, CardKind.RESIDENT)].zone
    return zone if page and kind == picture(role, page) else ""


def pages_of(role: str, documents: Mapping[str, str]) -> tuple[str, ...]:
    """The kinds of picture of this role's document."""
    document = DOCUMENTS[documents.get(role, CardKind.RESIDENT)]
    return tuple(picture(role, page) for page in document.pages)


def is_pictured(role: str, documents: Mapping[str, str], pictured: Collection[str]) -> bool:
    """Whether any picture of this role's document is taken; of a soldier's only by policy."""
    return bool(pages_of(role, documents)) or role in pictured
