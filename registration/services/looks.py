"""Second looks that wait, and for which there is nobody."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from outlets.models import Channel, Post
from portal.models import User
from registration.models.review import Review
from registration.services import skill

LISTED = 50
LOOKED_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Waiting:
    """``is_stuck``: nobody is there who may judge it. What four eyes must see then waits for ever,
    the rest until it lapses."""

    look: Review
    is_stuck: bool


def waiting(by: User, *, now: datetime) -> list[Waiting]:
    """What a customer waits for comes first, then the oldest; three queries."""
    rows = (
        Review.objects.visible_to(by)
        .waiting()
        .filter(kind__in=(Review.Kind.SECOND, Review.Kind.THIRD))
        .select_related("application", "outlet__channel")
        .order_by(F("expires_at").asc(nulls_first=True), "pk")
    )
    found = list(rows[:LISTED])
    posts = _verifiers(found, now)
    clerks = set(
        Post.objects.filter(
            user__in={post.user_id for post in posts},
            role=Post.Role.CLERK,
            channel__in={look.outlet.channel_id for look in found},
        ).values_list("user", "channel")
    )
    return [Waiting(look, not _somebody(look, posts, clerks)) for look in found]


def lapsed(by: User, *, now: datetime) -> int:
    """How many nobody looked at in time."""
    rows = Review.objects.visible_to(by).filter(status=Review.Status.LAPSED)
    rows = rows.exclude(kind=Review.Kind.GOLD)
    return rows.filter(expires_at__gt=now - LOOKED_BACK, expires_at__lte=now).count()


def _verifiers(looks: Collection[Review], now: datetime) -> list[Post]:
    """Everybody at or above these places who gets cases."""
    step = Channel.steplen
    paths = {
        look.channel_path[:end]
        for look in looks
        for end in range(step, len(look.channel_path) + 1, step)
    }
    posts = skill.takers(timezone.localdate(now)).filter(channel__path__in=paths)
    return list(posts.select_related("channel"))


def _somebody(look: Review, posts: list[Post], clerks: set[tuple[int, int]]) -> bool:
    """As ``Review.open_to`` decides it, for all posts at once."""
    known = (
        look.captured_by_id,
        look.seen_by_id,
        look.seen_by_too_id,
        look.application.assisted_by_id,
    )
    return any(
        look.channel_path.startswith(post.channel.path)
        and post.knows(look.needs)
        and post.user_id not in known
        and (post.user_id, look.outlet.channel_id) not in clerks
        for post in posts
    )
