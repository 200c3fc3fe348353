"""Where policy wants four eyes, nothing is opened before a second person agrees."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from registration import flow
from registration.models import Application, CarrierOrder, Decision, Finding, Review, StaleDay
from registration.rules import second as rules
from registration.services import check, queue, review
from tests.cast import Cast
from tests.registration import work
from tests.registration.second import (
    APPROVE,
    FOUR_EYES,
    REFUSE,
    RETURN,
    decide,
    judged,
    judged_again,
    look,
    third_verifier,
)

pytestmark = pytest.mark.django_db
Status = Application.Status


@pytest.fixture
def four_eyes(cast: Cast) -> None:
    cast.policy(FOUR_EYES, ["agent_point"])


def orders() -> int:
    return CarrierOrder.objects.exclude(command="release").count()


@pytest.mark.usefixtures("four_eyes")
def test_the_carrier_hears_of_it_when_two_have_approved(cast: Cast) -> None:
    application = judged(cast)
    waited = (application.status, orders())

    judged_again(cast, APPROVE)

    application.refresh_from_db()
    assert waited == (Status.IN_REVIEW, 0)
    assert (application.status, orders()) == (Status.APPROVED, 1)


@pytest.mark.parametrize("is_risky", [True, False])
def test_policy_says_that_a_risky_case_needs_four_eyes(cast: Cast, is_risky: bool) -> None:
    cast.policy(rules.FOUR_EYES_RISKY.key, True)
    application = cast.in_review()
    if is_risky:
        work.flagged(application)

    decide(cast, cast.claimed(), APPROVE, cast.verifier)

    assert orders() == (not is_risky)


@pytest.mark.usefixtures("four_eyes")
@pytest.mark.parametrize(("verdict", "status"), [(RETURN, "returned"), (REFUSE, "refused")])
def test_what_is_not_approved_needs_no_second(cast: Cast, verdict: str, status: str) -> None:
    application = judged(cast, verdict)

    assert application.status == status
    assert not Review.objects.filter(cause=Review.Cause.FOUR_EYES).exists()


@pytest.mark.usefixtures("four_eyes")
def test_the_first_one_cannot_agree_with_themselves(cast: Cast) -> None:
    judged(cast)

    assert review.claim(cast.verifier, now=cast.now) is None


@pytest.mark.usefixtures("four_eyes")
def test_an_agreement_can_be_taken_back_before_the_carrier_hears_of_it(
    cast: Cast, settings: Any
) -> None:
    judged(cast)
    settings.UNDO = timedelta(seconds=5)
    made = judged_again(cast, APPROVE)

    flow.settle(made, now=cast.now + timedelta(seconds=4))
    early = orders()
    for _run in range(2):
        flow.settle(Decision.objects.get(pk=made.pk), now=cast.now + timedelta(seconds=6))

    assert (early, orders()) == (0, 1)


@pytest.mark.usefixtures("four_eyes")
@pytest.mark.parametrize(
    ("third", "status", "opened"),
    [(APPROVE, "approved", 1), (RETURN, "returned", 0), (REFUSE, "refused", 0)],
)
def test_where_two_do_not_agree_the_third_one_s_word_takes_effect(
    cast: Cast, third: str, status: str, opened: int
) -> None:
    application = judged(cast)
    judged_again(cast, REFUSE)
    application.refresh_from_db()
    waited = application.status

    judged_again(cast, third, third_verifier(cast))

    application.refresh_from_db()
    assert waited == Status.IN_REVIEW
    assert (application.status, orders()) == (status, opened)


@pytest.mark.usefixtures("four_eyes")
def test_figures_and_the_counter_follow_the_third_who_overruled(cast: Cast) -> None:
    judged(cast)
    judged_again(cast, REFUSE)
    judged_again(cast, RETURN, third_verifier(cast))

    report = cast.signed_in(cast.manager).get(reverse("report")).context["whole"]
    home = cast.signed_in(cast.clerk).get(reverse("counter")).context["home"]

    assert (report.decided, report.first_approved, report.returned) == (1, 0, 1)
    assert home.returned[0].sent_back.reason == Decision.Reason.IMAGE_UNREADABLE.label
    assert Review.objects.get(stands=True).kind == Review.Kind.THIRD


@pytest.mark.usefixtures("four_eyes")
def test_the_day_of_who_was_overruled_is_counted_anew(cast: Cast) -> None:
    judged(cast)
    judged_again(cast, RETURN)
    days_ago = cast.now - timedelta(days=2)
    Decision.objects.filter(review__kind="first").update(decided_at=days_ago)

    judged_again(cast, RETURN, third_verifier(cast))

    assert StaleDay.objects.filter(day=timezone.localdate(days_ago)).exists()


@pytest.mark.usefixtures("four_eyes")
def test_it_comes_in_again_after_the_third_has_sent_it_back(cast: Cast) -> None:
    application = judged(cast)
    judged_again(cast, RETURN)
    judged_again(cast, RETURN, third_verifier(cast))
    application.refresh_from_db()
    Application.objects.filter(pk=application.pk).update(status=Status.IN_REVIEW, round=2)

    again = review.enqueue(Application.objects.get(), now=cast.now)

    assert again.round == 2
    assert again.kept_for == look("third").decision.decided_by


@pytest.mark.usefixtures("four_eyes")
def test_a_customer_at_the_counter_waits_in_the_queue_and_on_the_supervisor_s_page(
    cast: Cast,
) -> None:
    judged(cast)

    page = cast.signed_in(cast.head_manager).get(reverse("supervision"))

    assert page.context["waiting"].at_counter == 1
    assert "双人审核" in page.content.decode()
    assert queue.of(cast.second_verifier, now=cast.now).at_counter == 1
    assert look().priority == Review.objects.get(kind="first").priority


@pytest.mark.usefixtures("four_eyes")
def test_it_never_lapses(cast: Cast) -> None:
    judged(cast)

    assert look().expires_at is None


@pytest.mark.usefixtures("four_eyes")
def test_a_shop_with_one_verifier_is_told_that_nobody_can_look(cast: Cast) -> None:
    judged(cast)
    client = cast.signed_in(cast.head_manager)

    alone = client.get(reverse("supervision"))
    listed = client.get(reverse("second"))
    cast.second_verifier  # noqa: B018 - one verifier more
    helped = client.get(reverse("supervision"))

    assert alone.context["stuck"] == 1
    assert "没有人可以看" in listed.content.decode()
    assert helped.context["stuck"] == 0


@pytest.mark.usefixtures("four_eyes")
def test_the_second_cannot_approve_what_cannot_be_opened_now(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(cast)
    monkeypatch.setattr(check, "all_match", lambda _application: False)

    with pytest.raises(check.NotMatched):
        judged_again(cast, APPROVE)


@pytest.mark.usefixtures("four_eyes")
def test_the_story_tells_of_both_looks(cast: Cast) -> None:
    application = judged(cast)
    judged_again(cast, APPROVE)

    page = cast.signed_in(cast.manager).get(reverse("report_case", args=[application.pk]))

    titles = [event.title for event, _redo in page.context["events"]]
    assert [title for title in titles if "审核：" in title or "复核：" in title] == [
        "审核：通过",
        "复核：通过",
    ]
    assert not Finding.objects.filter(severity="review").exists()
