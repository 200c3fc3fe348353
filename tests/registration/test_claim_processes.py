"""The queue under real processes on a real PostgreSQL: nothing twice, nothing lost."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
from django.conf import settings
from django.db import connections, transaction

from outlets.models import Post
from portal.models import AuditEntry, User
from registration import flow
from registration.models import Application, Decision, Review
from registration.services import decision as decisions
from registration.services import review
from tests.cast import Cast

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

# Forked, so that a process costs milliseconds; each opens its own connection.
processes = get_context("fork")
SECONDS = 60
RETURN: dict[str, Any] = {
    "verdict": Decision.Verdict.RETURN,
    "reason": Decision.Reason.IMAGE_UNREADABLE,
    "items": ["id_front"],
}


@contextmanager
def running(work: Callable[..., None], many: list[tuple[Any, ...]]) -> Iterator[list[BaseProcess]]:
    """One process for each tuple of arguments; none outlives the test."""
    connections.close_all()
    started: list[BaseProcess] = [processes.Process(target=work, args=args) for args in many]
    for process in started:
        process.start()
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.join(SECONDS)


def sign_in(pk: int) -> User:
    user = User.objects.get(pk=pk)
    user.post = Post.objects.select_related("channel").get(user=user)
    return user


def verifiers(cast: Cast, count: int) -> list[User]:
    return [
        cast.person(f"verifier-{number}", f"样本审核{number}", cast.province, Post.Role.VERIFIER)
        for number in range(count)
    ]


def test_eight_verifiers_decide_two_hundred_cases_and_none_twice() -> None:
    cast = Cast()
    cases = {cast.queued(minutes=number).pk for number in range(200)}
    staff = verifiers(cast, 8)
    start, answers = processes.Barrier(8), processes.Queue()

    def work(pk: int) -> None:
        verifier = sign_in(pk)
        start.wait(SECONDS)
        claimed = []
        while (case := review.claim(verifier, now=cast.now)) is not None:
            claimed.append((case.pk, case.claim_no))
            flow.decide(case, claim_no=case.claim_no, by=verifier, now=cast.now, **RETURN)
        answers.put(claimed)

    with running(work, [(verifier.pk,) for verifier in staff]) as all_of_them:
        claims = [claim for _process in all_of_them for claim in answers.get(timeout=SECONDS)]
        for process in all_of_them:
            process.join(SECONDS)

    assert len(claims) == 200
    assert {pk for pk, _token in claims} == cases
    assert {token for _pk, token in claims} == {1}
    assert Decision.objects.count() == 200
    assert not Review.objects.waiting().exists()
    assert AuditEntry.objects.filter(action="review.claimed").count() == 200


def test_the_cases_of_killed_verifiers_come_free_with_their_leases() -> None:
    cast = Cast()
    cases = {cast.queued(minutes=number).pk for number in range(4)}
    answers = processes.Queue()

    def hold(pk: int) -> None:
        case = review.claim(sign_in(pk), now=cast.now)
        answers.put(case.pk if case else None)
        signal.pause()

    with running(hold, [(verifier.pk,) for verifier in verifiers(cast, 4)]) as holders:
        held = {answers.get(timeout=SECONDS) for _holder in holders}
        for holder in holders:
            os.kill(holder.pid or 0, signal.SIGKILL)
            holder.join(SECONDS)

    assert held == cases
    expiry = cast.now + settings.LEASE
    assert review.claim(cast.verifier, now=expiry - timedelta(seconds=1)) is None
    for _case in cases:
        case = review.claim(cast.verifier, now=expiry)
        assert case is not None
        assert case.claim_no == 2
        flow.decide(case, claim_no=2, by=cast.verifier, now=expiry, **RETURN)
    assert Decision.objects.count() == 4


def test_second_looks_are_taken_once_each_and_never_by_who_judged_first() -> None:
    cast = Cast()
    staff = verifiers(cast, 4)
    for place in range(40):
        row = cast.queued(minutes=place)
        first = staff[place % 4]
        Review.objects.filter(pk=row.pk).update(
            kind="second", stands=False, cause="tier", seen_by=first, seen_by_too=cast.verifier
        )
    answers = processes.Queue()

    def work(pk: int) -> None:
        verifier, claimed = sign_in(pk), []
        while (case := review.claim(verifier, now=cast.now)) is not None:
            claimed.append((case.pk, case.seen_by_id == pk))
            Review.objects.filter(pk=case.pk).update(status=Review.Status.DECIDED)
        answers.put(claimed)

    with running(work, [(who.pk,) for who in (*staff, cast.verifier)]) as all_of_them:
        claims = [claim for _process in all_of_them for claim in answers.get(timeout=SECONDS)]

    assert len({pk for pk, _is_own in claims}) == len(claims) == 40
    assert not any(is_own for _pk, is_own in claims)


def test_a_claim_that_hangs_keeps_nobody_waiting_and_dies_with_its_process() -> None:
    cast = Cast()
    first, second = cast.queued(), cast.queued(minutes=1)
    answers = processes.Queue()

    def hang(pk: int) -> None:
        verifier = sign_in(pk)
        with transaction.atomic():
            case = review.claim(verifier, now=cast.now)
            answers.put(case.pk if case else None)
            signal.pause()

    with running(hang, [(cast.second_verifier.pk,)]) as [hanging]:
        assert answers.get(timeout=SECONDS) == first.pk
        assert review.claim(cast.verifier, now=cast.now) == second  # it skips the locked row
        os.kill(hanging.pid or 0, signal.SIGKILL)
        hanging.join(SECONDS)

    [third] = verifiers(cast, 1)
    assert review.claim(third, now=cast.now) == first
    first.refresh_from_db()
    assert first.claim_no == 1  # the claim that was killed never happened


def test_one_case_decided_by_many_clicks_at_once_is_decided_once() -> None:
    cast = Cast()
    cast.queued()
    case = cast.claimed()
    start, answers = processes.Barrier(8), processes.Queue()

    def click(_number: int) -> None:
        verifier = sign_in(cast.verifier.pk)
        start.wait(SECONDS)
        try:
            flow.decide(case, claim_no=case.claim_no, by=verifier, now=cast.now, **RETURN)
        except review.LeaseLost as refusal:
            answers.put(type(refusal).__name__)
        else:
            answers.put("decided")

    with running(click, [(number,) for number in range(8)]) as clicks:
        heard = sorted(answers.get(timeout=SECONDS) for _click in clicks)

    assert heard == ["AlreadyYours"] * 7 + ["decided"]
    assert Decision.objects.count() == 1


def test_a_decision_is_either_taken_back_or_takes_effect(settings: Any) -> None:
    settings.UNDO = timedelta(seconds=5)
    cast = Cast()
    made = []
    for number in range(10):
        cast.queued(minutes=number)
        case = cast.claimed()
        made.append(
            flow.decide(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now, **RETURN)
        )
    start, answers = processes.Barrier(2), processes.Queue()

    def settle() -> None:
        for decision in made:
            start.wait(SECONDS)
            flow.settle(decision, now=cast.now + settings.UNDO)
        answers.put(0)

    def take_back() -> None:
        verifier, taken = sign_in(cast.verifier.pk), 0
        for decision in made:
            start.wait(SECONDS)
            try:
                decisions.take_back(decision.review, claim_no=1, by=verifier, now=cast.now)
                taken += 1
            except decisions.TooLate:
                continue
        answers.put(taken)

    with running(lambda work: work(), [(settle,), (take_back,)]):
        taken = answers.get(timeout=SECONDS) + answers.get(timeout=SECONDS)

    assert Review.objects.waiting().count() == taken
    assert Application.objects.filter(status=Application.Status.RETURNED).count() == 10 - taken
    assert Decision.objects.filter(settled_at__isnull=False).count() == 10 - taken
    assert Decision.objects.count() == 10 - taken


def test_who_lacks_a_skill_claims_none_of_it_while_the_others_take_it_all() -> None:
    cast = Cast()
    staff = verifiers(cast, 6)
    lacking = {who.pk for who in staff[:4]}
    Post.objects.filter(user__in=lacking).update(knows_units=False)
    orders = {cast.queued(minutes=place, priority=2).pk for place in range(40)}
    plain = {cast.queued(minutes=place).pk for place in range(40)}
    Review.objects.filter(pk__in=orders).update(needs_units=True)
    start, answers = processes.Barrier(6), processes.Queue()

    def work(pk: int) -> None:
        verifier, claimed = sign_in(pk), []
        start.wait(SECONDS)
        while (case := review.claim(verifier, now=cast.now)) is not None:
            claimed.append(case.pk)
            Review.objects.filter(pk=case.pk).update(status=Review.Status.DECIDED)
        answers.put((pk, claimed))

    with running(work, [(who.pk,) for who in staff]) as all_of_them:
        claims = dict(answers.get(timeout=SECONDS) for _process in all_of_them)

    told = [pk for claimed in claims.values() for pk in claimed]
    assert sorted(told) == sorted(orders | plain)
    assert {pk for who in lacking for pk in claims[who]} <= plain
