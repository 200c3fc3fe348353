"""Second looks of the demo: now and then one of two verifiers is mistaken, and a third one settles
it; the desk's supervisor has planted a case with a known answer."""

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import timezone

from outlets.demo import Organisation
from outlets.models import Post
from portal.models import User
from registration import flow
from registration.demo.history import History
from registration.models import Application, Decision, LetterPoint, Review
from registration.rules.second import OF_TIER
from registration.services import gold, lapse, policy, review

# Every so many cases the second one sees something else.
MISTAKES = 9
A_LOOK = timedelta(seconds=70)
TIERS = ("own_hall", "franchise_store", "endpoint")
BLURRED = Decision.Reason.IMAGE_UNREADABLE


def sample(built: Organisation, history: History, *, began: datetime, now: datetime) -> None:
    """In one province much is looked at again; twice a day each verifier takes what waits."""
    for tier in TIERS:
        policy.put(
            built.channels["JIA"],
            OF_TIER[tier].key,
            100,
            from_date=timezone.localdate(began),
            reason="演示：这几类网点每单都复核",
            by=built.as_("admin", Post.Role.ADMINISTRATOR),
            now=began,
        )
    people = [built.as_(name, Post.Role.VERIFIER) for name in ("verifier", "verifier2", "duo")]
    for hours in range(12, 15 * 24, 12):
        for place, who in enumerate(people):
            moment = now - timedelta(hours=hours, minutes=place * 20)
            history.at(moment, partial(look_again, who))


def plant(built: Organisation, *, now: datetime) -> None:
    """One gold case, where there is one that somebody does not know yet."""
    by = built.as_("head", Post.Role.MANAGER)
    path = built.channels["JIA"].path
    done = Application.objects.below(path).filter(status=Application.Status.ACTIVE)
    for application in done.of_their_own().order_by("-pk"):
        with suppress(gold.NotDecided, gold.NobodyLeft):
            gold.plant(application, verdict="return", reason=BLURRED, many=1, by=by, now=now)
            return


def look_again(verifier: User, at: datetime) -> None:
    """What waits for a second or third person; what waits for its first is for another turn."""
    while row := _next(verifier, at):
        if lapse.is_outdated(row):
            lapse.end(row, now=at)
            continue
        held = review.claim(verifier, now=at)
        assert held is not None  # noqa: S101 - nobody else is at work
        at += A_LOOK
        _say(held, verifier, at=at)


def _next(verifier: User, at: datetime) -> Review | None:
    fit = Review.objects.open_to(verifier).fit_for(verifier)
    waiting = fit.free(at).offered_to(verifier, at)
    if waiting.filter(kind=Review.Kind.FIRST).exists():
        return None
    row: Review | None = waiting.in_order().first()
    return row


def _say(held: Review, verifier: User, *, at: datetime) -> None:
    first = Decision.objects.get(
        review__application=held.application_id, review__round=held.round, review__kind="first"
    )
    is_same = bool(held.application_id % MISTAKES)
    approves = (first.verdict == Decision.Verdict.APPROVE) == is_same
    approves = approves and not flow.objection(held, now=at)  # nobody can, mistaken or not
    said: dict[str, Any] = {"verdict": Decision.Verdict.APPROVE, "checks": Decision.Check.values}
    if held.application.has_letter:
        said["letter_points"] = LetterPoint.values
    if not approves:
        said = {"verdict": Decision.Verdict.RETURN, "reason": BLURRED, "items": ["id_front"]}
    made = flow.decide(held, claim_no=held.claim_no, by=verifier, now=at, **said)
    flow.settle(made, now=at + settings.UNDO)
