"""Whether the evidence of an application is still what came in: rows, files and audit agree.

The SHA-256 of a picture is counted at the counter, again on arrival, and of the marked copy when it
is made; each is in the audit, which is sealed (portal.services.seal).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from portal import blobs, crypto
from portal.models import AuditEntry
from registration.models.application import Application
from registration.models.identity import Identity
from registration.models.photo import Photo
from registration.rules.document import Lane
from registration.services.paper import is_as_captured


class State(StrEnum):
    INTACT = "intact"
    DELETED = "deleted"  # on purpose: the unmarked picture after the decision, all at erasure
    MISSING = "missing"
    CHANGED = "changed"
    UNRECORDED = "unrecorded"  # the audit does not know it


BROKEN = (State.MISSING, State.CHANGED, State.UNRECORDED)


@dataclass(frozen=True)
class Item:
    """``what`` names no person: a picture or a read by its id."""

    what: str
    state: State


def verify(application: Application) -> Iterator[Item]:
    """Every picture, replaced ones too, and every read."""
    for photo in application.photos.order_by("pk"):
        yield Item(f"photo {photo.pk} {photo.kind}, as received", _received(photo))
        if photo.status == Photo.Status.READY:
            yield Item(f"photo {photo.pk} {photo.kind}, marked", _marked(photo))
    for identity in Identity.objects.filter(challenge__application=application).order_by("pk"):
        yield Item(f"read {identity.pk}", _read(identity))


def _received(photo: Photo) -> State:
    known = _recorded("photo.received", photo)
    if known is None:
        return State.UNRECORDED
    if known["sha256"] != photo.sha256 or known.get("counter") not in (None, "", photo.sha256):
        return State.CHANGED
    return _file(photo.original, photo.sha256)


def _marked(photo: Photo) -> State:
    known = _recorded("photo.marked", photo)
    return _file(photo.view, known["sha256"]) if known else State.UNRECORDED


def _read(identity: Identity) -> State:
    action = "identity.read" if identity.lane == Lane.CHIP else "identity.captured"
    if _recorded(action, identity) is None:
        return State.UNRECORDED
    try:
        is_same = identity.is_as_read if identity.lane == Lane.CHIP else is_as_captured(identity)
    except crypto.DecryptError:
        is_same = False
    return State.INTACT if is_same else State.CHANGED


def _file(name: str, digest: str) -> State:
    if not name:
        return State.DELETED
    try:
        found = blobs.get(name)
    except blobs.BlobMissing:
        return State.MISSING
    except crypto.DecryptError:
        return State.CHANGED
    return State.INTACT if sha256(found).hexdigest() == digest else State.CHANGED


def _recorded(action: str, subject: Photo | Identity) -> dict[str, str] | None:
    """What the audit wrote down when it came in."""
    entries = AuditEntry.objects.filter(
        subject_type=subject._meta.label_lower, subject_id=subject.pk, action=action
    )
    first = entries.order_by("pk").first()
    return first.detail if first else None
