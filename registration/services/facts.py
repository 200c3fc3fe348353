"""Gather what the rules judge: an application as it stands, in plain values."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone

from outlets.models import Post
from portal.models import User
from registration.models.application import Application, LetterPoint, Party
from registration.models.identity import Role
from registration.models.photo import Photo
from registration.rules import consent as texts
from registration.rules.facts import Facts, Person
from registration.services import (
    claim,
    face,
    likeness,
    ownership,
    photo,
    policy,
    presence,
    reading,
    screen,
    text,
    unit,
)

# Facts by their names, for the constructor.
Part = dict[str, Any]


def gather(application: Application, *, clerk: User, lines: int, now: datetime) -> Facts:
    """The application as it stands. ``clerk`` submits it or has submitted it; ``lines``: the
    person's places besides this application's."""
    today = timezone.localdate(now)
    parties = list(application.parties.select_related("identity").defer("identity__photo"))
    policies = policy.in_force(application.channel_path, today)
    people = _people(application, parties, policies)
    return Facts(
        today=today,
        lines=lines,
        policies=policies,
        people=people,
        holder_kind=application.holder_kind,
        service=application.service,
        redo=tuple(application.redo),
        has_confirmed=application.confirmed_at is not None,
        assisted=application.assisted_reason,
        helper_key=application.assisted_by.person_key if application.assisted_by else "",
        handed_in=_day_handed_in(application),
        **_of_counter(application, clerk, today),
        **_of_number(application, parties),
        **_of_papers(application),
        **_of_text(application, parties),
        **_of_consents(application, people, today),
        **_of_unit(application, parties),
    )


def _people(
    application: Application, parties: list[Party], policies: dict[str, Any]
) -> tuple[Person, ...]:
    online = dict(application.online_checks.values_list("identity_id", "result"))
    readings = reading.look(parties, application.outlet, policies)
    # Nothing is compared before the first submit: a counter's draft asks for nothing.
    asked = application.submitted_at is not None
    faces = {one.role: one.result for one in face.results(application)} if asked else {}
    return tuple(
        _person(
            party,
            readings[party.role],
            online.get(party.identity_id, ""),
            faces.get(party.role, ""),
        )
        for party in parties
    )


def _person(party: Party, read: reading.Reading, online: str, compared: str) -> Person:
    card = party.identity.card
    return Person(
        role=party.role,
        kind=card.kind,
        number=card.number,
        birth_date=card.birth_date,
        valid_from=card.valid_from,
        valid_to=card.valid_to,
        lane=party.identity.lane,
        purpose=getattr(card, "purpose", ""),
        key=party.identity.person_key,
        online=online,
        read_time=read.at,
        read_elsewhere=read.is_elsewhere,
        reader_elsewhere=read.is_by_reader_from_elsewhere,
        customers=read.customers,
        principals=read.principals,
        face=compared,
    )


def _day_handed_in(application: Application) -> date | None:
    if application.is_editable or application.submitted_at is None:
        return None
    return timezone.localdate(application.submitted_at)


def _of_counter(application: Application, clerk: User, today: date) -> Part:
    outlet = application.outlet
    # Whether a counter may hand in is judged when it does. A clerk who has left since, or an
    # outlet that was suspended since, must not leave a case that nobody can approve.
    handed_in = not application.is_editable
    posts = Post.objects.held_by(clerk, today).filter(role=Post.Role.CLERK)
    return {
        "outlet_is_open": handed_in or outlet.is_open,
        "clerk_holds_post": handed_in or posts.filter(channel=outlet.channel_id).exists(),
        "clerk_key": clerk.person_key,
        "tier": outlet.tier,
        "opens_at": outlet.opens_at,
        "closes_at": outlet.closes_at,
    }


def _of_number(application: Application, parties: list[Party]) -> Part:
    owner = ownership.current(application)
    return {
        "has_number": bool(application.number_index),
        "has_iccid": bool(application.iccid),
        "card_is_other": application.has_other_card,
        "has_address": bool(application.address),
        "standing": application.standing,
        "category": application.category,
        "is_barred": application.is_barred,
        "is_fixed": application.is_fixed,
        "matches": owner.result if owner else "",
        "proofs": frozenset(application.proofs),
        "claim": claim.compared(application, parties),
    }


def _of_papers(application: Application) -> Part:
    pictures = {row.kind: row for row in application.photos.current()}
    letter = pictures.get(Photo.Kind.LETTER)
    return {
        "photos": {kind: row.status for kind, row in pictures.items()},
        "photos_due": application.photos_due,
        "seen": likeness.seen(pictures.values()),
        "made_elsewhere": frozenset(row.kind for row in pictures.values() if row.made_elsewhere),
        "portraits": frozenset(row.kind for row in pictures.values() if presence.is_of_card(row)),
        "screens": frozenset(row.kind for row in pictures.values() if screen.is_suspected(row)),
        "letter_points": frozenset(application.letter_points),
        "letter_points_due": frozenset(LetterPoint.values),
        "letter_until": application.letter_until,
        "letter_scope": application.letter_scope,
        "letter_is_used": application.has_letter and photo.letter_is_used(application, letter),
    }


def _of_text(application: Application, parties: list[Party]) -> Part:
    pages = text.compared(application, parties)
    return {"differing": text.differing(pages), "unread_pages": text.unread(pages)}


def _of_consents(application: Application, people: tuple[Person, ...], today: date) -> Part:
    signed = list(application.consents.all())
    versions = {row.kind: row.version for row in signed}
    return {
        "consents": versions,
        # What was handed in stays signed when a text changes afterwards.
        "consents_due": _versions_due(application, people, today)
        if application.is_editable
        else versions,
        "consents_refused": frozenset(row.kind for row in signed if not row.given),
    }


def _versions_due(
    application: Application, people: tuple[Person, ...], today: date
) -> dict[str, str]:
    born = next((person.birth_date for person in people if person.role == Role.HOLDER), None)
    due = texts.due(application.asked, application.holder, born, today)
    return {one.code: one.version for one in due}


def _of_unit(application: Application, parties: list[Party]) -> Part:
    """What the rules on units want to know, about an order and about a number of one."""
    holder = application.holder
    if not holder.is_order and not holder.is_numbered:
        return {}
    found: Part = {"unit": unit.as_facts(unit.of(application))}
    if application.order is None:
        numbers = application.numbers.live().exclude(number_index="")
        return found | {"numbers": numbers.count(), "numbers_ready": numbers.complete().count()}
    users = Party.objects.filter(
        application__in=application.order.numbers.live(),
        role=Role.END_USER,
        identity__person_key__in=[party.identity.person_key for party in parties],
    )
    return found | {"order_status": application.order.status, "user_numbers": users.count()}
