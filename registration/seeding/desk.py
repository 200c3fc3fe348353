"""The queue, who decided what in it, and what the carrier and the customer made of it."""

from datetime import timedelta
from random import Random

from registration.models import Appeal, Application, CarrierOrder, Decision, Line, Review
from registration.seeding.fates import Fate, Round
from registration.seeding.proofs import Visit
from registration.seeding.sheet import NULL, Sheet, text, token
from registration.seeding.staff import Verifiers
from registration.services import line

Status, Verdict = Application.Status, Decision.Verdict
DUE_IN = timedelta(minutes=30)
CHECKS = text(["same_person", "papers_clear", "data_agrees"])
REASONS = {
    Verdict.APPROVE.value: ("",),
    Verdict.RETURN.value: tuple(reason.value for reason in Decision.RETURNS),
    Verdict.REFUSE.value: tuple(reason.value for reason in Decision.REFUSALS),
}
APPEALS = 0.1  # of what was refused lately
ANSWERED_IN = timedelta(days=15)


class Desk:
    def __init__(self, verifiers: Verifiers, chance: Random) -> None:
        self._verifiers, self._chance = verifiers, chance
        self._reviews = Sheet(
            *(Review, "application_id", "round", "status", "priority", "due_at", "submitted_at"),
            *("queued_at", "outlet_id", "channel_path", "captured_by_id", "claim_no"),
            *("claimed_by_id", "claimed_at"),
        )
        self._decisions = Sheet(
            *(Decision, "review_id", "verdict", "reason", "items", "checks", "decided_by_id"),
            *("decided_at", "settled_at"),
            claim_no=1,
        )
        self._lines = Sheet(
            *(Line, "application_id", "channel_path", "person_key", "number_index", "opened_at"),
            status=Line.Status.ACTIVE.value,
            order_no="SEED",
        )
        self._orders = Sheet(
            *(CarrierOrder, "application_id", "number", "key", "due_at"),
            command=CarrierOrder.Command.OPEN.value,
        )
        self._appeals = Sheet(
            *(Appeal, "application_id", "channel_path", "made_by_id", "made_at", "due_date"),
            way=Appeal.Way.HOTLINE.value,
            words="样本：客户不接受拒绝办理的决定。",
        )

    @property
    def sheets(self) -> list[Sheet]:
        return [self._reviews, self._decisions, self._lines, self._orders, self._appeals]

    def judge(self, visit: Visit, rounds: list[Round]) -> None:
        """A row of the queue for each round, and its decision where there is one."""
        for one in rounds:
            self._round(visit, one)

    def finish(
        self, visit: Visit, fate: Fate, rounds: list[Round], number: str, person_key: str
    ) -> None:
        """What followed: the line or its order, an appeal against a late refusal."""
        path, chance = visit.shop.node.path, self._chance
        if fate.status == Status.ACTIVE:
            opened_at = text(rounds[-1].decided_at + timedelta(seconds=40))
            self._lines.add(visit.pk, path, person_key, line.index(number), opened_at)
        elif fate.status == Status.APPROVED:
            token_ = token(CarrierOrder, "number", number)
            key = chance.randbytes(16).hex()
            self._orders.add(visit.pk, token_, key, text(rounds[-1].decided_at))
        elif fate.status == Status.REFUSED and chance.random() < APPEALS:
            made_at = visit.at + timedelta(hours=20)
            due_date = text((made_at + ANSWERED_IN).date())
            self._appeals.add(visit.pk, path, visit.clerk, text(made_at), due_date)

    def _round(self, visit: Visit, one: Round) -> None:
        chance, queued_at = self._chance, text(one.queued_at)
        is_open = one.verdict is None
        verifier = chance.choice(self._verifiers[visit.shop.province])
        claim = (0, NULL, NULL) if is_open else (1, verifier, queued_at)
        review = self._reviews.add(
            visit.pk,
            one.number,
            (Review.Status.OPEN if is_open else Review.Status.DECIDED).value,
            chance.choice((0, 0, 1, 2)),
            text(one.queued_at + DUE_IN),
            text(one.submitted_at),
            queued_at,
            visit.shop.pk,
            visit.shop.node.path,
            visit.clerk,
            *claim,
        )
        if one.verdict is not None:
            decided_at = text(one.decided_at)
            reason = chance.choice(REASONS[one.verdict])
            items = '["live"]' if one.verdict == Verdict.RETURN else "[]"
            self._decisions.add(
                review, one.verdict, reason, items, CHECKS, verifier, decided_at, decided_at
            )
