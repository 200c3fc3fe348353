"""Numbers: reserved while a draft lives, five places a person, opened by the carrier once."""

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
from registration.models.line import LIMIT, CarrierOrder, Line, Slot
from registration.services import application as applications

RETRY_MOST = timedelta(minutes=5)
SPACE = uuid.UUID("6f1c2c1e-0d52-4c0e-9f1b-9b6c0f0a5a11")


class CarrierAway(Refusal):
    text = _("运营商系统暂时没有回应。")
    todo = _("已填的内容都已保存，请稍后再选号码。")


class NumberTaken(Refusal):
    text = _("这个号码刚刚被别人选走了。")
    todo = _("请另选一个号码。")


class LimitReached(Refusal):
    """NL-01, C-01: five active mobile numbers per person and carrier."""

    text = _("该客户名下已有 5 个号码，不能再开新号（一证五户）。")
    todo = _("可请客户先注销不用的号码。")


def pool(outlet: Outlet, count: int = 12) -> list[str]:
    """Free numbers to choose from. Raises CarrierAway."""
    try:
        return carrier.client().numbers(outlet.agent_code, count)
    except carrier.Unavailable:
        raise CarrierAway from None


def reserve(application: Application, number: str, *, by: User, now: datetime) -> None:
    """Reserve ``number`` with the carrier and put it on the draft; an earlier one goes back.

    Raises CarrierAway, NumberTaken, NotEditable.
    """
    if not application.is_editable:
        raise applications.NotEditable
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
    if held.number and held.number != reserved.number:
        give_back(held, now=now)
    changes = {
        "number": reserved.number,
        "number_index": index(reserved.number),
        "held_until": reserved.expires_at,
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
    """Order the number's release; the outbox sends it until the carrier answers."""
    if not application.number:
        return
    _order(application, CarrierOrder.Command.RELEASE, now=now)


def places_taken(person_key: str, *, besides: Application) -> int:
    return Slot.objects.filter(person_key=person_key).exclude(application=besides).count()


@transaction.atomic
def take_place(application: Application, person_key: str) -> Slot:
    """One of the person's five places, held by the unique constraint alone: no lock, no race.

    Raises LimitReached. An application that comes back keeps the place it has.
    """
    held = Slot.objects.filter(application=application).first()
    if held and held.person_key == person_key:
        return held
    if held:
        held.delete()
    taken = set(Slot.objects.filter(person_key=person_key).values_list("place", flat=True))
    for place in range(1, LIMIT + 1):
        if place in taken:
            continue
        try:
            with transaction.atomic():
                return Slot.objects.create(
                    person_key=person_key, place=place, application=application
                )
        except IntegrityError:
            continue  # another counter took this place a moment ago; try the next
    raise LimitReached


def free_place(application: Application) -> None:
    Slot.objects.filter(application=application).delete()


@transaction.atomic
def order(application: Application, *, now: datetime) -> Line:
    """The approved number, pending, with its command in the outbox."""
    line, made = Line.objects.get_or_create(
        application=application,
        defaults={
            "channel_path": applications.place(application),
            "person_key": application.slot.person_key,
            "number_index": application.number_index,
        },
    )
    if not made:  # an earlier number could not be opened; this round has another one
        line.move(
            Line.Status.PENDING,
            person_key=application.slot.person_key,
            number_index=application.number_index,
        )
    _order(application, CarrierOrder.Command.OPEN, now=now)
    audit.record("line.ordered", subject=line, by=None, now=now)
    return line


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
            answer = carrier.client().open_line(row.number, row.application.iccid, str(row.key))
            close(row, answer, opened=opened, now=now)
    except carrier.Unavailable:
        _later(row, now=now)
    except carrier.Rejected as error:
        _refuse(row, error.code, refused=refused, now=now)


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
    """The carrier opened the line: its order is done, and ``opened`` goes on from there."""
    row.move(CarrierOrder.Status.DONE, problem="")
    line: Line = row.application.line
    line.move(Line.Status.ACTIVE, order_no=answer.order_no, opened_at=answer.opened_at)
    audit.record("line.opened", subject=line, by=None, now=now)
    opened(row.application)


@transaction.atomic
def _refuse(row: CarrierOrder, code: str, *, refused: Refused, now: datetime) -> None:
    row.move(CarrierOrder.Status.REJECTED, problem=code[:60])
    audit.record("carrier.rejected", subject=row, by=None, now=now, code=code[:60])
    if row.command == CarrierOrder.Command.OPEN:
        row.application.line.move(Line.Status.FAILED)
        refused(row.application, code=code, now=now)


@transaction.atomic
def forget_number(application: Application) -> None:
    """Take a number off that the carrier would not open, so that another can be chosen."""
    Application.objects.filter(pk=application.pk).update(number=None, number_index="")
    application.number, application.number_index = None, ""
