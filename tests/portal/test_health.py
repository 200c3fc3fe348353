from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.models import Post
from outlets.services import staff
from portal.models import AuditEntry, User
from portal.services import audit, health, seal
from registration import health as waiting
from registration.models import (
    Application,
    CarrierOrder,
    FaceCheck,
    OnlineCheck,
    Photo,
    PhotoStep,
)
from tests.cast import PASSWORD, Cast

NOW = timezone.now()


def broken(now: object) -> health.Result:
    raise RuntimeError("detail that nobody should read")


# The page -----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["manager", "head_manager", "administrator"])
def test_who_leads_sees_the_health_page(cast: Cast, who: str) -> None:
    response = cast.signed_in(getattr(cast, who)).get(reverse("health"))

    assert response.status_code == 200
    for name in ("数据库", "任务通道", "留痕封存", "存储空间", "照片处理", "联网核验", "号码开通"):
        assert name in response.content.decode()


@pytest.mark.parametrize("role", [Post.Role.PRIVACY, Post.Role.INSPECTOR])
def test_who_watches_sees_the_health_page(cast: Cast, role: str) -> None:
    looker = User.objects.create_user("looker", "样本检查", PASSWORD)
    staff.appoint(
        looker, channel=cast.head, role=role, by=None, now=cast.now, until=timezone.localdate()
    )

    assert cast.signed_in(looker).get(reverse("health")).status_code == 200


@pytest.mark.parametrize("who", ["clerk", "verifier"])
def test_others_are_told_whom_to_ask(cast: Cast, who: str) -> None:
    response = cast.signed_in(getattr(cast, who)).get(reverse("health"))

    assert response.status_code == 403
    assert "请联系渠道经理" in response.content.decode()


def test_without_a_post_there_is_no_health_page(cast: Cast) -> None:
    nobody = User.objects.create_user("nobody", "王样本", PASSWORD)

    assert cast.signed_in(nobody).get(reverse("health")).status_code == 403


def test_signed_out_there_is_no_health_page(db: None) -> None:
    assert Client().get(reverse("health"))["Location"].startswith(reverse("login"))


def test_all_well_is_said_in_one_sentence(cast: Cast, settings: Any) -> None:
    settings.HEALTH_CHECKS = ["portal.services.health.database"]

    assert "一切正常。" in cast.signed_in(cast.manager).get(reverse("health")).content.decode()


def test_a_check_that_breaks_is_a_finding_and_hides_no_other(
    cast: Cast, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.HEALTH_CHECKS = [f"{__name__}.broken", "portal.services.health.database"]

    page = cast.signed_in(cast.manager).get(reverse("health")).content.decode()

    assert "这项检查没有完成。" in page
    assert "detail that nobody should read" not in page
    assert "数据库" in page
    assert "broken failed" in caplog.text


# For machines -------------------------------------------------------------------------------


def test_healthz_says_yes_to_anybody(db: None) -> None:
    response = Client().get("/healthz")

    assert (response.status_code, response.json()) == (200, {"ok": True})
    assert "no-store" in response["Cache-Control"]


def test_healthz_says_no_where_the_database_is_away(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "connection", _away())

    response = Client().get("/healthz")

    assert (response.status_code, response.json()) == (503, {"ok": False})


# The checks ---------------------------------------------------------------------------------


def _away() -> SimpleNamespace:
    def cursor() -> None:
        raise OperationalError("away")

    return SimpleNamespace(cursor=cursor)


def test_a_database_that_does_not_answer_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "connection", _away())

    result = health.database(NOW)

    assert result.state == "block"
    assert result.todo


def test_a_broker_that_is_away_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect() -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("portal.celery.app.connection_for_write", connect)

    assert health.broker(NOW).state == "review"


def test_a_broker_that_answers_is_well() -> None:
    assert health.broker(NOW).state == "pass"


def test_an_audit_with_nothing_in_it_is_well(db: None) -> None:
    assert health.unsealed(NOW).state == "pass"


def test_a_fresh_row_may_wait_for_the_sealer(db: None) -> None:
    audit.record("login", by=None, now=NOW - timedelta(seconds=50))

    assert health.unsealed(NOW).state == "pass"


def test_a_row_unsealed_for_over_a_minute_is_a_fault(db: None) -> None:
    audit.record("login", by=None, now=NOW - timedelta(minutes=3))

    result = health.unsealed(NOW)

    assert result.state == "block"
    assert "1 条留痕" in result.text


def test_the_last_seal_is_told_by_the_clock_of_shanghai(db: None) -> None:
    audit.record("login", by=None, now=NOW - timedelta(minutes=3))
    seal.seal(now=NOW)

    result = health.unsealed(NOW)

    assert AuditEntry.objects.get().leaf == 0
    assert result.state == "pass"
    assert f"{timezone.localtime(NOW):%Y-%m-%d %H:%M:%S}" in result.text


def test_a_full_disk_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=200 * 1024**2))

    result = health.disk(NOW)

    assert result.state == "block"
    assert "0.2 GB" in result.text


def test_there_is_room_for_pictures_here(tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path

    assert health.disk(NOW).state == "pass"


def test_the_worst_result_speaks_for_all() -> None:
    results = [health.Result("a", "pass", ""), health.Result("b", "block", "")]

    assert health.worst(results) == "block"
    assert health.worst([]) == "pass"


# What waits ---------------------------------------------------------------------------------


def test_a_picture_that_waits_for_the_worker_is_a_fault(cast: Cast) -> None:
    application = cast.draft()
    cast.photo(
        application,
        Photo.Kind.ID_FRONT,
        status=Photo.Status.RECEIVED,
        taken_at=cast.now - timedelta(minutes=2),
    )

    assert waiting.photos(cast.now).state == "block"
    assert waiting.photos(cast.now - timedelta(seconds=90)).state == "pass"


def test_what_is_not_studied_in_minutes_is_a_warning(cast: Cast) -> None:
    photo = cast.photo(cast.draft(), Photo.Kind.ID_FRONT)
    PhotoStep.objects.create(photo=photo, name=PhotoStep.Name.TEXT, due_at=cast.now)

    assert waiting.studies(cast.now + timedelta(minutes=4)).state == "pass"
    assert waiting.studies(cast.now + timedelta(minutes=6)).state == "review"


def test_what_waits_to_be_studied_of_a_picture_that_was_replaced_is_nothing(cast: Cast) -> None:
    photo = cast.photo(cast.draft(), Photo.Kind.ID_FRONT, replaced_at=cast.now)
    PhotoStep.objects.create(photo=photo, name=PhotoStep.Name.TEXT, due_at=cast.now)

    assert waiting.studies(cast.now + timedelta(hours=1)).state == "pass"


@pytest.mark.parametrize(
    ("result", "state"), [("waiting", "review"), ("unavailable", "review"), ("alike", "pass")]
)
def test_faces_that_no_engine_answers_are_a_warning(cast: Cast, result: str, state: str) -> None:
    application = cast.submitted()
    FaceCheck.objects.filter(application=application).delete()
    photo = cast.photo(application, Photo.Kind.MARK)
    FaceCheck.objects.create(
        application=application, role="holder", live=photo, result=result, due_at=cast.now
    )

    assert waiting.faces(cast.now).state == "pass"
    assert waiting.faces(cast.now + timedelta(minutes=11)).state == state


def test_an_identity_that_waits_long_for_its_check_is_a_warning(cast: Cast) -> None:
    application = cast.submitted()
    assert OnlineCheck.objects.filter(application=application).exists()

    assert waiting.identity_checks(cast.now).state == "pass"
    assert waiting.identity_checks(cast.now + timedelta(minutes=11)).state == "review"


def test_an_order_that_the_carrier_does_not_answer_is_a_warning(cast: Cast) -> None:
    application: Application = cast.draft()
    CarrierOrder.objects.create(
        application=application,
        command=CarrierOrder.Command.OPEN,
        number="17000000001",
        due_at=cast.now,
        attempts=4,
    )

    result = waiting.carrier_orders(cast.now)

    assert result.state == "review"
    assert "1 个号码" in result.text
