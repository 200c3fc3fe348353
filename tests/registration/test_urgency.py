"""Which case the desk takes next, and by when it is due."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from outlets.models import Post
from outlets.services import staff
from registration import flow
from registration.models import Application, Decision, Finding, Review
from registration.rules.desk import Hours
from registration.services import queue, review, urgency
from tests.cast import Cast
from tests.registration.work import at

HALF_HOUR = timedelta(minutes=30)
MONDAY = datetime.fromisoformat("2026-11-23 10:00")
# 2026-10-09 is a Friday after the holidays, 10-10 a Saturday on which people work instead.
WORKDAYS = {"desk.days": "workdays", "desk.opens": 9, "desk.closes": 18}


def hours(**policies: object) -> Hours:
    named = {f"desk.{name}": value for name, value in policies.items()}
    return Hours(named, urgency.is_workday)


@pytest.mark.parametrize(
    ("since", "due"),
    [
        ("2026-11-23 10:00", "2026-11-23 10:30"),
        ("2026-11-23 20:45", "2026-11-24 08:15"),
        ("2026-11-23 21:00", "2026-11-24 08:30"),
        ("2026-11-23 03:00", "2026-11-23 08:30"),
        ("2026-11-28 10:00", "2026-11-28 10:30"),
    ],
    ids=["in hours", "over the evening", "at closing time", "before opening", "on a Saturday"],
)
def test_the_clock_runs_while_the_desk_works(since: str, due: str) -> None:
    found = hours().after(datetime.fromisoformat(since), HALF_HOUR)

    assert found == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    ("since", "due"),
    [
        ("2026-09-30 17:50", "2026-10-08 09:20"),
        ("2026-10-09 17:50", "2026-10-10 09:20"),
        ("2026-11-27 17:50", "2026-11-30 09:20"),
    ],
    ids=["over the national holidays", "into a Saturday that is worked", "over a weekend"],
)
def test_public_holidays_and_shifted_working_days_count(since: str, due: str) -> None:
    found = Hours(WORKDAYS, urgency.is_workday).after(datetime.fromisoformat(since), HALF_HOUR)

    assert found == datetime.fromisoformat(due)


def test_a_year_without_an_announced_calendar_has_its_weekdays() -> None:
    assert urgency.is_workday(date(2031, 1, 6))
    assert not urgency.is_workday(date(2031, 1, 5))


def test_hours_that_leave_no_time_are_as_if_they_were_not_set() -> None:
    found = hours(opens=20, closes=9).after(MONDAY, HALF_HOUR)

    assert found == MONDAY + HALF_HOUR


def test_working_time_between_two_moments_leaves_the_night_out() -> None:
    since, until = MONDAY.replace(hour=20, minute=30), MONDAY.replace(day=24, hour=8, minute=15)

    found = hours().between(since, until)

    assert found == timedelta(minutes=45)


@pytest.mark.django_db
def test_who_waits_at_the_counter_comes_before_who_has_left(cast: Cast) -> None:
    gone, here = cast.queued(), cast.queued(minutes=1)
    Review.objects.update(priority=2)

    review.customer_left(gone.application, by=cast.clerk, now=cast.now)

    assert cast.claimed() == here


@pytest.mark.django_db
def test_that_the_customer_left_is_written_down_once(cast: Cast) -> None:
    application = cast.in_review()

    review.customer_left(application, by=cast.clerk, now=cast.now)
    first = application.customer_left_at
    review.customer_left(application, by=cast.clerk, now=cast.now + HALF_HOUR)

    application.refresh_from_db()
    assert application.customer_left_at == first


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "here", "risky", "priority"),
    [
        ("counter", True, False, 2),
        ("counter", False, True, 1),
        ("counter", False, False, 0),
        ("risk", True, False, 1),
        ("risk", False, True, 2),
        ("none", True, True, 0),
    ],
)
def test_the_policy_says_what_comes_first(
    cast: Cast, first: str, here: bool, risky: bool, priority: int
) -> None:
    application = cast.draft()
    application.customer_left_at = None if here else cast.now
    if risky:
        Finding.objects.create(
            application=application,
            rule="PX-07",
            severity=Finding.Severity.REVIEW,
            reason="样本",
            article="样本",
            rules_version="0",
            found_at=cast.now,
        )

    assert urgency.priority(application, {"desk.first": first}) == priority


@pytest.mark.django_db
def test_what_comes_again_is_first_offered_to_who_sent_it_back(cast: Cast) -> None:
    case = _back_again(cast)
    cast.queued()

    other = review.claim(cast.second_verifier, now=cast.now)
    own = review.claim(cast.verifier, now=cast.now)

    assert other is not None
    assert other.application != case.application
    assert own == case


@pytest.mark.django_db
def test_what_is_kept_for_somebody_who_does_not_come_is_for_all(cast: Cast) -> None:
    case = _back_again(cast)
    later = cast.now + timedelta(minutes=5)

    before = review.claim(cast.second_verifier, now=cast.now)
    after = review.claim(cast.second_verifier, now=later)

    assert before is None
    assert after == case


@pytest.mark.django_db
def test_the_queue_counts_what_is_offered_to_whom(cast: Cast) -> None:
    _back_again(cast)

    assert queue.of(cast.verifier, now=cast.now).length == 1
    assert queue.of(cast.second_verifier, now=cast.now).length == 0


@pytest.mark.django_db
def test_the_time_at_the_counter_is_not_the_desk_s(cast: Cast) -> None:
    Post.objects.update(from_date=at(8).date())
    application = cast.draft()
    application.round = 2
    queued = at(10)
    row = Review.objects.create(
        application=application,
        round=1,
        status=Review.Status.DECIDED,
        channel_path=application.channel_path,
        outlet=application.outlet,
        captured_by=cast.clerk,
        submitted_at=queued,
        queued_at=queued,
        due_at=queued + HALF_HOUR,
    )
    Decision.objects.create(
        review=row,
        claim_no=1,
        verdict=Decision.Verdict.RETURN,
        reason=Decision.Reason.OTHER,
        decided_by=cast.verifier,
        decided_at=at(10, 10),
    )

    found = urgency.of(application, now=at(15))

    assert found.due_at == at(15, 20)
    assert found.kept_for == cast.verifier


def _back_again(cast: Cast) -> Review:
    """A case that the verifier sent back and the clerk has handed in again."""
    application: Application = cast.queued().application
    case = cast.claimed()
    flow.decide(
        case,
        claim_no=case.claim_no,
        verdict=Decision.Verdict.RETURN,
        reason=Decision.Reason.OTHER,
        note="样本",
        items=["id_front"],
        by=cast.verifier,
        now=cast.now,
    )
    Application.objects.filter(pk=application.pk).update(
        status=Application.Status.IN_REVIEW, round=2, redo=[]
    )
    application.refresh_from_db()
    assert timezone.is_aware(cast.now)
    return review.enqueue(application, now=cast.now)


@pytest.mark.django_db
def test_how_long_a_case_may_wait_is_policy(cast: Cast) -> None:
    application = cast.draft()

    tomorrow = timezone.localdate(cast.now) + timedelta(days=1)

    cast.policy("desk.minutes", 45)

    found = urgency.of(application, now=at(10, day=tomorrow))
    assert found.due_at == at(10, 45, day=tomorrow)


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "kept"), [(20, timedelta(minutes=20)), (0, None)])
def test_how_long_returned_work_is_kept_is_policy(
    cast: Cast, minutes: int, kept: timedelta | None
) -> None:
    application = _back_again(cast).application

    cast.policy("desk.kept_minutes", minutes)

    found = urgency.of(application, now=cast.now)
    assert (found.kept_until and found.kept_until - cast.now) == kept


def test_when_the_desk_works_is_policy() -> None:
    early, late = MONDAY.replace(hour=6), MONDAY.replace(hour=19)

    found = hours(opens=7, closes=18)

    assert found.after(early, HALF_HOUR) == MONDAY.replace(hour=7, minute=30)
    assert found.after(late, HALF_HOUR) == MONDAY.replace(day=24, hour=7, minute=30)


@pytest.mark.django_db
def test_what_is_kept_lies_in_the_post_that_is_active(cast: Cast) -> None:
    case = _back_again(cast)
    elsewhere = staff.appoint(
        cast.verifier, channel=cast.other_province, role="verifier", by=None, now=cast.now
    )

    cast.verifier.post = elsewhere
    there = review.claim(cast.verifier, now=cast.now)
    cast.verifier.post = cast.verifier.posts.get(channel=cast.province)

    assert there is None
    assert review.claim(cast.verifier, now=cast.now) == case
