"""What changed since the last round, item by item: what it was beside what it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from outlets.http import StaffRequest
from portal import masking
from registration.forms.review import ITEMS
from registration.models import Application, Decision, Identity, Photo, Review, Role
from registration.models.photo import label
from registration.rules.document import DOCUMENTS
from registration.rules.facts import Facts
from registration.rules.ownership import PROOFS
from registration.services.rework import Before
from registration.views import picture
from registration.views.party import Person


@dataclass(frozen=True)
class Row:
    """A field that is another now."""

    label: str
    was: str
    now: str


@dataclass(frozen=True)
class Change:
    """``is_asked``: it was to be done again; anything else was done without being asked.
    ``look``: the pictures to see side by side, "" of what is no picture. ``rows``: () where the
    same was read again."""

    label: str
    is_asked: bool
    done_at: datetime | None
    look: str = ""
    rows: tuple[Row, ...] = ()
    is_read: bool = False


@dataclass(frozen=True)
class Old:
    """An earlier picture. ``name`` is what it goes by on the page."""

    name: str
    label: str
    url: str
    taken_at: datetime


@dataclass(frozen=True)
class Again:
    """``can_fold``: nobody was read anew, so all that is not listed here is as it was."""

    decision: Decision
    changes: list[Change]
    old: list[Old]
    can_fold: bool


def gather(
    request: StaffRequest,
    review: Review,
    before: Before | None,
    people: list[Person],
    photos: dict[str, Photo],
    now: datetime,
) -> Again | None:
    if before is None:
        return None
    application, asked = review.application, before.decision.items
    changes = [
        *_pictures(application, before, photos),
        *_reads(application, before, people),
        *_fields(application, before),
    ]
    return Again(
        decision=before.decision,
        # What was asked for first.
        changes=sorted(changes, key=lambda change: not change.is_asked),
        old=[_old(request, application, photo, now) for photo in before.photos.values()],
        can_fold=not before.identities and not set(asked) & set(Role.values),
    )


def _pictures(
    application: Application, before: Before, photos: dict[str, Photo]
) -> Iterator[Change]:
    """Retaken ones, and those that there were not at all."""
    made = before.decision
    new = [kind for kind, photo in photos.items() if photo.taken_at > made.decided_at]
    gone = [kind for kind in before.photos if kind not in photos]
    for kind in sorted([*new, *gone], key=list(ITEMS).index):
        then = f"before-{kind}" if kind in before.photos else ""
        yield Change(
            label=label(application, kind),
            is_asked=kind in made.items,
            done_at=photos[kind].taken_at if kind in photos else None,
            look=" ".join(filter(None, (then, kind if kind in photos else ""))),
        )


def _old(request: StaffRequest, application: Application, photo: Photo, now: datetime) -> Old:
    url = picture.address(request, photo, now) if photo.view else ""
    return Old(f"before-{photo.kind}", label(application, photo.kind), url, photo.taken_at)


def _reads(application: Application, before: Before, people: list[Person]) -> Iterator[Change]:
    for person in people:
        identity = before.identities.get(person.role)
        if identity is not None:
            yield Change(
                label=_("读卡：%(role)s") % {"role": person.label},
                is_asked=person.role in before.decision.items,
                done_at=person.read_at,
                rows=tuple(_differing(identity, person)),
                is_read=True,
            )


def _differing(then: Identity, person: Person) -> Iterator[Row]:
    card = then.card
    pairs = (
        (_("证件"), _(DOCUMENTS[card.kind].label), person.kind),
        (_("姓名"), card.name, person.name),
        (_("性别"), _(card.sex.label), person.sex),
        (_("出生"), f"{card.birth_date}", f"{person.birth_date}"),
        (_("号码"), masking.group_number(card.number), person.number),
        (_("住址"), card.address, person.address),
        (_("签发"), card.issuer, person.issuer),
        (
            _("有效"),
            _term(card.valid_from, card.valid_to),
            _term(person.valid_from, person.valid_to),
        ),
    )
    return (Row(name, was or "—", now or "—") for name, was, now in pairs if was != now)


def _term(first: date | None, last: date | None) -> str:
    return f"{first or ''} {_('至')} {last or _('长期')}"


def _fields(application: Application, before: Before) -> Iterator[Change]:
    """What is no picture and no read. Of an address only what it is now is known."""
    asked, facts = before.decision.items, before.facts
    letter = tuple(_letter(application, facts)) if facts else ()
    if "letter_points" in asked or letter:
        yield Change(str(ITEMS["letter_points"]), "letter_points" in asked, None, rows=letter)
    proofs = tuple(_proofs(application, facts)) if facts else ()
    if "proofs" in asked or proofs:
        yield Change(str(ITEMS["proofs"]), "proofs" in asked, None, rows=proofs)
    unit = tuple(_unit(application, facts)) if facts else ()
    if "unit" in asked or unit:
        yield Change(str(ITEMS["unit"]), "unit" in asked, None, rows=unit)
    if "address" in asked:
        now = Row(_("装机地址"), _("没有保存"), application.address or "—")
        yield Change(str(ITEMS["address"]), True, None, rows=(now,))


def _letter(application: Application, facts: Facts) -> Iterator[Row]:
    if facts.letter_until != application.letter_until:
        was, now = facts.letter_until or "—", application.letter_until or "—"
        yield Row(_("委托期限"), f"{was}", f"{now}")


def _proofs(application: Application, facts: Facts) -> Iterator[Row]:
    if set(facts.proofs) != set(application.proofs):
        was, now = (
            _("、").join(_(PROOFS[proof].label) for proof in PROOFS if proof in proofs) or "—"
            for proofs in (facts.proofs, application.proofs)
        )
        yield Row(_("使用凭证"), was, now)


def _unit(application: Application, facts: Facts) -> Iterator[Row]:
    unit = getattr(application, "unit", None) if application.holder.is_order else None
    if unit is None or facts.unit is None:
        return
    pairs = (
        (_("代码"), facts.unit.number, unit.number),
        (_("授权书"), f"{facts.unit.letter_until}", f"{unit.letter_until}"),
        (_("照会"), f"{facts.unit.note_date or '—'}", f"{unit.note_date or '—'}"),
    )
    yield from (Row(name, was or "—", now or "—") for name, was, now in pairs if was != now)
