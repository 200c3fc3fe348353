"""Second looks that are not worth it any more: the case has changed since, or they waited long."""

from datetime import datetime

from django.db import transaction

from portal.services import audit
from registration.models.application import Application
from registration.models.review import Review, ReviewQuerySet


def is_outdated(review: Review) -> bool:
    """Whether what the first one judged is not what would be seen now: the counter has mended it
    since, or it was erased."""
    if review.kind == Review.Kind.FIRST:
        return False
    seen: Application = review.application
    if seen.erased_at is not None or seen.round != review.round:
        return True
    return seen.status in Application.EDITABLE and seen.touched_at > review.queued_at


@transaction.atomic
def end(review: Review, *, now: datetime) -> None:
    """Out of the queue, undecided. May run twice."""
    if _open(review).update(status=Review.Status.LAPSED):
        audit.record("second.lapsed", subject=review, by=None, now=now, kind=review.kind)


def overdue(now: datetime) -> ReviewQuerySet:
    """What nobody has looked at in its days, and nobody has in hand."""
    return Review.objects.free(now).filter(expires_at__lte=now).order_by("expires_at")


def _open(review: Review) -> ReviewQuerySet:
    # By the token: whoever claims it in this moment keeps it.
    return Review.objects.waiting().filter(pk=review.pk, claim_no=review.claim_no)
