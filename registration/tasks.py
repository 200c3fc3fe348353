"""Wake-ups. Each takes an id, reads the row again, calls one verb and may run twice."""

from contextlib import suppress
from datetime import timedelta
from itertools import islice

from celery import shared_task
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from portal import blobs
from portal.jobs import ring
from portal.states import Stale
from registration import flow, intake
from registration.models import (
    Application,
    CarrierOrder,
    Decision,
    OnlineCheck,
    OwnershipCheck,
    Photo,
    PhotoStep,
)
from registration.services import check, claim, erasure, line, outcome, ownership, photo, study

# A wake-up that was not answered after so long was lost (the worker was killed).
LOST_SECONDS = 8
BATCH = 200
# Erased in an hour; what is more waits for the next.
ERASED_AT_ONCE = 5_000


@shared_task
def process_photo(*, photo_id: int) -> None:
    row = Photo.objects.filter(pk=photo_id).first()
    if row is not None:
        intake.develop(row, now=timezone.now())


# All steps of a picture take some seconds; one that hangs must not hold the others for minutes.
@shared_task(time_limit=45)
def study_photo(*, photo_id: int) -> None:
    row = Photo.objects.select_related("application").filter(pk=photo_id).first()
    if row is None:
        return
    try:
        study.study(row, now=timezone.now())
    except blobs.BlobUnavailable:
        return  # said in the log already; the sweep rings again


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
    photo.forget_originals(application)
    study.forget(application)


@shared_task
def erase(*, application_id: int) -> None:
    try:
        erasure.erase(Application.objects.get(pk=application_id), now=timezone.now())
    except blobs.BlobUnavailable:
        return  # said in the log already; the next hour tries again


@shared_task
def erase_due() -> None:
    """What came to nothing and has lain long enough."""
    claim.forget(now=timezone.now())
    for pk in islice(erasure.due(timezone.now()), ERASED_AT_ONCE):
        ring("registration.tasks.erase", application_id=pk)


@shared_task
def sweep() -> None:
    """Find what a lost wake-up missed, and end drafts that lay too long."""
    now = timezone.now()
    lost = now - timedelta(seconds=LOST_SECONDS)
    for pk in Photo.objects.filter(status=Photo.Status.RECEIVED, taken_at__lt=lost).values_list(
        "pk", flat=True
    )[:BATCH]:
        ring("registration.tasks.process_photo", photo_id=pk)
    to_study = PhotoStep.objects.filter(status=PhotoStep.Status.WAITING)
    steps = to_study.filter(due_at__lt=lost)
    if to_study.filter(due_at__gt=now).exists():
        # Workers are at it, so of what is queued only what was begun is lost. A bell for each of a
        # thousand, every ten seconds, would fill the queue faster than they work.
        steps = steps.filter(attempts__gt=0)
    for pk in steps.values_list("photo", flat=True).distinct()[:BATCH]:
        ring("registration.tasks.study_photo", photo_id=pk)
    waiting = Application.objects.filter(
        Q(online_checks__due_at__lte=now, online_checks__result__in=OnlineCheck.OPEN)
        | Q(touched_at__lt=lost) & ~Q(online_checks__result__in=OnlineCheck.OPEN),
        status=Application.Status.SUBMITTED,
    )
    for pk in waiting.values_list("pk", flat=True).distinct()[:BATCH]:
        ring("registration.tasks.advance", application_id=pk)
    unowned = OwnershipCheck.objects.filter(
        due_at__lte=now,
        result__in=OwnershipCheck.OPEN,
        application__status__in=(*Application.EDITABLE, Application.Status.SUBMITTED),
    )
    for pk in unowned.values_list("pk", flat=True)[:BATCH]:
        ring("registration.tasks.ask_ownership", check_id=pk)
    for pk in Decision.objects.filter(
        settled_at__isnull=True, decided_at__lte=now - settings.UNDO
    ).values_list("pk", flat=True)[:BATCH]:
        ring("registration.tasks.settle", decision_id=pk)
    for pk in CarrierOrder.objects.filter(
        status=CarrierOrder.Status.DUE, due_at__lte=now
    ).values_list("pk", flat=True)[:BATCH]:
        ring("registration.tasks.send_order", order_id=pk)
    kept = Photo.objects.exclude(original="").filter(
        application__status__in=Application.FINAL, application__legal_hold_at__isnull=True
    )
    for pk in kept.values_list("application", flat=True).distinct()[:BATCH]:
        ring("registration.tasks.forget_originals", application_id=pk)
    outcome.end_quarantine(now)
    for draft in Application.objects.overdue(now)[:BATCH]:
        with suppress(Stale):  # a clerk has taken it up again
            flow.abandon(draft, by=None, now=now)
