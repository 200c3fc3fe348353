"""One picture, by an address that is good for one viewer, one session and a few minutes."""

from datetime import datetime, timedelta

from django.core import signing
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from outlets.http import StaffRequest, for_role
from outlets.models import Post
from portal.refusal import Refusal
from portal.services import audit, session
from registration.http import at_counter
from registration.models import Application, Decision, Photo, Review
from registration.services import ahead
from registration.services import photo as photos
from registration.services.photo import Purpose

# An address is good for one to two of these. The page fetches its pictures as it opens and keeps
# them while it is open, however long a case is held; a page that is opened again gets new
# addresses. In whole periods, so that a page that is asked for every few seconds names the same
# address for minutes.
LIFE = timedelta(minutes=5)
# Clerks see pictures while the work is theirs; afterwards nobody at the shop does.
SHOWN_TO_CLERKS = (
    *Application.EDITABLE,
    Application.Status.SUBMITTED,
    Application.Status.IN_REVIEW,
    Application.Status.APPROVED,
)
PURPOSE: dict[str, Purpose] = {Post.Role.CLERK: Purpose.COUNTER, Post.Role.VERIFIER: Purpose.REVIEW}


class Expired(Refusal):
    status = 410
    text = _("这张图片的链接已经过期。")
    todo = _("请刷新页面，图片会重新显示。")


def address(request: StaffRequest, photo: Photo, now: datetime) -> str:
    """Where this viewer sees the marked copy, from now on for five to ten minutes. Somebody else,
    or the same person signed in elsewhere, sees nothing there."""
    period = int(LIFE.total_seconds())
    until = (int(now.timestamp()) // period + 2) * period
    sealed = [photo.pk, request.user.pk, _here(request), _purpose(request), until]
    seal = _signer().sign_object(sealed)
    return reverse("photo", kwargs={"seal": seal})


@for_role(*Post.Role.values)
@require_GET
def show(request: StaffRequest, seal: str) -> HttpResponse:
    """The marked copy, for the outlet's clerks and for the verifier who holds the case. The
    address alone opens nothing: who may look is asked at every look."""
    now = timezone.now()
    photo = _door(request, _unsealed(request, seal, now), now)
    picture = photos.show(photo, by=request.user, purpose=_purpose(request), now=now)
    answer = HttpResponse(picture, content_type="image/jpeg")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Disposition"] = "inline"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _unsealed(request: StaffRequest, seal: str, now: datetime) -> int:
    """The id of the photo. Raises Http404, also for what was sealed for somebody else, and
    Expired."""
    try:
        pk, viewer, here, purpose, until = _signer().unsign_object(seal)
    except signing.BadSignature:
        raise Http404 from None
    wrong = {
        "viewer": viewer != request.user.pk,
        "session": here != _here(request),
        "purpose": purpose != _purpose(request),
    }
    if reason := next((name for name, is_wrong in wrong.items() if is_wrong), ""):
        # It was copied from the page of whoever it was made for.
        audit.record(
            "photo.refused",
            subject=Photo.objects.filter(pk=pk).first(),
            by=request.user,
            now=now,
            reason=reason,
            made_for=viewer,
        )
        raise Http404
    if now.timestamp() >= until:
        raise Expired
    photo: int = pk
    return photo


def _door(request: StaffRequest, pk: int, now: datetime) -> Photo:
    """Nobody else has business with a picture of a customer: 404, as if there were none."""
    role = request.post.role if request.post else ""
    photos_seen = Photo.objects.current()
    if role == Post.Role.CLERK:
        applications_seen = at_counter(request).filter(status__in=SHOWN_TO_CLERKS)
    elif role == Post.Role.VERIFIER:
        held = Review.objects.open_to(request.user).held_by(request.user, now)
        held |= ahead.coming(request.user, now)
        applications_seen = Application.objects.filter(reviews__in=held)
        # A later round shows what an earlier one had: what its verifier decided on, nothing else.
        photos_seen |= Photo.objects.filter(Exists(_decided_on()))
    else:
        raise Http404
    stored = photos_seen.exclude(view="")
    return get_object_or_404(stored, pk=pk, application__in=applications_seen)


def _decided_on() -> QuerySet[Decision]:
    """Decisions before which the outer picture lay."""
    return Decision.objects.filter(
        review__application=OuterRef("application"),
        decided_at__gte=OuterRef("taken_at"),
        decided_at__lt=OuterRef("replaced_at"),
    )


def _purpose(request: StaffRequest) -> str:
    return PURPOSE.get(request.post.role, "") if request.post else ""


def _here(request: StaffRequest) -> str:
    return session.handle(request.session.session_key or "")


def _signer() -> signing.Signer:
    return signing.Signer(salt="registration.picture")
