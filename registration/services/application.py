from collections.abc import Collection
from datetime import date, datetime
from functools import cache
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from outlets.models import Channel, Outlet
from portal.models import User
from portal.parts import part
from portal.prepared import Prepared, prepare
from portal.refusal import Refusal
from portal.services import audit
from portal.states import Stale
from registration.models.application import Application, LetterPoint, Party
from registration.models.identity import Identity, Role
from registration.rules.document import DOCUMENTS, Lane
from registration.rules.plan import HOLDER_KINDS, SELF, UNIT_NUMBER
from registration.rules.service import NEW_MOBILE, SERVICES, Service
from registration.services import stand_in

# Of a letter that nobody has looked at, or that is to be looked at again.
UNREAD_LETTER: dict[str, object] = {"letter_points": [], "letter_until": None, "letter_scope": ""}
UNASSISTED: dict[str, object] = {
    "assisted_reason": "",
    "assisted_by": None,
    "assisted_at": None,
}


class NotEditable(Refusal):
    text = _("这张受理单已经提交，不能再改。")
    todo = _("请回到受理首页看最新状态。")


class RoleNotDue(Refusal):
    text = _("本次办理不需要读这个人的证件。")
    todo = _("请先在第一步选对由谁来办。")


class NoAddress(Refusal):
    status = 422
    text = _("这项业务不用填地址。")


class NoSuchAnswer(Refusal):
    status = 422
    text = _("没有这种办理方式。")


@transaction.atomic
def start(
    outlet: Outlet, *, by: User, now: datetime, order: Application | None = None
) -> Application:
    """A new draft at an outlet's counter; with ``order`` one number of a unit's."""
    # As its row says now: another tab may have chosen another service.
    order = lock(order) if order else None
    if order and not order.holder.is_order:
        raise NotEditable
    # Held until commit: a subtree that moves meanwhile would leave this row at the old place.
    channel = Channel.objects.select_for_update().get(pk=outlet.channel_id)
    application = Application.objects.create(
        outlet=outlet,
        channel_path=channel.path,
        service=order.service if order else NEW_MOBILE.code,
        holder_kind=(UNIT_NUMBER if order else SELF).code,
        order=order,
        clerk=by,
        made_at=now,
        touched_at=now,
    )
    audit.record("application.started", subject=application, by=by, now=now)
    return application


def place(application: Application) -> str:
    """The channel path as it is now; call it while the row is held by this transaction."""
    return Application.objects.values_list("channel_path", flat=True).get(pk=application.pk)


def lock(application: Application) -> Application:
    """The row, fresh and held until the transaction ends. Raises NotEditable once it left.

    Of a number of an order the order is held first, as whoever begins with the order holds it.
    """
    _lock_order(application)
    held: Application = Application.objects.select_for_update().get(pk=application.pk)
    if not held.is_editable:
        raise NotEditable
    return held


def lock_redo(application: Application) -> list[str]:
    """The same, and of the row only what is still to be redone: every picture that comes in asks
    for it, by a statement that is compiled once."""
    _lock_order(application)
    status, redo = _redo().rows(row=application.pk)[0]
    if status not in Application.EDITABLE:
        raise NotEditable
    return list(redo)


def _lock_order(application: Application) -> None:
    if application.order_id:
        Application.objects.select_for_update().get(pk=application.order_id)


@cache
def _redo() -> Prepared:
    rows = Application.objects.select_for_update().filter(pk=stand_in.ROW)
    return prepare(rows.values_list("status", "redo"), stand_in.NAMES, is_planned_once=True)


@transaction.atomic
def answer(
    application: Application, *, holder_kind: str, service: str, now: datetime
) -> Application:
    """Who is the customer, who is here, what do they want. What still fits the answers stays;
    who and what they no longer ask for is forgotten. Raises NoSuchAnswer, NotEditable."""
    if holder_kind not in HOLDER_KINDS or service not in SERVICES:
        raise NoSuchAnswer
    kind = HOLDER_KINDS[holder_kind]
    if not kind.is_asked or not kind.takes(service) or not application.holder.is_asked:
        raise NoSuchAnswer
    held = lock(application)
    if (held.holder_kind, held.service) == (holder_kind, service):
        return held
    changes: dict[str, object] = {"holder_kind": holder_kind, "service": service}
    if held.holder_kind != holder_kind:
        changes |= UNREAD_LETTER
    changes |= _unasked(SERVICES[service])
    if kind.is_order:
        changes |= {"iccid": "", "address": None}  # cards and addresses are its numbers'
    if kind.is_order or kind.present != held.holder.present:
        # A unit sends somebody who can; and who stood by did so for who was here then.
        changes |= UNASSISTED
    change(held, now, confirmed_at=None, **changes)
    kept = {role: kind for role, kind in held.documents.items() if role in held.roles_due}
    pictured = [role for role in held.pictured if role in kept]
    change(held, now, documents=kept, pictured=pictured)
    held.parties.exclude(role__in=held.roles_due).delete()
    return held


def _unasked(service: Service) -> dict[str, object]:
    """What this service does not ask for, forgotten."""
    gone: dict[str, object] = {} if service.has_card else {"iccid": ""}
    return gone if service.has_address else gone | {"address": None}


@transaction.atomic
def serve(number: Application, service: str, *, now: datetime) -> None:
    """Another service for a number of a unit's order; what it does not ask for is forgotten."""
    change(number, now, service=service, **_unasked(SERVICES[service]))
    number.parties.exclude(role__in=number.roles_due).delete()
    forget_redo(number, now=now)


@part
def forget_redo(application: Application, *, now: datetime) -> None:
    """What was sent back and is no longer asked for cannot be done again, and need not be."""
    held = lock(application)
    kept = [item for item in held.redo if item in held.redoable]
    if kept != held.redo:
        change(held, now, redo=kept)


@transaction.atomic
def set_address(application: Application, address: str, *, now: datetime) -> None:
    """Where a fixed line is installed or moved to. Raises NoAddress."""
    if not application.asked.has_address or application.holder.is_order:
        raise NoAddress
    change(application, now, address=" ".join(address.split()), confirmed_at=None)
    redone(application, "address", now=now)


@part
def choose_document(
    application: Application, role: str, kind: str, *, is_pictured: bool = False, now: datetime
) -> Application:
    """Which document this person shows. A chip tells its kind itself, so any of those with one is
    the same choice; another choice sets aside who was read or typed in from the last document.
    Raises RoleNotDue, NotEditable."""
    held = lock(application)
    if role not in held.roles_due:
        raise RoleNotDue
    has_chip = DOCUMENTS[kind].lane == Lane.CHIP
    documents = {other: held.documents[other] for other in held.documents if other != role}
    documents |= {} if has_chip else {role: kind}
    if documents != held.documents:
        pictured = [other for other in held.pictured if other != role]
        pictured += [role] if is_pictured else []
        change(held, now, documents=documents, pictured=pictured, confirmed_at=None)
        unseat(held, role)
    return held


@part
def unseat(application: Application, role: str) -> None:
    """Set aside who was read into this role; what was read stays on record."""
    application.parties.filter(role=role).delete()


@transaction.atomic
def check_letter(
    application: Application,
    points: Collection[str],
    *,
    until: date | None,
    covers: bool,
    now: datetime,
) -> None:
    """What the clerk has found on the letter: its points, its last day, and whether it covers the
    service that is asked for."""
    known = [point for point in LetterPoint.values if point in points]
    scope = application.service if covers else ""
    change(application, now, letter_points=known, letter_until=until, letter_scope=scope)
    if application.letter_is_checked:
        redone(application, "letter_points", now=now)


@part
def seat(application: Application, identity: Identity, role: str, *, now: datetime) -> Party:
    """Put a freshly read person into a role; an earlier read of that role steps back."""
    held = choose_document(application, role, identity.card_type, now=now)
    application.documents = held.documents
    changes: dict[str, object] = {"redo": [due for due in held.redo if due != role]}
    if role == Role.HOLDER and not _is_of(held, identity):
        # Who stood by did so for somebody else.
        changes |= UNASSISTED
    unseat(held, role)
    party = Party.objects.create(application=held, identity=identity, role=role)
    # What the customer signed was for the person read before.
    change(application, now, confirmed_at=None, **changes)
    return party


@part
def forget_said(application: Application, role: str, *, now: datetime) -> None:
    """What the clerk found on papers that name who was in this role before."""
    changes: dict[str, object] = {}
    if role in (Role.HOLDER, Role.PROXY):
        changes |= UNREAD_LETTER
    if role == Role.HOLDER:
        changes["proofs"] = []
    change(application, now, **changes)


def _is_of(application: Application, identity: Identity) -> bool:
    """Whether the holder who was read before is this person."""
    holders = application.parties.filter(role=Role.HOLDER)
    return holders.filter(identity__person_key=identity.person_key).exists()


@transaction.atomic
def assist(application: Application, reason: str, *, supervisor: User, now: datetime) -> None:
    """Write down who stands by, and why; ``services.assist`` judges whether they may."""
    change(application, now, assisted_reason=reason, assisted_by=supervisor, assisted_at=now)


@transaction.atomic
def unassist(application: Application, *, now: datetime) -> None:
    change(application, now, **UNASSISTED)


@part
def confirm(application: Application, *, now: datetime) -> None:
    """The customer has checked the data and signed on the screen."""
    change(application, now, confirmed_at=now)


@part
def unconfirm(application: Application, *, now: datetime) -> None:
    """What the customer signed was for something else."""
    change(application, now, confirmed_at=None)


@part
def redone(application: Application, item: str, *, now: datetime) -> None:
    """Strike ``item`` from what a returned application still has to redo."""
    strike(application, lock_redo(application), item, now=now)


def strike(application: Application, redo: list[str], item: str, *, now: datetime) -> None:
    """The same, of a row that is locked already."""
    change(application, now, redo=[due for due in redo if due != item])


@part
def submit(application: Application, *, by: User, key: UUID, now: datetime) -> None:
    application.move(
        Application.Status.SUBMITTED,
        submitted_at=now,
        first_submitted_at=application.first_submitted_at or now,
        touched_at=now,
        submit_key=key,
        round=application.round + 1,
        clerk=by,
    )
    audit.record(
        "application.submitted", subject=application, by=by, now=now, round=application.round
    )


@part
def send_back(application: Application, redo: list[str], *, now: datetime) -> None:
    """Return to the counter with what to redo; chip fields stay as read."""
    changes: dict[str, object] = {"redo": redo, "touched_at": now}
    if "letter_points" in redo:
        # The clerk looks at the letter again, point by point.
        changes |= UNREAD_LETTER
    if "proofs" in redo:
        changes["proofs"] = []
    application.move(Application.Status.RETURNED, **changes)


@transaction.atomic
def abandon(application: Application, *, by: User | None, now: datetime) -> None:
    """End a draft, or a returned application, for good. ``by`` None: it lay too long, unless
    somebody has touched it since it was found; then Stale is raised."""
    if by is None:
        held = Application.objects.select_for_update().get(pk=application.pk)
        if held.touched_at != application.touched_at:
            raise Stale
    application.move(Application.Status.ABANDONED, touched_at=now)
    audit.record("application.abandoned", subject=application, by=by, now=now)


def change(application: Application, now: datetime, **changes: object) -> None:
    """Columns of an application that is still at the counter. Raises NotEditable."""
    if application.order_id:
        # Work on a number is work on its order: neither is given up meanwhile. First, as in lock.
        Application.objects.filter(pk=application.order_id).update(touched_at=now)
    rows = Application.objects.filter(pk=application.pk, status__in=Application.EDITABLE)
    if not rows.update(touched_at=now, **changes):
        raise NotEditable
    for name, value in changes.items():
        setattr(application, name, value)
    application.touched_at = now
