"""What becomes of a number and of its holder's place when the carrier has carried a service out."""

from calendar import monthrange
from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from portal.gateways.carrier import LineAnswer
from registration.models.application import Application
from registration.models.identity import Role
from registration.models.line import Line, Slot
from registration.rules.service import QUARANTINE, Outcome
from registration.services import application as applications
from registration.services import policy, stale, unit


def prepare(application: Application) -> Line | None:
    """The line that is to be opened, pending. A number in use has one already, or gets it with the
    carrier's yes: None until then."""
    if application.asked.outcome is Outcome.OPENS:
        return _pending(application)
    return _live(application)


def take_effect(application: Application, answer: LineAnswer) -> Line:
    """Call it inside the transaction that closes the order."""
    line = _live(application) or _seen_first(application)
    EFFECTS[application.asked.outcome](application, line, answer)
    return line


def fail(application: Application) -> None:
    """The carrier would not: a line that was to be opened is not, any other stays as it is."""
    if application.asked.outcome is Outcome.OPENS:
        line = _live(application)
        assert line is not None  # noqa: S101 - it was made when the service was ordered
        line.move(Line.Status.FAILED)


def _live(application: Application) -> Line | None:
    lines = Line.objects.filter(number_index=application.number_index)
    found: Line | None = lines.exclude(status__in=Line.OVER).first()
    return found


def end_quarantine(now: datetime) -> None:
    """Numbers whose quarantine is over; the carrier gives them out again (C-07)."""
    over = Line.objects.filter(status=Line.Status.QUARANTINE, quarantine_until__lte=now)
    over.update(status=Line.Status.CLOSED)


def _pending(application: Application) -> Line:
    now_known = {
        "person_key": holder_key(application),
        "number_index": application.number_index,
    }
    line, made = Line.objects.get_or_create(
        application=application,
        defaults={"channel_path": applications.place(application)} | now_known,
    )
    if not made:  # an earlier number could not be opened; this round has another one
        line.move(Line.Status.PENDING, **now_known)
    return line


def _seen_first(application: Application) -> Line:
    """One that was opened before there was this portal. A line of this application can only be one
    that never was opened, under a number that it no longer asks for."""
    line, _made = Line.objects.update_or_create(
        application=application,
        defaults={
            "channel_path": applications.place(application),
            "person_key": holder_key(application, application.asked.matched or Role.HOLDER),
            "number_index": application.number_index,
            "status": Line.Status.ACTIVE,
        },
    )
    return line


def holder_key(application: Application, role: str = Role.HOLDER) -> str:
    """What stands for whose number it is: the person in this role, or the unit that ordered it."""
    if application.order is not None:
        return unit.key(application.order.unit)
    party = application.parties.select_related("identity").get(role=role)
    return party.identity.person_key


def _opened(application: Application, line: Line, answer: LineAnswer) -> None:
    line.move(Line.Status.ACTIVE, order_no=answer.order_no, opened_at=answer.done_at)
    stale.mark(application.outlet_id, answer.done_at)


def _kept(application: Application, line: Line, answer: LineAnswer) -> None:
    """Same number, same holder."""
    Line.objects.filter(pk=line.pk).update(order_no=answer.order_no)


def _registered(application: Application, line: Line, answer: LineAnswer) -> None:
    """The number has a holder from now on, in the place that was taken at submit."""
    Line.objects.filter(pk=line.pk).update(
        order_no=answer.order_no, person_key=holder_key(application)
    )


def _changed_hands(application: Application, line: Line, answer: LineAnswer) -> None:
    """The new holder's place was taken at submit; the old one's is free from now on."""
    Line.objects.filter(pk=line.pk).update(
        order_no=answer.order_no, person_key=holder_key(application)
    )
    _places(application).exclude(application=application).delete()


def _ended(application: Application, line: Line, answer: LineAnswer) -> None:
    day = timezone.localdate(answer.done_at)
    months = QUARANTINE.of(policy.in_force(application.channel_path, day))
    line.move(
        Line.Status.QUARANTINE,
        order_no=answer.order_no,
        quarantine_until=_months_after(answer.done_at, months),
    )
    _places(application).delete()


def _months_after(at: datetime, months: int) -> datetime:
    """The same day of a later month, or that month's last."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    day = min(at.day, monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day)


def _places(application: Application) -> QuerySet[Slot]:
    """The places that are taken for this number, by whichever application took them."""
    return Slot.objects.filter(application__number_index=application.number_index)


EFFECTS: dict[Outcome, Callable[[Application, Line, LineAnswer], None]] = {
    Outcome.OPENS: _opened,
    Outcome.KEEPS: _kept,
    Outcome.REGISTERS: _registered,
    Outcome.CHANGES_HANDS: _changed_hands,
    Outcome.ENDS: _ended,
}
