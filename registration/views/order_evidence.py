"""What a verifier sees of a unit's order: the unit, and whose or where each number is."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from portal import masking
from registration.models import Application, Finding, OnlineCheck, Party, Role
from registration.rules.unit_kind import PAPERS, UNIT_KINDS, UNSEALED
from registration.services import unit as units


@dataclass(frozen=True)
class Shown:
    """A paper, and whether the clerk saw the original, a sealed copy or neither."""

    label: str
    how: str
    is_right: bool


@dataclass(frozen=True)
class UnitSeen:
    kind: str
    name: str
    number: str
    address: str
    purpose: str
    level: str
    note_number: str
    note_date: date | None
    letter_until: date
    papers: tuple[Shown, ...]
    order: Application
    is_approved: bool


@dataclass(frozen=True)
class NumberSeen:
    """``has_user``: somebody uses it in person. ``is_here``: this decision covers it;
    ``is_apart``: it becomes a case of its own. ``troubles``: why it cannot be approved."""

    pk: int
    number: str
    iccid: str
    address: str
    has_user: bool
    name: str
    document: str
    online: OnlineCheck | None
    status: str
    is_here: bool
    is_apart: bool
    troubles: tuple[str, ...]

    @property
    def is_in_order(self) -> bool:
        return self.is_matched and not self.troubles

    @property
    def is_matched(self) -> bool:
        """What no register knows is for the verifier to judge (CV-03)."""
        if not self.has_user:
            return True
        passing = (OnlineCheck.Result.MATCH, OnlineCheck.Result.NO_REGISTER)
        return self.online is not None and self.online.result in passing


def unit(application: Application) -> UnitSeen | None:
    """The unit of an order, or the one whose approved order a number belongs to."""
    found = units.of(application)
    if found is None:
        return None
    lead = application.order or application
    return UnitSeen(
        kind=_(UNIT_KINDS[found.kind].label),
        name=found.name,
        number=found.number,
        address=found.address,
        purpose=found.purpose,
        level=str(found.get_level_display()) if found.level else "",
        note_number=found.note_number,
        note_date=found.note_date,
        letter_until=found.letter_until,
        papers=tuple(_shown(paper, found.shown.get(paper, "")) for paper in found.papers),
        order=lead,
        is_approved=lead.status == Application.Status.ACTIVE,
    )


def _shown(paper: str, how: str) -> Shown:
    words = dict(PAPERS[paper].shown)
    label = _(words[how]) if how in words else _("没有注明")
    return Shown(_(PAPERS[paper].label), label, how in words and how != UNSEALED)


def numbers(application: Application) -> tuple[NumberSeen, ...]:
    """Four queries, whatever the number."""
    if not application.holder.is_order:
        return ()
    users = Party.objects.filter(role=Role.END_USER).select_related("identity__online_check")
    found = application.numbers.live().prefetch_related(
        Prefetch("parties", users.defer("identity__photo"), to_attr="users"),
        Prefetch("findings", Finding.objects.order_by("pk"), to_attr="found"),
        "reviews",
    )
    shown = [_number(row) for row in found.order_by("pk")]
    # Among fifty numbers the few that are not as they should be come first.
    return tuple(sorted(shown, key=lambda number: number.is_in_order))


def _waits(row: Application) -> bool:
    """Whether nobody has begun to look at it."""
    return row.status == Application.Status.IN_REVIEW and not row.reviews.all()


def _number(row: Application) -> NumberSeen:
    user = next(iter(row.users), None)  # type: ignore[attr-defined]
    card = user.identity.card if user else None
    grave = (Finding.Severity.BLOCK, Finding.Severity.REVIEW)
    found = row.found  # type: ignore[attr-defined]
    return NumberSeen(
        pk=row.pk,
        number=masking.group_phone(row.number or ""),
        iccid=row.iccid[-6:],
        address=row.address or "",
        has_user=row.asked.has_user,
        name=card.name if card else "",
        document=masking.group_number(card.number) if card else "",
        online=getattr(user.identity, "online_check", None) if user else None,
        status=str(row.get_status_display()),
        is_here=_waits(row) and not row.documents,
        # A document without a chip is looked at by itself, with its picture.
        is_apart=_waits(row) and bool(row.documents),
        troubles=tuple(_(one.reason) for one in found if one.severity in grave),
    )
