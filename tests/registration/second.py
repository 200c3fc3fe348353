"""How the tests of second looks decide, and let a colleague decide again."""

from typing import Any

from portal.models import User
from registration import flow
from registration.models import Application, Decision, Review
from tests.cast import Cast

APPROVE, RETURN, REFUSE = Decision.Verdict.values
HOW: dict[str, dict[str, Any]] = {
    APPROVE: {},
    RETURN: {"reason": Decision.Reason.IMAGE_UNREADABLE, "items": ["id_front"]},
    REFUSE: {"reason": Decision.Reason.FORGED},
}
EVERY_ONE = "desk.second_agent_point"
FOUR_EYES = "desk.four_eyes_tiers"


def decide(cast: Cast, case: Review, verdict: str, by: User, **more: Any) -> Decision:
    how = HOW[verdict] | more
    return flow.decide(case, claim_no=case.claim_no, verdict=verdict, by=by, now=cast.now, **how)


def judged(
    cast: Cast, verdict: str = APPROVE, *, items: list[str] | None = None, **fields: Any
) -> Application:
    """Handed in, and decided by the verifier."""
    cast.in_review(**fields)
    more = {"items": items} if items else {}
    made = decide(cast, cast.claimed(), verdict, cast.verifier, **more)
    return Application.objects.get(pk=made.review.application_id)


def judged_again(cast: Cast, verdict: str, by: User | None = None, **more: Any) -> Decision:
    who = by or cast.second_verifier
    return decide(cast, cast.claimed(who), verdict, who, **more)


def look(kind: str = "second") -> Review:
    return Review.objects.get(kind=kind)


def third_verifier(cast: Cast) -> User:
    return cast.person("verifier9", "样本审核丙", cast.province, "verifier")
