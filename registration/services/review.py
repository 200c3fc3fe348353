"""The queue: one atomic claim, a lease that expires, a fencing token. Deciding: decision.py."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Min, Q, Subquery, Value
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.models import Channel, Post
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application, Party
from registration.models.review import Decision, Review, ReviewQuerySet
from registration.services import application as applications
from registration.services import lapse, urgency

# A verifier, a place and a moment that do not exist; see _statement.
NOBODY = User(pk=-1)
NOWHERE = "-"
# A queue that is longer needs no exact number.
MOST = 1000
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class LeaseLost(Refusal):
    """The token does not hold the row any more; a subclass says what became of it."""

    text = _("这一单已不在你手里。")
    todo = _("请领取下一单。")


class LeaseRanOut(LeaseLost):
    text = _("这一单不在你手里：锁定时间已过，或已放回队列。")
    todo = _("请重新领取。")


class TakenAway(LeaseLost):
    text = _("主管收回了这一单。")


class TakenOver(LeaseLost):
    text = _("%(who)s 从 %(since)s 起在审核这一单。")


class OpenedElsewhere(LeaseLost):
    text = _("你在 %(since)s 又领取了这一单，这个页面是旧的。")
    todo = _("请领取下一单，会回到你手里的这一单。")


class JustDecided(LeaseLost):
    """How is told to nobody yet: it can be taken back, and they may have to look again."""

    text = _("%(who)s 在 %(since)s 审核了这一单。")


class AlreadyDecided(LeaseLost):
    text = _("这一单已由 %(who)s 在 %(since)s 审核：%(verdict)s。")


class AlreadyYours(AlreadyDecided):
    """The same token decided before: a double click, or a reply that was lost on its way."""

    text = _("你已在 %(since)s 审核了这一单：%(verdict)s。")
    todo = _("不用再提交一次。请领取下一单。")


@transaction.atomic
def enqueue(application: Application, *, now: datetime) -> Review:
    """A place in the queue, by how urgent it is now. May run twice."""
    urgent = urgency.of(application, now=now)
    review, _made = Review.objects.get_or_create(
        application=application,
        round=application.round,
        stands=True,
        defaults={
            "channel_path": applications.place(application),
            "outlet": application.outlet,
            "captured_by": application.clerk,
            "priority": urgent.priority,
            "due_at": urgent.due_at,
            "kept_for": urgent.kept_for,
            "kept_until": urgent.kept_until,
            "submitted_at": application.submitted_at or now,
            "queued_at": now,
        },
    )
    return review


@dataclass(frozen=True)
class Queue:
    """What waits for a verifier: how many cases, since when the oldest, how many of them past
    their time, and at how many counters a customer waits. Of a long queue only the first MOST are
    counted: a page that asks every few seconds costs the same before a million."""

    length: int
    oldest_at: datetime | None
    late: int
    at_counter: int

    @property
    def is_longer(self) -> bool:
        """Whether there may be more than were counted."""
        return self.length >= MOST


def queue(verifier: User, *, now: datetime) -> Queue:
    return Queue(**_first(verifier, now).aggregate(**_figures(now)))


def standing(verifier: User, *, now: datetime) -> tuple[Any, ...] | None:
    """What the first page says of the queue and of the case in hand, in one query; to be compared
    with what it was, not to be read."""
    first = _first(verifier, now).annotate(every=Value(1)).values("every")
    figures = first.annotate(figures=JSONObject(**_figures(now))).values("figures")
    mine = Review.objects.open_to(verifier).held_by(verifier, now).in_order().values("pk")[:1]
    rows = Post.objects.filter(pk__in=[verifier.post.pk] if verifier.post else [])
    return rows.values_list("paused_at", Subquery(mine), Subquery(figures)).first()


def _first(verifier: User, now: datetime) -> ReviewQuerySet:
    offered = Review.objects.open_to(verifier).free(now).offered_to(verifier, now)
    return Review.objects.filter(pk__in=offered.in_order().values("pk")[:MOST])


def _figures(now: datetime) -> dict[str, Any]:
    return {
        "length": Count("pk"),
        "oldest_at": Min("queued_at"),
        "late": Count("pk", filter=Q(due_at__lte=now)),
        "at_counter": Count("pk", filter=Q(application__customer_left_at__isnull=True)),
    }


def held(verifier: User, *, now: datetime) -> Review | None:
    """The verifier's live case, if there is one."""
    found: Review | None = (
        Review.objects.open_to(verifier).held_by(verifier, now).in_order().first()
    )
    return found


def claim(verifier: User, *, now: datetime) -> Review | None:
    """The verifier's live case, or else the next free one under a new lease; None: queue empty.

    First what they sent back and comes again, then by priority and due time, and never the
    verifier's own work. A case that the verifier put back is offered to them again only when
    nothing else waits.
    """
    found = _next(verifier, now)
    while found is not None and lapse.is_outdated(found):
        lapse.end(found, now=now)
        found = _next(verifier, now)
    return found


def _next(verifier: User, now: datetime) -> Review | None:
    return _take(verifier, now) or held(verifier, now=now) or _take(verifier, now, at_last=True)


def _take(verifier: User, now: datetime, *, at_last: bool = False) -> Review | None:
    """Take the first free row, if the verifier holds none; ``at_last`` any, even one put back."""
    if verifier.post is None or verifier.post.paused_at:
        return None
    choice = (verifier.post.has_only_verified, at_last)
    if connection.vendor == "postgresql":
        return _run(_told(*choice), verifier, now)
    with transaction.atomic():
        taken = _run(_statement(*choice), verifier, now)
        if taken is not None:
            audit.record(
                "review.claimed", subject=taken, by=verifier, now=now, claim_no=taken.claim_no
            )
    return taken


def _run(statement: str, verifier: User, now: datetime) -> Review | None:
    # One statement: the row is chosen, locked and marked at once, so two claimers cannot meet.
    # "= (SELECT …)" is evaluated once; "IN (SELECT … LIMIT 1)" may be evaluated for each row.
    moment = connection.ops.adapt_datetimefield_value
    values: dict[str, Any] = {
        "verifier": verifier.pk,
        "below": f"{verifier.post.channel.path}%",
        "now": moment(now),
        "until": moment(now + settings.LEASE),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        return None
    known = {
        "id": row[0],
        "kind": row[1],
        "claim_no": row[2],
        "claimed_by_id": verifier.pk,
        "claimed_at": now,
        "lease_until": now + settings.LEASE,
    }
    # Whoever needs the rest of the row reads it.
    return Review.from_db(connection.alias, tuple(known), tuple(known.values()))


@cache
def _told(has_only_verified: bool, at_last: bool) -> str:
    """The same with its audit entry: four ways to the server and back become one, and whoever
    waits for the same rows waits that much less."""
    with transaction.atomic():  # SKIP LOCKED cannot be compiled outside
        statement = _statement(has_only_verified, at_last)
    entry = audit.insert_from(
        "taken",
        "review.claimed",
        subject=Review,
        at="claimed_at",
        by="claimed_by_id",
        claim_no="claim_no",
    )
    return f"WITH taken AS ({statement}), told AS ({entry}) SELECT id, kind, claim_no FROM taken"  # noqa: S608


@cache
def _statement(has_only_verified: bool, at_last: bool) -> str:
    """SQL that takes the next row, with a name for each value of a verifier and a moment.

    The choice is written in the words of the models; compiling it takes longer than running it,
    so that is done once. The planner has to think it over each time: every table less counts.
    """
    NOBODY.post = Post(channel=Channel(path=NOWHERE))
    NOBODY.post.has_only_verified = has_only_verified
    rows = Review.objects.open_to(NOBODY).in_turn_for(NOBODY, NEVER)
    # What is kept for them they may judge, as far as that was asked when it was kept. Another
    # post may be active by now, that is asked.
    kept = Review.objects.visible_to(NOBODY).exclude(captured_by=NOBODY).coming_to(NOBODY)
    empty_handed = ""
    if not at_last:
        rows, kept = rows.not_put_back_by(NOBODY), kept.not_put_back_by(NOBODY)
        in_hand = _named(Review.objects.held_by(NOBODY, NEVER))
        empty_handed = f"AND NOT EXISTS ({in_hand}) "
    # The second choice is made only when there is nothing to be had of the first.
    return (
        "UPDATE registration_review SET claim_no = claim_no + 1, claimed_by_id = %(verifier)s, "  # noqa: S608
        "claimed_at = %(now)s, lease_until = %(until)s, "
        # Whoever takes what another has reserved ends that.
        "kept_for_id = CASE WHEN reserved_at IS NULL THEN kept_for_id END, "
        "kept_until = CASE WHEN reserved_at IS NULL THEN kept_until END, reserved_at = NULL "
        f"WHERE id = COALESCE(({_first_of(kept)}), ({_first_of(rows)})) {empty_handed}"
        "RETURNING id, kind, claim_no, claimed_by_id, claimed_at"
    )


def _first_of(rows: ReviewQuerySet) -> str:
    # SKIP LOCKED appears on PostgreSQL only; on SQLite the transaction is immediate.
    return _named(rows.free(NEVER).in_order().select_for_update(skip_locked=True)[:1])


def _named(rows: ReviewQuerySet) -> str:
    """Their ids, in SQL: what differs from claim to claim by name, the models' constants as they
    are, so that the planner sees that an index on open rows fits."""
    moment = connection.ops.adapt_datetimefield_value
    names = {NOBODY.pk: "verifier", f"{NOWHERE}%": "below", moment(NEVER): "now"}
    sql, params = rows.values("pk").query.sql_with_params()
    found: str = sql % tuple(
        f"%({names[value]})s" if value in names else f"'{value}'" for value in params
    )
    return found


def heartbeat(review: Review, *, claim_no: int, by: User, now: datetime) -> datetime:
    """Prolong the lease while the page is open. Returns its new end; raises LeaseLost."""
    until: datetime = now + settings.LEASE
    if not in_hand(review, claim_no, by, now).update(lease_until=until):
        raise lost(review, claim_no=claim_no, by=by, now=now)
    return until


@transaction.atomic
def look(review: Review, *, claim_no: int, by: User, now: datetime) -> None:
    """The holder opens the case and sees clear data of its people: a read that is written down.

    Raises LeaseLost.
    """
    if not in_hand(review, claim_no, by, now).exists():
        raise lost(review, claim_no=claim_no, by=by, now=now)
    seen = Q(application=review.application)
    if review.application.holder.is_order:
        seen |= Q(application__in=review.application.numbers.live())
    for party in Party.objects.filter(seen).select_related("identity").defer("identity__photo"):
        audit.record(
            "identity.viewed",
            subject=party.identity,
            by=by,
            now=now,
            why="review",
            review=review.pk,
            role=party.role,
        )


@transaction.atomic
def customer_left(application: Application, *, by: User, now: datetime) -> None:
    """Nobody waits for it at the counter any more: it gives way to those that are waited for."""
    rows = Application.objects.filter(pk=application.pk, customer_left_at__isnull=True)
    if not rows.update(customer_left_at=now):
        return
    application.customer_left_at = now
    waiting = Review.objects.with_effect().waiting().filter(application=application)
    waiting.update(priority=urgency.of(application, now=now).priority)
    audit.record("application.customer_left", subject=application, by=by, now=now)


@transaction.atomic
def release(review: Review, *, claim_no: int, by: User, now: datetime) -> None:
    """Put the case back; it keeps its place in the queue. Raises LeaseLost."""
    if not in_hand(review, claim_no, by, now).update(lease_until=None):
        raise lost(review, claim_no=claim_no, by=by, now=now)
    audit.record("review.released", subject=review, by=by, now=now, claim_no=claim_no)


def lost(review: Review, *, claim_no: int, by: User, now: datetime) -> LeaseLost:
    """Why ``claim_no`` does not hold the row: decided, taken over, or ran out."""
    row = Review.objects.select_related("claimed_by", "decision__decided_by").get(pk=review.pk)
    if row.status == Review.Status.DECIDED:
        first: Decision = row.decision
        if first.decided_by != by:
            if _is_looked_at_again(row):
                return LeaseLost()
            if first.settled_at is None:
                return JustDecided(who=first.decided_by.name, since=_clock(first.decided_at, now))
        again = first.decided_by == by and first.claim_no == claim_no
        return (AlreadyYours if again else AlreadyDecided)(
            who=first.decided_by.name,
            since=_clock(first.decided_at, now),
            verdict=first.get_verdict_display(),
        )
    if row.claimed_by is None and 0 < row.claim_no == claim_no:
        return TakenAway()
    if row.claimed_by is None or row.lease_until is None or row.lease_until <= now:
        return LeaseRanOut()
    if row.claimed_by != by:
        return TakenOver(who=row.claimed_by.name, since=_clock(row.claimed_at, now))
    if row.claim_no != claim_no:
        return OpenedElsewhere(since=_clock(row.claimed_at, now))
    return LeaseLost()  # still theirs, but the verifier's post or its scope has changed


def _is_looked_at_again(review: Review) -> bool:
    """Somebody who knows nothing of the verdict is to judge the same case, or might yet take back
    that they did: nobody hears what others found."""
    others = Review.objects.filter(application=review.application_id).exclude(pk=review.pk)
    is_open = Q(status=Review.Status.OPEN) | Q(decision__settled_at__isnull=True)
    return others.exclude(status=Review.Status.LAPSED).filter(is_open).exists()


def _clock(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    at, today = timezone.localtime(at), timezone.localdate(now)
    return f"{at:%H:%M}" if at.date() == today else f"{at:%Y-%m-%d %H:%M}"


def in_hand(review: Review, claim_no: int, by: User, now: datetime) -> ReviewQuerySet:
    """The row if this token still holds it for this verifier, to be changed in one statement."""
    held = Review.objects.open_to(by).held_by(by, now)
    return held.filter(pk=review.pk, claim_no=claim_no)
