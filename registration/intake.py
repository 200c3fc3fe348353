"""What a clerk does with a draft, as far as it joins two stages: answers, reads, papers, signature.

All of it ends where ``flow.submit`` begins.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from outlets.services import reader
from portal.models import User
from portal.refusal import Refusal
from registration import flow, order_flow
from registration.imaging import Picture
from registration.models import Application, Identity, Party, Photo, Role
from registration.rules import plan
from registration.rules.plan import UNIT
from registration.services import application as applications
from registration.services import (
    assist,
    consent,
    darkroom,
    document,
    identity,
    likeness,
    line,
    ownership,
    paper,
    photo,
    presence,
    read_refusal,
    screen,
    study,
    unit,
)


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
    return _take_in(application, person, role, now=now)


@transaction.atomic
def answer(application: Application, *, holder_kind: str, service: str, now: datetime) -> None:
    """The counter's three answers; what they no longer ask for is set aside, the rest stays."""
    held = applications.lock(application)
    was_order, service_before = held.holder.is_order, held.service
    if holder_kind == UNIT.code and not was_order:
        # The numbers of an order are applications of their own.
        line.give_back(held, now=now)
        line.forget_number(held)
    held = applications.answer(application, holder_kind=holder_kind, service=service, now=now)
    if was_order and not held.holder.is_order:
        order_flow.end(held, by=None, let_go=flow.let_go, now=now)
        unit.forget(held)
    elif was_order and service != service_before:
        order_flow.refit(held, let_go=flow.let_go, now=now)
    line.keep_fitting(held, now=now)
    _fit(held, now=now)
    ownership.ask(held, now=now)
    application.refresh_from_db()


def name_number(application: Application, number: str, *, by: User, now: datetime) -> None:
    """The customer's own number. Not one transaction: the carrier is asked about it first."""
    known = ownership.kept(ownership.look_up(application, number))
    with transaction.atomic():
        if application.number != number:
            photo.drop(application, (Photo.Kind.OWNERSHIP,), now=now)
        line.name(application, number, known, by=by, now=now)
        _fit(application, now=now)
        ownership.ask(application, now=now)


@transaction.atomic
def unassist(application: Application, *, by: User, now: datetime) -> None:
    """The customer does it alone after all: what stood for a signature is set aside, and a
    signature that may have been none is given again."""
    assist.end(application, by=by, now=now)
    photo.drop(application, (Photo.Kind.SIGNATURE,), now=now)
    applications.unconfirm(application, now=now)
    _fit(application, now=now)


@transaction.atomic
def put_unit(application: Application, said: unit.Said, *, by: User, now: datetime) -> None:
    """What the unit's papers say; pictures that its kind does not ask for are set aside."""
    unit.put(application, said, by=by, now=now)
    _fit(Application.objects.get(pk=application.pk), now=now)


def _take_in(application: Application, person: Identity, role: str, *, now: datetime) -> Party:
    party = applications.seat(application, person, role, now=now)
    if identity.is_another(person):
        _forget_another(application, role, now=now)
    ownership.ask(application, now=now)
    # Somebody else's mark does not stay when the person changes.
    _fit(application, now=now)
    return party


def _forget_another(application: Application, role: str, *, now: datetime) -> None:
    """Pictures and papers of who was in this role before; the zone that was read stays."""
    zones = [kind for kind in plan.about(role) if plan.zone_of(kind, application.documents)]
    gone = tuple(kind for kind in plan.about(role) if kind not in zones)
    photo.drop(application, gone, now=now)
    applications.forget_said(application, role, now=now)
    if role == Role.HANDLER:
        unit.unname_handler(application)


def _fit(application: Application, *, now: datetime) -> None:
    """What is no longer asked for is set aside, and need not be done again."""
    applications.forget_redo(application, now=now)
    photo.drop_others(application, (*application.photos_wanted, Photo.Kind.SIGNATURE), now=now)


def develop(picture: Photo, *, now: datetime) -> None:
    """The worker's part for the counter; what is found out about the picture comes afterwards."""
    darkroom.develop(picture, glance=_glance, ready=study.plan, now=now)


def _glance(photo: Photo, picture: Picture) -> dict[str, Any]:
    looks = (likeness.glance, screen.glance, presence.glance)
    return {name: seen for look in looks for name, seen in look(photo, picture).items()}


@transaction.atomic
def choose_document(application: Application, role: str, kind: str, *, now: datetime) -> None:
    """Which document this person shows; pictures of another one are set aside."""
    shot = document.check(application, kind, now=now)
    before = dict(application.documents)
    held = applications.choose_document(application, role, kind, is_pictured=shot, now=now)
    if held.documents != before:
        photo.drop_pages(held, role, now=now)
        _fit(held, now=now)
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
    return _take_in(application, person, role, now=now)


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
    _confirm(application, signature, shown=shown, answers=answers, by=by, now=now)


@transaction.atomic
def _confirm(
    application: Application,
    signature: Photo,
    *,
    shown: str,
    answers: Mapping[str, bool],
    by: User,
    now: datetime,
) -> None:
    # Again, with the row held: meanwhile another person may have been read.
    applications.lock(application)
    wanted = consent.check(application, shown=shown, answers=answers, now=now)
    applications.confirm(application, now=now)
    consent.sign(application, signature, wanted, answers, by=by, now=now)
