"""What a worker finds out about a picture after the counter has been served: step by step.

Each step is a row. It is looked for without a transaction and kept together with what was found,
so a killed worker costs that one step; the sweep rings again. A step that fails or kills its worker
too often is given up: the verifier then looks with his own eyes.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from portal import blobs
from portal.jobs import after_commit
from registration import imaging, quality
from registration.models.application import Application
from registration.models.photo import Photo
from registration.models.study import PhotoStep
from registration.services import likeness, screen, text

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
# Longer than any step takes; a worker that was killed leaves its step to the next one after it.
LEASE = timedelta(seconds=30)
# So long a submitted application waits for what is still being found out.
PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True)
class Step:
    """``look`` may take seconds and touches no row; ``keep`` stores what it found, in the
    transaction that ends the step. ``known``: what was found when the picture was developed; None
    has it looked for. ``is_straight``: it looks at the picture as it is shown, cropped and
    straightened; what needs each pixel as the camera gave it does not."""

    is_wanted: Callable[[Photo], bool]
    look: Callable[[Photo, imaging.Picture], Any]
    keep: Callable[[Photo, Any, datetime], None]
    known: Callable[[Photo], Any] = lambda _photo: None
    is_straight: bool = True


STEPS: dict[str, Step] = {
    PhotoStep.Name.TEXT: Step(text.is_wanted, text.look, text.keep),
    PhotoStep.Name.LIKENESS: Step(likeness.is_wanted, likeness.look, likeness.keep, likeness.known),
    PhotoStep.Name.SCREEN: Step(
        screen.is_wanted, screen.look, screen.keep, screen.known, is_straight=False
    ),
}


def plan(photo: Photo, *, now: datetime) -> None:
    """Call it in the transaction that makes the picture ready."""
    wanted = [name for name, step in STEPS.items() if step.is_wanted(photo)]
    if not wanted:
        return
    PhotoStep.objects.bulk_create(PhotoStep(photo=photo, name=name, due_at=now) for name in wanted)
    after_commit("registration.tasks.study_photo", photo_id=photo.pk)


def study(photo: Photo, *, now: datetime) -> None:
    """Every step that is due. May run twice. Raises BlobUnavailable; nothing has begun then."""
    due = list(photo.steps.filter(status=PhotoStep.Status.WAITING, due_at__lte=now).order_by("pk"))
    if not due:
        return
    if photo.replaced_at or not photo.original:
        forget(photo.application, photos=Photo.objects.filter(pk=photo.pk))
        return
    original = blobs.get(photo.original)

    taken = cache(lambda: imaging.clean(original, is_inspected=True, as_array=True))
    # As it is shown: where a step found something, the viewer points.
    shown = cache(lambda: quality.document(taken(), photo.quality))

    for row in due:
        if _claim(row, now=now):
            _take(row, photo, taken, shown, now=now)
    if is_settled(photo.application, now=now):
        after_commit("registration.tasks.advance", application_id=photo.application_id)


def is_settled(application: Application, *, now: datetime) -> bool:
    """Whether nothing more will be found out about its pictures, or it has waited long enough."""
    submitted_at = application.submitted_at
    if submitted_at and now - submitted_at >= PATIENCE:
        return True
    return not waiting(application).exists()


def waiting(application: Application) -> QuerySet[PhotoStep]:
    """Steps of its current pictures that are still to come."""
    return PhotoStep.objects.filter(
        photo__application=application,
        photo__replaced_at__isnull=True,
        status=PhotoStep.Status.WAITING,
    )


def forget(application: Application, *, photos: QuerySet[Photo] | None = None) -> None:
    """There is nothing left to look at."""
    gone = application.photos.all() if photos is None else photos
    PhotoStep.objects.filter(photo__in=gone, status=PhotoStep.Status.WAITING).delete()


def _claim(row: PhotoStep, *, now: datetime) -> bool:
    """Compare and set: of two workers one gets it. Too many tries end it here, because a picture
    that kills its worker never comes to the end of ``_take``."""
    mine = PhotoStep.objects.filter(
        pk=row.pk, status=PhotoStep.Status.WAITING, attempts=row.attempts
    )
    if row.attempts >= MOST_ATTEMPTS:
        mine.update(status=PhotoStep.Status.FAILED, ended_at=now)
        return False
    return bool(mine.update(attempts=F("attempts") + 1, due_at=now + LEASE))


def _take(
    row: PhotoStep,
    photo: Photo,
    taken: Callable[[], imaging.Picture],
    shown: Callable[[], imaging.Picture],
    *,
    now: datetime,
) -> None:
    """The picture is decoded only here, when the try has been counted: that too may kill."""
    step = STEPS.get(row.name)
    try:
        found = step.known(photo) if step else None
        if step and found is None:
            found = step.look(photo, shown() if step.is_straight else taken())
    except Exception as error:
        # Whatever a model or a decoder raises. Its text may hold what stands on the picture.
        logger.warning("step %s of photo %s: %s", row.name, photo.pk, type(error).__name__)
        return
    with transaction.atomic():
        rows = PhotoStep.objects.filter(pk=row.pk, status=PhotoStep.Status.WAITING)
        if rows.update(status=PhotoStep.Status.DONE, ended_at=now) and step:
            step.keep(photo, found, now)
