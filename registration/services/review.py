"""The queue: one atomic claim, a lease that expires, a fencing token, one decision."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from outlets.models import Outlet, Post
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application, LetterPoint
from registration.models.review import Decision, Review


class LeaseLost(Refusal):
    """The token is not the row's any more: somebody else claimed it, or it was decided."""

    text = _("这一单已不在你手里：锁定时间已过，或同事已经接手。")
    todo = _("你的操作没有生效。请领取下一单。")


class NoReason(Refusal):
    text = _("退回或拒绝必须选原因。")
    todo = _("请选一个原因；选“其他”时请写明。")


class NothingToRedo(Refusal):
    text = _("退回必须指明要重做的照片或项目。")
    todo = _("请勾选至少一项。")


class LetterUnchecked(Refusal):
    text = _("委托书六项还没有逐项核对。")
    todo = _("请对照影像逐项打勾；缺项请退回。")


@transaction.atomic
def enqueue(application: Application, *, priority: int = 0, now: datetime) -> Review:
    review, _made = Review.objects.get_or_create(
        application=application,
        round=application.round,
        defaults={
            "channel_path": application.channel_path,
            "outlet": application.outlet,
            "captured_by": application.clerk,
            "priority": priority,
            "queued_at": now,
        },
    )
    return review


@transaction.atomic
def claim(verifier: User, *, now: datetime) -> Review | None:
    """The verifier's live case, or else the next free one under a new lease; None: queue empty.

    Never a case that the verifier captured, nor one of an outlet where they are a clerk.
    """
    mine: Review | None = (
        Review.objects.visible_to(verifier).held_by(verifier, now).in_order().first()
    )
    if mine is not None:
        return mine
    inner = (
        Review.objects.visible_to(verifier)
        .free(now)
        .exclude(captured_by=verifier)
        .exclude(outlet__in=_outlets_of_clerk(verifier))
        .in_order()
        .select_for_update(skip_locked=True, of=("self",))
        .values("pk")[:1]
    )
    number = _take(inner.query.sql_with_params(), verifier, now)
    if number is None:
        return None
    review: Review = Review.objects.get(pk=number)
    audit.record("review.claimed", subject=review, by=verifier, now=now, claim_no=review.claim_no)
    return review


def _take(inner: tuple[str, tuple[object, ...]], verifier: User, now: datetime) -> int | None:
    # One statement: the row is chosen, locked and marked at once, so two claimers cannot meet.
    # SKIP LOCKED appears in ``inner`` on PostgreSQL only; on SQLite the transaction is immediate.
    sql, params = inner
    moment = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registration_review SET claim_no = claim_no + 1, claimed_by_id = %s, "  # noqa: S608
            f"claimed_at = %s, lease_until = %s WHERE id = ({sql}) RETURNING id",
            [verifier.pk, moment(now), moment(now + settings.LEASE), *params],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None


def heartbeat(review: Review, *, claim_no: int, by: User, now: datetime) -> datetime:
    """Prolong the lease while the page is open. Returns its new end; raises LeaseLost."""
    until = now + settings.LEASE
    if not _held(review, claim_no, by, now).update(lease_until=until):
        raise LeaseLost
    return until


@transaction.atomic
def release(review: Review, *, claim_no: int, by: User, now: datetime) -> None:
    """Put the case back; it keeps its place in the queue."""
    if not _held(review, claim_no, by, now).update(lease_until=None):
        raise LeaseLost
    audit.record("review.released", subject=review, by=by, now=now, claim_no=claim_no)


@transaction.atomic
def decide(
    review: Review,
    *,
    claim_no: int,
    verdict: str,
    by: User,
    now: datetime,
    reason: str = "",
    note: str = "",
    items: Collection[str] = (),
    letter_points: Collection[str] = (),
) -> Decision:
    """Record the one decision under a live token. Raises LeaseLost, NoReason, NothingToRedo,
    LetterUnchecked."""
    _check_reason(verdict, reason, note, items)
    by_proxy = verdict == Decision.Verdict.APPROVE and review.application.by_proxy
    if by_proxy and not set(LetterPoint.values) <= set(letter_points):
        raise LetterUnchecked
    # The token, the holder and the lease are compared in the statement that decides.
    if not _held(review, claim_no, by, now).update(status=Review.Status.DECIDED):
        raise LeaseLost
    decision = Decision.objects.create(
        review=review,
        claim_no=claim_no,
        verdict=verdict,
        reason=reason,
        note=note or None,
        items=sorted(items),
        letter_points=sorted(letter_points),
        decided_by=by,
        decided_at=now,
    )
    audit.record("review.decided", subject=review, by=by, now=now, verdict=verdict, reason=reason)
    return decision


def _held(review: Review, claim_no: int, by: User, now: datetime) -> QuerySet[Review]:
    return Review.objects.held_by(by, now).filter(pk=review.pk, claim_no=claim_no)


def _check_reason(verdict: str, reason: str, note: str, items: Collection[str]) -> None:
    if verdict == Decision.Verdict.APPROVE:
        return
    known = Decision.REFUSALS if verdict == Decision.Verdict.REFUSE else Decision.RETURNS
    if reason not in known or (reason == Decision.Reason.OTHER and not note.strip()):
        raise NoReason
    if verdict == Decision.Verdict.RETURN and not items:
        raise NothingToRedo


def _outlets_of_clerk(user: User) -> QuerySet[Outlet]:
    # Past posts count too: nobody reviews the work of an outlet where they once were a clerk.
    posts = Post.objects.filter(user=user, role=Post.Role.CLERK)
    return Outlet.objects.filter(channel__in=posts.values("channel"))
