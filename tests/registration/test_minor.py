"""A customer who is not of age: the guardian, the written consent, and the edge of every age."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.bridge.people import PEOPLE
from portal.services import person as people
from registration import flow
from registration.models import Application, Photo, Role
from registration.rules import engine
from registration.services import policy
from tests.cast import Cast

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def teen(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> date:
    """The sixteenth birthday of "teen", who has one today in Shanghai."""
    today = timezone.localdate(cast.now)
    # Born on 28 February at the latest: every year has the day.
    born = date(today.year - 16, today.month, min(today.day, 28))
    of_age = replace(PEOPLE["zhou"], key="teen", birth_date=born, sequence="031")
    monkeypatch.setitem(PEOPLE, "teen", of_age)
    return born.replace(year=today.year)


def stopped_by(application: Application, now: datetime) -> set[str]:
    return {verdict.rule.id for verdict in engine.blocks(flow.judge(application, now=now))}


def ages(application: Application, now: datetime) -> set[str]:
    return stopped_by(application, now) & {"PX-08", "PX-09", "PX-09Y", "PX-08W"}


# With a guardian --------------------------------------------------------------------------


def test_a_child_is_registered_with_a_guardian(cast: Cast) -> None:
    application = cast.in_review("tong", guardian="tongfu")

    assert application.status == Application.Status.IN_REVIEW
    assert [party.role for party in application.parties.order_by("pk")] == ["holder", "guardian"]
    assert application.photos_due == (
        "id_front",
        "id_back",
        "guardian_id_front",
        "guardian_id_back",
        "guardian_live",
        "guardianship",
    )


def test_the_child_takes_the_place_and_not_the_guardian(cast: Cast) -> None:
    application = cast.submitted("tong", guardian="tongfu")

    child = application.parties.get(role=Role.HOLDER).identity
    assert application.slot.person_key == child.person_key


def test_a_guardian_who_is_not_there_stops_the_submit(cast: Cast) -> None:
    application = cast.ready("tong", guardian="tongfu")
    application.parties.filter(role=Role.GUARDIAN).delete()

    assert stopped_by(application, cast.now) == {"PX-08R"}


def test_a_guardian_without_a_live_picture_stops_the_submit(cast: Cast) -> None:
    application = cast.ready("tong", guardian="tongfu")
    application.photos.filter(kind=Photo.Kind.GUARDIAN_LIVE).delete()

    assert stopped_by(application, cast.now) == {"CV-04"}


def test_a_clerk_is_not_the_guardian_of_a_customer(cast: Cast) -> None:
    cast.clerk.person_key = people.key(PEOPLE["tongfu"].number)
    cast.clerk.save(update_fields=["person_key"])
    application = cast.ready("tong", guardian="tongfu")

    assert stopped_by(application, cast.now) == {"PX-08C"}
    assert "PX-08C" not in {
        verdict.rule.id for verdict in flow.judge(application, clerk=cast.colleague, now=cast.now)
    }


# The ages ---------------------------------------------------------------------------------


def test_the_sixteenth_birthday_begins_at_midnight_in_shanghai(cast: Cast, teen: date) -> None:
    application = cast.draft()
    cast.read(application, "teen")
    midnight = datetime(teen.year, teen.month, teen.day, tzinfo=SHANGHAI)

    assert ages(application, midnight - timedelta(seconds=1)) == {"PX-08"}
    # In London it is still the day before.
    assert ages(application, midnight) == {"PX-09"}


def test_sixteen_is_enough_with_a_written_consent(cast: Cast, teen: date) -> None:
    application = cast.draft()
    cast.answer(application, "teen")
    cast.read(application, "teen")

    assert application.photos_due[-2:] == ("guardian_consent", "guardianship")
    assert ages(application, cast.now) == set()


@pytest.mark.parametrize(
    ("key", "value", "rules"),
    [
        ("minor.teen_alone", "alone", set()),
        ("minor.teen_alone", "guardian", {"PX-09"}),
        ("minor.guardian_age", 18, {"PX-08"}),
        ("minor.youngest_age", 18, {"PX-09", "PX-09Y"}),
    ],
)
def test_a_province_sets_the_ladder_of_ages(
    cast: Cast, teen: date, key: str, value: object, rules: set[str]
) -> None:
    today = timezone.localdate(cast.now)
    policy.put(
        cast.province,
        key,
        value,
        from_date=today,
        reason="样本",
        by=cast.administrator,
        now=cast.now,
    )
    application = cast.draft()
    cast.read(application, "teen")

    assert ages(application, cast.now) == rules


def test_a_guardian_is_not_for_somebody_of_age(cast: Cast) -> None:
    application = cast.ready("wang", guardian="tongfu")

    assert ages(application, cast.now) == {"PX-08W"}


# At the counter ---------------------------------------------------------------------------


@pytest.fixture
def clerk(cast: Cast) -> Client:
    return cast.signed_in(cast.clerk)


def test_the_age_is_said_where_the_card_was_read_with_a_button_that_mends_it(
    cast: Cast, clerk: Client
) -> None:
    application = cast.draft()
    cast.read(application, "tong")

    page = clerk.get(reverse("identity", args=[application.pk, "holder"])).content.decode()

    assert "客户还没有到可以自己办理的年龄" in page
    assert "改为监护人代办" in page


def test_the_button_keeps_what_was_read_and_asks_for_the_guardian(
    cast: Cast, clerk: Client
) -> None:
    application = cast.draft()
    child = cast.read(application, "tong")

    clerk.post(
        reverse("application_answer", args=[application.pk]),
        {"customer": "guardian", "holder_kind": "guardian", "go_on": "1"},
    )

    application.refresh_from_db()
    assert application.holder_kind == "guardian"
    assert list(application.parties.all()) == [child]
    assert stopped_by(application, cast.now) >= {"PX-08R"}


def test_back_to_the_customer_alone_forgets_the_guardian(cast: Cast) -> None:
    application = cast.ready("tong", guardian="tongfu")

    cast.answer(application, "self")

    kinds = set(application.photos.current().values_list("kind", flat=True))
    assert [party.role for party in application.parties.all()] == ["holder"]
    assert kinds == {"id_front", "id_back", "signature"}


def test_the_start_says_what_a_guardian_has_to_bring(cast: Cast, clerk: Client) -> None:
    application = cast.draft()
    cast.answer(application, "guardian")

    page = clerk.get(reverse("application_start", args=[application.pk])).content.decode()

    assert "拍监护人的现场照和监护关系证明" in page


# At the desk ------------------------------------------------------------------------------


def test_the_verifier_sees_the_guardian_and_is_asked_about_the_proof(cast: Cast) -> None:
    cast.in_review("tong", guardian="tongfu")
    case, desk = cast.claimed(), cast.signed_in(cast.verifier)

    shown = desk.get(reverse("review", args=[case.pk]))

    assert PEOPLE["tongfu"].name in shown.content.decode()
    evidence = shown.context["evidence"]
    assert evidence.side_by_side == "guardian_id_front guardian_live"
    labels = {question.name: question.label for question in shown.context["questions"]}
    assert labels["check_same_person"] == "现场照与监护人身份证是同一人"
    assert "check_guardianship" in labels


def test_a_child_s_case_is_not_approved_without_the_answer_about_the_proof(cast: Cast) -> None:
    cast.in_review("tong", guardian="tongfu")
    case, desk = cast.claimed(), cast.signed_in(cast.verifier)
    answers = {f"check_{name}": "y" for name in ("same_person", "papers_clear", "data_agrees")} | {
        "claim_no": case.claim_no,
        "verdict": "approve",
    }

    answer = desk.post(reverse("review_decide", args=[case.pk]), answers)

    assert answer.status_code == 422
    assert "还有 1 项没有回答" in answer.content.decode()
