"""The worker's part of a picture that came in: judge it, straighten it, mark it and store the copy
that people see, or say why it will not do."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal import blobs, prepared
from portal.services import audit
from portal.states import Stale
from registration import imaging, marks, mrz, ocr, quality
from registration.models.application import Application
from registration.models.photo import Photo
from registration.mrz import MrzError
from registration.rules import number, plan
from registration.rules.document import PASSPORT
from registration.services import application as applications

logger = logging.getLogger(__name__)


class Ready(Protocol):
    def __call__(self, photo: Photo, *, now: datetime) -> None: ...


Glance = Callable[[Photo, imaging.Picture], dict[str, Any]]


def _nothing_more(photo: Photo, *, now: datetime) -> None:
    """Of a picture that nobody studies."""


def develop(
    photo: Photo,
    *,
    glance: Glance = lambda _photo, _picture: {},
    ready: Ready = _nothing_more,
    now: datetime,
) -> None:
    """Re-encode, mark and store the copy that people see, or say why not. May run twice.

    ``glance`` adds to the measures that are kept with the picture, and ``ready`` is called in the
    transaction that makes it ready. Raises BlobUnavailable, BlobMissing; the picture then waits as
    it did.
    """
    if photo.status != Photo.Status.RECEIVED:
        return
    try:
        picture = imaging.clean(blobs.get(photo.original), is_inspected=True, as_array=True)
        score = _judged(photo, picture, glance)
    except imaging.PictureError as error:
        _reject(photo, error.text, now=now)
        return
    if score.refusal:
        _reject(photo, quality.REASONS[score.refusal], quality=score.values, now=now)
        return
    zone = None
    if format := plan.zone_of(photo.kind, photo.application.documents):
        try:
            zone = _read_zone(photo, format, picture.jpeg, now)
        except MrzError as error:
            _reject(photo, str(error), quality=score.values, now=now)
            return
    picture = quality.document(picture, score.values)
    marked = marks.watermark(picture, watermark_lines(now))
    view = blobs.put(marked)
    try:
        with prepared.throughout(), transaction.atomic():
            photo.move(
                Photo.Status.READY,
                view=view,
                width=picture.width,
                height=picture.height,
                quality=score.values,
                hint=score.hint or quality.doubt(score.values),
                mrz=zone,
            )
            digest = sha256(marked).hexdigest()
            audit.record("photo.marked", subject=photo, by=None, now=now, sha256=digest)
            ready(photo, now=now)
            if zone is not None:
                _unseat_another(photo, zone)
    except Stale:
        # Another worker was faster; its copy stands.
        blobs.delete(view)


def _judged(photo: Photo, picture: imaging.Picture, glance: Glance) -> quality.Score:
    """With what ``glance`` adds, unless it is refused. Raises PictureError for what nobody foresaw:
    every sweep would ring for it again, and the counter would wait."""
    try:
        score = quality.judge(photo.kind, picture)
        more = {} if score.refusal else glance(photo, picture)
    except Exception as error:
        logger.warning("photo %s was not judged: %s", photo.pk, type(error).__name__)
        raise imaging.PictureError("broken") from error
    return replace(score, values=score.values | more)


def _read_zone(photo: Photo, format: str, jpeg: bytes, now: datetime) -> str:
    """The lines of the zone on this page. Raises MrzError, also for another document's zone."""
    lines, read = mrz.find(ocr.lines(jpeg), format, timezone.localdate(now))
    role = plan.shown_by(photo.kind)
    kind = photo.application.documents[role]
    is_passport = read.code.startswith("P")
    if number.wrong_with(kind, read.number, read.birth_date) or is_passport != (format == "TD3"):
        raise MrzError("other_document")
    # A Chinese citizen's passport is a document of its own, which is closed by default.
    if is_passport and (read.issuer == "CHN") is (kind == PASSPORT):
        raise MrzError("other_document")
    return "\n".join(lines)


def _unseat_another(photo: Photo, zone: str) -> None:
    """Whoever was taken in from an earlier picture of another document steps back; not from an
    application that has left the counter, nor because of a picture that was set aside meanwhile."""
    held = Application.objects.select_for_update().get(pk=photo.application_id)
    if not held.is_editable or not held.photos.current().filter(pk=photo.pk).exists():
        return
    role = plan.shown_by(photo.kind)
    seated = held.parties.filter(role=role).select_related("identity").first()
    if seated and seated.identity.block != zone.encode("ascii"):
        applications.unseat(held, role)


def watermark_lines(now: datetime) -> list[str]:
    """CV-08, Order 25 Art 9: the operator's name, the purpose and the date."""
    carrier = settings.CARRIER_NAME
    return [f"仅限{carrier}电话入网实名登记使用", f"{timezone.localtime(now):%Y-%m-%d}"]


@transaction.atomic
def _reject(photo: Photo, problem: str, *, now: datetime, **found: Any) -> None:
    photo.move(Photo.Status.REJECTED, problem=problem, **found)
    audit.record("photo.rejected", subject=photo, by=None, now=now, kind=photo.kind)
