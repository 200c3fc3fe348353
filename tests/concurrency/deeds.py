"""What thirty-two do at once, and what must be true afterwards whatever befell them."""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from outlets.models import Post
from portal.models import AuditEntry, User
from portal.refusal import Refusal
from registration import flow
from registration.models import (
    Application,
    CarrierOrder,
    Decision,
    Identity,
    OnlineCheck,
    Party,
    Review,
    Slot,
)
from registration.services import check, review, slot
from tests.cast import Cast
from tests.concurrency.crowd import PLACES, Heard

RETURN: dict[str, Any] = {
    "verdict": Decision.Verdict.RETURN,
    "reason": Decision.Reason.IMAGE_UNREADABLE,
    "items": ["id_front"],
}
QUEUED = 40
RIVALS = 8
PEOPLE = ("wang", "li", "zhang", "chen")


@dataclass
class Deed:
    """``act`` runs in every process; ``finish`` does here what killed processes left undone, and
    ``check`` holds the end against what was heard."""

    cast: Cast = field(default_factory=Cast)
    table: str = field(init=False)  # of which changes may be made to fail

    def __post_init__(self) -> None:
        self.prepare()

    def prepare(self) -> None: ...
    def act(self, place: int) -> Any: ...
    def finish(self) -> None: ...
    def check(self, heard: list[Heard]) -> None: ...


def sign_in(pk: int) -> User:
    user = User.objects.get(pk=pk)
    user.post = Post.objects.select_related("channel").get(user=user)
    return user


def entries(action: str) -> int:
    return AuditEntry.objects.filter(action=action).count()


class Claim(Deed):
    """Each verifier asks for one case."""

    def prepare(self) -> None:
        self.table = "registration_review"
        self.cases = {self.cast.queued(minutes=one).pk for one in range(QUEUED)}
        post, at = Post.Role.VERIFIER, self.cast.province
        self.staff = [self.cast.person(f"v{one}", "样本审核", at, post).pk for one in range(PLACES)]

    def act(self, place: int) -> Any:
        case = review.claim(sign_in(self.staff[place]), now=self.cast.now)
        assert case is not None
        return case.pk, case.claim_no

    def check(self, heard: list[Heard]) -> None:
        told = [one.answer for one in heard]
        assert len({pk for pk, _token in told}) == len(told)
        held = Review.objects.filter(lease_until__gt=self.cast.now)
        for pk, token in told:
            assert held.filter(pk=pk, claim_no=token).exists()
        # Nobody holds two, no case was given twice, and every one is somewhere.
        assert max(Counter(held.values_list("claimed_by", flat=True)).values()) == 1
        assert set(Review.objects.values_list("claim_no", flat=True)) <= {0, 1}
        free = Review.objects.waiting().free(self.cast.now)
        assert held.count() + free.count() == QUEUED
        assert entries("review.claimed") == held.count()


class Return(Claim):
    """The verifiers send back whatever waits, until nothing does."""

    def act(self, place: int) -> None:
        self._work_off(sign_in(self.staff[place]), self.cast.now)

    def finish(self) -> None:
        # What the killed held comes free with their leases.
        self._work_off(self.cast.verifier, self.cast.now + settings.LEASE)

    @staticmethod
    def _work_off(verifier: User, now: datetime) -> None:
        while (case := review.claim(verifier, now=now)) is not None:
            try:
                flow.decide(case, claim_no=case.claim_no, by=verifier, now=now, **RETURN)
            except review.AlreadyYours:
                continue  # the answer to the first try was lost on its way

    def check(self, heard: list[Heard]) -> None:
        assert not Review.objects.waiting().exists()
        assert set(Decision.objects.values_list("review", flat=True)) == self.cases
        assert entries("review.decided") == QUEUED
        back = Application.objects.filter(status=Application.Status.RETURNED)
        assert back.count() == QUEUED


class Decide(Deed):
    """Eight clicks on each of four cases that can be approved."""

    def prepare(self) -> None:
        self.table = "registration_decision"
        for place, person in enumerate(PEOPLE):
            self.cast.in_review(person, number=f"1700000100{place}")
        self.held = []
        for place in range(len(PEOPLE)):
            verifier = self.cast.person(
                f"v{place}", "样本审核", self.cast.province, Post.Role.VERIFIER
            )
            case = self.cast.claimed(verifier)
            self.held.append((case.pk, case.claim_no, verifier.pk))

    def act(self, place: int) -> str:
        return self._approve(*self.held[place % len(self.held)])

    def finish(self) -> None:
        for held in self.held:
            self._approve(*held)

    def _approve(self, pk: int, claim_no: int, verifier: int) -> str:
        case = Review.objects.get(pk=pk)  # anew at each click, as each request reads it
        how: dict[str, Any] = {"claim_no": claim_no, "by": sign_in(verifier)}
        try:
            flow.decide(case, verdict=Decision.Verdict.APPROVE, now=self.cast.now, **how)
        except review.AlreadyYours:
            return "already"
        return "approved"

    def check(self, heard: list[Heard]) -> None:
        assert [one.answer for one in heard].count("approved") <= len(self.held)
        assert Decision.objects.count() == len(self.held)
        approved = Application.objects.filter(status=Application.Status.APPROVED)
        assert approved.count() == len(self.held)
        assert CarrierOrder.objects.count() == len(self.held)
        assert entries("review.decided") == len(self.held)


class Submit(Deed):
    """Eight clicks on each of four pages, each page with its key."""

    def prepare(self) -> None:
        self.table = "registration_onlinecheck"
        self.pages = [
            (self.cast.ready(person, number=f"1700000200{place}").pk, uuid.uuid4())
            for place, person in enumerate(PEOPLE)
        ]

    def act(self, place: int) -> tuple[int, Any]:
        pk, key = self.pages[place % len(self.pages)]
        return self._submit(pk, key)

    def finish(self) -> None:
        for pk, key in self.pages:
            self._submit(pk, key)

    def _submit(self, pk: int, key: uuid.UUID) -> tuple[int, Any]:
        row = Application.objects.get(pk=pk)
        answer = flow.submit(row, by=self.cast.clerk, key=key, now=self.cast.now)
        return pk, answer.submitted_at

    def check(self, heard: list[Heard]) -> None:
        assert len({one.answer for one in heard}) <= len(self.pages)
        rows = Application.objects.filter(status=Application.Status.SUBMITTED, round=1)
        assert rows.count() == len(self.pages)
        assert OnlineCheck.objects.count() == len(self.pages)
        assert Slot.objects.count() == len(self.pages)
        assert entries("application.submitted") == len(self.pages)


class FiveNumbers(Deed):
    """One person asks for a number at eight counters, and each clerk clicks four times."""

    def prepare(self) -> None:
        self.table = "registration_slot"
        self.rivals = [
            (self.cast.ready(number=f"170000030{place:02}").pk, uuid.uuid4())
            for place in range(RIVALS)
        ]

    def act(self, place: int) -> str:
        pk, key = self.rivals[place % RIVALS]
        try:
            row = Application.objects.get(pk=pk)
            flow.submit(row, by=self.cast.clerk, key=key, now=self.cast.now)
        except (check.Blocked, slot.LimitReached):
            return "refused"
        return "submitted"

    def finish(self) -> None:
        for place in range(RIVALS):
            self.act(place)

    def check(self, heard: list[Heard]) -> None:
        assert [one.answer for one in heard].count("submitted") <= 4 * 5
        assert sorted(Slot.objects.values_list("place", flat=True)) == [1, 2, 3, 4, 5]
        held = set(Slot.objects.values_list("application", flat=True))
        submitted = Application.objects.filter(status=Application.Status.SUBMITTED)
        assert set(submitted.values_list("pk", flat=True)) == held


class CardRead(Deed):
    """Eight deliveries of each of four reads, from the counters of four outlets."""

    def prepare(self) -> None:
        self.table = "registration_identity"
        cast, self.posts = self.cast, []
        for outlet in (cast.outlet, cast.hall, cast.sister, cast.far_outlet):
            draft = cast.draft(outlet=outlet)
            self.posts.append((draft.pk, cast.signed_read(draft)))

    def act(self, place: int) -> str:
        return self._deliver(*self.posts[place % len(self.posts)])

    def finish(self) -> None:
        for pk, message in self.posts:
            self._deliver(pk, message)

    def _deliver(self, pk: int, message: dict[str, Any]) -> str:
        try:
            self.cast.hand_over(Application.objects.get(pk=pk), message)
        except Refusal as refusal:
            return refusal.code
        return "taken"

    def check(self, heard: list[Heard]) -> None:
        assert {one.answer for one in heard} <= {"taken", "repeated_read"}
        assert [one.answer for one in heard].count("taken") <= len(self.posts)
        assert Identity.objects.count() == len(self.posts)
        assert Party.objects.count() == len(self.posts)
        assert self.cast.bridge.contested_at is None


DEEDS: list[Callable[[], Deed]] = [Claim, Decide, Return, Submit, FiveNumbers, CardRead]
