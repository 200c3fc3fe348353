"""The queue through its verbs: claims, leases, tokens and decisions."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from outlets.models import Post
from outlets.services import channel as channels
from outlets.services import staff
from portal.models import AuditEntry, User
from registration.models import Application, Decision, LetterPoint, Review
from registration.services import decision as decisions
from registration.services import queue, review
from tests.cast import Cast
from tests.plans import statements

pytestmark = pytest.mark.django_db

APPROVE, RETURN, REFUSE = Decision.Verdict.values


def waiting(cast: Cast, count: int) -> list[Review]:
    """Cases in the queue, one a minute, the oldest first."""
    return [cast.queued(minutes=number) for number in range(count)]


def decide(cast: Cast, case: Review, verdict: str = RETURN, **how: object) -> Decision:
    values: dict[str, object] = {
        "claim_no": case.claim_no,
        "by": cast.verifier,
        "now": cast.now,
        "reason": Decision.Reason.IMAGE_UNREADABLE if verdict == RETURN else "",
        "items": ["id_front"] if verdict == RETURN else [],
    }
    return decisions.make(case, verdict=verdict, **(values | how))  # type: ignore[arg-type]


def as_in_a_request(cast: Cast) -> Post:
    held = Post.objects.held_by(cast.verifier, timezone.localdate(cast.now))
    found: Post = held.get(role=Post.Role.VERIFIER)
    return found


def become_clerk(cast: Cast, user: User) -> Post:
    return staff.appoint(
        user, channel=cast.outlet.channel, role=Post.Role.CLERK, by=None, now=cast.now
    )


# Claiming ---------------------------------------------------------------------------------


def test_the_oldest_case_is_claimed_first(cast: Cast) -> None:
    late, early = cast.queued(minutes=5), cast.queued(minutes=1)

    assert cast.claimed() == early
    assert cast.claimed(cast.second_verifier) == late


def test_priority_comes_before_age(cast: Cast) -> None:
    cast.queued(minutes=1)
    urgent = cast.queued(minutes=9, priority=5)

    assert cast.claimed() == urgent


def test_a_claim_gives_a_lease_and_a_rising_token(cast: Cast) -> None:
    cast.queued()

    first = cast.claimed()
    later = cast.now + settings.LEASE
    second = review.claim(cast.second_verifier, now=later)

    assert first.claim_no == 1
    assert first.claimed_by == cast.verifier
    assert first.claimed_at == cast.now
    assert first.lease_until == cast.now + settings.LEASE
    assert second is not None
    assert (second.pk, second.claim_no) == (first.pk, 2)
    assert second.claimed_by == cast.second_verifier


def test_two_verifiers_never_hold_one_case(cast: Cast) -> None:
    first, second = waiting(cast, 2)

    held = {cast.claimed().pk, cast.claimed(cast.second_verifier).pk}

    assert held == {first.pk, second.pk}


def test_an_empty_queue_gives_nothing(cast: Cast) -> None:
    assert review.claim(cast.verifier, now=cast.now) is None


def test_a_verifier_who_comes_back_gets_the_same_case_with_the_same_token(cast: Cast) -> None:
    waiting(cast, 2)
    first = cast.claimed()

    again = review.claim(cast.verifier, now=cast.now + timedelta(minutes=1))

    assert again is not None
    assert (again.pk, again.claim_no) == (first.pk, first.claim_no)
    assert again.lease_until == first.lease_until


def test_a_lease_that_ran_out_is_free_again(cast: Cast) -> None:
    case = cast.queued()
    cast.claimed()

    just_before = cast.now + settings.LEASE - timedelta(seconds=1)
    assert review.claim(cast.second_verifier, now=just_before) is None
    taken = review.claim(cast.second_verifier, now=cast.now + settings.LEASE)

    assert taken == case


def test_the_person_who_captured_never_reviews(cast: Cast) -> None:
    cast.queued(by=cast.verifier)

    assert review.claim(cast.verifier, now=cast.now) is None
    assert review.claim(cast.second_verifier, now=cast.now) is not None


def test_a_clerk_of_the_outlet_never_reviews_its_work(cast: Cast) -> None:
    cast.queued()
    become_clerk(cast, cast.verifier)

    assert review.claim(cast.verifier, now=cast.now) is None


def test_a_former_clerk_of_the_outlet_never_reviews_its_work(cast: Cast) -> None:
    cast.queued()
    staff.dismiss(become_clerk(cast, cast.verifier), by=None, now=cast.now)

    assert review.claim(cast.verifier, now=cast.now) is None


def test_a_request_knows_who_was_never_anything_but_a_verifier(cast: Cast) -> None:
    fresh = as_in_a_request(cast)
    staff.dismiss(become_clerk(cast, cast.verifier), by=None, now=cast.now)
    former = as_in_a_request(cast)

    assert (fresh.has_only_verified, former.has_only_verified) == (True, False)


def test_who_was_never_anything_else_gets_the_same_case_and_still_not_their_own(cast: Cast) -> None:
    cast.queued(by=cast.verifier)
    case = cast.queued()
    cast.verifier.post = as_in_a_request(cast)

    assert cast.claimed() == case
    assert queue.of(cast.verifier, now=cast.now).length == 0


def test_a_verifier_of_another_province_gets_nothing(cast: Cast) -> None:
    cast.queued()

    assert review.claim(cast.far_verifier, now=cast.now) is None


def test_a_verifier_without_a_post_gets_nothing(cast: Cast) -> None:
    cast.queued()
    cast.verifier.post = None

    assert review.claim(cast.verifier, now=cast.now) is None


def test_the_queue_counts_what_the_verifier_could_take(cast: Cast) -> None:
    waiting(cast, 3)
    cast.queued(by=cast.verifier)
    cast.claimed(cast.second_verifier)

    found = queue.of(cast.verifier, now=cast.now)

    assert found.length == 2
    assert found.oldest_at == cast.now + timedelta(minutes=1)
    assert queue.of(cast.far_verifier, now=cast.now).length == 0


def test_a_claim_is_written_down(cast: Cast) -> None:
    case = cast.queued()

    cast.claimed()

    entry = AuditEntry.objects.get(action="review.claimed")
    assert (entry.subject_id, entry.actor, entry.detail) == (
        case.pk,
        cast.verifier,
        {"claim_no": 1},
    )


@pytest.mark.parametrize("rows", [1, 20])
def test_a_claim_costs_the_same_in_a_long_queue(cast: Cast, rows: int) -> None:
    waiting(cast, rows)

    with CaptureQueriesContext(connection) as queries:
        cast.claimed()

    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    # Take one and write it down: in one statement where the database can.
    assert len(statements) == (1 if connection.vendor == "postgresql" else 2)


@pytest.mark.postgres
def test_postgres_chooses_the_row_once_and_skips_locked_ones(cast: Cast) -> None:
    waiting(cast, 20)

    with statements() as said:
        cast.claimed()
    [(statement, values)] = [spoken for spoken in said if "SKIP LOCKED" in spoken[0]]
    Review.objects.update(claimed_by=None, lease_until=None)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement}", values)
        plan = [line for (line,) in cursor.fetchall()]

    kept, next_one = (line for line in plan if "LockRows" in line)
    assert re.search(r"rows=0(\.00)? loops=1\)$", kept)
    assert re.search(r"rows=1(\.00)? loops=1\)$", next_one)


# Keeping and losing the lease ---------------------------------------------------------------


def test_a_heartbeat_prolongs_the_lease(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    later = cast.now + timedelta(minutes=5)

    until = review.heartbeat(case, claim_no=case.claim_no, by=cast.verifier, now=later)

    case.refresh_from_db()
    assert until == case.lease_until == later + settings.LEASE


def test_a_heartbeat_does_not_revive_a_lease_that_ran_out(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()

    with pytest.raises(review.LeaseRanOut, match="锁定时间已过"):
        review.heartbeat(
            case, claim_no=case.claim_no, by=cast.verifier, now=cast.now + settings.LEASE
        )


def test_a_case_that_was_put_back_is_free_at_its_old_place(cast: Cast) -> None:
    first, _second = waiting(cast, 2)
    case = cast.claimed()

    review.release(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)

    assert cast.claimed(cast.second_verifier) == first


def test_who_put_a_case_back_is_given_another_one_first(cast: Cast) -> None:
    first, second = waiting(cast, 2)
    case = cast.claimed()
    review.release(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)

    assert cast.claimed() == second
    decide(cast, cast.claimed())
    assert cast.claimed() == first  # nothing else waits


def test_an_old_token_cannot_put_a_case_back(cast: Cast) -> None:
    cast.queued()
    old = cast.claimed()
    now = cast.now + settings.LEASE
    review.claim(cast.second_verifier, now=now)

    with pytest.raises(review.TakenOver):
        review.release(old, claim_no=old.claim_no, by=cast.verifier, now=now)


# Deciding -----------------------------------------------------------------------------------


def test_a_decision_names_its_token_and_answers(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()

    decision = decide(cast, case, checks=["papers_clear", "same_person", "unknown"], note=" 反光 ")

    assert decision.claim_no == 1
    assert decision.checks == ["same_person", "papers_clear"]
    assert decision.note == "反光"
    case.refresh_from_db()
    assert case.status == Review.Status.DECIDED


def test_a_case_is_decided_once(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    decide(cast, case, REFUSE, reason=Decision.Reason.FORGED)

    with pytest.raises(review.AlreadyYours, match=r"你已在 .* 审核了这一单：拒绝"):
        decide(cast, case)

    assert Decision.objects.get().verdict == REFUSE


def test_a_late_decision_of_a_lease_that_ran_out_is_refused(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()

    with pytest.raises(review.LeaseRanOut):
        decide(cast, case, now=cast.now + settings.LEASE)

    assert not Decision.objects.exists()


def test_a_late_decision_says_who_has_the_case_and_since_when(cast: Cast) -> None:
    cast.queued()
    old = cast.claimed()
    taken_at = cast.now + settings.LEASE
    review.claim(cast.second_verifier, now=taken_at)

    with pytest.raises(review.TakenOver, match=r"样本审核乙 从 .*\d\d:\d\d 起在审核这一单"):
        decide(cast, old, now=taken_at + timedelta(minutes=1))

    assert not Decision.objects.exists()


def test_a_late_decision_says_who_decided_and_how(cast: Cast) -> None:
    cast.queued()
    old = cast.claimed()
    taken_at = cast.now + settings.LEASE
    new = review.claim(cast.second_verifier, now=taken_at)
    assert new is not None
    made = decide(cast, new, by=cast.second_verifier, now=taken_at)

    with pytest.raises(review.JustDecided, match=r"样本审核乙 在 .* 审核了这一单"):
        decide(cast, old, now=taken_at)
    decisions.settle(made, now=taken_at + settings.UNDO)
    with pytest.raises(review.AlreadyDecided, match=r"样本审核乙 在 .* 审核：退回"):
        decide(cast, old, now=taken_at)


def test_an_old_token_of_the_same_verifier_is_refused(cast: Cast) -> None:
    cast.queued()
    old = cast.claimed()
    later = cast.now + settings.LEASE
    new = review.claim(cast.verifier, now=later)
    assert new is not None
    assert new.claim_no == 2

    with pytest.raises(review.OpenedElsewhere):
        decide(cast, old, now=later)
    decide(cast, new, now=later)


def test_a_token_of_the_future_is_refused(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()

    with pytest.raises(review.LeaseLost):
        decide(cast, case, claim_no=case.claim_no + 1)


def test_a_colleague_cannot_decide_with_the_holders_token(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()

    with pytest.raises(review.TakenOver):
        decide(cast, case, by=cast.second_verifier)


def test_a_verifier_whose_post_ended_mid_lease_cannot_decide(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    staff.dismiss(cast.verifier.post, by=None, now=cast.now)
    cast.verifier.post = None

    with pytest.raises(review.LeaseLost):
        decide(cast, case)


def test_a_verifier_who_became_a_clerk_there_mid_lease_cannot_decide(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    become_clerk(cast, cast.verifier)

    with pytest.raises(review.LeaseLost):
        decide(cast, case)


def test_a_case_whose_outlet_moved_away_mid_lease_cannot_be_decided(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    channels.move(cast.outlet.channel, to=cast.other_province, by=cast.administrator, now=cast.now)

    with pytest.raises(review.LeaseLost):
        decide(cast, case)
    assert review.claim(cast.far_verifier, now=cast.now + settings.LEASE) == case


def test_the_database_keeps_a_review_to_one_decision(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    decide(cast, case)
    Review.objects.update(status=Review.Status.OPEN)

    with pytest.raises(Exception, match=r"(?i)unique"):
        decide(cast, case)


# What a decision must say -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "how"),
    [
        (RETURN, {"reason": ""}),
        (RETURN, {"reason": Decision.Reason.FORGED}),
        (RETURN, {"reason": Decision.Reason.OTHER, "note": "  "}),
        (REFUSE, {"reason": ""}),
        (REFUSE, {"reason": Decision.Reason.IMAGE_UNREADABLE}),
    ],
)
def test_a_return_or_refusal_needs_a_reason_of_its_kind(
    cast: Cast, verdict: str, how: dict[str, str]
) -> None:
    cast.queued()
    case = cast.claimed()

    with pytest.raises(decisions.NoReason):
        decide(cast, case, verdict, **how)

    case.refresh_from_db()
    assert case.status == Review.Status.OPEN


@pytest.mark.parametrize("items", [[], ["letter"], ["no_such_thing"], ["id_front", "proxy"]])
def test_a_return_names_what_the_counter_can_redo(cast: Cast, items: list[str]) -> None:
    cast.queued()
    case = cast.claimed()

    with pytest.raises(decisions.NothingToRedo):
        decide(cast, case, items=items)


@pytest.mark.parametrize("code", Decision.REFUSALS)
def test_each_refusal_code_of_the_order_can_be_given(cast: Cast, code: str) -> None:
    cast.queued()

    assert decide(cast, cast.claimed(), REFUSE, reason=code).reason == code


def test_a_proxys_letter_is_checked_point_by_point_before_approval(cast: Cast) -> None:
    case = cast.queued()
    Application.objects.filter(pk=case.application_id).update(holder_kind="proxy")
    case = cast.claimed()

    with pytest.raises(decisions.LetterUnchecked):
        decide(cast, case, APPROVE, letter_points=LetterPoint.values[:5])
    decision = decide(cast, case, APPROVE, letter_points=LetterPoint.values)

    assert decision.letter_points == LetterPoint.values


def test_a_proxys_papers_can_be_asked_for_again(cast: Cast) -> None:
    case = cast.queued()
    Application.objects.filter(pk=case.application_id).update(holder_kind="proxy")
    case = cast.claimed()

    decision = decide(cast, case, items=["proxy", "letter", "letter_points"])

    assert decision.items == ["letter", "letter_points", "proxy"]


def test_looking_at_a_case_is_written_down_for_each_person(cast: Cast) -> None:
    application = cast.in_review(proxy="li")
    case = cast.claimed()

    review.look(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)

    seen = AuditEntry.objects.filter(action="identity.viewed").order_by("pk")
    people = application.parties.order_by("pk").values_list("identity_id", flat=True)
    assert [entry.subject_id for entry in seen] == list(people)
    assert {entry.detail["review"] for entry in seen} == {case.pk}


def test_nobody_but_the_holder_looks_at_a_case(cast: Cast) -> None:
    cast.in_review()
    case = cast.claimed()

    with pytest.raises(review.TakenOver):
        review.look(case, claim_no=case.claim_no, by=cast.second_verifier, now=cast.now)

    assert not AuditEntry.objects.filter(action="identity.viewed").exists()
