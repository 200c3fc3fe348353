"""The whole journey: what joins two stages is here, and nowhere else.

intake (read -> photos -> sign) -> submit -> online check -> review -> decision -> line;
``returned`` goes back. The counter's verbs stand in ``intake``, a unit's order in ``order_flow``.
"""

import uuid
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from portal import prepared
from portal.jobs import after_commit
from portal.models import User
from portal.refusal import Refusal
from portal.states import Stale, WrongMove
from registration import order_flow
from registration.models import Application, Decision, Review, Role
from registration.rules import engine
from registration.rules.facts import Facts
from registration.services import application as applications
from registration.services import (
    check,
    claim,
    decision,
    face,
    line,
    ownership,
    review,
    second,
    slot,
    study,
    turndown,
)
from registration.services import facts as known

# What the counter does about a carrier's no; about any other it sees to the number.
REDO_FOR = {"iccid_invalid": "iccid", "address_invalid": "address"}


def judge(
    application: Application, *, clerk: User | None = None, now: datetime
) -> list[engine.Verdict]:
    """What the rules say right now; the counter shows it before submit.

    ``clerk`` is who would submit: a colleague may finish what another began. Without one it is
    who submitted.
    """
    return engine.judge(facts(application, clerk=clerk, now=now))


def facts(application: Application, *, clerk: User | None = None, now: datetime) -> Facts:
    """What the rules are given; ``clerk`` as in ``judge``."""
    lines = slot.places_besides(application)
    return known.gather(application, clerk=clerk or application.clerk, lines=lines, now=now)


def submit(application: Application, *, by: User, key: UUID, now: datetime) -> Application:
    """Hand the application in, and a unit's order with its numbers. The page's ``key`` makes it
    idempotent: a double click, a lost reply and a retry get the first answer. Raises Blocked,
    LimitReached, NotEditable."""
    try:
        _submit(application, by=by, key=key, now=now)
    except (Stale, WrongMove, applications.NotEditable, check.Blocked):
        first = Application.objects.get(pk=application.pk)
        if first.submit_key != key:
            raise
        application = first
    if application.holder.is_order:
        hand_in_numbers(application, by=by, now=now)
    return application


def hand_in_numbers(order: Application, *, by: User, now: datetime) -> int:
    """Hand in every number of a unit's order that lacks nothing; how many that were.

    One transaction each: a number that is blocked stays at the counter with its findings, and
    holds up no other.
    """
    handed_in = 0
    for number in order.numbers.open().complete().order_by("pk"):
        try:
            with suppress(Stale, WrongMove, applications.NotEditable):  # somebody else's click
                _submit(number, by=by, key=uuid.uuid4(), now=now)
                handed_in += 1
        except Refusal:
            given = facts(number, clerk=by, now=now)
            check.keep(number, given, engine.judge(given), now=now)
    return handed_in


@prepared.throughout()
@transaction.atomic
def _submit(application: Application, *, by: User, key: UUID, now: datetime) -> None:
    given = facts(application, clerk=by, now=now)
    verdicts = engine.judge(given)
    if refusal := check.blocked_by(verdicts):
        raise refusal
    applications.submit(application, by=by, key=key, now=now)
    # A unit has no holder in person, and no limit (NL-01); of anybody else a rule wants one.
    holder = given.person(Role.HOLDER)
    if holder and application.takes_place:
        slot.take_place(application, holder.key)
    else:
        slot.free_place(application)  # an earlier round may have asked for something else
    check.keep(application, given, verdicts, now=now)
    check.ask_online(application, now=now)
    ownership.ask(application, now=now)
    face.ask(application, now=now)
    after_commit("registration.tasks.advance", application_id=application.pk)


@transaction.atomic
def advance(application: Application, *, now: datetime) -> None:
    """Queue a submitted application once every identity has its online answer, the carrier has
    said whose number it is, and its pictures have been studied and its faces compared; for these
    two it does not wait for ever. May run twice."""
    if application.status != Application.Status.SUBMITTED:
        return
    if not (check.online_is_settled(application) and ownership.is_settled(application)):
        return
    if not (study.is_settled(application, now=now) and face.is_settled(application, now=now)):
        return
    if application.holder.is_order and order_flow.waits_for_numbers(application):
        return
    given = facts(application, now=now)
    check.keep(application, given, engine.judge(given), now=now)
    application.move(Application.Status.IN_REVIEW)
    if application.order_id:
        order_flow.join(application, let_go=let_go, now=now)
    else:
        review.enqueue(application, now=now)


@transaction.atomic
def look_again(application: Application, *, now: datetime) -> None:
    """What was found out after the case went to its verifier stands among the findings too."""
    held = Application.objects.select_for_update().get(pk=application.pk)
    if held.status == Application.Status.IN_REVIEW:
        given = facts(held, now=now)
        check.keep(held, given, engine.judge(given), now=now)


@transaction.atomic
def decide(
    case: Review,
    *,
    claim_no: int,
    verdict: str,
    by: User,
    now: datetime,
    reason: str = "",
    note: str = "",
    items: Collection[str] = (),
    checks: Collection[str] = (),
    letter_points: Collection[str] = (),
    numbers: Collection[int] = (),
    numbers_back: Collection[int] = (),
) -> Decision:
    """The verifier's one decision, of a unit's order also on the ``numbers`` that they saw. It
    takes effect when it can no longer be taken back."""
    made = decision.make(
        case,
        claim_no=claim_no,
        verdict=verdict,
        by=by,
        now=now,
        reason=reason,
        note=note,
        items=items,
        checks=checks,
        letter_points=letter_points,
        numbers=numbers,
        numbers_back=numbers_back,
    )
    if verdict == Decision.Verdict.APPROVE and (refusal := objection(case, now=now)):
        raise refusal
    if settings.UNDO:
        after_commit("registration.tasks.settle", wait=settings.UNDO, decision_id=made.pk)
    else:
        settle(made, now=now)
    return made


def hindrance(application: Application, *, now: datetime) -> check.Blocked | None:
    """Why the application cannot be approved now: only a match can, and the limit is judged
    again (CV-03, NL-01)."""
    if refusal := check.blocked_by(judge(application, now=now)):
        return refusal
    return None if check.all_match(application) else check.NotMatched()


def objection(case: Review, *, now: datetime) -> check.Blocked | None:
    """Why this look cannot approve. Where nothing follows from it, what has happened to the
    customer since is no matter."""
    if case.has_effect:
        return hindrance(case.application, now=now)
    return None if check.all_match(case.application) else check.NotMatched()


@transaction.atomic
def settle(made: Decision, *, now: datetime) -> None:
    """What follows from a decision once it is final. May run twice."""
    if not decision.settle(made, now=now):
        return
    if made.review.kind != Review.Kind.FIRST:
        effective = second.answer(made, now=now)
    else:
        effective = None if second.plan(made, now=now) else made
    if effective:
        _take_effect(effective, now=now)


def _take_effect(made: Decision, *, now: datetime) -> None:
    application = made.review.application
    if application.holder.is_order:
        _settle_order(made, now=now)
    elif made.verdict == Decision.Verdict.APPROVE:
        application.move(Application.Status.APPROVED)
        line.order(application, now=now)
    elif made.verdict == Decision.Verdict.RETURN:
        applications.send_back(application, made.items, now=now)
    else:
        application.move(Application.Status.REFUSED, **turndown.changes(made.reason, now=now))
        let_go(application, now=now)


def _settle_order(made: Decision, *, now: datetime) -> None:
    order = made.review.application
    if made.verdict == Decision.Verdict.APPROVE:
        order_flow.approve(made, hindered=lambda number: hindrance(number, now=now), now=now)
    elif made.verdict == Decision.Verdict.RETURN:
        applications.send_back(order, made.items, now=now)
        order_flow.send_back(made, now=now)
    else:
        order.move(Application.Status.REFUSED, **turndown.changes(made.reason, now=now))
        order_flow.end(order, by=made.decided_by, let_go=let_go, now=now)
        let_go(order, now=now)


@transaction.atomic
def turn_down(application: Application, code: str, *, by: User, now: datetime) -> None:
    """The customer cannot be served at this counter, for a coded reason (RF-01)."""
    turndown.make(application, code, by=by, now=now)
    if application.holder.is_order:
        order_flow.end(application, by=by, let_go=let_go, now=now)
    let_go(application, now=now)


@transaction.atomic
def abandon(application: Application, *, by: User | None, now: datetime) -> None:
    """For good. ``by`` None: it lay too long; raises Stale if somebody has touched it since."""
    applications.abandon(application, by=by, now=now)
    if application.holder.is_order:
        order_flow.end(application, by=by, let_go=let_go, now=now)
    let_go(application, now=now)


def opened(application: Application) -> None:
    """The carrier has done what was asked for: the application is done."""
    application.move(Application.Status.ACTIVE)
    if application.asked.for_unregistered:
        claim.settle(application)
    after_commit("registration.tasks.forget_originals", application_id=application.pk)


def not_opened(application: Application, *, code: str, now: datetime) -> None:
    """The carrier would not: the clerk mends what it did not like, nothing else is lost. A number
    of the pool is somebody else's by now; the customer's own stays and is asked about again."""
    item = REDO_FOR.get(code, "number")
    if item == "number" and not application.asked.is_own:
        line.forget_number(application)
    ownership.forget(application)
    applications.send_back(application, [item], now=now)


def let_go(application: Application, *, now: datetime) -> None:
    """The number and the place of what came to nothing. Call it after the move that ended it: the
    row is held since, and its number is the last one that was chosen."""
    application.refresh_from_db(fields=["number", "number_index", "held_until", "standing"])
    slot.free_place(application)
    line.give_back(application, now=now)
    after_commit("registration.tasks.forget_originals", application_id=application.pk)
