"""What the sweep finds when a wake-up was lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from registration import flow, tasks
from registration.models import Application, Line, OwnershipCheck, Photo
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, int]]]:
    calls: list[tuple[str, dict[str, int]]] = []
    monkeypatch.setattr(tasks, "ring", lambda task, **ids: calls.append((task, ids)))
    return calls


def test_a_photo_nobody_worked_on_is_found(
    cast: Cast, rung: list[tuple[str, dict[str, int]]]
) -> None:
    long_ago = timezone.now() - timedelta(minutes=1)
    photo = cast.photo(cast.draft(), "id_front", status=Photo.Status.RECEIVED, taken_at=long_ago)

    tasks.sweep()

    assert rung == [("registration.tasks.process_photo", {"photo_id": photo.pk})]


def test_unmarked_pictures_of_a_final_application_are_found(
    cast: Cast, rung: list[tuple[str, dict[str, int]]]
) -> None:
    application = cast.ready()
    flow.abandon(application, by=cast.clerk, now=cast.now)

    tasks.sweep()
    tasks.forget_originals(application_id=application.pk)

    ids = {"application_id": application.pk}
    assert ("registration.tasks.forget_originals", ids) in rung
    assert not Photo.objects.exclude(original="").exists()
    rung.clear()
    tasks.sweep()
    assert ("registration.tasks.forget_originals", ids) not in rung


@pytest.mark.usefixtures("rung")
def test_a_draft_that_lay_too_long_is_abandoned(cast: Cast) -> None:
    old, young = cast.draft(), cast.draft()
    Application.objects.filter(pk=old.pk).update(
        touched_at=timezone.now() - settings.DRAFT_LIFE - timedelta(minutes=1)
    )

    tasks.sweep()

    old.refresh_from_db()
    young.refresh_from_db()
    assert old.status == Application.Status.ABANDONED
    assert young.status == Application.Status.DRAFT


def test_a_comparison_with_the_holder_that_waits_is_found_at_the_counter_too(
    cast: Cast, rung: list[tuple[str, dict[str, int]]]
) -> None:
    application = cast.asking("cancel", "wang")
    check = application.ownership_checks.get()
    OwnershipCheck.objects.update(result="unavailable")

    tasks.sweep()

    assert ("registration.tasks.ask_ownership", {"check_id": check.pk}) in rung
    rung.clear()
    flow.abandon(application, by=cast.clerk, now=cast.now)
    tasks.sweep()
    assert ("registration.tasks.ask_ownership", {"check_id": check.pk}) not in rung


def test_a_number_whose_rest_is_over_is_closed(cast: Cast, settings: Any) -> None:
    settings.UNDO = timedelta(0)
    cast.done(cast.approved(cast.asking("cancel", "wang")))
    Line.objects.update(quarantine_until=timezone.now())

    tasks.sweep()

    assert Line.objects.get().status == Line.Status.CLOSED
