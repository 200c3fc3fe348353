"""A decision can be taken back for a few seconds; then it takes effect, once."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from outlets.services import outlet as outlets
from outlets.services import staff
from portal.models import AuditEntry
from registration import flow, tasks
from registration.models import Application, CarrierOrder, Decision, OnlineCheck, Review, Slot
from registration.services import application as applications
from registration.services import check, review
from registration.services import decision as decisions
from tests.cast import Cast

pytestmark = pytest.mark.django_db

UNDO = timedelta(seconds=5)
APPROVE, RETURN, REFUSE = Decision.Verdict.values
HOW: dict[str, dict[str, object]] = {
    APPROVE: {},
    RETURN: {"reason": Decision.Reason.IMAGE_UNREADABLE, "items": ["id_front"]},
    REFUSE: {"reason": Decision.Reason.FORGED},
}


@pytest.fixture(autouse=True)
def five_seconds(settings: Any) -> None:
    settings.UNDO = UNDO


def decided(cast: Cast, verdict: str = APPROVE) -> Decision:
    """A decision that was made this moment."""
    cast.in_review()
    case = cast.claimed()
    return flow.decide(
        case,
        claim_no=case.claim_no,
        verdict=verdict,
        by=cast.verifier,
        now=cast.now,
        **HOW[verdict],  # type: ignore[arg-type]
    )


def take_back(cast: Cast, made: Decision, *, seconds: float = 4) -> Review:
    return decisions.take_back(
        made.review,
        claim_no=made.claim_no,
        by=cast.verifier,
        now=cast.now + timedelta(seconds=seconds),
    )


@pytest.mark.parametrize("verdict", HOW)
def test_nothing_follows_from_a_decision_that_can_be_taken_back(cast: Cast, verdict: str) -> None:
    made = decided(cast, verdict)

    flow.settle(made, now=cast.now + UNDO - timedelta(seconds=1))

    assert Application.objects.get().status == Application.Status.IN_REVIEW
    assert not CarrierOrder.objects.exists()
    assert Slot.objects.count() == 1


@pytest.mark.parametrize(
    ("verdict", "status"), [(APPROVE, "approved"), (RETURN, "returned"), (REFUSE, "refused")]
)
def test_a_decision_takes_effect_after_five_seconds_and_once(
    cast: Cast, verdict: str, status: str
) -> None:
    made = decided(cast, verdict)

    for later in (UNDO, UNDO * 2):
        flow.settle(Decision.objects.get(pk=made.pk), now=cast.now + later)

    assert Application.objects.get().status == status
    assert CarrierOrder.objects.count() == (0 if verdict == RETURN else 1)
    assert Decision.objects.get().settled_at == cast.now + UNDO


def test_a_decision_that_was_taken_back_is_in_the_same_hands_under_a_new_token(
    cast: Cast,
) -> None:
    made = decided(cast)

    case = take_back(cast, made)

    case.refresh_from_db()
    later = cast.now + timedelta(seconds=4)
    assert case.status == Review.Status.OPEN
    assert (case.claim_no, case.claimed_by) == (made.claim_no + 1, cast.verifier)
    assert case.lease_until == later + settings.LEASE
    assert review.claim(cast.second_verifier, now=later) is None
    assert review.claim(cast.verifier, now=later) == case


def test_a_decision_that_was_taken_back_never_takes_effect(cast: Cast) -> None:
    made = decided(cast)
    take_back(cast, made)

    flow.settle(made, now=cast.now + UNDO)

    assert Application.objects.get().status == Application.Status.IN_REVIEW
    assert not CarrierOrder.objects.exists()


def test_the_audit_keeps_the_decision_and_that_it_was_taken_back(cast: Cast) -> None:
    made = decided(cast, REFUSE)
    take_back(cast, made)

    actions = AuditEntry.objects.filter(subject_type="registration.review").order_by("pk")
    assert [entry.action for entry in actions] == [
        "review.claimed",
        "review.decided",
        "review.undone",
    ]
    assert actions[2].detail["verdict"] == REFUSE


def test_a_case_that_was_taken_back_can_be_decided_otherwise(cast: Cast) -> None:
    case = take_back(cast, decided(cast))

    with pytest.raises(review.OpenedElsewhere):
        flow.decide(case, claim_no=1, verdict=APPROVE, by=cast.verifier, now=cast.now)
    made = flow.decide(
        case,
        claim_no=2,
        verdict=RETURN,
        by=cast.verifier,
        now=cast.now,
        reason=Decision.Reason.OTHER,
        note="请重拍",
        items=["live"],
    )
    flow.settle(made, now=cast.now + UNDO)

    assert Application.objects.get().redo == ["live"]


def test_what_took_effect_cannot_be_taken_back(cast: Cast) -> None:
    made = decided(cast)
    flow.settle(made, now=cast.now + UNDO)

    with pytest.raises(decisions.TooLate):
        take_back(cast, made, seconds=6)


def test_nobody_takes_back_a_colleagues_decision(cast: Cast) -> None:
    made = decided(cast)

    with pytest.raises(decisions.TooLate):
        decisions.take_back(
            made.review, claim_no=made.claim_no, by=cast.second_verifier, now=cast.now
        )


def test_only_a_fresh_decision_is_offered_to_be_taken_back(cast: Cast) -> None:
    made = decided(cast)

    assert decisions.fresh(cast.verifier, now=cast.now) == made
    assert decisions.fresh(cast.verifier, now=cast.now + UNDO) is None
    assert decisions.fresh(cast.second_verifier, now=cast.now) is None


def test_the_sweep_settles_what_a_lost_wake_up_missed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = decided(cast)
    Decision.objects.update(decided_at=cast.now - UNDO)
    rung: list[tuple[str, dict[str, int]]] = []
    monkeypatch.setattr(tasks, "ring", lambda task, **ids: rung.append((task, ids)))

    tasks.sweep()
    for _twice in range(2):
        tasks.settle(decision_id=made.pk)

    assert ("registration.tasks.settle", {"decision_id": made.pk}) in rung
    assert Application.objects.get().status == Application.Status.APPROVED


def test_settling_a_decision_that_is_gone_does_nothing(cast: Cast) -> None:
    made = decided(cast)
    number = made.pk
    take_back(cast, made)

    tasks.settle(decision_id=number)

    assert Application.objects.get().status == Application.Status.IN_REVIEW


def test_an_installation_without_undo_settles_at_once(cast: Cast, settings: Any) -> None:
    settings.UNDO = timedelta()

    decided(cast)

    assert Application.objects.get().status == Application.Status.APPROVED


# What may be approved -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "result", [value for value in OnlineCheck.Result.values if value != "match"]
)
def test_only_a_match_can_be_approved(cast: Cast, result: str) -> None:
    cast.in_review()
    case = cast.claimed()
    OnlineCheck.objects.update(result=result)

    with pytest.raises(check.Blocked, match="联网核验"):
        flow.decide(case, claim_no=case.claim_no, verdict=APPROVE, by=cast.verifier, now=cast.now)

    assert Review.objects.get().status == Review.Status.OPEN
    assert not Decision.objects.exists()


def test_an_identity_that_was_never_checked_cannot_be_approved(cast: Cast) -> None:
    cast.in_review()
    case = cast.claimed()
    OnlineCheck.objects.all().delete()

    with pytest.raises(check.NotMatched):
        flow.decide(case, claim_no=case.claim_no, verdict=APPROVE, by=cast.verifier, now=cast.now)


def test_both_people_of_a_proxy_must_match(cast: Cast) -> None:
    application = cast.in_review(proxy="li")
    case = cast.claimed()
    proxy = application.parties.get(role="proxy")
    OnlineCheck.objects.filter(identity=proxy.identity_id).update(result="not_found")

    assert flow.hindrance(case.application, now=cast.now) is not None
    OnlineCheck.objects.update(result="match")
    assert flow.hindrance(case.application, now=cast.now) is None


def test_a_clerk_who_has_left_since_leaves_no_case_that_nobody_can_approve(cast: Cast) -> None:
    application = cast.in_review()
    staff.dismiss(cast.clerk.post, by=None, now=cast.now)

    assert flow.hindrance(Application.objects.get(), now=cast.now) is None
    application.status = Application.Status.RETURNED
    assert flow.judge(application, now=cast.now)[0].rule.id == "CH-02"


def test_an_outlet_suspended_since_leaves_no_case_that_nobody_can_approve(cast: Cast) -> None:
    cast.in_review()
    outlets.suspend(cast.outlet, reason="稽核", by=cast.manager, now=cast.now)

    assert flow.hindrance(Application.objects.get(), now=cast.now) is None


def test_a_late_approval_hears_of_its_lost_lease_and_not_of_the_rules(cast: Cast) -> None:
    cast.in_review()
    case = cast.claimed()
    OnlineCheck.objects.update(result="mismatch")

    with pytest.raises(review.LeaseRanOut):
        flow.decide(
            case,
            claim_no=case.claim_no,
            verdict=APPROVE,
            by=cast.verifier,
            now=cast.now + settings.LEASE,
        )


def test_a_returned_case_comes_back_as_a_new_round(cast: Cast) -> None:
    made = decided(cast, RETURN)
    flow.settle(made, now=cast.now + UNDO)
    application = Application.objects.get()
    applications.redone(application, "id_front", now=cast.now)
    flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now)
    flow.advance(application, now=cast.now)

    again = cast.claimed()

    assert (again.round, again.claim_no) == (2, 1)
    assert again.pk != made.review_id
