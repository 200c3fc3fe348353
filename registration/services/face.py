"""Who stands there against the portrait of their own document, by an engine (CV-05, PX-04, C-13).

Only the face of whoever signed is compared, and only on a yes on record. A machine never refuses:
whatever it says, and if it says nothing, the case goes to a person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from outlets.cards import portrait
from portal import blobs, crypto
from portal.gateways import face
from portal.jobs import after_commit
from portal.parts import part
from portal.services import audit
from registration import imaging
from registration.models.application import Application, Party
from registration.models.consent import Consent
from registration.models.face import FaceCheck
from registration.models.identity import Role
from registration.models.photo import LIVE
from registration.rules import plan
from registration.rules.consent import FACE
from registration.services.study import PATIENCE

# Longer than any engine takes; a worker that was killed leaves its row to the next one after it.
LEASE = timedelta(seconds=15)
RETRY_MOST = timedelta(minutes=5)
# Pixels of the longer side: an engine needs some hundred across a face. A portrait is a small part
# of its page; who stands there fills the picture, and a quarter of twelve megapixels is decoded as
# it is wanted.
LONGEST, LONGEST_LIVE = 1280, 1000
Result = FaceCheck.Result
Portrait = FaceCheck.Portrait


@dataclass(frozen=True)
class Compared:
    """What the desk shows of one person; ``score`` and ``threshold`` belong to ``engine``."""

    role: str
    result: str
    score: float | None
    threshold: float | None
    engine: str
    portrait: str

    @property
    def says(self) -> str:
        return str(Result(self.result).label)


@part
def ask(application: Application, *, now: datetime) -> None:
    """Have every face that was taken compared with its own document, once for each pair of
    pictures; a worker does it. Who did not say yes is compared by nobody."""
    pictures = {row.kind: row for row in application.photos.current().only("kind", "application")}
    faces = [kind for kind in LIVE if kind in pictures]
    if not faces:
        return
    agreed = has_agreed(application)
    rows = []
    for kind in faces:
        role = plan.shown_by(kind)
        is_asked = agreed and role == application.holder.present
        rows.append(
            FaceCheck(
                application=application,
                role=role,
                live=pictures[kind],
                page=pictures.get(plan.picture(role, "id_front")),
                result=Result.WAITING if is_asked else Result.NOT_COMPARED,
                due_at=now,
            )
        )
    FaceCheck.objects.bulk_create(rows, ignore_conflicts=True)
    if any(row.result == Result.WAITING for row in rows):
        after_commit("registration.tasks.compare_faces", application_id=application.pk)


def has_agreed(application: Application) -> bool:
    """Whether who signed said yes to the comparison, in a question of its own (PI-02)."""
    return Consent.objects.filter(application=application, kind=FACE.code, given=True).exists()


def current(application: Application) -> QuerySet[FaceCheck]:
    """Of the pictures as they are now."""
    rows = FaceCheck.objects.filter(application=application, live__replaced_at__isnull=True)
    return rows.filter(Q(page__isnull=True) | Q(page__replaced_at__isnull=True))


def is_settled(application: Application, *, now: datetime) -> bool:
    """Whether there is nothing to wait for, or it has waited long enough: an engine that is away
    holds up no case, which then goes to a person without an answer."""
    submitted_at = application.submitted_at
    if submitted_at and now - submitted_at >= PATIENCE:
        return True
    return not current(application).filter(result__in=FaceCheck.OPEN).exists()


def results(application: Application) -> list[Compared]:
    """What is known of every face, in the order of the roles; one query."""
    order = list(Role.values)
    columns = ("role", "result", "score", "threshold", "engine", "portrait")
    found = [Compared(*row) for row in current(application).values_list(*columns)]
    return sorted(found, key=lambda one: order.index(one.role))


def compare(check: FaceCheck, *, now: datetime) -> bool:
    """Ask the engine; whether there is an answer now. Unavailable waits longer each time and
    retries by itself."""
    # The unmarked picture goes with the decision: a bell that comes so late finds nothing to do.
    if not check.live.original or not _claim(check, now=now):
        return False
    if not has_agreed(check.application):
        return _end(check, Result.NOT_COMPARED, now=now)
    try:
        shown, source = _document(check)
        if not shown:
            return _end(check, Result.NO_FACE, now=now)
        answer = face.client().compare(_live(check), shown, str(check.key))
    except (face.Unavailable, face.Rejected, blobs.BlobUnavailable):
        # A Rejected says that our request was malformed, and nothing of a face.
        waiting = FaceCheck.objects.filter(pk=check.pk, result=Result.WAITING)
        waiting.update(result=Result.UNAVAILABLE)
        return False
    except (blobs.BlobMissing, crypto.DecryptError, imaging.PictureError):
        return _end(check, Result.NO_FACE, now=now)
    return settle(check, answer, source, now=now)


def settle(check: FaceCheck, answer: face.Answer, source: str, *, now: datetime) -> bool:
    """Keep the engine's answer about the portrait from ``source``, once; whether it was the
    first."""
    return _end(
        check,
        FaceCheck.Result[answer.result.name],
        now=now,
        portrait=source,
        score=answer.score,
        threshold=answer.threshold,
        engine=answer.engine,
    )


@transaction.atomic
def _end(check: FaceCheck, result: str, *, now: datetime, **said: object) -> bool:
    """The application goes on when all its faces have come to an end."""
    rows = FaceCheck.objects.filter(pk=check.pk, result__in=FaceCheck.OPEN)
    if not rows.update(result=result, checked_at=now, **said):
        return False
    audit.record(
        "face.compared",
        subject=check.application,
        by=None,
        now=now,
        role=check.role,
        result=result,
        **said,
    )
    after_commit("registration.tasks.advance", application_id=check.application_id)
    return True


def _claim(check: FaceCheck, *, now: datetime) -> bool:
    """Compare and set: of two workers one asks. A picture that kills its worker is tried ever more
    rarely."""
    mine = FaceCheck.objects.filter(pk=check.pk, result__in=FaceCheck.OPEN, attempts=check.attempts)
    wait = min(LEASE * 2 ** min(check.attempts, 10), RETRY_MOST)
    return bool(mine.update(attempts=check.attempts + 1, due_at=now + wait))


def _document(check: FaceCheck) -> tuple[bytes, str]:
    """The portrait as JPEG, and where it is from; b"" where there is none. The chip's own is
    better than a picture of a card; WLT, which is nobody's open format, is not decoded."""
    parties = Party.objects.select_related("identity").filter(role=check.role)
    seated = parties.filter(application=check.application_id).first()
    photo = bytes(seated.identity.photo or b"") if seated else b""
    if portrait.is_jpeg(photo):
        return imaging.clean(photo, min_side=1).jpeg, Portrait.CHIP
    return (_clean(check.page.original) if check.page else b""), Portrait.PAGE


def _live(check: FaceCheck) -> bytes:
    return _clean(check.live.original, LONGEST_LIVE)


def _clean(name: str, longest: int = LONGEST) -> bytes:
    jpeg = blobs.get(name)
    return imaging.clean(jpeg, longest=longest, is_inspected=True, as_array=True).jpeg
