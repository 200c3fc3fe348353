"""Two weeks of work: what happened is played in the order of the clock, by the product's verbs."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from django.conf import settings

from portal.models import User
from registration import flow
from registration.demo.counter import STEP, Counter, Visit
from registration.demo.numbers import Numbers
from registration.models import Application, CarrierOrder, Decision, LetterPoint, Review
from registration.services import line, photo, review

# From the first step at the counter to the submit; less than ten minutes, so that the audit's
# entries stay in the order of their times.
AT_COUNTER = 9 * STEP


@dataclass(frozen=True)
class Verdict:
    """What a verifier finds in one round."""

    verdict: str = Decision.Verdict.APPROVE
    reason: str = ""
    items: tuple[str, ...] = ()
    note: str = ""


@dataclass
class Case:
    """One customer's visit and what becomes of it, round by round.

    ``waits`` are minutes: from each submit to its verdict, and from a return to the new submit.
    Without a verdict left the case stays in the queue; ``redone`` False leaves it at the counter.
    """

    counter: Counter
    visit: Visit
    verifier: User
    verdicts: list[Verdict] = field(default_factory=list)
    waits: tuple[int, int] = (12, 25)
    redone: bool = True


class History:
    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._cases: dict[int, Case] = {}
        self._events: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._order = count()

    def plan(self, case: Case, *, submitted_at: datetime) -> None:
        self.at(submitted_at - AT_COUNTER, lambda at: self._visit(case, at))

    def leave(self, counter: Counter, visit: Visit, *, at: datetime) -> None:
        """A customer who walks away before the pictures are taken."""

        def happen(at: datetime) -> None:
            application = counter.begin(visit, self._numbers, at=at)
            flow.abandon(application, by=counter.clerk, now=at + 6 * STEP)

        self.at(at, happen)

    def play(self) -> None:
        while self._events:
            at, _, happen = heapq.heappop(self._events)
            happen(at)

    def at(self, at: datetime, happen: Callable[[datetime], None]) -> None:
        heapq.heappush(self._events, (at, next(self._order), happen))

    def _visit(self, case: Case, at: datetime) -> None:
        counter, visit = case.counter, case.visit
        application = counter.begin(visit, self._numbers, at=at)
        counter.finish(application, visit, at=at + 3 * STEP)
        counter.submit(application, visit, at=at + AT_COUNTER)
        self._cases[application.pk] = case
        self._verify_later(case, at + AT_COUNTER)

    def _verify_later(self, case: Case, submitted_at: datetime) -> None:
        if case.verdicts:
            moment = submitted_at + timedelta(minutes=case.waits[0])
            self.at(moment, lambda at: self._verify(case.verifier, at))

    def _verify(self, verifier: User, at: datetime) -> None:
        """The verifier takes the next case of the queue, whichever it is, and decides it."""
        held = review.claim(verifier, now=at)
        if held is None or held.kind != Review.Kind.FIRST:
            return
        application = held.application
        case = self._cases[application.pk]
        verdict = case.verdicts.pop(0)
        decided_at = at + timedelta(seconds=40 + 7 * (application.pk % 17))
        self._decide(held, verdict, verifier, at=decided_at)
        final_at = decided_at + settings.UNDO
        application.refresh_from_db()
        if application.status == Application.Status.APPROVED:
            self._open(application, at=final_at + timedelta(seconds=2))
        elif application.status == Application.Status.REFUSED:
            photo.forget_originals(application)
        elif case.redone:
            moment = final_at + timedelta(minutes=case.waits[1])
            self.at(moment, lambda at: self._resubmit(case, application, at))

    @staticmethod
    def _decide(held: Review, verdict: Verdict, verifier: User, *, at: datetime) -> None:
        approved = verdict.verdict == Decision.Verdict.APPROVE
        made = flow.decide(
            held,
            claim_no=held.claim_no,
            verdict=verdict.verdict,
            by=verifier,
            now=at,
            reason=verdict.reason,
            note=verdict.note,
            items=verdict.items,
            checks=Decision.Check.values if approved else (),
            letter_points=LetterPoint.values if held.application.has_letter else (),
        )
        flow.settle(made, now=at + settings.UNDO)

    def _open(self, application: Application, *, at: datetime) -> None:
        due = application.orders.filter(status=CarrierOrder.Status.DUE)
        order = due.exclude(command=CarrierOrder.Command.RELEASE).get()
        details = line.details(application)
        answer = self._numbers.order(order.command, order.number, at=at, **details)
        line.close(order, answer, opened=flow.opened, now=at)
        photo.forget_originals(application)

    def _resubmit(self, case: Case, application: Application, at: datetime) -> None:
        application.refresh_from_db()
        case.counter.redo(application, case.visit, at=at - 2 * STEP)
        case.counter.submit(application, case.visit, at=at)
        self._verify_later(case, at)
