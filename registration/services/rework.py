"""What an earlier round had, and which of its answers still stand in the next one."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from portal import crypto
from portal.models import User
from portal.services import audit
from registration.models.application import Application, LetterPoint
from registration.models.check import Judgement
from registration.models.decision import Decision
from registration.models.identity import Identity
from registration.models.photo import LIVE, Photo
from registration.models.review import Review
from registration.models.unit import Unit
from registration.rules import snapshot
from registration.rules.facts import Facts

Check = Decision.Check
OF_LETTER = (*LetterPoint.values, Check.LETTER_TERM)
OF_UNIT = (Check.UNIT_PAPERS, Check.UNIT_LETTER)


@dataclass(frozen=True)
class Before:
    """What lay before the verifier of the round before this one, as far as something else is in
    its place now: pictures by kind, people as read by role. ``facts``: what the rules were given;
    None of a round from before facts were kept."""

    decision: Decision
    photos: dict[str, Photo]
    identities: dict[str, Identity]
    facts: Facts | None


def look(review: Review, *, by: User, now: datetime) -> Before | None:
    """None in the first round. Seeing who was read before is a read of clear data, and is written
    down; of the pictures each look is, when it is fetched."""
    return None if review.round == 1 else _look(review, by, now)


@transaction.atomic
def _look(review: Review, by: User, now: datetime) -> Before | None:
    last = Decision.objects.filter(
        review__application=review.application_id,
        review__round__lt=review.round,
        review__stands=True,
    )
    made = last.select_related("decided_by", "review").order_by("-review__round").first()
    if made is None:
        return None
    photos = review.application.photos.seen_at(made.decided_at).exclude(replaced_at=None)
    identities = _replaced(review.application, made.decided_at)
    for role, identity in identities.items():
        audit.record(
            "identity.viewed",
            subject=identity,
            by=by,
            now=now,
            why="review",
            review=review.pk,
            role=role,
        )
    return Before(
        decision=made,
        photos={photo.kind: photo for photo in photos.order_by("taken_at")},
        identities=identities,
        facts=_facts(review.application, made.decided_at),
    )


def _replaced(application: Application, at: datetime) -> dict[str, Identity]:
    """Who was in a role then, and is not the read that is in it now."""
    seated = dict(application.parties.values_list("role", "identity_id"))
    rows = Identity.objects.filter(challenge__application=application, received_at__lte=at)
    read = rows.select_related("challenge").defer("photo").order_by("received_at", "pk")
    then = {identity.challenge.role: identity for identity in read}
    return {role: each for role, each in then.items() if seated.get(role) not in (None, each.pk)}


def _facts(application: Application, at: datetime) -> Facts | None:
    judged = Judgement.objects.filter(application=application, judged_at__lte=at)
    last = judged.order_by("-judged_at", "-pk").first()
    return snapshot.unpack(last.facts) if last else None


def kept(before: Before | None, application: Application, *, by: User) -> frozenset[str]:
    """The questions to which this verifier said yes in the round before, and whose answer rests on
    the very same things. Nobody signs for another person's yes."""
    if before is None or before.decision.decided_by_id != by.pk:
        return frozenset()
    then = before.decision.basis
    now = basis(application, then)
    return frozenset(question for question in then if now[question] == then[question])


def basis(application: Application, questions: Iterable[str]) -> dict[str, str]:
    """Of each question a keyed hash of what its answer rests on: pictures, reads and fields. Two
    queries, of a unit's order three."""
    photos = dict(application.photos.current().values_list("kind", "pk"))
    people = sorted(application.parties.values_list("role", "identity_id"))
    order = application.holder.is_order
    unit = Unit.objects.filter(application=application).values().first() if order else None
    index = crypto.keyring().blind_index
    return {
        str(question): index(
            json.dumps(
                [
                    sorted((kind, pk) for kind, pk in photos.items() if _rests_on(question, kind)),
                    people,
                    _fields(application, question),
                    unit,
                ],
                default=str,
            ),
            "basis",
        )
        for question in questions
    }


def _rests_on(question: str, kind: str) -> bool:
    """Rather a picture too many: an answer that stands must rest on nothing else."""
    is_page = kind.endswith(("id_front", "id_back"))
    is_face = kind in LIVE
    if question in OF_LETTER:
        return kind == Photo.Kind.LETTER
    if question == Check.PROOF_HOLDS:
        return kind == Photo.Kind.OWNERSHIP
    if question in (Check.SAME_PERSON, Check.FORMER_HOLDER):
        return is_page or is_face
    if question == Check.HELP:
        return is_face or kind in (Photo.Kind.SIGNATURE, Photo.Kind.MARK)
    if question == Check.GUARDIANSHIP:
        return is_page or kind in (Photo.Kind.GUARDIANSHIP, Photo.Kind.GUARDIAN_CONSENT)
    if question in OF_UNIT:
        return not (is_page or is_face or kind == Photo.Kind.SIGNATURE)
    return is_page or kind == Photo.Kind.UNIT_CERTIFICATE


def _fields(application: Application, question: str) -> list[object]:
    told: list[object] = [application.service, application.holder_kind, application.documents]
    if question in OF_LETTER:
        told += [application.number_index, application.letter_until, application.letter_scope]
    elif question in (Check.PROOF_HOLDS, Check.END_USER):
        told += [application.number_index, application.proofs]
    elif question == Check.HELP:
        told += [application.assisted_reason, application.assisted_by_id]
    elif question == Check.SITE:
        told += [application.address]
    return told
