"""What the desk's pages ask every few seconds: one query besides who asks, and 304 until something
has changed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from registration.models import Review
from registration.services import queue, review
from tests.cast import Cast

pytestmark = pytest.mark.django_db

POLL = {"HX-Polling": "1", "Accept": "application/json"}


@pytest.fixture
def desk(cast: Cast) -> Client:
    return cast.signed_in(cast.verifier)


def asked_again(client: Client, url: str) -> tuple[int, int]:
    """The status of a second poll, and how many statements it took."""
    tag = client.get(url, headers=POLL)["ETag"]
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url, headers=POLL | {"If-None-Match": tag})
    return answer.status_code, len(queries)


def beat(client: Client, case: Review) -> Any:
    url = reverse("review_heartbeat", kwargs={"pk": case.pk})
    return client.post(url, {"claim_no": case.claim_no}, headers=POLL)


def lease(case: Review) -> str:
    return f"{reverse('review_lease', kwargs={'pk': case.pk})}?claim_no={case.claim_no}"


@pytest.mark.parametrize("rows", [0, 1, 20])
def test_an_unchanged_queue_costs_one_query_besides_who_asks(
    cast: Cast, desk: Client, rows: int
) -> None:
    for minutes in range(rows):
        cast.queued(minutes=minutes)

    assert asked_again(desk, reverse("desk_queue")) == (304, 2)


def test_the_first_page_hears_of_what_it_shows(cast: Cast, desk: Client) -> None:
    tags = []

    def ask() -> None:
        tags.append(desk.get(reverse("desk_queue"), headers=POLL)["ETag"])

    ask()
    first = cast.queued()
    ask()
    Review.objects.filter(pk=first.pk).update(due_at=cast.now - timedelta(hours=1))
    ask()
    case = cast.claimed()
    ask()
    review.release(case, claim_no=1, by=cast.verifier, now=timezone.now())
    type(first.application).objects.update(customer_left_at=cast.now)
    ask()

    assert len(set(tags)) == 5


def test_a_pause_is_heard_of(cast: Cast, desk: Client) -> None:
    cast.queued()
    before = desk.get(reverse("desk_queue"), headers=POLL)["ETag"]

    type(cast.verifier.post).objects.filter(pk=cast.verifier.post.pk).update(paused_at=cast.now)

    assert desk.get(reverse("desk_queue"), headers=POLL)["ETag"] != before


def test_a_long_queue_is_counted_up_to_a_bound(
    cast: Cast, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST", 2)
    for minutes in range(3):
        cast.queued(minutes=minutes)

    shown = desk.get(reverse("desk_queue")).content.decode()

    assert "2 单以上等待审核" in shown
    assert "最早的一单" not in shown


def test_a_page_that_still_has_its_case_hears_nothing_for_one_query(
    cast: Cast, desk: Client
) -> None:
    cast.queued()
    case = cast.claimed()

    assert asked_again(desk, lease(case)) == (304, 2)


def test_a_sign_of_life_costs_two_queries_besides_who_asks(
    cast: Cast, desk: Client, django_assert_num_queries: Any
) -> None:
    cast.queued()
    case = cast.claimed()
    beat(desk, case)

    with django_assert_num_queries(3):
        answer = beat(desk, case)

    assert answer.status_code == 200


def test_a_sign_of_life_for_a_case_of_elsewhere_finds_nothing(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    stranger = cast.person("far_verifier", "外省审核", cast.other_province, cast.verifier.post.role)

    answer = beat(cast.signed_in(stranger), case)

    assert answer.status_code == 404


def test_another_verifier_is_told_of_a_queue_that_looks_the_same(cast: Cast, desk: Client) -> None:
    tag = desk.get(reverse("desk_queue"), headers=POLL)["ETag"]

    other = cast.signed_in(cast.second_verifier)
    answer = other.get(reverse("desk_queue"), headers=POLL | {"If-None-Match": tag})

    assert answer.status_code == 200


def test_another_verifier_does_not_have_the_case_that_is_unchanged(
    cast: Cast, desk: Client
) -> None:
    cast.queued()
    case = cast.claimed()
    tag = desk.get(lease(case), headers=POLL)["ETag"]

    other = cast.signed_in(cast.second_verifier)
    answer = other.get(lease(case), headers=POLL | {"If-None-Match": tag})

    assert answer.status_code == 409


def test_asking_prolongs_nothing(cast: Cast, desk: Client) -> None:
    cast.queued()
    case = cast.claimed()

    desk.get(lease(case), headers=POLL)

    before = case.lease_until
    case.refresh_from_db()
    assert case.lease_until == before


def test_a_page_whose_case_went_hears_who_has_it(cast: Cast, desk: Client) -> None:
    cast.queued()
    case = cast.claimed()
    Review.objects.update(lease_until=cast.now - timedelta(seconds=1))
    review.claim(cast.second_verifier, now=timezone.now())

    answer: Any = desk.get(lease(case), headers=POLL)

    assert answer.status_code == 409
    assert answer.json()["error"].startswith(cast.second_verifier.name)
