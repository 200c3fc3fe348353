"""Who answers for the desk: sees what is late, takes a case out of a hand, gives it to another."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from outlets.models import Post
from portal.models import AuditEntry, User
from registration.models import Review
from registration.services import review, shift, supervision, urgency
from tests.cast import Cast
from tests.outlets.places import queries
from tests.registration import work

pytestmark = pytest.mark.django_db


def _post(user: User) -> Post:
    post: Post = Post.objects.select_related("channel", "user").get(user=user)
    return post


def _assign(cast: Cast, case: Review, to: User) -> None:
    supervision.assign(case, _post(to), claim_no=case.claim_no, by=cast.head_manager, now=cast.now)


def _page(cast: Cast, user: User | None = None) -> Any:
    return cast.signed_in(user or cast.head_manager).get(reverse("supervision"))


def test_the_page_counts_what_waits_and_what_is_late(cast: Cast) -> None:
    late, soon, _later = cast.queued(), cast.queued(), cast.queued()
    now = timezone.now()
    Review.objects.update(due_at=now + timedelta(hours=1))
    Review.objects.filter(pk=late.pk).update(due_at=now - timedelta(minutes=1))
    Review.objects.filter(pk=soon.pk).update(due_at=now + timedelta(minutes=5))

    page = _page(cast)

    found = page.context["waiting"]
    assert (found.length, found.late, found.soon, found.in_hand) == (3, 1, 1, 0)
    assert [row.haste for row in page.context["cases"]] == ["late", "soon", ""]
    assert page.context["cases"][0].case == late


def test_of_a_long_queue_the_first_are_counted(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "MOST", 2)
    for _case in range(3):
        cast.queued()

    page = _page(cast)

    assert page.context["waiting"].length == 2
    assert ">2+<" in page.content.decode()


def test_the_page_says_since_when_the_oldest_waits_wherever_it_stands(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _page(cast).context["oldest_at"] is None

    monkeypatch.setattr(supervision, "MOST", 1)
    first, oldest = cast.queued(), cast.queued()
    Review.objects.filter(pk=first.pk).update(priority=urgency.RANKS[0])
    at = timezone.now() - timedelta(hours=3)
    Review.objects.filter(pk=oldest.pk).update(priority=urgency.RANKS[-1], queued_at=at)
    page = _page(cast)

    assert page.context["oldest_at"] == at
    assert f"</small> {timezone.localtime(at):%H:%M}</time>" in page.content.decode()


def test_whatever_goes_first_in_the_queue_what_is_due_first_is_listed_first(cast: Cast) -> None:
    now = timezone.now()
    found = [cast.queued() for _rank in urgency.RANKS]
    for place, (case, rank) in enumerate(zip(found, sorted(urgency.RANKS), strict=True)):
        due_at = now + timedelta(minutes=place)
        Review.objects.filter(pk=case.pk).update(priority=rank, due_at=due_at)

    page = _page(cast)

    assert [row.case for row in page.context["cases"]] == found


def test_what_is_decided_while_the_list_is_made_is_not_in_it(cast: Cast) -> None:
    rows = Review.objects.filter(pk=cast.queued().pk)

    def decide(execute: Any, sql: str, *rest: Any) -> Any:
        found = execute(sql, *rest)
        if '"priority" = ' in sql:
            rows.update(status=Review.Status.DECIDED)
        return found

    rows.update(priority=urgency.RANKS[0])
    with connection.execute_wrapper(decide):
        listed = supervision.cases(cast.head_manager, [], now=cast.now)

    assert rows.get().status == Review.Status.DECIDED
    assert listed == []


def test_who_is_at_what_and_what_they_have_done_today(cast: Cast) -> None:
    work.judged(cast, work.handed_in(cast, cast.now), minutes=0)
    cast.queued()
    case = cast.claimed()

    [load] = supervision.loads(cast.head_manager, now=cast.now)

    assert load.post.user == cast.verifier
    assert load.case == case
    assert (load.decided, load.returned) == (1, 0)


def test_of_a_large_desk_the_teams_are_listed_and_one_team_s_people(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "PEOPLE", 2)
    cast.queued()
    cast.claimed()
    cast.second_verifier, cast.far_verifier  # noqa: B018 - are there
    client, node = cast.signed_in(cast.head_manager), cast.province

    teams = client.get(reverse("supervision"))
    near, far = teams.context["teams"]
    opened = client.get(f"{reverse('supervision')}?team={node.pk}")
    live = client.get(f"{reverse('supervision_live')}?team={node.pk}")
    nobody = client.get(f"{reverse('supervision')}?team=x&y")

    assert (near.in_hand, len(near.loads), far.in_hand) == (1, 2, 0)
    assert cast.verifier.name not in _people(teams)
    assert f"?team={node.pk}#team-{node.pk}" in _people(teams)
    assert f"{reverse('supervision_live')}?team={node.pk}" in opened.content.decode()
    for answer in (opened, live):
        assert cast.verifier.name in _people(answer)
        assert cast.far_verifier.name not in _people(answer)
    assert cast.verifier.name not in _people(nobody)


def _people(answer: Any) -> str:
    """The part of the page that lists them."""
    text: str = answer.content.decode()
    return text.split('id="people-title"')[1]


def test_of_a_large_desk_a_case_is_offered_to_who_has_nothing_in_hand(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "OFFERED", 1)
    cast.queued()
    cast.queued()
    cast.second_verifier  # noqa: B018 - is there
    cast.claimed()

    page = _page(cast)

    assert [post.user for row in page.context["cases"] for post in row.others] == [
        cast.second_verifier
    ] * 2
    assert "只列这些，手里空着的在先" in page.content.decode()


def test_a_manager_sees_the_cases_of_their_own_part_alone(cast: Cast) -> None:
    cast.queued()

    assert supervision.waiting(cast.manager, now=cast.now).length == 1
    assert supervision.waiting(cast.sister_manager, now=cast.now).length == 0


def test_what_is_taken_away_is_free_and_its_holder_hears_so(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()

    supervision.take_away(case, claim_no=case.claim_no, by=cast.head_manager, now=cast.now)

    with pytest.raises(review.TakenAway):
        review.heartbeat(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)
    assert cast.claimed(cast.second_verifier) == case
    entry = AuditEntry.objects.get(action="review.taken_away")
    assert entry.detail["from_user"] == cast.verifier.pk


def test_what_is_assigned_goes_to_that_verifier_first(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    second = cast.second_verifier

    _assign(cast, case, second)

    assert review.claim(cast.verifier, now=cast.now) is None
    assert cast.claimed(second) == case


def test_nobody_is_given_their_own_work(cast: Cast) -> None:
    case = cast.queued()
    Review.objects.filter(pk=case.pk).update(captured_by=cast.second_verifier)

    with pytest.raises(supervision.NotTheirs):
        _assign(cast, case, cast.second_verifier)


def test_nobody_is_given_what_lies_beyond_their_province(cast: Cast) -> None:
    case = cast.queued()

    with pytest.raises(supervision.NotTheirs):
        _assign(cast, case, cast.far_verifier)


def test_what_is_decided_is_nobody_s_to_assign(cast: Cast) -> None:
    case = cast.queued()
    Review.objects.filter(pk=case.pk).update(status=Review.Status.DECIDED)

    with pytest.raises(supervision.Moved):
        supervision.take_away(case, claim_no=case.claim_no, by=cast.head_manager, now=cast.now)


def test_assigning_through_the_page(cast: Cast) -> None:
    case, client = cast.queued(), cast.signed_in(cast.head_manager)
    post = _post(cast.second_verifier)

    answer = client.post(reverse("review_assign", args=[case.pk]), {"post": post.pk, "claim_no": 0})

    case.refresh_from_db()
    assert answer.status_code == 302
    assert case.kept_for == cast.second_verifier


def test_the_page_costs_the_same_for_one_case_and_for_many(cast: Cast) -> None:
    cast.queued()
    client = cast.signed_in(cast.head_manager)
    few = queries(client, reverse("supervision"))
    for minutes in range(12):
        cast.queued(minutes=minutes)
    cast.second_verifier  # noqa: B018 - one verifier more

    assert queries(client, reverse("supervision")) == few


def test_an_unchanged_page_is_a_304(cast: Cast) -> None:
    cast.queued()
    client = cast.signed_in(cast.head_manager)
    url = reverse("supervision_live")

    # The page tells what is late by the minute: of two looks one is within a minute.
    codes = []
    for _look in range(2):
        tag = client.get(url).headers["ETag"]
        codes.append(client.get(url, headers={"If-None-Match": tag}).status_code)

    assert 304 in codes


def test_an_unchanged_page_costs_who_asks_and_how_things_stand(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    cast.queued()
    client, url = cast.signed_in(cast.head_manager), reverse("supervision_live")
    monkeypatch.setattr(timezone, "now", lambda: cast.now)  # within one minute
    tag = client.get(url).headers["ETag"]

    with django_assert_num_queries(2):
        assert client.get(url, headers={"If-None-Match": tag}).status_code == 304


def _come(cast: Cast) -> None:
    cast.queued()


def _go(cast: Cast) -> None:
    review.customer_left(Review.objects.get().application, by=cast.clerk, now=cast.now)


def _claim(cast: Cast) -> None:
    cast.claimed()


def _give(cast: Cast) -> None:
    _assign(cast, Review.objects.get(), cast.second_verifier)


def _pause(cast: Cast) -> None:
    shift.drain(_post(cast.second_verifier), by=cast.head_manager, now=cast.now)


def _forget(cast: Cast) -> None:
    Post.objects.filter(user=cast.second_verifier).update(knows_units=False)


@pytest.mark.parametrize("happens", [_come, _go, _claim, _give, _pause, _forget])
def test_whatever_happens_is_a_change(cast: Cast, happens: Callable[[Cast], None]) -> None:
    cast.queued()
    cast.second_verifier  # noqa: B018 - is there from the first
    before = supervision.signature(cast.head_manager, now=cast.now)

    assert supervision.signature(cast.head_manager, now=cast.now) == before
    happens(cast)
    assert supervision.signature(cast.head_manager, now=cast.now) != before


def test_what_ends_is_a_change(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    held = supervision.signature(cast.head_manager, now=cast.now)

    ran_out = supervision.signature(cast.head_manager, now=cast.now + timedelta(hours=1))
    review.release(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)
    released = supervision.signature(cast.head_manager, now=cast.now)
    Review.objects.update(status=Review.Status.DECIDED)
    decided = supervision.signature(cast.head_manager, now=cast.now)

    assert held not in (ran_out, released, decided)
    assert decided != released


def test_what_happens_beyond_their_part_is_none(cast: Cast) -> None:
    before = supervision.signature(cast.sister_manager, now=cast.now)

    cast.queued()

    assert supervision.signature(cast.sister_manager, now=cast.now) == before


def test_nothing_is_taken_from_hands_that_the_page_did_not_show(cast: Cast) -> None:
    shown = cast.queued()
    cast.claimed()

    with pytest.raises(supervision.Moved):
        supervision.take_away(shown, claim_no=shown.claim_no, by=cast.head_manager, now=cast.now)
    with pytest.raises(supervision.Moved):
        _assign(cast, shown, cast.second_verifier)


def test_only_who_may_judge_a_case_is_offered_for_it(cast: Cast) -> None:
    case = cast.queued()
    cast.far_verifier  # noqa: B018 - another province's
    Review.objects.filter(pk=case.pk).update(captured_by=cast.second_verifier)

    [row] = _page(cast).context["cases"]

    assert [post.user for post in row.others] == [cast.verifier]
