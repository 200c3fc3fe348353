"""What a unit's order and its numbers do to each other: they are handed in and decided together,
and neither waits for ever for the other.

A number that was handed in with its order, or while that is being looked at, is decided with it.
One that comes later is a case of its own. ``flow`` gives the verbs that both need.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.db.models import QuerySet

from portal.jobs import after_commit
from portal.models import User
from portal.services import audit
from registration.models import Application, Decision, OnlineCheck, Role
from registration.rules.service import line_of
from registration.services import application as applications
from registration.services import line, review, skill

Status = Application.Status
DEAD = (Status.REFUSED, Status.ABANDONED)


class LetGo(Protocol):
    def __call__(self, application: Application, *, now: datetime) -> None: ...


def waits_for_numbers(order: Application) -> bool:
    """Whether the national check has not been asked yet about somebody who came with the order.

    One whose answer fails to come is not waited for: it holds up its own number only.
    """
    asked = OnlineCheck.objects.filter(application__order=order)
    return asked.filter(result=OnlineCheck.Result.WAITING).exists()


@transaction.atomic
def join(number: Application, *, let_go: LetGo, now: datetime) -> None:
    """A number whose online check has answered goes to where its order is."""
    # Held until commit: the order's decision must not pass by in the meantime.
    order = Application.objects.select_for_update().get(pk=number.order_id)
    if order.status == Status.ACTIVE and order.holder.is_order:
        review.enqueue(number, now=now)
    elif order.status in DEAD or not order.holder.is_order:
        number.move(Status.REFUSED, touched_at=now, legal_hold_at=order.legal_hold_at)
        let_go(number, now=now)
    else:
        # Its verifier, if it lies in the queue already, judges this end user too.
        skill.renew(order)
        after_commit("registration.tasks.advance", application_id=order.pk)


@transaction.atomic
def approve(made: Decision, *, hindered: Callable[[Application], object], now: datetime) -> None:
    """The order is approved. The numbers that the verifier had before them follow it, except
    those sent back and those that cannot be opened; the others, and those whose end user's document
    only a picture tells of, become cases of their own."""
    order = made.review.application
    order.move(Status.APPROVED)
    order.move(Status.ACTIVE)
    after_commit("registration.tasks.forget_originals", application_id=order.pk)
    for number in _in_review(order):
        if number.pk not in made.numbers or number.documents:
            review.enqueue(number, now=now)
        elif number.pk in made.numbers_back or hindered(number):
            _send_back(number, _again(number), made, now=now)
        else:
            number.move(Status.APPROVED)
            line.order(number, now=now)
            audit.record("number.approved", subject=number, by=made.decided_by, now=now)


@transaction.atomic
def refit(order: Application, *, let_go: LetGo, now: datetime) -> None:
    """Another service was chosen: a number that suits it stays, with what still fits."""
    for number in order.numbers.open():
        if line_of(number.number or "") in order.asked.lines:
            applications.serve(number, order.service, now=now)
        else:
            applications.abandon(number, by=None, now=now)
            let_go(number, now=now)


@transaction.atomic
def send_back(made: Decision, *, now: datetime) -> None:
    """The order goes back to the counter, and its numbers with it: they come in again together."""
    for number in _in_review(made.review.application):
        redo = _again(number) if number.pk in made.numbers_back else []
        _send_back(number, redo, made, now=now)


@transaction.atomic
def end(order: Application, *, by: User | None, let_go: LetGo, now: datetime) -> None:
    """Nothing comes of the order, nor of any number that is not open yet. What still waits for
    its online check ends when that has answered (``join``)."""
    for number in _in_review(order):
        number.move(Status.REFUSED, touched_at=now)
        let_go(number, now=now)
    for number in order.numbers.open():
        applications.abandon(number, by=by, now=now)
        let_go(number, now=now)
    if order.legal_hold_at:
        # What belongs to forged papers is evidence as they are (RF-03).
        dead = order.numbers.filter(status__in=DEAD, erased_at=None)
        dead.update(legal_hold_at=order.legal_hold_at)


def _again(number: Application) -> list[str]:
    """What is done again with a number that the verifier did not take: it has nothing else."""
    return [Role.END_USER.value if number.asked.has_user else "address"]


def _send_back(number: Application, redo: list[str], made: Decision, *, now: datetime) -> None:
    applications.send_back(number, redo, now=now)
    audit.record("number.returned", subject=number, by=made.decided_by, now=now)


def _in_review(order: Application) -> QuerySet[Application]:
    numbers: QuerySet[Application] = order.numbers.filter(status=Status.IN_REVIEW)
    # A number in a queue of its own has a verifier of its own.
    return numbers.filter(reviews__isnull=True).order_by("pk")
