"""How often a verifier found what others found who looked at the same, and how sure that is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from outlets.models import Post
from portal.models import User
from registration import wilson
from registration.models.decision import Decision
from registration.models.review import Review
from registration.services import supervision
from registration.services.decision import midnight

LOOKED_BACK = timedelta(days=90)
# Under so many answers a share says nothing.
FEW = 20
LISTED = 50


@dataclass(frozen=True)
class Accuracy:
    """``asked``: answers of which it is known whether they were right; ``gold`` of them were on
    gold cases. ``bounds`` are shares from 0 to 1, with a confidence of 95 %; ``lower`` and
    ``upper`` are the same in percent, in words."""

    asked: int
    right: int
    gold: int

    @property
    def wrong(self) -> int:
        return self.asked - self.right

    @property
    def is_too_few(self) -> bool:
        return self.asked < FEW

    @property
    def bounds(self) -> tuple[float, float]:
        return wilson.interval(self.right, self.asked)

    @property
    def percent(self) -> str:
        return _percent(self.right / self.asked if self.asked else 0.0)

    @property
    def lower(self) -> str:
        return _percent(self.bounds[0])

    @property
    def upper(self) -> str:
        return _percent(self.bounds[1])


NOTHING = Accuracy(0, 0, 0)


@dataclass(frozen=True)
class Wrong:
    """What took effect and two others saw otherwise: ``first`` is what followed."""

    first: Decision
    third: Review

    @property
    def is_open(self) -> bool:
        """Approved, and should not have been."""
        return self.first.verdict == Decision.Verdict.APPROVE


def of_all(by: User, *, now: datetime) -> list[tuple[Post, Accuracy]]:
    """The verifiers whom ``by`` answers for, who is surely least good first; whoever was asked too
    little comes last. Two queries."""
    posts = list(supervision.verifiers(by, timezone.localdate(now)))
    found = _counted([post.user_id for post in posts], now - LOOKED_BACK, now)
    rows = [(post, found.get(post.user_id, NOTHING)) for post in posts]
    return sorted(rows, key=lambda row: (row[1].is_too_few, row[1].bounds[0]))


def own(verifier: User, *, now: datetime) -> Accuracy:
    """A verifier's own, as of last midnight: one that rose while they worked would tell which of
    their cases was a test."""
    return _counted([verifier.pk], now - LOOKED_BACK, midnight(now)).get(verifier.pk, NOTHING)


def _counted(people: Iterable[int], since: datetime, until: datetime) -> dict[int, Accuracy]:
    made = Decision.objects.filter(
        decided_by__in=people,
        was_right__isnull=False,
        judged_at__gte=since,
        judged_at__lte=until,
    )
    counts = made.values_list("decided_by").annotate(
        asked=Count("pk"),
        right=Count("pk", filter=Q(was_right=True)),
        gold=Count("pk", filter=Q(review__kind=Review.Kind.GOLD)),
    )
    return {who: Accuracy(*numbers) for who, *numbers in counts.order_by()}


def wrongs(by: User, *, now: datetime) -> list[Wrong]:
    """First decisions that a third person did not uphold, the latest first; two queries."""
    overruled = Decision.objects.filter(
        review__application=OuterRef("application"),
        review__round=OuterRef("round"),
        review__kind=Review.Kind.FIRST,
        was_right=False,
    )
    thirds = list(
        Review.objects.visible_to(by)
        .filter(kind=Review.Kind.THIRD, decision__settled_at__gt=now - LOOKED_BACK)
        .exclude(cause=Review.Cause.FOUR_EYES)  # nothing followed before the third had spoken
        .select_related("application", "outlet__channel", "decision__decided_by")
        .filter(Exists(overruled))
        .order_by("-decision__settled_at")[:LISTED]
    )
    firsts = Decision.objects.filter(
        review__application__in=[third.application_id for third in thirds],
        review__kind=Review.Kind.FIRST,
        was_right=False,
    ).select_related("review", "decided_by")
    wrong = {(made.review.application_id, made.review.round): made for made in firsts}
    return [Wrong(wrong[third.application_id, third.round], third) for third in thirds]


def _percent(share: float) -> str:
    return f"{share * 100:.1f}"
