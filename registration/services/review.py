"""A case in hand: an atomic claim, an expiring lease, a fencing token. Deciding: decision.py."""

from datetime import datetime
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import User
from portal.prepared import Prepared, prepare
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application, Party
from registration.models.decision import Decision
from registration.models.review import Review, ReviewQuerySet
from registration.services import application as applications
from registration.services import lapse, skill, stand_in, turn, urgency


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
            **skill.needed(application),
            "submitted_at": application.submitted_at or now,
            "queued_at": now,
        },
    )
    return review


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
    return (
        turn.take(verifier, now)
        or held(verifier, now=now)
        or turn.take(verifier, now, at_last=True)
    )


def heartbeat(review: Review, *, claim_no: int, by: User, now: datetime) -> datetime:
    """Prolong the lease while the page is open. Returns its new end; raises LeaseLost."""
    until: datetime = now + settings.LEASE
    if not in_hand(review, claim_no, by, now).update(lease_until=until):
        raise lost(review, claim_no=claim_no, by=by, now=now)
    return until


@transaction.atomic
def look(review: Review, *, claim_no: int, by: User, now: datetime) -> None:
    """The holder opens the case and sees clear data of its people: a read that is written down.

    Raises LeaseLost, also of a second look whose case has changed meanwhile.
    """
    if lapse.is_outdated(review) or not in_hand(review, claim_no, by, now).exists():
        raise lost(review, claim_no=claim_no, by=by, now=now)
    write_down_look(review, by=by, now=now)


def write_down_look(review: Review, *, by: User, now: datetime) -> None:
    """Of everybody in the case, in a transaction of whoever shows them."""
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


def is_in_hand(pk: int, claim_no: int, by: User, now: datetime) -> bool:
    """Whether this token still holds the row: what an open page asks every few seconds."""
    if by.post is None:
        return False
    values = stand_in.values(by, now) | {"row": pk, "claim_no": claim_no}
    return _in_hand(by.post.has_only_verified).first(**values) is not None


@cache
def _in_hand(has_only_verified: bool) -> Prepared:
    nobody = stand_in.user((has_only_verified, ()))
    rows = in_hand(Review(pk=stand_in.ROW), stand_in.CLAIM_NO, nobody, stand_in.NEVER)
    return prepare(rows.values_list("pk"), stand_in.NAMES, is_planned_once=True)
