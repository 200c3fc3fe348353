"""Pictures are studied step by step, whatever happens to the worker."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from portal import blobs
from registration import flow, intake, tasks
from registration.models import Application, Photo, PhotoStep
from registration.services import photo as photos
from registration.services import study
from registration.services.study import Step
from tests import specimens
from tests.cast import Cast

pytestmark = pytest.mark.django_db

TEXT, LIKENESS = PhotoStep.Name.TEXT, PhotoStep.Name.LIKENESS
Status = PhotoStep.Status


class Looked(list[str]):
    """Which steps have looked and kept, in their order."""

    def step(self, name: str, *, wanted: bool = True) -> Step:
        return Step(
            lambda photo: wanted,
            lambda photo, picture: self.append(f"{name} looks"),
            lambda photo, found, now: self.append(f"{name} keeps"),
        )


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Looked:
    made = Looked()
    monkeypatch.setattr(study, "STEPS", {TEXT: made.step("text"), LIKENESS: made.step("likeness")})
    return made


def _ready(cast: Cast, application: Application | None = None) -> Photo:
    photo = photos.receive(
        application or cast.draft(),
        "id_front",
        specimens.jpeg(),
        source="camera",
        by=cast.clerk,
        now=cast.now,
    )
    intake.develop(photo, now=cast.now)
    return photo


def _states(photo: Photo) -> dict[str, str]:
    return dict(photo.steps.values_list("name", "status"))


def test_a_picture_that_is_ready_waits_for_its_steps(cast: Cast, looked: Looked) -> None:
    photo = _ready(cast)

    assert _states(photo) == {TEXT: Status.WAITING, LIKENESS: Status.WAITING}
    assert looked == []


def test_a_step_that_this_picture_does_not_need_is_not_planned(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Looked()
    monkeypatch.setattr(study, "STEPS", {TEXT: made.step("text", wanted=False)})

    photo = _ready(cast)

    assert _states(photo) == {}


def test_every_step_is_taken_once_however_often_the_worker_is_woken(
    cast: Cast, looked: Looked
) -> None:
    photo = _ready(cast)

    study.study(photo, now=cast.now)
    study.study(photo, now=cast.now + timedelta(hours=1))

    assert looked == ["text looks", "text keeps", "likeness looks", "likeness keeps"]
    assert _states(photo) == {TEXT: Status.DONE, LIKENESS: Status.DONE}


def test_a_killed_worker_costs_the_step_that_it_was_at(
    cast: Cast, looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = _ready(cast)
    killed = looked.step("text")
    monkeypatch.setitem(study.STEPS, LIKENESS, Step(killed.is_wanted, _die, killed.keep))

    with pytest.raises(KeyboardInterrupt):
        study.study(photo, now=cast.now)
    monkeypatch.setitem(study.STEPS, LIKENESS, looked.step("likeness"))
    study.study(photo, now=cast.now + timedelta(seconds=1))  # its lease has not run out
    study.study(photo, now=cast.now + study.LEASE)

    assert looked == ["text looks", "text keeps", "likeness looks", "likeness keeps"]


def test_a_picture_that_kills_every_worker_is_given_up(
    cast: Cast, looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = _ready(cast)
    step = looked.step("text")
    monkeypatch.setitem(study.STEPS, TEXT, Step(step.is_wanted, _die, step.keep))

    for attempt in range(study.MOST_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            study.study(photo, now=cast.now + attempt * study.LEASE)
    study.study(photo, now=cast.now + study.MOST_ATTEMPTS * study.LEASE)

    assert _states(photo) == {TEXT: Status.FAILED, LIKENESS: Status.DONE}


def test_a_step_that_fails_is_tried_again_and_says_nothing_of_the_picture(
    cast: Cast, looked: Looked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    photo = _ready(cast)
    step = looked.step("text")
    monkeypatch.setitem(study.STEPS, TEXT, Step(step.is_wanted, _fail, step.keep))

    study.study(photo, now=cast.now)
    first = _states(photo)
    monkeypatch.setitem(study.STEPS, TEXT, step)
    study.study(photo, now=cast.now + study.LEASE)

    assert first == {TEXT: Status.WAITING, LIKENESS: Status.DONE}
    assert _states(photo) == {TEXT: Status.DONE, LIKENESS: Status.DONE}
    assert "ValueError" in caplog.text
    assert "王样本" not in caplog.text


def test_a_storage_that_is_away_costs_no_attempt(
    cast: Cast, looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = _ready(cast)

    def away(name: str) -> bytes:
        raise blobs.BlobUnavailable

    monkeypatch.setattr(blobs, "get", away)
    tasks.study_photo(photo_id=photo.pk)

    assert set(photo.steps.values_list("attempts", flat=True)) == {0}


def test_a_picture_that_was_taken_again_is_not_studied(cast: Cast, looked: Looked) -> None:
    application = cast.draft()
    first = _ready(cast, application)
    _ready(cast, application)
    first.refresh_from_db()

    study.study(first, now=cast.now)

    assert looked == []
    assert _states(first) == {}


def test_the_verifier_gets_the_case_when_its_pictures_have_been_studied(
    cast: Cast, looked: Looked
) -> None:
    application = _submitted(cast, cast.now)
    photo = application.photos.current().get(kind="id_front")
    study.plan(photo, now=cast.now)

    flow.advance(application, now=cast.now)
    before = application.status
    Photo.objects.filter(pk=photo.pk).update(original=blobs.put(specimens.jpeg()))
    photo.refresh_from_db()
    study.study(photo, now=cast.now)
    flow.advance(application, now=cast.now)

    assert before == Application.Status.SUBMITTED
    assert application.status == Application.Status.IN_REVIEW


def test_no_case_waits_for_a_worker_that_does_not_come(cast: Cast, looked: Looked) -> None:
    application = _submitted(cast, cast.now)
    study.plan(application.photos.current().get(kind="id_front"), now=cast.now)

    flow.advance(application, now=cast.now + study.PATIENCE)

    assert application.status == Application.Status.IN_REVIEW


def test_a_step_whose_wake_up_was_lost_is_found(
    cast: Cast, looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[Any] = []
    monkeypatch.setattr(tasks, "ring", lambda task, **ids: rung.append((task, ids)))
    photo = _ready(cast)
    photo.steps.update(due_at=timezone.now() - timedelta(minutes=1))

    tasks.sweep()

    assert ("registration.tasks.study_photo", {"photo_id": photo.pk}) in rung


def test_studying_goes_to_a_queue_of_its_own() -> None:
    assert settings.CELERY_TASK_ROUTES["registration.tasks.study_photo"] == {"queue": "study"}


def _submitted(cast: Cast, now: datetime) -> Application:
    application = cast.submitted()
    application.online_checks.update(result="match")
    Application.objects.filter(pk=application.pk).update(submitted_at=now)
    application.refresh_from_db()
    return application


def _die(photo: Photo, picture: Any) -> None:
    raise KeyboardInterrupt


def _fail(photo: Photo, picture: Any) -> None:
    raise ValueError("王样本")
