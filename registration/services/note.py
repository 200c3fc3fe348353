"""Notes of verifiers for one another."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.models import User
from portal.refusal import Refusal
from portal.services import audit
from registration.models.note import Note
from registration.models.review import Review
from registration.services import review as reviews

LONGEST = 500


class NothingSaid(Refusal):
    status = 422
    text = _("备注是空的。")
    todo = _("请写明后再保存。")


class TooLong(Refusal):
    status = 422
    text = _("备注太长。")
    todo = _("请写在 500 字以内。")


def on(review: Review, *, viewer: User) -> list[Note]:
    """The newest first. Who looks again sees nothing that others wrote about this round."""
    notes = review.application.notes.select_related("written_by").order_by("-written_at", "-pk")
    if review.kind != Review.Kind.FIRST:
        notes = notes.filter(Q(written_at__lt=review.submitted_at) | Q(written_by=viewer))
    return list(notes)


@transaction.atomic
def write(review: Review, text: str, *, claim_no: int, by: User, now: datetime) -> Note:
    """Leave a note on the case in hand; it stays as it is. Raises LeaseLost, NothingSaid,
    TooLong."""
    text = " ".join(text.split())
    if not text:
        raise NothingSaid
    if len(text) > LONGEST:
        raise TooLong
    if not reviews.in_hand(review, claim_no, by, now).exists():
        raise reviews.lost(review, claim_no=claim_no, by=by, now=now)
    note = Note.objects.create(
        application=review.application, text=text, written_by=by, written_at=now
    )
    audit.record("note.written", subject=note, by=by, now=now, review=review.pk)
    return note
