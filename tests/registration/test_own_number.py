"""The customer's own number at the counter: named, looked up, compared; a real carrier process."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from registration import intake
from registration.models import Application, OwnershipCheck
from registration.services import ownership
from tests.cast import Cast
from tests.portal.services import RunningService, running_carrier

pytestmark = pytest.mark.django_db

WANG, NOBODY, GROUP = "13800009001", "13800009101", "13800009104"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with running_carrier(tmp_path_factory.mktemp("carrier")) as service:
        yield service


@pytest.fixture
def boss(running: RunningService, settings: Any) -> Iterator[RunningService]:
    """The carrier's system, in its ordinary mode again after every test."""
    settings.CARRIER_URL = running.url
    settings.GATEWAY_TIMEOUT = 1.0
    yield running
    running.mode("ok")


@pytest.fixture
def clerk(cast: Cast) -> Client:
    return cast.signed_in(cast.clerk)


def draft(cast: Cast, service: str) -> Application:
    application = cast.draft()
    cast.answer(application, service=service)
    return application


def name(clerk: Client, application: Application, number: str) -> Any:
    url = reverse("application_own_number", kwargs={"pk": application.pk})
    answer = clerk.post(url, {"number": number}, headers={"Accept": "application/json"})
    application.refresh_from_db()
    return answer


def start_page(clerk: Client, application: Application) -> str:
    url = reverse("application_start", kwargs={"pk": application.pk})
    return clerk.get(url).content.decode()


@pytest.mark.parametrize(
    "written", [WANG, "138 0000 9001", "138-0000-9001", "１３８００００９００１"]
)
def test_a_registered_number_is_named_and_shown_masked(
    cast: Cast, clerk: Client, boss: RunningService, written: str
) -> None:
    application = draft(cast, "cancel")

    assert name(clerk, application, written).status_code == 200

    assert (application.number, application.standing) == (WANG, "registered")
    page = start_page(clerk, application)
    assert "138 **** 9001" in page
    assert "已实名登记" in page


def test_a_fixed_line_s_number_is_named_with_its_area_code(
    cast: Cast, clerk: Client, boss: RunningService
) -> None:
    application = draft(cast, "fixed_move")

    assert name(clerk, application, "0600-8009001").status_code == 200

    assert application.is_fixed
    assert application.standing == "registered"


def test_an_unregistered_number_is_named_and_its_backfill_is_a_button_away(
    cast: Cast, clerk: Client, boss: RunningService
) -> None:
    application = draft(cast, "reissue")

    name(clerk, application, GROUP)
    assert "请先补登记" in start_page(clerk, application)
    answer = clerk.post(
        reverse("application_answer", kwargs={"pk": application.pk}), {"service": "backfill"}
    )

    application.refresh_from_db()
    assert answer.status_code == 302
    assert (application.service, application.category) == ("backfill", "group")
    assert application.number == GROUP
    assert "请先补登记" not in start_page(clerk, application)


@pytest.mark.parametrize(
    ("service", "number", "said"),
    [
        ("cancel", "13900000000", "不在本企业使用中"),
        ("cancel", "1380000900", "号码不对"),
        ("cancel", "", "请输入客户的号码"),
        ("fixed_move", WANG, "不能办在这种号码上"),
        ("reissue", "06008009001", "不能办在这种号码上"),
        ("new_mobile", WANG, "不能办在这种号码上"),
    ],
)
def test_a_number_that_will_not_do_is_said_and_not_kept(
    cast: Cast, clerk: Client, boss: RunningService, service: str, number: str, said: str
) -> None:
    application = draft(cast, service)

    answer = name(clerk, application, number)

    assert answer.status_code == 422
    assert said in answer.json()["error"]
    assert application.number is None


def test_without_a_carrier_the_number_is_asked_about_later(
    cast: Cast, clerk: Client, boss: RunningService
) -> None:
    application = draft(cast, "cancel")
    boss.mode("down")

    assert "没有回应" in name(clerk, application, WANG).json()["error"]
    boss.mode("ok")

    assert name(clerk, application, WANG).status_code == 200


def test_a_pool_s_number_cannot_be_chosen_for_a_service_on_one_s_own(
    cast: Cast, clerk: Client, boss: RunningService
) -> None:
    application = draft(cast, "cancel")
    url = reverse("application_number", kwargs={"pk": application.pk})

    answer = clerk.post(url, {"number": "17000000001"}, headers={"Accept": "application/json"})

    assert answer.status_code == 422


def test_a_fixed_line_is_chosen_from_its_own_pool(
    cast: Cast, clerk: Client, boss: RunningService
) -> None:
    application = draft(cast, "fixed_install")

    page = clerk.get(reverse("application_numbers", kwargs={"pk": application.pk}))

    choices = page.context["choices"]
    assert choices
    assert all(number.startswith("0600") for number, _grouped in choices)


@pytest.mark.parametrize(("person", "result"), [("wang", "match"), ("li", "mismatch")])
def test_the_carrier_compares_who_was_read_with_the_number_s_holder(
    cast: Cast, boss: RunningService, person: str, result: str
) -> None:
    application = draft(cast, "cancel")
    intake.name_number(application, WANG, by=cast.clerk, now=cast.now)
    cast.read(application, person)

    ownership.send(OwnershipCheck.objects.get(), now=cast.now)

    assert OwnershipCheck.objects.get().result == result


def test_a_carrier_that_does_not_answer_is_asked_again_later(
    cast: Cast, boss: RunningService
) -> None:
    application = draft(cast, "cancel")
    intake.name_number(application, WANG, by=cast.clerk, now=cast.now)
    cast.read(application, "wang")
    boss.mode("down")

    ownership.send(OwnershipCheck.objects.get(), now=cast.now)
    waiting = OwnershipCheck.objects.get()
    boss.mode("ok")
    ownership.send(waiting, now=waiting.due_at)

    assert (waiting.result, waiting.attempts) == ("unavailable", 1)
    assert waiting.due_at > cast.now
    assert OwnershipCheck.objects.get().result == "match"


def test_nothing_is_compared_for_an_unregistered_number(cast: Cast, boss: RunningService) -> None:
    application = draft(cast, "backfill")

    intake.name_number(application, NOBODY, by=cast.clerk, now=cast.now)
    cast.read(application, "wang")

    assert not OwnershipCheck.objects.exists()


def test_an_address_is_kept_and_shown_masked(cast: Cast, clerk: Client) -> None:
    application = draft(cast, "fixed_install")
    url = reverse("application_address", kwargs={"pk": application.pk})
    accept = {"Accept": "application/json"}

    short = clerk.post(url, {"address": "路"}, headers=accept)
    good = clerk.post(url, {"address": "示例省样本市测试路1号2单元"}, headers=accept)

    application.refresh_from_db()
    assert (short.status_code, good.status_code) == (422, 200)
    assert application.address == "示例省样本市测试路1号2单元"
    page = clerk.get(reverse("photos", kwargs={"pk": application.pk}))
    assert "示例省样本市****" in page.content.decode()


def test_proofs_are_ticked_until_they_suffice(cast: Cast, clerk: Client) -> None:
    application = cast.asking(
        "backfill", "wang", number=NOBODY, standing="unregistered", category="temporary"
    )
    url = reverse("proofs", kwargs={"pk": application.pk})
    photos = reverse("photos", kwargs={"pk": application.pk})

    clerk.post(url, {"proofs": ["password"]})
    assert "3 分，至少要 4 分" in clerk.get(photos).content.decode()
    clerk.post(url, {"proofs": ["password", "tray"]})

    application.refresh_from_db()
    assert application.proofs == ["password", "tray"]
    assert "4 分，够了" in clerk.get(photos).content.decode()
