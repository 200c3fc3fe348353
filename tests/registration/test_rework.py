"""The second round: what changed beside what it was, and which answers of the first still stand."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from outlets.bridge.people import PEOPLE
from portal.models import AuditEntry
from registration import flow
from registration.models import Application, Decision, Photo, Review, Role
from registration.services import application as applications
from registration.services import rework
from registration.views.rework import Again
from tests.cast import Cast
from tests.pictures import look

pytestmark = pytest.mark.django_db

WANG, LI = PEOPLE["wang"], PEOPLE["li"]
ALL = ("same_person", "papers_clear", "data_agrees")
LATER = timedelta(minutes=5)


@pytest.fixture
def desk(cast: Cast) -> Client:
    return cast.signed_in(cast.verifier)


def returned(cast: Cast, *items: str, checks: tuple[str, ...] = ALL, **more: Any) -> Application:
    return cast.decided("return", reason="IMAGE_UNREADABLE", items=items, checks=checks, **more)


def retake(cast: Cast, application: Application, kind: str) -> None:
    at = cast.now + LATER
    application.photos.current().filter(kind=kind).update(replaced_at=at)
    cast.photo(application, kind, taken_at=at)
    applications.redone(application, kind, now=at)


def read(cast: Cast, application: Application, person: str) -> None:
    """After the decision."""
    cast.now += LATER
    cast.read(application, person)
    cast.now -= LATER


def current(application: Application) -> list[str]:
    return list(application.photos.current().values_list("kind", flat=True))


def again(cast: Cast, application: Application) -> Review:
    """Handed in once more, and in the verifier's hands."""
    at = cast.now + LATER
    application.refresh_from_db()
    applications.confirm(application, now=at)
    flow.submit(application, by=cast.clerk, key=uuid4(), now=at)
    cast.matched(application)
    flow.advance(application, now=at)
    return cast.claimed()


def shown(desk: Client, case: Review) -> Any:
    return desk.get(reverse("review", kwargs={"pk": case.pk}))


def changes(answer: Any) -> Again:
    found: Again = answer.context["evidence"].again
    return found


def answered(answer: Any) -> set[str]:
    return {each.name for each in answer.context["questions"] if each.answer == "y"}


# What it was, and what it is ------------------------------------------------------------------


def test_the_first_round_has_no_section_of_changes(cast: Cast, desk: Client) -> None:
    cast.in_review()

    answer = shown(desk, cast.claimed())

    assert changes(answer) is None
    assert "改了什么" not in answer.content.decode()


def test_a_retaken_picture_stands_beside_the_old_one_with_the_reason(
    cast: Cast, desk: Client
) -> None:
    application = returned(cast, "id_front", note="号码处反光")
    old = application.photos.get(kind="id_front")
    retake(cast, application, "id_front")

    answer = shown(desk, again(cast, application))

    found = changes(answer)
    [change] = found.changes
    assert (change.label, change.is_asked) == ("身份证正面", True)
    assert change.look == "before-id_front id_front"
    assert [each.taken_at for each in found.old] == [old.taken_at]
    page = answer.content.decode()
    assert page.index("改了什么") < page.index("号码处反光") < page.index("芯片信息")


def test_several_pictures_and_a_read_are_told_at_once(cast: Cast, desk: Client) -> None:
    application = returned(cast, "id_front", "live", "holder")
    for kind in ("id_front", "live"):
        retake(cast, application, kind)
    read(cast, application, "wang")

    found = changes(shown(desk, again(cast, application)))

    assert [change.label for change in found.changes if change.is_asked] == [
        "身份证正面",
        "本人现场照",
        "读卡：机主",
    ]
    assert found.can_fold is False


def test_another_persons_card_shows_both_and_is_written_down(cast: Cast, desk: Client) -> None:
    application = returned(cast, "holder")
    first = application.parties.get().identity
    read(cast, application, "zhang")
    for kind in set(application.photos_due) - set(current(application)):
        cast.photo(application, kind, taken_at=cast.now + LATER)

    answer = shown(desk, again(cast, application))

    change = next(each for each in changes(answer).changes if each.is_read)
    name = next(row for row in change.rows if row.label == "姓名")
    assert (name.was, name.now) == (WANG.name, PEOPLE["zhang"].name)
    assert AuditEntry.objects.filter(action="identity.viewed", subject_id=first.pk).count() == 1


def test_what_nobody_asked_for_is_told_too(cast: Cast, desk: Client) -> None:
    application = returned(cast, "id_front")
    for kind in ("live", "id_front"):
        retake(cast, application, kind)

    found = changes(shown(desk, again(cast, application)))

    assert [(change.label, change.is_asked) for change in found.changes] == [
        ("身份证正面", True),
        ("本人现场照", False),
    ]


# Earlier pictures -----------------------------------------------------------------------------


def test_the_holder_sees_what_an_earlier_round_had(cast: Cast, desk: Client) -> None:
    application = returned(cast, "id_front")
    old = application.photos.get(kind="id_front")
    retake(cast, application, "id_front")
    again(cast, application)

    assert look(desk, cast.verifier, old).status_code == 200
    other = cast.second_verifier
    assert look(cast.signed_in(other), other, old).status_code == 404
    assert look(cast.signed_in(cast.clerk), cast.clerk, old).status_code == 404


def test_a_picture_that_no_round_decided_on_is_nobodys(cast: Cast, desk: Client) -> None:
    application = returned(cast, "id_front")
    retake(cast, application, "id_front")
    between = application.photos.current().get(kind="id_front")
    Photo.objects.filter(pk=between.pk).update(
        taken_at=cast.now + timedelta(minutes=2), replaced_at=cast.now + timedelta(minutes=3)
    )
    cast.photo(application, "id_front", taken_at=cast.now + LATER)
    again(cast, application)

    assert look(desk, cast.verifier, between).status_code == 404


# Answers that still stand ---------------------------------------------------------------------


def test_a_yes_stands_where_nothing_that_it_rests_on_has_changed(cast: Cast, desk: Client) -> None:
    application = returned(cast, "signature")
    retake(cast, application, "signature")

    answer = shown(desk, again(cast, application))

    assert answered(answer) == {f"check_{check}" for check in ALL}
    assert answer.content.decode().count("上一轮已核对") == 3


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("id_front", set()),
        ("live", {"check_papers_clear", "check_data_agrees"}),
    ],
)
def test_a_retaken_picture_takes_the_answers_with_it_that_rest_on_it(
    cast: Cast, desk: Client, kind: str, left: set[str]
) -> None:
    application = returned(cast, kind)
    retake(cast, application, kind)

    assert answered(shown(desk, again(cast, application))) == left


def test_another_read_leaves_no_answer(cast: Cast, desk: Client) -> None:
    application = returned(cast, "holder")
    read(cast, application, "wang")

    assert answered(shown(desk, again(cast, application))) == set()


def test_nobody_signs_for_anothers_yes(cast: Cast, desk: Client) -> None:
    application = returned(cast, "signature")
    retake(cast, application, "signature")
    case = again(cast, application)
    Decision.objects.update(decided_by=cast.second_verifier)

    answer = shown(desk, case)

    assert answered(answer) == set()
    assert "上一轮已核对" not in answer.content.decode()


def test_only_a_yes_is_kept(cast: Cast, desk: Client) -> None:
    application = returned(cast, "signature", checks=("papers_clear",))
    retake(cast, application, "signature")

    assert answered(shown(desk, again(cast, application))) == {"check_papers_clear"}


def test_every_question_rests_on_the_people_who_were_read(cast: Cast) -> None:
    application = cast.in_review(proxy="li")
    questions = [*Decision.Check.values, *rework.OF_LETTER]
    before = rework.basis(application, questions)

    application.parties.filter(role=Role.PROXY).update(role=Role.GUARDIAN)
    after = rework.basis(application, questions)

    assert all(before[question] != after[question] for question in questions)
