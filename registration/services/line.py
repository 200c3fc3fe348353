"""Numbers: reserved or named while a draft lives, and the carrier's one order at a time."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from outlets.models import Outlet
from portal import crypto
from portal.gateways import carrier
from portal.jobs import after_commit
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application
from registration.models.identity import Role
from registration.models.line import CarrierOrder
from registration.rules.service import Line as Kind
from registration.rules.service import line_of
from registration.services import application as applications
from registration.services import outcome, ownership

RETRY_MOST = timedelta(minutes=5)
SPACE = uuid.UUID("6f1c2c1e-0d52-4c0e-9f1b-9b6c0f0a5a11")


class CarrierAway(Refusal):
    text = _("运营商系统暂时没有回应。")
    todo = _("已填的内容都已保存，请稍后再选号码。")


class NumberTaken(Refusal):
    text = _("这个号码刚刚被别人选走了。")
    todo = _("请另选一个号码。")


class NumberBusy(Refusal):
    text = _("这个号码还有一张没有办完的受理单。")
    todo = _("请等那一张办完，或由受理它的网点放弃它。")


class NotFromPool(Refusal):
    status = 422
    text = _("这项业务不能用这个号码。")
    todo = _("请从号码池里选一个号码。")


def pool(outlet: Outlet, count: int = 9, *, kind: str = Kind.MOBILE) -> list[str]:
    """Free numbers to choose from. Raises CarrierAway."""
    try:
        return carrier.client().numbers(outlet.agent_code, count, kind)
    except carrier.Unavailable:
        raise CarrierAway from None


def reserve(application: Application, number: str, *, by: User, now: datetime) -> None:
    """Reserve ``number`` with the carrier and put it on the draft; an earlier one goes back.

    Raises CarrierAway, NumberTaken, NotFromPool, NotEditable.
    """
    if not application.is_editable:
        raise applications.NotEditable
    if application.asked.is_own or line_of(number) not in application.asked.lines:
        raise NotFromPool
    try:
        held = carrier.client().reserve(number, _reservation_key(application, number, now))
    except carrier.Unavailable:
        raise CarrierAway from None
    except carrier.Rejected:
        raise NumberTaken from None
    try:
        put(application, held, by=by, now=now)
    except IntegrityError:
        raise NumberTaken from None


def _reservation_key(application: Application, number: str, now: datetime) -> str:
    # The same for a repeat, so that a lost reply does not cost the number; another one after a
    # release or an expiry, because the carrier would repeat its first answer.
    releases = application.orders.filter(command=CarrierOrder.Command.RELEASE).count()
    until = application.held_until
    expired = until.isoformat() if until and until <= now else ""
    return str(uuid.uuid5(SPACE, f"{application.pk}:{number}:{releases}:{expired}"))


def index(number: str) -> str:
    """What stands for a number where it is searched or must be unique."""
    return crypto.keyring().blind_index(number, "number")


@transaction.atomic
def put(
    application: Application, reserved: carrier.Reservation, *, by: User, now: datetime
) -> None:
    """Put a number that the carrier holds for us on the draft."""
    held = applications.lock(application)
    if held.asked.is_own or line_of(reserved.number) not in held.asked.lines:
        raise NotFromPool  # chosen since; the reservation lapses by itself
    if held.number and held.number != reserved.number:
        give_back(held, now=now)
    changes = {
        "number": reserved.number,
        "number_index": index(reserved.number),
        "held_until": reserved.expires_at,
        "reserved_iccid": reserved.iccid,
        "touched_at": now,
        "confirmed_at": None,
    }
    Application.objects.filter(pk=held.pk).update(**changes)
    for name, value in changes.items():
        setattr(application, name, value)
    applications.redone(application, "number", now=now)
    audit.record("number.reserved", subject=held, by=by, now=now)


@transaction.atomic
def give_back(application: Application, *, now: datetime) -> None:
    """Order the number's release; the outbox sends it until the carrier answers. What is the
    customer's own was never held for us."""
    if not application.number or application.standing:
        return
    _order(application, CarrierOrder.Command.RELEASE, now=now)


@transaction.atomic
def order(application: Application, *, now: datetime) -> None:
    """The approved service's command, in the outbox."""
    line = outcome.prepare(application)
    _order(application, application.asked.order, now=now)
    audit.record("line.ordered", subject=line or application, by=None, now=now)


def _order(application: Application, command: str, *, now: datetime) -> None:
    row = CarrierOrder.objects.create(
        application=application,
        command=command,
        number=application.number or "",
        held_until=application.held_until,
        due_at=now,
    )
    after_commit("registration.tasks.send_order", order_id=row.pk)


class Refused(Protocol):
    def __call__(self, application: Application, *, code: str, now: datetime) -> None: ...


def send(
    row: CarrierOrder, *, opened: Callable[[Application], None], refused: Refused, now: datetime
) -> None:
    """Send one command of the outbox and store the answer; may run twice.

    Unavailable waits and repeats under the same key. ``opened`` and ``refused`` are called inside
    the transaction that closes the order.
    """
    if row.status != CarrierOrder.Status.DUE:
        return
    try:
        if row.command == CarrierOrder.Command.RELEASE:
            _release(row, now=now)
        else:
            _hold(row.application, now=now)
            key, said = str(row.key), details(row.application)
            answer = carrier.client().order(row.command, row.number, key, **said)
            close(row, answer, opened=opened, now=now)
    except carrier.Unavailable:
        _later(row, now=now)
    except carrier.Rejected as error:
        _refuse(row, error.code, refused=refused, now=now)


def details(application: Application) -> dict[str, str]:
    """What the command is about besides the number; of the holder what is registered."""
    asked = application.asked
    said: dict[str, str] = {}
    if asked.has_card:
        said["iccid"] = application.iccid
    if asked.has_address:
        said["address"] = application.address or ""
    if asked.names_holder:
        said |= _holder(application)
    return said


def _holder(application: Application) -> dict[str, str]:
    if application.order is not None:
        unit = application.order.unit
        return {"name": unit.name, "document": unit.number}
    card = application.parties.select_related("identity").get(role=Role.HOLDER).identity.card
    return {"name": card.name, "document": card.number}


def _release(row: CarrierOrder, *, now: datetime) -> None:
    if row.held_until is None or row.held_until > now:
        carrier.client().release(row.number, str(row.key))
    row.move(CarrierOrder.Status.DONE)


def _hold(application: Application, *, now: datetime) -> None:
    """Reserve again what lapsed while the case waited; raises Rejected if it is somebody's."""
    if application.held_until is None or application.held_until > now:
        return
    number = application.number or ""
    held = carrier.client().reserve(number, _reservation_key(application, number, now))
    Application.objects.filter(pk=application.pk).update(held_until=held.expires_at)


def _later(row: CarrierOrder, *, now: datetime) -> None:
    wait = min(timedelta(seconds=2 ** min(row.attempts + 1, 10)), RETRY_MOST)
    CarrierOrder.objects.filter(pk=row.pk, status=CarrierOrder.Status.DUE).update(
        attempts=row.attempts + 1, due_at=now + wait, problem="unavailable"
    )


@transaction.atomic
def close(
    row: CarrierOrder,
    answer: carrier.LineAnswer,
    *,
    opened: Callable[[Application], None],
    now: datetime,
) -> None:
    """The carrier has done it: what follows for the number holds at once (outcome), and ``opened``
    goes on from there."""
    row.move(CarrierOrder.Status.DONE, problem="", order_no=answer.order_no, done_at=answer.done_at)
    line = outcome.take_effect(row.application, answer)
    audit.record(f"line.{row.command}", subject=line, by=None, now=now)
    opened(row.application)


@transaction.atomic
def _refuse(row: CarrierOrder, code: str, *, refused: Refused, now: datetime) -> None:
    row.move(CarrierOrder.Status.REJECTED, problem=code[:60])
    audit.record("carrier.rejected", subject=row, by=None, now=now, code=code[:60])
    if row.command != CarrierOrder.Command.RELEASE:
        outcome.fail(row.application)
        refused(row.application, code=code, now=now)


@transaction.atomic
def name(
    application: Application, number: str, known: dict[str, object], *, by: User, now: datetime
) -> None:
    """Put the customer's own number on the draft, with what the carrier said of it (ownership).

    Raises NumberBusy, WrongLine, NotEditable.
    """
    held = applications.lock(application)
    if not held.asked.is_own or line_of(number) not in held.asked.lines:
        raise ownership.WrongLine  # another service was chosen while the carrier was asked
    if held.number and held.number != number:
        give_back(held, now=now)
    changes: dict[str, object] = {
        "number": number,
        "number_index": index(number),
        "held_until": None,
        "reserved_iccid": "",
    }
    if held.number != number:
        # What was shown for one number says nothing about another.
        changes["proofs"] = []
        held.ownership_checks.exclude(number_index=index(number)).delete()
    try:
        with transaction.atomic():
            applications.change(application, now, confirmed_at=None, **changes, **known)
    except IntegrityError:
        raise NumberBusy from None
    applications.redone(application, "number", now=now)
    audit.record("number.named", subject=held, by=by, now=now)


@transaction.atomic
def keep_fitting(application: Application, *, now: datetime) -> None:
    """After another answer at the counter: a number that the service cannot have goes."""
    if not application.number:
        return
    is_own = bool(application.standing)
    asked = application.asked
    if asked.is_own is is_own and line_of(application.number) in asked.lines:
        return
    give_back(application, now=now)
    forget_number(application)


@transaction.atomic
def forget_number(application: Application) -> None:
    """Take a number off that cannot be had, so that another can be chosen."""
    gone: dict[str, object] = {
        "number": None,
        "number_index": "",
        "held_until": None,
        "reserved_iccid": "",
        "standing": "",
        "category": "",
        "is_barred": False,
        "proofs": [],
    }
    Application.objects.filter(pk=application.pk).update(**gone)
    for field, value in gone.items():
        setattr(application, field, value)
