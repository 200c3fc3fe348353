"""A second pair of eyes: which cases are looked at again, blind, and what follows from it.

Planned and answered in the transaction that settles a decision, so that no killed worker loses one.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone

from outlets.models import Post
from portal import crypto
from portal.models import User
from portal.services import audit
from registration.models.application import Application
from registration.models.check import Finding
from registration.models.decision import Decision
from registration.models.review import Review
from registration.rules import second as rules
from registration.services import application as applications
from registration.services import lapse, policy, skill, stale, urgency

Kind, Cause, Verdict = Review.Kind, Review.Cause, Decision.Verdict
# What an outlet is judged by: its first rounds of these days, if there were enough of them.
SCORED = timedelta(days=30)
FEW = 10


def plan(made: Decision, *, now: datetime) -> bool:
    """Put the case into the queue once more, if a policy says so. True: nothing follows from the
    first decision before the second. May run twice."""
    review = made.review
    if not _shows_the_same(made):
        return False
    policies = policy.in_force(review.channel_path, timezone.localdate(now))
    draw = drawn(review)
    cause = _cause(made, draw, policies, now)
    if cause is None:
        return False
    days = None if cause == Cause.FOUR_EYES else timedelta(days=rules.DAYS.of(policies))
    row = _look(review, Kind.SECOND, cause, [made.decided_by], days, now=now)
    audit.record("second.planned", subject=row, by=None, now=now, cause=cause, draw=draw)
    return cause == Cause.FOUR_EYES


def _shows_the_same(made: Decision) -> bool:
    """Whether the page will be as it was for the first one. A letter and proofs that were sent back
    are unread from that moment; of an order the page lists what became of each number, so that four
    eyes look before anything becomes of it, or none do."""
    is_unread = made.verdict == Verdict.RETURN and bool({"letter_points", "proofs"} & {*made.items})
    is_after = made.review.application.holder.is_order and made.verdict != Verdict.APPROVE
    return not (is_unread or is_after)


def drawn(review: Review) -> int:
    """From 0 to 9999. Nobody can tell it beforehand without the key, and with the key everybody
    finds the same in two years' time."""
    text = f"{review.application_id}/{review.round}"
    digits = crypto.keyring().blind_index(text, "second look")
    return int(digits[:16], 16) % rules.DRAWS


def answer(made: Decision, *, now: datetime) -> Decision | None:
    """Compare a look with what others saw; the decision that takes effect now, if any does."""
    row = made.review
    if not row.has_effect and lapse.is_outdated(row):
        return None  # mended in these very seconds: they did not see the same
    if row.kind == Kind.GOLD:
        _answer_gold(made, now=now)
        return None
    if row.kind == Kind.THIRD:
        return _settle_between(made, now=now)
    first = _decision(row, Kind.FIRST)
    if not agree(first, made):
        people = [first.decided_by, made.decided_by]
        days = None if row.expires_at is None else row.expires_at - row.queued_at
        third = _look(row, Kind.THIRD, Cause(row.cause), people, days, now=now)
        audit.record("second.disagreed", subject=row, by=made.decided_by, now=now, third=third.pk)
        return None
    _mark([first, made], is_right=True, now=now)
    is_same = first.reason == made.reason
    audit.record("second.agreed", subject=row, by=made.decided_by, now=now, is_same_reason=is_same)
    return _both(first, made) if row.cause == Cause.FOUR_EYES else None


def _both(first: Decision, made: Decision) -> Decision:
    """What two have approved: of an order the numbers that both had before them and neither sent
    back."""
    first.numbers = [pk for pk in first.numbers if pk in made.numbers]
    first.numbers_back = sorted({*first.numbers_back, *made.numbers_back})
    return first


def agree(one: Decision, other: Decision) -> bool:
    """The same in what matters to the customer: approved, or not."""
    return (one.verdict == Verdict.APPROVE) == (other.verdict == Verdict.APPROVE)


def _answer_gold(made: Decision, *, now: datetime) -> None:
    row = made.review
    is_right = (row.known_verdict == Verdict.APPROVE) == (made.verdict == Verdict.APPROVE)
    _mark([made], is_right=is_right, now=now)
    audit.record(
        "gold.answered",
        subject=row,
        by=made.decided_by,
        now=now,
        is_right=is_right,
        is_same_reason=row.known_reason == made.reason,
    )


def _settle_between(made: Decision, *, now: datetime) -> Decision | None:
    """The third person's word stands."""
    row = made.review
    first, second = _decision(row, Kind.FIRST), _decision(row, Kind.SECOND)
    for each in (first, second):
        _mark([each], is_right=agree(each, made), now=now)
    is_upheld = agree(first, made)
    audit.record("second.settled", subject=row, by=made.decided_by, now=now, is_upheld=is_upheld)
    if row.cause != Cause.FOUR_EYES:
        return None
    if is_upheld:
        return _both(first, made)
    # In this order: of a round one row stands.
    Review.objects.filter(pk=first.review_id).update(stands=False)
    Review.objects.filter(pk=row.pk).update(stands=True)
    for each in (first, made):
        stale.mark(row.outlet_id, each.decided_at)
    return made


def _mark(decisions: list[Decision], *, is_right: bool, now: datetime) -> None:
    rows = Decision.objects.filter(pk__in=[each.pk for each in decisions])
    rows.update(was_right=is_right, judged_at=now)


def _decision(row: Review, kind: str) -> Decision:
    return Decision.objects.select_related("review__application", "decided_by").get(
        review__application=row.application_id, review__round=row.round, review__kind=kind
    )


def _look(
    seen: Review,
    kind: str,
    cause: Review.Cause,
    people: list[User],
    days: timedelta | None,
    *,
    now: datetime,
) -> Review:
    """One more row for the same round, for none of ``people``."""
    application = seen.application
    is_waited_for = cause == Cause.FOUR_EYES
    urgent = (urgency.of if is_waited_for else urgency.afterwards)(application, now=now)
    first, second = [*people, None][:2]
    Application.objects.select_for_update().get(pk=application.pk)  # a move waits for the row
    row, _made = Review.objects.get_or_create(
        application=application,
        round=seen.round,
        kind=kind,
        defaults={
            "channel_path": applications.place(application),
            "stands": False,
            "cause": cause,
            "seen_by": first,
            "seen_by_too": second,
            "expires_at": now + days if days else None,
            **skill.needed(application),
            "outlet_id": seen.outlet_id,
            "captured_by_id": seen.captured_by_id,
            "priority": urgent.priority,
            "due_at": urgent.due_at,
            "submitted_at": seen.submitted_at,
            "queued_at": now,
        },
    )
    return row


def _cause(
    made: Decision, draw: int, policies: dict[str, Any], now: datetime
) -> Review.Cause | None:
    """Why this one, the gravest reason; None: it is not looked at again."""
    application = made.review.application
    tier = application.outlet.tier
    is_risky = application.findings.filter(severity=Finding.Severity.REVIEW).exists()
    is_approved = made.verdict == Verdict.APPROVE
    if is_approved and rules.is_four_eyes(tier, is_risky=is_risky, policies=policies):
        return Cause.FOUR_EYES
    if application.holder.is_order:
        return None
    if is_risky and rules.RISKY.of(policies):
        return Cause.RISK
    shares = _shares(application, made.review, policies, now)
    return next((cause for cause, share in shares if rules.is_drawn(draw, share)), None)


def _shares(
    application: Application, review: Review, policies: dict[str, Any], now: datetime
) -> Iterator[tuple[Review.Cause, int]]:
    """Percents, the dear question last: it is asked only of what the others have not drawn."""
    yield Cause.TIER, rules.OF_TIER[application.outlet.tier].of(policies)
    if _is_new(review, rules.NEW_DAYS.of(policies), now):
        yield Cause.CLERK, rules.OF_NEW.of(policies)
    share = rules.OF_LOW.of(policies)
    if share and _has_low_score(review, rules.LOW_SCORE.of(policies), now):
        yield Cause.OUTLET, share


def _is_new(review: Review, days: int, now: datetime) -> bool:
    posts = Post.objects.filter(user=review.captured_by_id, role=Post.Role.CLERK)
    since = posts.aggregate(since=Min("from_date"))["since"]
    return since is not None and timezone.localdate(now) - since < timedelta(days=days)


def _has_low_score(review: Review, least: int, now: datetime) -> bool:
    """Whether too few of the outlet's cases pass in their first round; of few nobody can say."""
    counts = Decision.objects.filter(
        review__outlet=review.outlet_id,
        review__stands=True,
        review__round=1,
        decided_at__gt=now - SCORED,
    ).aggregate(all=Count("pk"), passed=Count("pk", filter=Q(verdict=Verdict.APPROVE)))
    few, passed = counts["all"] < FEW, counts["passed"]
    return not few and bool(passed * 100 < least * counts["all"])
