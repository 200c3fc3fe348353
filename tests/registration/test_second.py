"""A sample is looked at again, blind and by somebody else; who disagrees calls in a third."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from outlets.models import Post
from portal.models import AuditEntry, User
from portal.services import audit
from registration import flow, tasks
from registration.models import Application, CarrierOrder, Decision, Finding, Review
from registration.rules import second as rules
from registration.services import application as applications
from registration.services import decision as decisions
from registration.services import queue, review, second
from tests.cast import Cast
from tests.registration import work
from tests.registration.second import (
    APPROVE,
    EVERY_ONE,
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


def seconds() -> int:
    return Review.objects.filter(kind="second").count()


def risky(application: Application) -> Application:
    return work.flagged(application)


# Which ones


@pytest.mark.parametrize(("percent", "drawn"), [(0, 0), (1, 100), (50, 5_000), (100, 10_000)])
def test_a_share_is_exact(percent: int, drawn: int) -> None:
    found = sum(rules.is_drawn(draw, percent) for draw in range(rules.DRAWS))

    assert found == drawn


@pytest.fixture
def by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()


@pytest.mark.usefixtures("by_chance")
def test_a_draw_is_the_same_whenever_it_is_asked_and_differs_from_case_to_case() -> None:
    cases = [Review(application_id=pk, round=1) for pk in range(1, 200)]

    draws = [second.drawn(case) for case in cases]

    assert draws == [second.drawn(case) for case in cases]
    assert all(0 <= draw < rules.DRAWS for draw in draws)
    assert len(set(draws)) > 150


def test_of_none_percent_none_is_looked_at_again_and_of_all_each(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 0)
    judged(cast)
    assert seconds() == 0

    cast.policy(EVERY_ONE, 100)
    judged(cast, person="li", number="17000000002")

    assert seconds() == 1


@pytest.mark.parametrize("tier", rules.OF_TIER)
def test_each_tier_has_a_share_of_its_own(cast: Cast, tier: str) -> None:
    cast.policy(rules.OF_TIER[tier].key, 100)

    judged(cast)

    assert seconds() == (tier == cast.outlet.tier)


@pytest.mark.parametrize("is_on", [True, False])
def test_whether_all_that_is_risky_is_looked_at_again_is_policy(cast: Cast, is_on: bool) -> None:
    cast.policy(rules.RISKY.key, is_on)
    risky(cast.in_review())

    decide(cast, cast.claimed(), APPROVE, cast.verifier)

    assert seconds() == is_on


@pytest.mark.parametrize(("days", "is_new"), [(1, True), (0, False)])
def test_a_clerk_s_first_weeks_are_looked_at_more(cast: Cast, days: int, is_new: bool) -> None:
    cast.policy(rules.NEW_DAYS.key, days)
    cast.policy(rules.OF_NEW.key, 100)

    judged(cast)

    assert seconds() == is_new


@pytest.mark.parametrize(
    ("least", "passed", "is_low"), [(80, 7, True), (80, 9, False), (50, 7, False)]
)
def test_an_outlet_with_a_bad_score_is_looked_at_more(
    cast: Cast, least: int, passed: int, is_low: bool
) -> None:
    cast.policy(rules.LOW_SCORE.key, least)
    cast.policy(rules.OF_LOW.key, 100)
    for place in range(10):
        verdict = APPROVE if place < passed else RETURN
        work.done(cast, cast.now - timedelta(days=2), verdict)

    judged(cast)

    assert seconds() == is_low


def test_of_few_cases_nobody_says_that_an_outlet_is_bad(cast: Cast) -> None:
    cast.policy(rules.OF_LOW.key, 100)

    judged(cast, RETURN)

    assert seconds() == 0


def test_the_audit_can_draw_again(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)

    entry = AuditEntry.objects.get(action="second.planned")

    assert entry.subject_id == look().pk
    assert entry.detail == {"cause": "tier", "draw": second.drawn(look())}


@pytest.mark.parametrize(("items", "is_planned"), [("letter_points", False), ("letter", True)])
def test_what_a_return_empties_at_once_is_not_looked_at_again(
    cast: Cast, items: str, is_planned: bool
) -> None:
    cast.policy(EVERY_ONE, 100)

    judged(cast, RETURN, proxy="li", items=[items])

    assert seconds() == is_planned


# Who, and what they see


def test_a_sample_takes_effect_at_once_and_goes_to_somebody_else(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)

    application = judged(cast)

    assert application.status == Application.Status.APPROVED
    assert CarrierOrder.objects.filter(application=application).exists()
    assert review.claim(cast.verifier, now=cast.now) is None
    assert cast.claimed(cast.second_verifier) == look()


def test_whoever_judged_it_is_not_offered_it_and_cannot_decide_it(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)

    assert queue.of(cast.verifier, now=cast.now).length == 0
    Review.objects.filter(kind="second").update(
        claimed_by=cast.verifier, claim_no=1, lease_until=cast.now + settings.LEASE
    )
    with pytest.raises(review.LeaseLost):
        decide(cast, look(), APPROVE, cast.verifier)


def test_clerks_of_the_outlet_and_who_stood_by_are_kept_away_from_a_second_look_too(
    cast: Cast,
) -> None:
    cast.policy(EVERY_ONE, 100)
    application = judged(cast)
    Application.objects.filter(pk=application.pk).update(
        assisted_by=cast.second_verifier, assisted_at=cast.now, assisted_reason="sight"
    )

    assert review.claim(cast.second_verifier, now=cast.now) is None


# What is another's on every page: who is signed in, the row, the token, the seals of the pictures.
ANOTHERS = re.compile(
    r"\b[A-Za-z0-9]{64}\b|/photos/[^\"]*|/desk/\d+/|样本审核乙?|data-(?:lease|user)=\"\d+\"|\d\d:\d\d"
)


@pytest.mark.parametrize("verdict", HOW)
def test_the_second_is_shown_the_very_page_of_the_first(cast: Cast, verdict: str) -> None:
    cast.policy(EVERY_ONE, 100)
    cast.in_review()
    first = cast.claimed()
    seen_first = cast.signed_in(cast.verifier).get(reverse("review", args=[first.pk]))
    decide(cast, first, verdict, cast.verifier)
    client, case = cast.signed_in(cast.second_verifier), cast.claimed(cast.second_verifier)

    page = client.get(reverse("review", args=[case.pk]))

    lines = [ANOTHERS.sub("", each.content.decode()).splitlines() for each in (seen_first, page)]
    assert len(lines[0]) > 100
    assert lines[0] == lines[1]


@pytest.mark.parametrize("verdict", HOW)
def test_the_second_sees_no_trace_of_the_first(cast: Cast, verdict: str) -> None:
    cast.policy(EVERY_ONE, 100)
    User.objects.filter(pk=cast.verifier.pk).update(name="首位审核员")
    risky(cast.in_review())
    first = cast.claimed()
    seen_first = cast.signed_in(cast.verifier).get(reverse("review", args=[first.pk]))
    decide(cast, first, verdict, cast.verifier, note="首审附言")
    client, case = cast.signed_in(cast.second_verifier), cast.claimed(cast.second_verifier)

    page = client.get(reverse("review", args=[case.pk]))

    text = page.content.decode()
    assert page.status_code == 200
    # What a risky case is called has the word; nothing else on the page does.
    text = text.replace("需复核", "")
    assert not any(word in text for word in ("首位审核员", "首审附言", "复核", "抽查"))
    assert page.templates[0].name == seen_first.templates[0].name
    assert (page.context["hindrance"], page.context["evidence"].rounds) == (None, [])
    assert page.context["queue"] == seen_first.context["queue"]


def test_the_desk_shows_a_second_look_as_any_case(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    client = cast.signed_in(cast.second_verifier)

    pages = [client.get(reverse(name)).content.decode() for name in ("desk", "desk_queue")]

    for text in pages:
        assert "1 单等待审核" in text
        assert "复核" not in text
        assert "样本审核</" not in text


def test_the_first_one_s_page_does_not_tell_the_second_what_was_decided(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    first, client = Review.objects.get(kind="first"), cast.signed_in(cast.second_verifier)
    User.objects.filter(pk=cast.verifier.pk).update(name="首位审核员")
    cast.claimed(cast.second_verifier)

    page = client.get(reverse("review", args=[first.pk]))

    assert page.status_code == 409
    assert not any(word in page.content.decode() for word in ("通过", "首位审核员"))


def test_nor_while_the_second_can_still_take_back(cast: Cast, settings: Any) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    settings.UNDO = timedelta(seconds=5)
    judged_again(cast, REFUSE)
    first = Review.objects.get(kind="first")

    found = review.lost(first, claim_no=1, by=cast.second_verifier, now=cast.now)

    assert type(found) is review.LeaseLost


def test_pictures_open_for_the_second_too(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    cast.done(judged(cast))
    client, case = cast.signed_in(cast.second_verifier), cast.claimed(cast.second_verifier)
    page = client.get(reverse("review", args=[case.pk]))

    found = client.get(page.context["evidence"].pictures[0].url)

    assert found.status_code == 200


def test_the_counter_s_customers_go_before_what_is_looked_at_again(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    waits = cast.in_review("li", number="17000000002")

    assert cast.claimed(cast.second_verifier).application == waits


# What follows


def test_who_agrees_changes_nothing_and_both_were_right(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)

    judged_again(cast, APPROVE)

    assert [made.was_right for made in Decision.objects.all()] == [True, True]
    assert Application.objects.get().status == Application.Status.APPROVED
    assert CarrierOrder.objects.count() == 1
    assert AuditEntry.objects.get(action="second.agreed").detail == {"is_same_reason": True}


def test_another_reason_is_agreement_and_is_noted(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast, REFUSE)

    judged_again(cast, REFUSE, reason=Decision.Reason.IMPERSONATION)

    assert [made.was_right for made in Decision.objects.all()] == [True, True]
    assert AuditEntry.objects.get(action="second.agreed").detail == {"is_same_reason": False}


def test_who_disagrees_calls_in_a_third_who_is_neither(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)

    judged_again(cast, REFUSE)

    assert [made.was_right for made in Decision.objects.all()] == [None, None]
    assert review.claim(cast.verifier, now=cast.now) is None
    assert review.claim(cast.second_verifier, now=cast.now) is None
    assert cast.claimed(third_verifier(cast)) == look("third")
    assert AuditEntry.objects.get(action="second.disagreed").detail == {"third": look("third").pk}


@pytest.mark.parametrize(("third", "first_was_right"), [(APPROVE, True), (REFUSE, False)])
def test_the_third_one_s_word_stands_and_what_took_effect_stays(
    cast: Cast, third: str, first_was_right: bool
) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    judged_again(cast, RETURN)

    judged_again(cast, third, third_verifier(cast))

    said = dict(Decision.objects.values_list("review__kind", "was_right"))
    assert said == {"first": first_was_right, "second": not first_was_right, "third": None}
    assert Application.objects.get().status == Application.Status.APPROVED
    assert CarrierOrder.objects.count() == 1
    entry = AuditEntry.objects.get(action="second.settled")
    assert entry.detail == {"is_upheld": first_was_right}


def test_a_second_look_can_be_taken_back_for_five_seconds(cast: Cast, settings: Any) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    settings.UNDO = timedelta(seconds=5)
    made = judged_again(cast, REFUSE)

    flow.settle(made, now=cast.now + timedelta(seconds=4))
    case = decisions.take_back(
        made.review, claim_no=made.claim_no, by=cast.second_verifier, now=cast.now
    )

    assert case.status == Review.Status.OPEN
    assert not Review.objects.filter(kind="third").exists()


def test_nothing_is_planned_while_the_first_can_be_taken_back(cast: Cast, settings: Any) -> None:
    cast.policy(EVERY_ONE, 100)
    settings.UNDO = timedelta(seconds=5)

    judged(cast)

    assert seconds() == 0


def test_a_worker_killed_while_planning_leaves_it_to_the_next(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    cast.policy(EVERY_ONE, 100)
    settings.UNDO = timedelta(seconds=5)
    judged(cast)
    made, later = Decision.objects.get(), cast.now + timedelta(seconds=6)
    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", _die)
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            flow.settle(made, now=later)

    for _run in range(2):
        flow.settle(Decision.objects.get(), now=later)

    assert seconds() == 1
    assert Application.objects.get().status == Application.Status.APPROVED


def _die(*_said: Any, **_detail: Any) -> None:
    raise KeyboardInterrupt


# What is not worth it any more


def test_what_the_counter_has_mended_since_is_not_looked_at_again(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    application = judged(cast, RETURN)
    applications.confirm(application, now=cast.now + timedelta(minutes=1))

    found = review.claim(cast.second_verifier, now=cast.now + timedelta(minutes=2))

    assert found is None
    assert look().status == Review.Status.LAPSED
    assert AuditEntry.objects.filter(action="second.lapsed").count() == 1


def test_what_was_mended_while_it_was_looked_at_is_in_nobody_s_hands(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    application = judged(cast, RETURN)
    case = cast.claimed(cast.second_verifier)
    applications.confirm(application, now=cast.now + timedelta(minutes=1))

    with pytest.raises(review.LeaseLost):
        decide(cast, Review.objects.get(pk=case.pk), APPROVE, cast.second_verifier)

    assert Decision.objects.get().review.kind == "first"


def test_what_was_mended_before_it_was_final_tells_of_nobody(cast: Cast, settings: Any) -> None:
    cast.policy(EVERY_ONE, 100)
    application = judged(cast, RETURN)
    settings.UNDO = timedelta(seconds=5)
    made = judged_again(cast, APPROVE)
    applications.confirm(application, now=cast.now + timedelta(seconds=1))

    flow.settle(Decision.objects.get(pk=made.pk), now=cast.now + timedelta(seconds=6))

    assert made.review.kind == "second"
    assert set(Decision.objects.values_list("was_right", flat=True)) == {None}
    assert not Review.objects.filter(kind="third").exists()


@pytest.mark.parametrize(("after", "is_over"), [(1, False), (2, True)])
def test_a_look_that_nobody_takes_ends_after_its_days(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, after: int, is_over: bool
) -> None:
    cast.policy(EVERY_ONE, 100)
    cast.policy(rules.DAYS.key, 2)
    judged(cast)
    monkeypatch.setattr(timezone, "now", lambda: cast.now + timedelta(days=after))

    tasks.sweep()

    assert (look().status == Review.Status.LAPSED) == is_over


def test_what_somebody_has_in_hand_does_not_end(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    cast.claimed(cast.second_verifier)
    Review.objects.filter(kind="second").update(expires_at=cast.now - timedelta(days=1))

    tasks.sweep()

    assert look().status == Review.Status.OPEN


# What others see of it


def test_the_figures_of_the_outlet_know_of_the_first_look_alone(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    judged_again(cast, RETURN)
    judged_again(cast, RETURN, third_verifier(cast))
    manager = cast.signed_in(cast.manager)

    page = manager.get(reverse("report"))

    whole = page.context["whole"]
    assert (whole.decided, whole.first_approved, whole.returned) == (1, 1, 0)


def test_the_clerk_s_page_says_what_the_first_one_said(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    application = judged(cast, RETURN)
    judged_again(cast, REFUSE)

    page = cast.signed_in(cast.clerk).get(reverse("counter"))

    [row] = page.context["home"].returned
    assert row.application == application
    assert row.sent_back.reason == Decision.Reason.IMAGE_UNREADABLE.label


def test_nobody_waits_in_a_queue_for_a_sample(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)

    page = cast.signed_in(cast.head_manager).get(reverse("supervision"))

    assert page.context["waiting"].length == 0
    assert page.context["cases"] == []


def test_the_queue_counts_a_sample_as_its_page_shows_it(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    counted = queue.of(cast.second_verifier, now=cast.now).at_counter

    case = cast.claimed(cast.second_verifier)

    page = cast.signed_in(cast.second_verifier).get(reverse("review", args=[case.pk]))
    assert counted == 1
    assert "客户在柜台等" in page.content.decode()


def test_the_database_keeps_a_round_to_one_look_of_each_kind(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    copy = look()
    copy.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)


def test_a_verifier_who_was_a_clerk_there_never_gets_it(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    Post.objects.create(
        user=cast.second_verifier,
        channel=cast.outlet.channel,
        role=Post.Role.CLERK,
        from_date=cast.now,
        until_date=cast.now,
    )

    assert review.claim(cast.second_verifier, now=cast.now) is None
    assert Finding.objects.filter(severity="review").count() == 0
