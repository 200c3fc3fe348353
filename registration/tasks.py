"""Wake-ups. Each takes an id, reads the row again, calls one verb and may run twice."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from portal import blobs
from portal.jobs import ring
from portal.states import Stale
from registration import flow, intake
from registration.models import (
    Application,
    CarrierOrder,
    Decision,
    FaceCheck,
    OnlineCheck,
    OwnershipCheck,
    Photo,
    PhotoStep,
)
from registration.services import (
    check,
    claim,
    erasure,
    face,
    lapse,
    line,
    outcome,
    ownership,
    photo,
    rollup,
    study,
)

log = logging.getLogger(__name__)

# A wake-up that was not answered after so long was lost (the worker was killed).
LOST_SECONDS = 8
BATCH = 200
# Erased in an hour; what is more waits for the next.
ERASED_AT_ONCE = 5_000
# Added up in a minute, of those that never were: a year takes half an hour.
DAYS_AT_ONCE = 12
DAYS_PROVED = 7


# The storage is full or away, or not the right one. It is in the log already and nothing is lost:
# the row waits as it did, and the sweep rings again.
STORAGE_AWAY = (blobs.BlobUnavailable, blobs.BlobMissing)


@shared_task
def process_photo(*, photo_id: int) -> None:
    row = Photo.objects.filter(pk=photo_id).first()
    if row is None:
        return
    with suppress(*STORAGE_AWAY):
        intake.develop(row, now=timezone.now())


# All steps of a picture take some seconds; one that hangs must not hold the others for minutes.
@shared_task(time_limit=45)
def study_photo(*, photo_id: int) -> None:
    row = Photo.objects.select_related("application").filter(pk=photo_id).first()
    if row is None:
        return
    now = timezone.now()
    with suppress(*STORAGE_AWAY):
        study.study(row, now=now)
        flow.look_again(row.application, now=now)


@shared_task
def advance(*, application_id: int) -> None:
    application = Application.objects.get(pk=application_id)
    now = timezone.now()
    for row in application.online_checks.filter(result__in=OnlineCheck.OPEN, due_at__lte=now):
        check.send_online(row, now=now)
    try:
        flow.advance(application, now=now)
    except Stale:
        return  # another worker advanced it


@shared_task
def ask_ownership(*, check_id: int) -> None:
    rows = OwnershipCheck.objects.select_related("application", "identity")
    row = rows.filter(pk=check_id).first()
    if row is not None:
        ownership.send(row, now=timezone.now())


@shared_task
def compare_faces(*, application_id: int) -> None:
    application = Application.objects.get(pk=application_id)
    now = timezone.now()
    due = face.current(application).filter(result__in=FaceCheck.OPEN, due_at__lte=now)
    answered = [face.compare(row, now=now) for row in due.select_related("live", "page")]
    if any(answered):
        flow.look_again(application, now=now)


@shared_task
def settle(*, decision_id: int) -> None:
    row = Decision.objects.select_related("review__application").filter(pk=decision_id).first()
    if row is not None:  # else it was taken back
        flow.settle(row, now=timezone.now())


@shared_task
def send_order(*, order_id: int) -> None:
    row = CarrierOrder.objects.select_related("application").get(pk=order_id)
    try:
        line.send(row, opened=flow.opened, refused=flow.not_opened, now=timezone.now())
    except Stale:
        return  # another worker got the same answer


@shared_task
def forget_originals(*, application_id: int) -> None:
    application = Application.objects.get(pk=application_id)
    with suppress(*STORAGE_AWAY):
        photo.forget_originals(application)
        study.forget(application)


@shared_task
def erase(*, application_id: int) -> None:
    with suppress(*STORAGE_AWAY):  # the next hour tries again
        erasure.erase(Application.objects.get(pk=application_id), now=timezone.now())


@shared_task
def erase_due() -> None:
    """What came to nothing and has lain long enough."""
    claim.forget(now=timezone.now())
    for pk in islice(erasure.due(timezone.now()), ERASED_AT_ONCE):
        ring("registration.tasks.erase", application_id=pk)


@shared_task
def fold() -> None:
    rollup.fold(now=timezone.now(), days=DAYS_AT_ONCE)


# A day of the whole country and the sum of its month take some seconds each.
@shared_task(time_limit=1800)
def prove() -> None:
    """Whether what was added up is what the rows say: yesterday, and some older days by lot."""
    now = timezone.now()
    for day in rollup.sample(timezone.localdate(now), DAYS_PROVED):
        if wrong := rollup.prove(day, now=now):
            log.error(
                "roll-up of %s: %s counts differed from the rows and were put right", day, wrong
            )


@shared_task
def sweep() -> None:
    """Find what a lost wake-up missed, and end drafts that lay too long."""
    now = timezone.now()
    for task, named, ids in _left_behind(now):
        for pk in ids[:BATCH]:
            said: dict[str, Any] = {named: pk}
            ring(f"registration.tasks.{task}", **said)
    outcome.end_quarantine(now)
    for look in lapse.overdue(now)[:BATCH]:
        lapse.end(look, now=now)
    for draft in Application.objects.overdue(now)[:BATCH]:
        with suppress(Stale):  # a clerk has taken it up again
            flow.abandon(draft, by=None, now=now)


def _left_behind(now: datetime) -> Iterator[tuple[str, str, QuerySet[Any, int]]]:
    """A task, what its id is called, and the ids of what waits for it."""
    lost = now - timedelta(seconds=LOST_SECONDS)
    received = Photo.objects.filter(status=Photo.Status.RECEIVED, taken_at__lt=lost)
    yield "process_photo", "photo_id", received.values_list("pk", flat=True)
    yield "study_photo", "photo_id", _to_study(now, lost).values_list("photo", flat=True).distinct()
    waiting = Application.objects.filter(
        Q(online_checks__due_at__lte=now, online_checks__result__in=OnlineCheck.OPEN)
        | Q(touched_at__lt=lost) & ~Q(online_checks__result__in=OnlineCheck.OPEN),
        status=Application.Status.SUBMITTED,
    )
    yield "advance", "application_id", waiting.values_list("pk", flat=True).distinct()
    unowned = OwnershipCheck.objects.filter(
        due_at__lte=now,
        result__in=OwnershipCheck.OPEN,
        application__status__in=(*Application.EDITABLE, Application.Status.SUBMITTED),
    )
    yield "ask_ownership", "check_id", unowned.values_list("pk", flat=True)
    faces = FaceCheck.objects.filter(
        due_at__lte=lost,
        result__in=FaceCheck.OPEN,
        application__status__in=(Application.Status.SUBMITTED, Application.Status.IN_REVIEW),
    )
    yield "compare_faces", "application_id", faces.values_list("application", flat=True).distinct()
    made = Decision.objects.filter(settled_at__isnull=True, decided_at__lte=now - settings.UNDO)
    yield "settle", "decision_id", made.values_list("pk", flat=True)
    due = CarrierOrder.objects.filter(status=CarrierOrder.Status.DUE, due_at__lte=now)
    yield "send_order", "order_id", due.values_list("pk", flat=True)
    kept = Photo.objects.exclude(original="").filter(
        application__status__in=Application.FINAL, application__legal_hold_at__isnull=True
    )
    yield (
        "forget_originals",
        "application_id",
        kept.values_list("application", flat=True).distinct(),
    )


def _to_study(now: datetime, lost: datetime) -> QuerySet[PhotoStep]:
    steps = PhotoStep.objects.filter(status=PhotoStep.Status.WAITING)
    late = steps.filter(due_at__lt=lost)
    if not steps.filter(due_at__gt=now).exists():
        return late
    # Workers are at it, so of what is queued only what was begun is lost. A bell for each of a
    # thousand, every ten seconds, would fill the queue faster than they work.
    return late.filter(attempts__gt=0)
