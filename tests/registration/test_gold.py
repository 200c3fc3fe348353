"""A gold case is judged as any other, and nothing follows from it."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal.models import AuditEntry
from registration.models import (
    Application,
    CarrierOrder,
    Decision,
    OnlineCheck,
    Review,
    Slot,
)
from registration.services import gold, queue, review
from tests.cast import Cast
from tests.registration.second import (
    APPROVE,
    HOW,
    REFUSE,
    RETURN,
    decide,
    judged,
    judged_again,
    look,
    third_verifier,
)

pytestmark = pytest.mark.django_db
BLURRED = Decision.Reason.IMAGE_UNREADABLE


def done(cast: Cast) -> Application:
    """Opened weeks ago, by the verifier's decision."""
    return cast.done(judged(cast))


def plant(
    cast: Cast,
    application: Application,
    verdict: str = RETURN,
    reason: str = BLURRED,
    many: int = 1,
) -> list[Review]:
    return gold.plant(
        application, verdict=verdict, reason=reason, many=many, by=cast.head_manager, now=cast.now
    )


def test_it_goes_to_those_who_know_nothing_of_it_each_once(cast: Cast) -> None:
    application = done(cast)
    second, third = cast.second_verifier, third_verifier(cast)

    planted = plant(cast, application, many=20)

    assert {row.kept_for for row in planted} == {second, third}
    with pytest.raises(gold.NobodyLeft):
        plant(cast, application)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.filter(kind="gold").update(kept_for=third)


def test_the_least_tested_come_first(cast: Cast) -> None:
    cast.second_verifier  # noqa: B018 - one more who may judge it
    [tested] = plant(cast, done(cast))
    third = third_verifier(cast)
    other = cast.done(judged(cast, person="li", number="17000000002"))

    [next_one] = plant(cast, other)

    assert tested.kept_for == cast.second_verifier
    assert next_one.kept_for == third


@pytest.mark.parametrize("verdict", HOW)
def test_nothing_follows_from_what_is_said_of_it(cast: Cast, verdict: str) -> None:
    application = done(cast)
    cast.second_verifier  # noqa: B018 - who may judge it
    plant(cast, application)
    before = _everything(application)

    judged_again(cast, verdict)

    assert _everything(application) == before
    assert Decision.objects.get(review__kind="gold").was_right == (verdict != APPROVE)


def _everything(application: Application) -> Any:
    row = Application.objects.filter(pk=application.pk).values().get()
    others = (CarrierOrder, Slot, OnlineCheck)
    return row, [list(model.objects.order_by("pk").values()) for model in others]


def test_what_is_written_down_is_who_looked_and_whether_they_were_right(cast: Cast) -> None:
    application = done(cast)
    cast.second_verifier  # noqa: B018 - who may judge it
    plant(cast, application)
    last = AuditEntry.objects.latest("pk").pk
    case = cast.claimed(cast.second_verifier)
    cast.signed_in(cast.second_verifier).get(reverse("review", args=[case.pk]))

    decide(cast, case, REFUSE, cast.second_verifier)

    written = set(AuditEntry.objects.filter(pk__gt=last).values_list("action", flat=True))
    written = {action for action in written if not action.startswith(("session", "account"))}
    assert written == {"review.claimed", "identity.viewed", "review.decided", "gold.answered"}
    entry = AuditEntry.objects.get(action="gold.answered")
    assert entry.detail == {"is_right": True, "is_same_reason": False}


def test_neither_the_desk_nor_the_report_nor_the_counter_shows_it(cast: Cast) -> None:
    application = done(cast)
    cast.second_verifier  # noqa: B018 - who may judge it
    plant(cast, application)
    manager, clerk = cast.signed_in(cast.head_manager), cast.signed_in(cast.clerk)
    pages = ("supervision", "second", "report")
    before = [_told(manager.get(reverse(name))) for name in pages]
    counter = clerk.get(reverse("counter")).context["home"]

    judged_again(cast, RETURN)

    assert before[0][0].length == 0
    whole = manager.get(reverse("report")).context["whole"]
    assert (whole.decided, whole.returned) == (1, 0)
    assert clerk.get(reverse("counter")).context["home"] == counter
    events = manager.get(reverse("report_case", args=[application.pk])).context["events"]
    assert not any("标准单" in f"{event.title}{event.detail}" for event, _redo in events)


def _told(page: Any) -> tuple[Any, Any]:
    return page.context.get("waiting"), page.context.get("whole")


def test_its_page_says_nothing_of_it(cast: Cast) -> None:
    application = done(cast)
    cast.second_verifier  # noqa: B018 - who may judge it
    plant(cast, application)
    case = cast.claimed(cast.second_verifier)

    page = cast.signed_in(cast.second_verifier).get(reverse("review", args=[case.pk]))

    assert page.status_code == 200
    assert not any(word in page.content.decode() for word in ("标准单", "已开通", "gold"))


def test_nobody_else_is_offered_it(cast: Cast) -> None:
    application = done(cast)
    cast.second_verifier  # noqa: B018 - who may judge it
    plant(cast, application)

    assert review.claim(third_verifier(cast), now=cast.now) is None
    assert queue.of(cast.verifier, now=cast.now).length == 0


def test_its_verifier_may_put_it_back_and_it_stays_theirs(cast: Cast) -> None:
    application = done(cast)
    cast.second_verifier  # noqa: B018 - who may judge it
    plant(cast, application)
    case = cast.claimed(cast.second_verifier)

    review.release(case, claim_no=case.claim_no, by=cast.second_verifier, now=cast.now)

    assert cast.claimed(cast.second_verifier) == case


@pytest.mark.parametrize(("verdict", "reason"), [("approve", BLURRED), ("return", ""), ("", "")])
def test_a_gold_case_needs_a_whole_answer(cast: Cast, verdict: str, reason: str) -> None:
    application = done(cast)

    with pytest.raises(gold.NoAnswer):
        plant(cast, application, verdict, reason)


def test_who_had_no_match_is_never_rightly_approved(cast: Cast) -> None:
    application = done(cast)
    OnlineCheck.objects.update(result="mismatch")

    with pytest.raises(gold.NeverRight):
        plant(cast, application, APPROVE, "")


def test_what_is_not_decided_is_no_gold_case(cast: Cast) -> None:
    with pytest.raises(gold.NotDecided):
        plant(cast, cast.in_review())


def test_a_supervisor_plants_it_on_the_page_of_the_case(cast: Cast) -> None:
    application = done(cast)
    cast.second_verifier  # noqa: B018 - who may judge it
    client = cast.signed_in(cast.head_manager)
    page = client.get(reverse("report_case", args=[application.pk]))

    answer = client.post(
        reverse("gold_plant", args=[application.pk]),
        {"verdict": "refuse", "reason": "FORGED", "many": 3},
    )

    assert page.context["gold_form"]
    assert answer.status_code == 302
    assert (look("gold").known_verdict, look("gold").known_reason) == ("refuse", "FORGED")
    assert AuditEntry.objects.get(action="gold.planted").actor == cast.head_manager


def test_a_gold_case_is_not_taken_away_or_assigned_by_hand(cast: Cast) -> None:
    application = done(cast)
    cast.second_verifier  # noqa: B018 - who may judge it
    [row] = plant(cast, application)

    answer = cast.signed_in(cast.head_manager).post(
        reverse("review_take_away", args=[row.pk]), {"claim_no": 0}
    )

    assert answer.status_code == 404
