"""How good a verifier is, as far as others who looked at the same can tell."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from outlets.models import Post
from portal.models import User
from registration.models import Decision, Review
from registration.services import accuracy
from registration.services.accuracy import Accuracy
from tests.cast import Cast
from tests.outlets.places import queries
from tests.registration import work
from tests.registration.second import (
    APPROVE,
    EVERY_ONE,
    REFUSE,
    RETURN,
    judged,
    judged_again,
    third_verifier,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def asked(cast: Cast, who: User, right: int, wrong: int, *, days: float = 1) -> None:
    """Answers of a verifier of which it became known so long ago whether they were right."""
    for place in range(right + wrong):
        when = cast.now - timedelta(days=days)
        application = work.handed_in(cast, when)
        made = work.judged(cast, application)
        Decision.objects.filter(pk=made.pk).update(
            decided_by=who, was_right=place < right, judged_at=when
        )


def test_who_is_surely_least_good_comes_first_and_who_was_asked_little_last(cast: Cast) -> None:
    second, third = cast.second_verifier, third_verifier(cast)
    asked(cast, cast.verifier, 25, 0)
    asked(cast, second, 19, 2)
    asked(cast, third, 0, 3)

    found = accuracy.of_all(cast.head_manager, now=cast.now)

    assert [post.user for post, _row in found] == [second, cast.verifier, third]
    assert [row.is_too_few for _post, row in found] == [False, False, True]


def test_an_answer_of_long_ago_says_nothing_of_today(cast: Cast) -> None:
    asked(cast, cast.verifier, 2, 1, days=91)
    asked(cast, cast.verifier, 3, 0, days=89)

    [(_post, found)] = accuracy.of_all(cast.head_manager, now=cast.now)

    assert (found.asked, found.right, found.wrong) == (3, 3, 0)


def test_what_nobody_else_judged_does_not_count(cast: Cast) -> None:
    judged(cast)

    [(_post, found)] = accuracy.of_all(cast.head_manager, now=cast.now)

    assert found == accuracy.NOTHING


def test_of_second_and_third_looks_is_known_who_was_right(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    judged_again(cast, REFUSE)
    judged_again(cast, REFUSE, third_verifier(cast))

    found = {
        post.user.username: row for post, row in accuracy.of_all(cast.head_manager, now=later(cast))
    }

    assert found["verifier"] == Accuracy(1, 0, 0)
    assert found["verifier2"] == Accuracy(1, 1, 0)
    assert found["verifier9"] == accuracy.NOTHING


def later(cast: Cast) -> datetime:
    return cast.now + DAY


def test_a_verifier_sees_their_own_and_of_nobody_else(cast: Cast) -> None:
    asked(cast, cast.verifier, 24, 1, days=2)
    asked(cast, cast.second_verifier, 20, 5, days=2)

    page = cast.signed_in(cast.verifier).get(reverse("desk"))

    assert page.context["own"] == Accuracy(25, 24, 0)
    text = page.content.decode()
    assert "96.0%" in text
    assert "80.0%" not in text


def test_a_verifier_does_not_see_today_s_answers_come_in(cast: Cast) -> None:
    asked(cast, cast.verifier, 25, 0, days=0)

    assert accuracy.own(cast.verifier, now=cast.now) == accuracy.NOTHING


def test_a_verifier_is_not_let_in_to_the_page_of_all(cast: Cast) -> None:
    assert cast.signed_in(cast.verifier).get(reverse("second")).status_code == 403


def test_the_bounds_stand_on_the_page(cast: Cast) -> None:
    asked(cast, cast.verifier, 20, 0)

    page = cast.signed_in(cast.head_manager).get(reverse("second"))

    # Newcombe's 0 of 20, mirrored: 0.8389 to 1.
    text = page.content.decode()
    assert "83.9%" in text
    assert "100.0%" in text


@pytest.mark.parametrize(
    ("first", "third", "word"), [(APPROVE, REFUSE, "不该通过"), (RETURN, APPROVE, "不该打回")]
)
def test_the_supervisor_sees_what_was_wrong_and_what_to_do(
    cast: Cast, first: str, third: str, word: str
) -> None:
    cast.policy(EVERY_ONE, 100)
    application = judged(cast, first)
    judged_again(cast, third)
    judged_again(cast, third, third_verifier(cast))

    page = cast.signed_in(cast.head_manager).get(reverse("second"))

    text = page.content.decode()
    assert word in text
    assert reverse("report_case", args=[application.pk]) in text


def test_what_the_third_upheld_was_not_wrong(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    judged_again(cast, REFUSE)
    judged_again(cast, APPROVE, third_verifier(cast))

    assert accuracy.wrongs(cast.head_manager, now=cast.now) == []


def test_another_part_of_the_tree_sees_nothing_of_it(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    judged_again(cast, REFUSE)
    judged_again(cast, REFUSE, third_verifier(cast))

    page = cast.signed_in(cast.sister_manager).get(reverse("second"))

    assert page.context["wrongs"] == []
    assert page.context["people"] == []


def test_the_page_costs_the_same_for_one_and_for_many(cast: Cast) -> None:
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    client = cast.signed_in(cast.head_manager)
    few = queries(client, reverse("second"))
    for place in range(2, 6):
        judged(cast, person="li", number=f"1700000000{place}")
    cast.second_verifier  # noqa: B018 - one verifier more

    assert Review.objects.filter(kind="second").count() > 1
    assert Post.objects.filter(role="verifier").count() > 1
    assert queries(client, reverse("second")) == few
