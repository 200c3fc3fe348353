"""Who gets cases: a verifier, or a whole team, finishes what is in hand and goes, and comes again.

One state for all of it: ``paused_at``, and whether anything is in hand still. A claim that began a
moment earlier may still give a case; it is finished, or taken back, as any other.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from outlets.models import Channel, Post
from outlets.services import right
from portal.models import User
from portal.services import audit
from registration.models.review import Review
from registration.services import supervision


@transaction.atomic
def drain(post: Post, *, by: User, now: datetime) -> None:
    """Nothing new for this verifier; what is in hand is finished. Raises NotYours."""
    right.check(by, post.channel, now=now)
    _drain([post], by=by, now=now)


@transaction.atomic
def drain_team(node: Channel, *, by: User, now: datetime) -> int:
    """The same for everybody who is appointed at this node. Returns for how many. Raises
    NotYours."""
    right.check(by, node, now=now)
    return _drain(_team(node, by, now), by=by, now=now)


@transaction.atomic
def pause(post: Post, *, by: User, now: datetime) -> None:
    """Drain, and what is in hand is anybody's at once. Raises NotYours."""
    drain(post, by=by, now=now)
    held = Review.objects.below(post.channel.path).held_by(post.user, now)
    for review in held:
        with suppress(supervision.Moved):  # decided in this moment
            supervision.take_away(review, claim_no=review.claim_no, by=by, now=now)


@transaction.atomic
def resume(post: Post, *, by: User, now: datetime) -> None:
    right.check(by, post.channel, now=now)
    _resume([post], by=by, now=now)


@transaction.atomic
def resume_team(node: Channel, *, by: User, now: datetime) -> int:
    """Everybody there gets cases again. Returns for how many that is new. Raises NotYours."""
    right.check(by, node, now=now)
    return _resume(_team(node, by, now), by=by, now=now)


def _team(node: Channel, by: User, now: datetime) -> QuerySet[Post]:
    return supervision.verifiers(by, timezone.localdate(now)).filter(channel=node)


def _drain(posts: Iterable[Post], *, by: User, now: datetime) -> int:
    working = _locked(posts, is_paused=False)
    Post.objects.filter(pk__in=[post.pk for post in working]).update(paused_at=now, paused_by=by)
    # What would come to them first is anybody's now. A gold case is for nobody else.
    kept = Review.objects.waiting().filter(kept_for__in=[post.user_id for post in working])
    kept = kept.exclude(kind=Review.Kind.GOLD)
    kept.update(kept_for=None, kept_until=None, reserved_at=None)
    for post in working:
        audit.record("post.drained", subject=post, by=by, now=now)
    return len(working)


def _resume(posts: Iterable[Post], *, by: User, now: datetime) -> int:
    paused = _locked(posts, is_paused=True)
    Post.objects.filter(pk__in=[post.pk for post in paused]).update(paused_at=None, paused_by=None)
    for post in paused:
        audit.record("post.resumed", subject=post, by=by, now=now)
    return len(paused)


def _locked(posts: Iterable[Post], *, is_paused: bool) -> list[Post]:
    """Those of them that are so now: a second click finds nothing left to do."""
    rows = Post.objects.filter(pk__in=[post.pk for post in posts], paused_at__isnull=not is_paused)
    return list(rows.order_by("pk").select_for_update())
