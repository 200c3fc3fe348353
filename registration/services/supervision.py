"""The desk as who answers for it sees it: what waits, who is at what, and who should take over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.models import Channel, Post
from portal.models import User
from portal.prepared import Prepared, prepare
from portal.refusal import Refusal
from portal.services import audit
from registration.models.decision import Decision
from registration.models.review import Review, ReviewQuerySet
from registration.services import skill, stand_in, urgency
from registration.services.decision import midnight
from registration.services.stand_in import NEVER

# What is due within this time is worth a hand now.
SOON = timedelta(minutes=10)
LISTED = 50
# Of a longer queue so many are counted, those that come first: a page that asks every few seconds
# costs the same before a million.
MOST = 10_000
# To so many a case is offered, of a larger desk to those who have nothing in hand first.
OFFERED = 50
# Of a larger desk the people of one team at a time are listed.
PEOPLE = 60
# Where verifiers work: what has not changed there has not changed.
FIRST = 1000


class NotTheirs(Refusal):
    """Their own work, their outlet's, or beyond their part of the tree."""

    text = _("这一单不能由这位审核员审核：是他经办或做过协助的，或不在他的范围内。")
    todo = _("请选另一位审核员。")


class Unskilled(NotTheirs):
    text = _("%(who)s没有审这一单要的技能：%(skills)s。")
    todo = _("请选另一位审核员，或在“审核员”一栏给他加上这项技能。")


class GetsNothing(NotTheirs):
    text = _("%(who)s在收尾，不再派新单。")
    todo = _("请选另一位审核员，或先恢复派单。")


class Moved(Refusal):
    """Decided, or in other hands than the page showed."""

    text = _("这一单刚刚有了变化：已审完，或换了人。")
    todo = _("请看最新情况再决定。")


@dataclass(frozen=True)
class Gap:
    """Cases that nobody takes: of those who get cases there, none has these skills."""

    skills: str
    number: int


@dataclass(frozen=True)
class Waiting:
    """What is open in this part of the tree, of the first MOST. ``soon``: due within SOON and not
    late yet."""

    length: int
    late: int
    soon: int
    at_counter: int
    in_hand: int
    oldest_at: datetime | None
    gaps: list[Gap]

    @property
    def is_longer(self) -> bool:
        """Whether there may be more than were counted."""
        return self.length >= MOST


@dataclass(frozen=True)
class Standing:
    """A case that waits: whether it is ``late``, ``soon`` due or "", who holds it or for whom it is
    kept, who could take it over, and what they have to know for that."""

    case: Review
    haste: str
    holder: User | None
    kept_for: User | None
    others: list[Post]
    needs: str

    @property
    def has_more(self) -> bool:
        """Whether there may be others who could."""
        return len(self.others) >= OFFERED


@dataclass(frozen=True)
class Load:
    """One verifier today: the case in hand, and what was decided since midnight."""

    post: Post
    case: Review | None
    decided: int
    returned: int

    @property
    def skills(self) -> list[tuple[Post.Skill, bool]]:
        """Each skill, and whether they have it."""
        return [(skill, skill.value not in self.post.lacks) for skill in Post.Skill]


@dataclass(frozen=True)
class Team:
    """Who is appointed at one node. ``is_open``: they are listed one by one, which on a small desk
    is so for all teams; ``is_small`` then."""

    node: Channel
    loads: list[Load]
    is_small: bool
    is_open: bool

    @property
    def paused(self) -> int:
        return sum(load.post.paused_at is not None for load in self.loads)

    @property
    def is_working(self) -> bool:
        return self.paused < len(self.loads)

    @property
    def in_hand(self) -> int:
        return sum(load.case is not None for load in self.loads)

    @property
    def decided(self) -> int:
        return sum(load.decided for load in self.loads)

    @property
    def returned(self) -> int:
        return sum(load.returned for load in self.loads)


def signature(by: User, *, now: datetime) -> tuple[Any, ...] | None:
    """What the page says, in one query; to be compared with what it was, not to be read. Not what
    time alone changes, nor what happens further down a long queue than its first FIRST."""
    if by.post is None:
        return None
    return _signature().first(**stand_in.values(by, now), row=by.post.pk)


@cache
def _signature() -> Prepared:
    by, live = stand_in.user(), Q(lease_until__gt=NEVER)
    first = Review.objects.filter(pk__in=_open(by).in_order().values("pk")[:FIRST])
    people = Post.objects.visible_to(by).filter(role=Post.Role.VERIFIER)
    held = Review.objects.waiting().filter(live, claimed_by__in=people.values("user"))
    kept = Q(kept_until__gt=NEVER)
    waiting = {
        "in_hand": Count("pk", filter=live),
        "kept": Sum("kept_for", filter=kept),
        "left": Count("application__customer_left_at"),
    }
    skills = {name: Count("pk", filter=Q((f"knows_{name}", True))) for name in Post.Skill.values}
    told = (
        _summed(first, claims=Sum("claim_no"), oldest_at=Min("queued_at"), **waiting),
        _summed(held, claims=Sum("claim_no")),
        _summed(people, paused=Count("paused_at"), since=Max("paused_at"), **skills),
    )
    rows = Post.objects.filter(pk=stand_in.ROW).values_list(*told)
    return prepare(rows, stand_in.NAMES, is_planned_once=False)


def _summed(rows: QuerySet[Any], **figures: Any) -> Subquery:
    """Which rows, and these figures of them all."""
    every = rows.order_by().annotate(every=Value(1)).values("every")
    which = {"number": Count("pk"), "rows": Sum("pk")}
    return Subquery(every.annotate(told=JSONObject(**which, **figures)).values("told"))


def waiting(by: User, *, now: datetime) -> Waiting:
    """Two queries."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    gaps = skill.gaps(by, now=now)
    counts = (
        _open(by)
        .in_order()[:MOST]
        .aggregate(
            length=Count("pk"),
            late=Count("pk", filter=Q(due_at__lte=now)),
            soon=Count("pk", filter=Q(due_at__gt=now, due_at__lte=now + SOON)),
            at_counter=Count("pk", filter=Q(application__customer_left_at__isnull=True)),
            in_hand=Count("pk", filter=~free),
            oldest_at=Min("queued_at"),
            **{gap.key: Count("pk", filter=free & gap.cases) for gap in gaps},
        )
    )
    numbers = [(gap, counts.pop(gap.key)) for gap in gaps]
    found = [Gap(_names(gap.needs), number) for gap, number in numbers if number]
    return Waiting(**counts, gaps=found)


def _names(skills: Iterable[str]) -> str:
    return "、".join(str(Post.Skill(skill).label) for skill in skills)


def cases(by: User, loads: list[Load], *, now: datetime) -> list[Standing]:
    """What is due first, first; a query for each rank, in which the queue's index has that order,
    and one for the rows."""
    soonest: list[int] = []
    for rank in urgency.RANKS:
        ranked = _open(by).filter(priority=rank).in_order()
        soonest += ranked.values_list("pk", flat=True)[:LISTED]
    # What was decided between the two waits no more.
    rows = _open(by).filter(pk__in=soonest).order_by("due_at", "pk")
    named = rows.select_related("application", "claimed_by", "kept_for", "outlet__channel")
    posts = [load.post for load in sorted(loads, key=lambda load: load.case is not None)]
    return [_standing(case, posts, now) for case in named[:LISTED]]


def oldest(waiting: Waiting, cases: Iterable[Standing]) -> datetime | None:
    """Since when the case waits that waits longest: among those that were counted, which come
    first, and those that are due first."""
    known = [waiting.oldest_at, *(standing.case.queued_at for standing in cases)]
    return min((at for at in known if at), default=None)


def _open(by: User) -> ReviewQuerySet:
    found: ReviewQuerySet = Review.objects.visible_to(by).with_effect().waiting()
    return found


def _standing(case: Review, posts: list[Post], now: datetime) -> Standing:
    is_held = case.lease_until is not None and case.lease_until > now
    is_kept = not is_held and case.kept_until is not None and case.kept_until > now
    haste = "late" if case.due_at <= now else "soon" if case.due_at <= now + SOON else ""
    return Standing(
        case,
        haste,
        case.claimed_by if is_held else None,
        case.kept_for if is_kept else None,
        list(islice((post for post in posts if _may_take(post, case)), OFFERED)),
        _names(case.needs),
    )


def _may_take(post: Post, case: Review) -> bool:
    """As far as the rows at hand tell; ``assign`` asks for all of it."""
    return (
        case.channel_path.startswith(post.channel.path)
        and post.paused_at is None
        and post.user_id not in (case.captured_by_id, case.seen_by_id, case.seen_by_too_id)
        and post.knows(case.needs)
    )


def verifiers(by: User, today: date) -> QuerySet[Post]:
    posts = Post.objects.visible_to(by).held(today).filter(role=Post.Role.VERIFIER)
    joined = posts.select_related("user", "channel", "paused_by")
    found: QuerySet[Post] = joined.order_by("user__name", "pk")
    return found


def loads(by: User, *, now: datetime) -> list[Load]:
    """Three queries, whatever the number of people."""
    posts = list(verifiers(by, timezone.localdate(now)))
    people = [post.user_id for post in posts]
    held = Review.objects.waiting().filter(claimed_by__in=people, lease_until__gt=now)
    in_hand = {row.claimed_by_id: row for row in held.select_related("application")}
    made = Decision.objects.filter(decided_by__in=people, decided_at__gte=midnight(now))
    counts = made.values_list("decided_by").annotate(
        all=Count("pk"), returned=Count("pk", filter=Q(verdict=Decision.Verdict.RETURN))
    )
    today = {who: (decided, returned) for who, decided, returned in counts.order_by()}
    return [
        Load(post, in_hand.get(post.user_id), *today.get(post.user_id, (0, 0))) for post in posts
    ]


def teams(loads: list[Load], *, opened: str = "") -> list[Team]:
    """The same people by their nodes, in the tree's order; ``opened``: the id of the node whose
    people are listed where the desk is large."""
    is_small = len(loads) <= PEOPLE
    found: dict[Channel, list[Load]] = {}
    for load in loads:
        found.setdefault(load.post.channel, []).append(load)
    return [
        Team(node, found[node], is_small, is_open=is_small or str(node.pk) == opened)
        for node in sorted(found, key=lambda node: node.path)
    ]


@transaction.atomic
def take_away(review: Review, *, claim_no: int, by: User, now: datetime) -> None:
    """Back into the queue, out of the hands in which ``claim_no`` put it; what they had not decided
    yet is void. Raises Moved."""
    # Also what was kept for them: else their next claim would give it back. A gold case is for
    # nobody else.
    is_gold = review.kind == Review.Kind.GOLD
    _open_again(review, claim_no, **{} if is_gold else {"kept_for": None, "kept_until": None})
    audit.record(
        "review.taken_away", subject=review, by=by, now=now, from_user=review.claimed_by_id
    )


@transaction.atomic
def assign(review: Review, post: Post, *, claim_no: int, by: User, now: datetime) -> None:
    """Offer the case to this verifier first, for the length of a lease. Raises NotTheirs,
    GetsNothing, Unskilled, Moved."""
    verifier = post.user
    verifier.post = post
    if not Review.objects.open_to(verifier).filter(pk=review.pk).exists():
        raise NotTheirs
    if post.paused_at:
        raise GetsNothing(who=verifier.name)
    if lacking := [name for name in review.needs if name in post.lacks]:
        raise Unskilled(who=verifier.name, skills=_names(lacking))
    _open_again(review, claim_no, kept_for=verifier, kept_until=now + settings.LEASE)
    audit.record("review.assigned", subject=review, by=by, now=now, to_user=verifier.pk)


def _open_again(review: Review, claim_no: int, **changes: object) -> None:
    # Compared with what the page showed: meanwhile a colleague may have claimed it.
    rows = Review.objects.waiting().filter(pk=review.pk, claim_no=claim_no)
    # Without its holder it is free for everybody, them included.
    if not rows.update(claimed_by=None, lease_until=None, reserved_at=None, **changes):
        raise Moved
