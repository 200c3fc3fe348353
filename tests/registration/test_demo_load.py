"""Loading the demo: into an empty database only, whole or not at all, and quietly."""

import time
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from outlets import demo
from outlets.models import Channel
from portal.celery import app
from portal.models import User
from registration.demo import load
from registration.demo.story import back
from tests.cast import Cast

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.mark.django_db
def test_a_database_in_use_is_left_alone(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(load.NotEmpty):
        load.load(now=cast.now, carrier_state=tmp_path / "carrier.sqlite3")

    assert User.objects.count() == 3


@pytest.mark.django_db
def test_a_load_that_breaks_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the machine went down")

    monkeypatch.setattr("registration.demo.history.History.play", broken)

    with pytest.raises(RuntimeError):
        load.load(now=timezone.now(), carrier_state=tmp_path / "carrier.sqlite3")

    assert not User.objects.exists()
    assert not Channel.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_no_worker_is_woken_for_what_lies_in_the_past(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda task, **how: rung.append(task))

    load.load(now=timezone.now(), carrier_state=tmp_path / "carrier.sqlite3", cases=0)

    assert rung == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_loads_at_once_leaves_the_first_alone(tmp_path: Path) -> None:
    now, built = timezone.now(), Event()

    def first() -> None:
        with transaction.atomic():
            demo.build(now=now)
            built.set()
            time.sleep(1)  # the other one now meets rows that are not committed
        connection.close()

    other = Thread(target=first)
    other.start()
    assert built.wait(30)

    with pytest.raises(load.NotEmpty):
        load.load(now=now, carrier_state=tmp_path / "carrier.sqlite3", cases=0)

    other.join()
    assert Channel.objects.filter(code=demo.HEAD).count() == 1


@pytest.mark.django_db
def test_without_the_demo_there_is_no_code_and_no_list(cast: Cast) -> None:
    out = StringIO()

    call_command("demo", accounts=True, stdout=out)
    with pytest.raises(CommandError, match="--no-demo"):
        call_command("demo", enrolment_code=True)

    assert out.getvalue() == ""


@pytest.mark.django_db
def test_a_public_site_does_not_get_a_password_that_everybody_knows(settings: Any) -> None:
    settings.SECURE = True

    with pytest.raises(CommandError, match="https"):
        call_command("demo")


@pytest.mark.parametrize(
    ("minutes", "moment"),
    [(60, "2026-11-22 11:00"), (179, "2026-11-22 09:01"), (200, "2026-11-21 20:40")],
)
def test_time_is_counted_back_in_opening_hours(minutes: int, moment: str) -> None:
    assert f"{back(NOON, minutes):%Y-%m-%d %H:%M}" == moment
