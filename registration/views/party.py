"""The people before the verifier: each as the chip has them, and how far that can be believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outlets.frames import PermitCard, parse_text_block
from outlets.models.reader import reader_name
from portal import masking
from registration.models import Application, Identity, OnlineCheck, Party, Role, Trust
from registration.rules import plan
from registration.rules.document import DOCUMENTS, Lane
from registration.rules.facts import age
from registration.rules.papers import OFFICIAL, PRIVATE
from registration.stated import Paper
from registration.views.face import Face
from registration.views.text import Point


@dataclass(frozen=True)
class Person:
    """One party in clear: shown to the verifier who holds the case, and written down.

    ``typed`` names the fields that came from a keyboard, and ``is_pictured`` says whether there is
    a picture to compare them with; ``purpose`` and ``form`` are a soldier's.

    A text that this kind of card does not have is "". ``proves`` says in a sentence how far the
    read can be believed; ``reader`` is the bridge's adapter in words. ``seen`` has what was read on
    the pictures of the document, by row of the page; ``face`` is None of who was not compared.
    """

    role: str
    label: str
    kind: str
    name: str
    english_name: str
    has_private_characters: bool
    sex: str
    birth_date: date
    age: int
    number: str
    nationality: str
    pass_number: str
    issue_count: str
    address: str
    is_new_address: bool
    issuer: str
    valid_from: date | None
    valid_to: date | None
    trust: str
    proves: str
    reader: str
    source: str
    has_portrait: bool
    read_at: datetime
    online: OnlineCheck | None
    lane: str
    typed: frozenset[str]
    is_pictured: bool
    purpose: str
    form: str
    seen: Mapping[str, tuple[Point, ...]]
    face: Face | None


NOT_OF_EVERYBODY = ("nationality", "pass_number", "address", "issuer", "face")
PURPOSES: dict[str, Promise] = {
    PRIVATE: gettext_lazy("私人号码"),
    OFFICIAL: gettext_lazy("公务号码"),
}
SOURCES: dict[str, Promise] = {
    "chip": gettext_lazy("芯片原文"),
    "fields": gettext_lazy("厂家程序给出的字段，不是芯片原文"),
    "cipher": gettext_lazy("读卡器密文"),
}


def of(application: Application) -> list[Party]:
    """Holder first; of the portrait only whether there is one."""
    rows = application.parties.select_related("identity__online_check").defer("identity__photo")
    has_portrait = ExpressionWrapper(Q(identity__photo__isnull=False), output_field=BooleanField())
    parties = list(rows.annotate(has_portrait=has_portrait))
    return sorted(parties, key=lambda party: list(Role).index(Role(party.role)))


def person(
    party: Party, now: datetime, seen: Mapping[str, tuple[Point, ...]], face: Face | None
) -> Person:
    identity = party.identity
    card = identity.card
    typed = card if isinstance(card, Paper) else None
    return Person(
        role=party.role,
        label=str(party.get_role_display()),
        kind=_(DOCUMENTS[card.kind].label),
        name=card.name,
        english_name="" if card.english_name == card.name else card.english_name,
        has_private_characters=card.has_private_characters,
        sex=_(card.sex.label),
        birth_date=card.birth_date,
        age=age(card.birth_date, timezone.localdate(now)),
        number=masking.group_number(card.number),
        nationality=card.nationality,
        pass_number=card.pass_number,
        issue_count=card.issue_count if isinstance(card, PermitCard) else "",
        address=card.address,
        is_new_address=_has_new_address(identity),
        issuer=card.issuer,
        valid_from=card.valid_from,
        valid_to=card.valid_to,
        trust=str(identity.get_trust_display()),
        proves=Trust(identity.trust).proves,
        reader=reader_name(identity.reader),
        source=str(SOURCES[identity.source]) if identity.source in SOURCES else "",
        has_portrait=getattr(party, "has_portrait", False),
        read_at=identity.read_at,
        online=getattr(identity, "online_check", None),
        lane=identity.lane,
        typed=typed.typed if typed else frozenset(),
        is_pictured=plan.is_pictured(
            party.role, party.application.documents, party.application.pictured
        ),
        purpose=str(PURPOSES[typed.purpose]) if typed and typed.purpose else "",
        form=typed.form if typed else "",
        seen=seen,
        face=face,
    )


def _has_new_address(identity: Identity) -> bool:
    """Whether the chip gave an address besides the printed one; a blank one changes nothing."""
    if identity.lane != Lane.CHIP:
        return False
    return identity.card.address != parse_text_block(identity.block).address
