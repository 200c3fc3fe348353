"""The letter of authority: its term and scope, its one use, and the sheet to print."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.bridge.people import PEOPLE
from registration import flow
from registration.models import Application, LetterPoint, Photo
from registration.rules import engine
from registration.services import application as applications
from registration.services import check
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(cast: Cast) -> Client:
    return cast.signed_in(cast.clerk)


def stopped_by(application: Application, cast: Cast) -> set[str]:
    return {one.rule.id for one in engine.blocks(flow.judge(application, now=cast.now))}


def reviewed_by(application: Application, cast: Cast) -> set[str]:
    judged = flow.judge(application, now=cast.now)
    return {one.rule.id for one in judged if one.severity == "review"}


# Term and scope ---------------------------------------------------------------------------


def test_a_letter_without_term_or_scope_is_not_enough(cast: Cast) -> None:
    application = cast.ready(proxy="li")
    Application.objects.update(letter_until=None, letter_scope="")
    application.refresh_from_db()

    assert stopped_by(application, cast) == {"PX-03T", "PX-03S"}


def test_a_letter_that_ran_out_yesterday_stops_the_submit(cast: Cast) -> None:
    application = cast.ready(proxy="li")
    yesterday = timezone.localdate(cast.now) - timedelta(days=1)
    cast.check_letter(application, until=yesterday)

    with pytest.raises(check.Blocked, match="委托书已过期"):
        flow.submit(application, by=cast.clerk, key=UUID, now=cast.now)  # type: ignore[arg-type]


UUID = "6b1d4f0e-3a39-4d0c-9d35-333333333333"


def test_a_letter_that_runs_out_in_the_queue_is_still_approved(cast: Cast) -> None:
    application = cast.in_review(proxy="li")

    assert flow.hindrance(application, now=cast.now + timedelta(days=3)) is None


def test_somebody_else_s_way_of_coming_forgets_the_letter(cast: Cast) -> None:
    application = cast.ready(proxy="li")

    cast.answer(application, "self")
    cast.answer(application, "proxy")

    assert (application.letter_until, application.letter_scope) == (None, "")


def test_a_letter_sent_back_is_looked_at_again_with_its_term(cast: Cast) -> None:
    application = cast.in_review(proxy="li")

    applications.send_back(application, ["letter_points"], now=cast.now)

    assert (application.letter_until, application.letter_scope) == (None, "")


# The same letter again --------------------------------------------------------------------


def with_letter(cast: Cast, person: str, number: str, sha256: str = "a" * 64) -> Application:
    application = cast.ready(person, number=number, proxy="li")
    application.photos.filter(kind=Photo.Kind.LETTER).update(sha256=sha256)
    cast.now += timedelta(minutes=20)
    return application


def test_the_same_picture_of_a_letter_in_another_application_is_told(cast: Cast) -> None:
    first = with_letter(cast, "wang", "17000000001")
    second = with_letter(cast, "zhao", "17000000002")

    assert reviewed_by(second, cast) == {"PX-07L"}
    # What came first stays as it was.
    assert reviewed_by(first, cast) == set()


def test_the_letter_of_a_visit_that_was_given_up_may_be_used(cast: Cast) -> None:
    first = with_letter(cast, "wang", "17000000001")
    flow.abandon(first, by=cast.clerk, now=cast.now)

    assert reviewed_by(with_letter(cast, "zhao", "17000000002"), cast) == set()


def test_retaking_the_letter_of_one_application_is_no_second_use(cast: Cast) -> None:
    application = with_letter(cast, "wang", "17000000001")
    application.photos.filter(kind=Photo.Kind.LETTER).update(replaced_at=cast.now)
    cast.photo(application, Photo.Kind.LETTER, sha256="a" * 64)

    assert reviewed_by(application, cast) == set()


# At the counter ---------------------------------------------------------------------------


def found(client: Client, application: Application, **values: Any) -> Any:
    given = {"points": LetterPoint.values, "covers": "on", "until": "2030-01-31"}
    return client.post(reverse("letter", args=[application.pk]), given | values)


def test_the_clerk_ticks_what_the_letter_says(cast: Cast, clerk: Client) -> None:
    application = cast.draft()
    cast.answer(application, "proxy")

    found(clerk, application)

    application.refresh_from_db()
    assert application.letter_is_checked
    assert f"{application.letter_until}" == "2030-01-31"
    assert application.letter_scope == application.service


def test_a_date_that_is_none_is_said(cast: Cast, clerk: Client) -> None:
    application = cast.draft()
    cast.answer(application, "proxy")

    answer = found(clerk, application, until="2030-02-31")

    assert answer.status_code == 422
    assert "请填写日期" in answer.content.decode()


def test_the_step_says_that_term_and_scope_are_missing(cast: Cast, clerk: Client) -> None:
    application = cast.ready(proxy="li")
    Application.objects.update(letter_until=None)

    board = clerk.get(reverse("photos", args=[application.pk])).context["board"]

    assert board.missing == ["委托书的期限和权限"]


# The sheet --------------------------------------------------------------------------------


def test_the_sheet_carries_the_number_and_nobody_s_data(cast: Cast, clerk: Client) -> None:
    application = cast.ready(proxy="li")

    page = clerk.get(reverse("letter_print", args=[application.pk])).content.decode()

    assert application.reference in page
    assert "新开移动号码" in page
    for person in ("wang", "li"):
        assert PEOPLE[person].name not in page
        assert PEOPLE[person].number not in page


def test_a_blank_sheet_offers_every_service(cast: Cast, clerk: Client) -> None:
    page = clerk.get(reverse("letter_blank")).content.decode()

    assert "委托人证件号码" in page
    assert "新开移动号码" in page


def test_the_sheet_is_chinese_also_for_a_clerk_who_reads_english(cast: Cast, clerk: Client) -> None:
    clerk.cookies["django_language"] = "en"

    page = clerk.get(reverse("letter_blank")).content.decode()

    assert "委托人证件号码" in page
