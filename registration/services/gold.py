"""Gold cases: decided long ago, with an answer that is known, put before verifiers once more.

They look like any case and nothing follows from what is said of them.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import User
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application
from registration.models.decision import Decision
from registration.models.review import Review
from registration.rules import second as rules
from registration.services import check, policy, skill, supervision, urgency

Status, Verdict = Application.Status, Decision.Verdict
# They lie with their verifier until they expire: nobody else is tested by them.
FOR_EVER = datetime(9000, 1, 1, tzinfo=UTC)
MOST = 20


class NotDecided(Refusal):
    text = _("只有已经办结、资料还在的受理单可以作标准单。")
    todo = _("请另选一张已开通或已拒绝的单。单位订单不能作标准单。")


class NoAnswer(Refusal):
    status = 422
    text = _("请选正确结论；不通过的还要选原因。")


class NeverRight(Refusal):
    status = 422
    text = _("联网核验不一致的单，正确结论不能是通过。")
    todo = _("请选拒绝或退回。")


class NobodyLeft(Refusal):
    text = _("没有审核员可以做这张标准单。")
    todo = _("经办过、审过这张单的，和已经做过的，不能再做。请另选一张。")


def hindrance(application: Application) -> Refusal | None:
    """Why it cannot be planted."""
    is_done = application.status in (Status.ACTIVE, Status.REFUSED) and not application.erased_at
    is_case = is_done and not application.holder.is_order
    looks = Review.objects.filter(application=application)
    # While others are still to look at it as an ordinary case, it is none of these.
    is_over = looks.exists() and not looks.waiting().exclude(kind=Review.Kind.GOLD).exists()
    return None if is_case and is_over else NotDecided()


@transaction.atomic
def plant(
    application: Application, *, verdict: str, reason: str, many: int, by: User, now: datetime
) -> list[Review]:
    """Put it before as many as ``many`` verifiers whom ``by`` answers for, those first who have
    been tested least. Raises NotDecided, NoAnswer, NeverRight, NobodyLeft."""
    if refusal := hindrance(application):
        raise refusal
    known = {Verdict.REFUSE: Decision.REFUSALS, Verdict.RETURN: Decision.RETURNS}
    if verdict not in Verdict.values or reason not in known.get(Verdict(verdict), ("",)):
        raise NoAnswer
    if verdict == Verdict.APPROVE and not check.all_match(application):
        raise NeverRight
    chosen = list(islice(_testable(application, by, now), min(many, MOST)))
    if not chosen:
        raise NobodyLeft
    return [_put(application, who, verdict, reason, by=by, now=now) for who in chosen]


def _testable(application: Application, by: User, now: datetime) -> Iterator[User]:
    """Who may judge it, knows nothing of it and gets cases at all; the least tested first."""
    looks = Review.objects.filter(application=application)
    known = set(looks.values_list("claimed_by", flat=True))
    known |= set(looks.filter(kind=Review.Kind.GOLD).values_list("kept_for", flat=True))
    planted = Review.objects.filter(kind=Review.Kind.GOLD).values_list("kept_for")
    tested = dict(planted.annotate(count=Count("pk")).order_by())
    needs, today = skill.needs(application), timezone.localdate(now)
    posts = [
        post
        for post in supervision.verifiers(by, today)
        if post.paused_at is None and post.knows(needs)
    ]
    for post in sorted(posts, key=lambda post: tested.get(post.user_id, 0)):
        who = post.user
        who.post = post
        if who.pk not in known and looks.standing().open_to(who).exists():
            known.add(who.pk)  # they may have two posts
            yield who


def _put(
    application: Application, who: User, verdict: str, reason: str, *, by: User, now: datetime
) -> Review:
    seen = Review.objects.standing().filter(application=application).latest("round")
    policies = policy.in_force(seen.channel_path, timezone.localdate(now))
    urgent = urgency.afterwards(application, now=now)
    row = Review.objects.create(
        application=application,
        round=seen.round,
        kind=Review.Kind.GOLD,
        stands=False,
        known_verdict=verdict,
        known_reason=reason,
        kept_for=who,
        kept_until=FOR_EVER,
        expires_at=now + timedelta(days=rules.DAYS.of(policies)),
        channel_path=seen.channel_path,
        outlet_id=seen.outlet_id,
        captured_by_id=seen.captured_by_id,
        priority=urgent.priority,
        due_at=urgent.due_at,
        submitted_at=seen.submitted_at,
        queued_at=now,
        **skill.needed(application),
    )
    audit.record("gold.planted", subject=row, by=by, now=now, to_user=who.pk, verdict=verdict)
    return row
