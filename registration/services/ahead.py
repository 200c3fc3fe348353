"""The next case, reserved for a minute while the one in hand is about to be decided.

A reservation is no claim: it has no token and no lease, and whatever the next claim gives is still
chosen by its one statement. It only keeps the case from colleagues for a minute, by the columns
that keep work which comes back (``kept_for``), so that its page and its pictures can be fetched
meanwhile.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from portal.models import User
from portal.services import audit
from registration.models.review import Review, ReviewQuerySet
from registration.services import lapse
from registration.services import review as reviews

# A verifier who has one answer left decides within seconds; one who does not holds nobody up.
LENGTH = timedelta(seconds=60)


def reserve(review: Review, *, claim_no: int, by: User, now: datetime) -> Review | None:
    """What this verifier gets after ``review``; None: it is not certain, or it is the last one that
    waits, and belongs to whoever is free now. Raises LeaseLost."""
    if not reviews.in_hand(review, claim_no, by, now).exists():
        raise reviews.lost(review, claim_no=claim_no, by=by, now=now)
    if by.post is None or by.post.paused_at:
        return None
    if Review.objects.held_by(by, now).exclude(pk=review.pk).exists():
        return None  # that one comes first
    found: Review | None = Review.objects.free(now).reserved_by(by, now).first()
    if found is not None:
        return found
    try:
        return _reserve(by, now)
    except IntegrityError:
        return None  # the same verifier's other window was faster


@transaction.atomic
def _reserve(by: User, now: datetime) -> Review | None:
    drop(by)
    waiting = Review.objects.open_to(by).fit_for(by).free(now)
    if waiting.coming_to(by).exists():
        return None  # what comes back to them comes first, and is theirs already
    offered = waiting.in_turn_for(by, now).not_put_back_by(by)
    first: Review | None = offered.in_order().select_for_update(skip_locked=True).first()
    # What another sent back and has not come to stays theirs first.
    if first is None or first.kept_for_id or not offered.exclude(pk=first.pk).exists():
        return None
    if lapse.is_outdated(first):
        return None  # the claim will pass it over
    # Compared again in the statement that marks it: without row locks a colleague may be faster.
    rows = Review.objects.free(now).for_all(now).filter(pk=first.pk, kept_for=None)
    if not rows.update(kept_for=by, kept_until=now + LENGTH, reserved_at=now):
        return None
    audit.record("review.reserved", subject=first, by=by, now=now)
    return first


def coming(by: User, now: datetime) -> ReviewQuerySet:
    """What is reserved for this verifier, as far as they may still judge it: one row or none."""
    return Review.objects.open_to(by).fit_for(by).reserved_by(by, now)


@transaction.atomic
def look(review: Review, *, by: User, now: datetime) -> None:
    """A reserved case's page is made ready and shows clear data of its people: a read that is
    written down. ``review`` becomes, in memory alone, what the claim is going to make of it.
    Raises LeaseLost."""
    if lapse.is_outdated(review) or not coming(by, now).filter(pk=review.pk).exists():
        raise reviews.lost(review, claim_no=review.claim_no, by=by, now=now)
    reviews.write_down_look(review, by=by, now=now)
    review.claim_no += 1
    review.claimed_by, review.claimed_at = by, now
    review.lease_until = now + settings.LEASE


def drop(by: User, *, late: datetime | None = None) -> None:
    """Give back what this verifier has reserved; with ``late`` only what ran out by then."""
    rows = Review.objects.waiting().kept_for(by).filter(reserved_at__isnull=False)
    if late is not None:
        rows = rows.filter(kept_until__lte=late)
    rows.update(kept_for=None, kept_until=None, reserved_at=None)
