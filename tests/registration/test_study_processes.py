"""Studying with real workers: killed in each step, poisoned, and with far too much to do."""

import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from outlets.bridge.people import PEOPLE
from portal import blobs
from portal.jobs import ring
from registration import specimens
from registration.models import Application, Photo, PhotoStep
from registration.services import photo as photos
from tests import processes
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

Status = PhotoStep.Status
# The kinds that tests.poison does nothing to, and those that it does.
SOUND, KILLS, HANGS, RAISES = "id_front", "letter", "id_back", "live"
# By hand: SHIMING_FLOOD=2000. Here as many as keep a worker busy beyond the test.
FLOOD = int(os.environ.get("SHIMING_FLOOD", "120"))
SECONDS_EACH = 0.4
# Behind what is queued a picture of the counter would wait twice as long, on a busy machine longer.
PROMPT = 12.0


def test_a_worker_killed_in_a_step_costs_that_step_and_nothing_is_kept_twice() -> None:
    cast = Cast()
    picture = _waiting(cast.draft(), SOUND, cast)

    with processes.running(processes.worker(include="tests.poison")):
        _wait_until(lambda: _states(picture) == {"text": Status.DONE, "likeness": Status.DONE})

    picture.refresh_from_db()
    assert picture.problem == "kk"
    tries = dict(picture.steps.values_list("name", "attempts"))
    assert tries == {"text": 1, "likeness": 2}


def test_a_picture_that_kills_hangs_or_fails_is_given_up_and_the_others_go_on() -> None:
    cast = Cast()
    application = cast.draft()
    bad = [_waiting(application, kind, cast) for kind in (KILLS, HANGS, RAISES)]
    good = _waiting(application, SOUND, cast)

    with processes.running(processes.worker(include="tests.poison")):
        _wait_until(
            lambda: (
                all(_states(one)["text"] == Status.FAILED for one in bad)
                and _states(good) == {"text": Status.DONE, "likeness": Status.DONE}
            ),
            seconds=180,
        )

    assert {one.steps.get(name="text").attempts for one in bad} == {3}


def test_the_counter_is_served_while_thousands_of_pictures_wait_to_be_studied() -> None:
    cast = Cast()
    original = blobs.put(specimens.id_front(PEOPLE["wang"]))
    for _ in range(FLOOD):
        _waiting(cast.draft(), SOUND, cast, original=original, view=original)
    slow: dict[str, Any] = {"include": "tests.poison", "POISON_SECONDS": str(SECONDS_EACH)}

    with (
        processes.running(processes.worker(queue="celery", **slow)),
        processes.running(processes.worker(queue="study", beat=False, **slow)),
    ):
        _wait_until(lambda: PhotoStep.objects.filter(status=Status.DONE).exists())
        waits = [_served(cast) for _ in range(5)]
        left = PhotoStep.objects.filter(status=Status.WAITING).count()

    if FLOOD > 1000:
        print(f"{FLOOD} queued, {left} steps left, the counter waited {max(waits):.2f} s at most")
    assert left
    assert max(waits) < PROMPT


def _served(cast: Cast) -> float:
    """Seconds from a picture at the counter to what the clerk is told about it."""
    began = time.monotonic()
    picture = photos.receive(
        cast.draft(),
        SOUND,
        specimens.id_front(PEOPLE["li"]),
        source=Photo.Source.CAMERA,
        by=cast.clerk,
        now=cast.now,
    )
    _wait_until(lambda: not _is_received(picture))
    return time.monotonic() - began


def _is_received(picture: Photo) -> bool:
    picture.refresh_from_db()
    return bool(picture.status == Photo.Status.RECEIVED)


def _waiting(application: Application, kind: str, cast: Cast, **fields: object) -> Photo:
    """A picture that is ready, with both steps still to come and its bell rung."""
    fields.setdefault("original", blobs.put(specimens.id_front(PEOPLE["wang"])))
    picture = cast.photo(application, kind, **fields)
    PhotoStep.objects.bulk_create(
        PhotoStep(photo=picture, name=name, due_at=cast.now) for name in ("text", "likeness")
    )
    ring("registration.tasks.study_photo", photo_id=picture.pk)
    return picture


def _states(picture: Photo) -> dict[str, str]:
    return dict(picture.steps.values_list("name", "status"))


def _wait_until(happened: Callable[[], bool], seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.05)
