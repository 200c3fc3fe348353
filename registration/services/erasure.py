"""Erase what came to nothing once its days are over, and keep the proof (RF-07, C-18).

First the files, one after the other, then the rows and the proof in one transaction: killed in
between, the next run finds the application again and goes on. Running twice does nothing more.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from portal import blobs, crypto
from portal.services import audit
from registration.models.appeal import Appeal
from registration.models.application import Application
from registration.models.decision import Decision
from registration.models.erasure import Erasure
from registration.models.identity import Identity
from registration.models.likeness import PictureHash
from registration.models.line import CarrierOrder, Line
from registration.models.photo import Photo
from registration.models.study import PhotoStep
from registration.models.text import PhotoText
from registration.models.unit import Unit
from registration.rules.consent import REFUSED_DAYS
from registration.services import policy, stale
from registration.services.application import UNASSISTED

# Every encrypted or keyed column of an application is named here, so that a new one is not
# forgotten (a test compares): rows that go, columns that are emptied.
GONE = (
    "Challenge",
    "Identity",
    "Judgement",
    "Note",
    "OnlineCheck",
    "OwnershipCheck",
    "Party",
    "PhotoText",
    "PictureHash",
    "Unit",
)
EMPTIED = {
    "Appeal": ("words", "answer"),
    "Application": ("number", "number_index", "address"),
    "CarrierOrder": ("number",),
    "Decision": ("note",),
    "Line": ("number_index", "person_key"),
    "Photo": ("mrz",),
}
# Of no application: erased by services.claim.
ELSEWHERE = ("Claim",)
# Freed when the application ends.
EMPTY_BEFORE = ("Slot",)


def due(now: datetime, *, late: timedelta = timedelta(0)) -> Iterator[int]:
    """The ids of what is to be erased by now, oldest first at each outlet. ``late``: only what
    should have been erased that long ago."""
    open_ = Application.objects.to_erase()
    for path in open_.order_by().values_list("channel_path", flat=True).distinct():
        before = now - timedelta(days=_days(path, now)) - late
        here = open_.filter(channel_path=path, touched_at__lte=before)
        yield from here.order_by("touched_at").values_list("pk", flat=True)


def erase(application: Application, *, now: datetime) -> bool:
    """False: there is nothing to erase, or not yet. Raises BlobUnavailable while the storage is
    away; what was erased until then stays erased."""
    days = _days(application.channel_path, now)
    ready = Application.objects.to_erase().filter(touched_at__lte=now - timedelta(days=days))
    if not ready.filter(pk=application.pk).exists():
        return False
    for photo in application.photos.exclude(original="", view="").order_by("pk"):
        _erase_files(photo)
    return _erase_rows(application, days, now=now)


def _days(path: str, now: datetime) -> int:
    return REFUSED_DAYS.of(policy.in_force(path, timezone.localdate(now)))


def _erase_files(photo: Photo) -> None:
    for name in filter(None, (photo.original, photo.view)):
        blobs.delete(name)
    rows = Photo.objects.filter(pk=photo.pk)
    rows.update(original="", view="", mrz=None, quality={})
    # No worker looks for a picture that is gone.
    rows.filter(status=Photo.Status.RECEIVED).update(status=Photo.Status.REJECTED)


@transaction.atomic
def _erase_rows(application: Application, days: int, *, now: datetime) -> bool:
    held = Application.objects.select_for_update().get(pk=application.pk)
    # Asked again now that it is held: an appeal may have come in among the files.
    if not Application.objects.to_erase().filter(pk=held.pk).exists():
        return False
    read = Identity.objects.filter(challenge__application=held).order_by("pk")
    hashes = sorted(held.photos.values_list("sha256", flat=True))
    proof = Erasure.objects.create(
        application=held,
        erased_at=now,
        after_days=days,
        pictures=len(hashes),
        pictures_digest=sha256("\n".join(hashes).encode()).hexdigest(),
        people=read.count(),
        record=_record(held, list(read.values_list("number_index", flat=True))),
    )
    held.parties.all().delete()
    held.online_checks.all().delete()
    held.ownership_checks.all().delete()
    read.delete()
    held.challenges.all().delete()
    held.judgements.all().delete()
    PhotoStep.objects.filter(photo__application=held).delete()
    PhotoText.objects.filter(photo__application=held).delete()
    PictureHash.objects.filter(photo__application=held).delete()
    # Among a picture's measures is what it looks like.
    held.photos.update(quality={})
    held.face_checks.all().delete()
    held.notes.all().delete()
    Unit.objects.filter(application=held).delete()
    CarrierOrder.objects.filter(application=held).update(number="")
    Line.objects.filter(application=held).update(person_key="", number_index="")
    # Without its people a number that was opened is no longer one of those that were matched.
    for opened_at in Line.objects.filter(application=held).values_list("opened_at", flat=True):
        stale.mark(held.outlet_id, opened_at)
    Decision.objects.filter(review__application=held).update(note=None, basis={})
    Appeal.objects.filter(application=held).update(words="", answer="")
    Application.objects.filter(pk=held.pk).update(
        number=None,
        number_index="",
        iccid="",
        reserved_iccid="",
        address=None,
        erased_at=now,
        **UNASSISTED,
    )
    audit.record(
        "application.erased",
        subject=held,
        by=None,
        now=now,
        after_days=days,
        pictures=proof.pictures,
        pictures_digest=proof.pictures_digest,
        people=proof.people,
        record=proof.record,
    )
    return True


def _record(application: Application, documents: list[str]) -> str:
    """The keyed hash of the reason record. All that goes into it can be had again from the row,
    a document and the number."""
    made = getattr(application, "turndown", None)
    stood = Decision.objects.filter(review__application=application, review__stands=True)
    decisions = stood.order_by("pk")
    record = {
        "application": application.pk,
        "status": application.status,
        "at": application.touched_at.isoformat(),
        "reasons": [made.code] if made else [*decisions.values_list("reason", flat=True)],
        "documents": documents,
        "number": application.number_index,
    }
    return crypto.keyring().blind_index(json.dumps(record, sort_keys=True), "erasure")
