"""The whole journey: what joins two stages is here, and in order_flow for a unit's order.

read -> photos -> submit -> online check -> review -> decision -> line; ``returned`` goes back.
"""

import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from outlets.services import reader
from portal.jobs import after_commit
from portal.models import User
from portal.refusal import Refusal
from portal.states import Stale, WrongMove
from registration import order_flow
from registration.models import Application, Decision, Party, Photo, Review, Role
from registration.rules import engine
from registration.rules.facts import Facts
from registration.rules.plan import UNIT
from registration.services import application as applications
from registration.services import (
    assist,
    check,
    claim,
    consent,
    decision,
    document,
    identity,
    line,
    ownership,
    paper,
    photo,
    read_refusal,
    review,
    slot,
    turndown,
    unit,
)

# What the counter does about a carrier's no; about any other it sees to the number.
REDO_FOR = {"iccid_invalid": "iccid", "address_invalid": "address"}


def read(
    application: Application,
    role: str,
    message: Mapping[str, Any],
    *,
    clerk: User,
    session_key: str,
    origin: str,
    now: datetime,
) -> Party:
    """A signed read becomes a party of the application.

    Not one transaction: cipher text is opened over the network before it, and a refusal is
    written down after it was rolled back.
    """
    try:
        signed = reader.verify(message, outlet=application.outlet, origin=origin)
        reader.check_agent(
            signed, begun_at=application.made_at, has_party=application.parties.exists()
        )
        if signed.cipher:
            identity.check_question(
                signed,
                application_id=application.pk,
                clerk=clerk,
                session_key=session_key,
                now=now,
            )
        chip = identity.open_read(signed)
        return _seat(application, role, signed, chip, clerk=clerk, session_key=session_key, now=now)
    except Refusal as refusal:
        read_refusal.record(application, refusal, message, clerk=clerk, now=now)
        raise


@transaction.atomic
def _seat(
    application: Application,
    role: str,
    signed: reader.SignedRead,
    chip: identity.Chip,
    *,
    clerk: User,
    session_key: str,
    now: datetime,
) -> Party:
    person = identity.take(
        signed, chip, application_id=application.pk, clerk=clerk, session_key=session_key, now=now
    )
    if person.challenge.role != role:
        raise identity.WrongChallenge
    if role in application.documents:
        # A card lay on the reader though another document was chosen.
        photo.drop_pages(application, role, now=now)
    party = applications.seat(application, person, role, now=now)
    ownership.ask(application, now=now)
    # Somebody else's mark does not stay when the person changes.
    _drop_others(application, now=now)
    return party


@transaction.atomic
def answer(application: Application, *, holder_kind: str, service: str, now: datetime) -> None:
    """The counter's three answers; what they no longer ask for is set aside, the rest stays."""
    was_order = application.holder.is_order
    if holder_kind == UNIT.code and not was_order:
        # The numbers of an order are applications of their own.
        applications.lock(application)
        line.give_back(application, now=now)
        line.forget_number(application)
    held = applications.answer(application, holder_kind=holder_kind, service=service, now=now)
    if was_order and not held.holder.is_order:
        order_flow.end(held, by=None, let_go=_let_go, now=now)
        unit.forget(held)
    line.keep_fitting(held, now=now)
    _drop_others(held, now=now)
    ownership.ask(held, now=now)
    application.refresh_from_db()


def name_number(application: Application, number: str, *, by: User, now: datetime) -> None:
    """The customer's own number. Not one transaction: the carrier is asked about it first."""
    known = ownership.kept(ownership.look_up(application, number))
    with transaction.atomic():
        line.name(application, number, known, by=by, now=now)
        _drop_others(application, now=now)
        ownership.ask(application, now=now)


@transaction.atomic
def unassist(application: Application, *, by: User, now: datetime) -> None:
    """The customer does it alone after all: what stood for a signature is set aside."""
    assist.end(application, by=by, now=now)
    _drop_others(application, now=now)


def _drop_others(application: Application, *, now: datetime) -> None:
    photo.drop_others(application, (*application.photos_wanted, Photo.Kind.SIGNATURE), now=now)


@transaction.atomic
def choose_document(application: Application, role: str, kind: str, *, now: datetime) -> None:
    """Which document this person shows; pictures of another one are set aside."""
    shot = document.check(application, kind, now=now)
    before = dict(application.documents)
    held = applications.choose_document(application, role, kind, is_pictured=shot, now=now)
    if held.documents != before:
        photo.drop_pages(held, role, now=now)
        _drop_others(held, now=now)
    application.refresh_from_db()


@transaction.atomic
def state(
    application: Application,
    role: str,
    said: Mapping[str, str],
    *,
    clerk: User,
    session_key: str,
    now: datetime,
) -> Party:
    """A document without a chip becomes a party: what its zone says and what was typed."""
    held = applications.lock(application)
    if role not in held.documents:
        raise paper.ReadByMachine
    person = paper.capture(
        held.documents[role],
        photo.zone(held, role),
        said,
        application_id=held.pk,
        outlet=held.outlet,
        role=role,
        clerk=clerk,
        session_key=session_key,
        now=now,
    )
    party = applications.seat(application, person, role, now=now)
    ownership.ask(application, now=now)
    return party


def sign(
    application: Application,
    data: bytes,
    *,
    shown: str,
    answers: Mapping[str, bool],
    by: User,
    now: datetime,
) -> None:
    """The customer has checked the data, answers what is asked separately and signs on the
    screen. ``shown`` names the texts that the page showed (consent.name).

    Not one transaction: the picture is decoded and stored first. A signature without its
    confirmation only has to be given again. Raises TextsChanged, Unanswered and what
    ``photo.receive`` raises.
    """
    consent.check(application, shown=shown, answers=answers, now=now)
    signature = photo.receive(
        application, Photo.Kind.SIGNATURE, data, source=Photo.Source.SCREEN, by=by, now=now
    )
    _confirm(application, signature, answers, by=by, now=now)


@transaction.atomic
def _confirm(
    application: Application,
    signature: Photo,
    answers: Mapping[str, bool],
    *,
    by: User,
    now: datetime,
) -> None:
    applications.confirm(application, now=now)
    consent.sign(application, signature, answers, by=by, now=now)


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
    holder = _holder(application)
    lines = slot.places_taken(holder.identity.person_key, besides=application) if holder else 0
    return check.facts(application, clerk=clerk or application.clerk, lines=lines, now=now)


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


@transaction.atomic
def _submit(application: Application, *, by: User, key: UUID, now: datetime) -> None:
    given = facts(application, clerk=by, now=now)
    verdicts = engine.judge(given)
    if refusal := check.blocked_by(verdicts):
        raise refusal
    holder = _holder(application)
    applications.submit(application, by=by, key=key, now=now)
    # A unit has no holder in person, and no limit (NL-01); of anybody else a rule wants one.
    if holder and application.takes_place:
        slot.take_place(application, holder.identity.person_key)
    check.keep(application, given, verdicts, now=now)
    check.ask_online(application, now=now)
    ownership.ask(application, now=now)
    after_commit("registration.tasks.advance", application_id=application.pk)


@transaction.atomic
def advance(application: Application, *, now: datetime) -> None:
    """Queue a submitted application once every identity has its online answer, and the carrier
    has said whose number it is. May run twice."""
    if application.status != Application.Status.SUBMITTED:
        return
    if not (check.online_is_settled(application) and ownership.is_settled(application)):
        return
    if application.holder.is_order and order_flow.waits_for_numbers(application):
        return
    given = facts(application, now=now)
    check.keep(application, given, engine.judge(given), now=now)
    application.move(Application.Status.IN_REVIEW)
    if application.order_id:
        order_flow.join(application, let_go=_let_go, now=now)
    else:
        review.enqueue(application, now=now)


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
    if verdict == Decision.Verdict.APPROVE and (refusal := hindrance(case.application, now=now)):
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


@transaction.atomic
def settle(made: Decision, *, now: datetime) -> None:
    """What follows from a decision once it is final. May run twice."""
    if not decision.settle(made, now=now):
        return
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
        _let_go(application, now=now)


def _settle_order(made: Decision, *, now: datetime) -> None:
    order = made.review.application
    if made.verdict == Decision.Verdict.APPROVE:
        order_flow.approve(made, hindered=lambda number: hindrance(number, now=now), now=now)
    elif made.verdict == Decision.Verdict.RETURN:
        applications.send_back(order, made.items, now=now)
        order_flow.send_back(made, now=now)
    else:
        order.move(Application.Status.REFUSED, **turndown.changes(made.reason, now=now))
        order_flow.end(order, by=made.decided_by, let_go=_let_go, now=now)
        _let_go(order, now=now)


@transaction.atomic
def turn_down(application: Application, code: str, *, by: User, now: datetime) -> None:
    """The customer cannot be served at this counter, for a coded reason (RF-01)."""
    turndown.make(application, code, by=by, now=now)
    if application.holder.is_order:
        order_flow.end(application, by=by, let_go=_let_go, now=now)
    _let_go(application, now=now)


@transaction.atomic
def abandon(application: Application, *, by: User | None, now: datetime) -> None:
    applications.abandon(application, by=by, now=now)
    if application.holder.is_order:
        order_flow.end(application, by=by, let_go=_let_go, now=now)
    _let_go(application, now=now)


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


def _let_go(application: Application, *, now: datetime) -> None:
    slot.free_place(application)
    line.give_back(application, now=now)
    after_commit("registration.tasks.forget_originals", application_id=application.pk)


def _holder(application: Application) -> Party | None:
    return application.parties.select_related("identity").filter(role=Role.HOLDER).first()
