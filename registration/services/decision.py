"""One decision under a live token; it can be taken back for a few seconds, then it takes effect."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import User
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application, LetterPoint
from registration.models.decision import Decision
from registration.models.identity import Role
from registration.models.photo import Photo
from registration.models.review import Review
from registration.services import lapse, rework, stale
from registration.services import review as reviews

Verdict = Decision.Verdict


class NoReason(Refusal):
    text = _("退回或拒绝必须选原因。")
    todo = _("请选一个原因；选“其他”时请写明。")


class NothingToRedo(Refusal):
    text = _("退回必须指明要重做的照片或项目。")
    todo = _("请勾选至少一项。")


class LetterUnchecked(Refusal):
    text = _("委托书六项还没有逐项核对。")
    todo = _("请对照影像逐项核对；缺项请退回。")


class TooLate(Refusal):
    text = _("这个决定已经生效，不能撤销。")
    todo = _("如果确实审错了，请马上联系渠道经理。")


@transaction.atomic
def make(
    review: Review,
    *,
    claim_no: int,
    verdict: str,
    by: User,
    now: datetime,
    reason: str = "",
    note: str = "",
    items: Collection[str] = (),
    checks: Collection[str] = (),
    letter_points: Collection[str] = (),
    numbers: Collection[int] = (),
    numbers_back: Collection[int] = (),
) -> Decision:
    """Record the one decision of a review. Raises LeaseLost, NoReason, NothingToRedo,
    LetterUnchecked."""
    # The token, the holder and the lease are compared in the statement that decides.
    held = reviews.in_hand(review, claim_no, by, now)
    if lapse.is_outdated(review) or not held.update(status=Review.Status.DECIDED):
        raise reviews.lost(review, claim_no=claim_no, by=by, now=now)
    _check_words(review.application, verdict, reason, note, items)
    if verdict == Verdict.APPROVE and review.application.has_letter:
        _check_letter(letter_points)
    answered = [check for check in Decision.Check.values if check in checks]
    points = [point for point in LetterPoint.values if point in letter_points]
    decision = Decision.objects.create(
        review=review,
        claim_no=claim_no,
        verdict=verdict,
        reason=reason,
        note=note.strip() or None,
        items=sorted(items),
        checks=answered,
        letter_points=points,
        basis=rework.basis(review.application, [*answered, *points]),
        numbers=sorted(numbers),
        numbers_back=sorted(set(numbers_back) & set(numbers)),
        decided_by=by,
        decided_at=now,
    )
    stale.mark(review.outlet_id, now)
    audit.record("review.decided", subject=review, by=by, now=now, verdict=verdict, reason=reason)
    return decision


def checks_due(application: Application) -> tuple[Decision.Check, ...]:
    """What the verifier is asked about this application, besides the points of a letter."""
    documents, holder = application.documents, application.holder
    if holder.is_numbered:
        return _checks_of_number(application)
    is_due = {
        # Of a chip whether the page says the same; of what was typed whether it was typed right.
        Decision.Check.DATA_AGREES: not set(application.roles_due) <= set(documents),
        Decision.Check.TYPED_AGREES: bool(documents),
        Decision.Check.FORMER_HOLDER: Role.TRANSFEROR in application.asked.faces,
        Decision.Check.PROOF_HOLDS: application.needs_proof,
        Decision.Check.LETTER_TERM: application.has_letter,
        Decision.Check.GUARDIANSHIP: Photo.Kind.GUARDIANSHIP in application.photos_due,
        Decision.Check.HELP: application.is_assisted,
        Decision.Check.UNIT_PAPERS: holder.is_order,
        Decision.Check.UNIT_LETTER: holder.is_order,
        Decision.Check.END_USER: False,
        Decision.Check.SITE: False,
    }
    return tuple(check for check in Decision.Check if is_due.get(check, True))


def _checks_of_number(application: Application) -> tuple[Decision.Check, ...]:
    """The order has the pictures, but for those of a document without a chip."""
    if not application.asked.has_user:
        return (Decision.Check.SITE,)
    if not application.documents:
        return (Decision.Check.END_USER,)
    clear = (Decision.Check.PAPERS_CLEAR,) if application.photos_due else ()
    return (*clear, Decision.Check.TYPED_AGREES, Decision.Check.END_USER)


def redoable(application: Application) -> tuple[str, ...]:
    """What a return may ask for. Number and SIM card are the carrier's to send back."""
    return tuple(item for item in application.redoable if item not in ("number", "iccid"))


def settle(decision: Decision, *, now: datetime) -> bool:
    """Make the decision final. False: it is already, it was taken back, or it is too early."""
    due = Decision.objects.filter(
        pk=decision.pk, settled_at__isnull=True, decided_at__lte=now - settings.UNDO
    )
    return bool(due.update(settled_at=now))


def today(verifier: User, *, now: datetime) -> dict[str, int]:
    """How many of each verdict the verifier has given since midnight."""
    made = Decision.objects.filter(decided_by=verifier, decided_at__gte=midnight(now))
    counts = {verdict: Count("pk", filter=Q(verdict=verdict)) for verdict in Verdict.values}
    return made.aggregate(**counts)


def midnight(now: datetime) -> datetime:
    """When this day began in Shanghai."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def fresh(verifier: User, *, now: datetime) -> Decision | None:
    """The verifier's last decision, while the page offers to take it back."""
    made = _unsettled(verifier).filter(decided_at__gt=now - settings.UNDO)
    return made.select_related("review__application").order_by("-decided_at").first()


@transaction.atomic
def take_back(review: Review, *, claim_no: int, by: User, now: datetime) -> Review:
    """Undo a decision from which nothing has followed yet; the audit keeps both.

    The case is in the same hands again, under a new token. Raises TooLate.
    """
    made = _unsettled(by).select_for_update().filter(review=review, claim_no=claim_no).first()
    if made is None:
        raise TooLate
    made.delete()
    stale.mark(review.outlet_id, made.decided_at)
    review.status = Review.Status.DECIDED
    review.move(
        Review.Status.OPEN,
        claim_no=claim_no + 1,
        claimed_at=now,
        lease_until=now + settings.LEASE,
    )
    audit.record("review.undone", subject=review, by=by, now=now, verdict=made.verdict)
    return review


def _unsettled(by: User) -> QuerySet[Decision]:
    return Decision.objects.filter(decided_by=by, settled_at__isnull=True)


def _check_words(
    application: Application, verdict: str, reason: str, note: str, items: Collection[str]
) -> None:
    if verdict == Verdict.APPROVE:
        return
    known = Decision.REFUSALS if verdict == Verdict.REFUSE else Decision.RETURNS
    if reason not in known or (reason == Decision.Reason.OTHER and not note.strip()):
        raise NoReason
    if verdict == Verdict.RETURN and not (items and set(items) <= set(redoable(application))):
        raise NothingToRedo


def _check_letter(points: Collection[str]) -> None:
    if not set(LetterPoint.values) <= set(points):
        raise LetterUnchecked
