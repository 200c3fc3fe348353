"""Nothing is lost when a worker dies: the row is the queue, the sweep finds it."""

import time
from collections.abc import Callable

import pytest

from outlets.bridge.people import PEOPLE
from portal import blobs
from registration import specimens
from registration.models import Photo
from registration.services import photo
from tests import processes
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def _receive(cast: Cast) -> Photo:
    return photo.receive(
        cast.draft(),
        Photo.Kind.ID_FRONT,
        specimens.id_front(PEOPLE["wang"]),
        source=Photo.Source.CAMERA,
        by=cast.clerk,
        now=cast.now,
    )


def _ready(picture: Photo) -> bool:
    picture.refresh_from_db()
    return bool(picture.status == Photo.Status.READY)


def _wait_until(happened: Callable[[], bool], seconds: float = 40.0) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.1)


def test_a_photo_whose_worker_was_killed_is_made_by_the_next_one() -> None:
    cast = Cast()
    with processes.running(processes.worker(beat=False)) as first:
        picture = _receive(cast)
        first.kill()
        assert picture.status == Photo.Status.RECEIVED

    with processes.running(processes.worker()):
        _wait_until(lambda: _ready(picture))

    assert blobs.get(picture.view).startswith(b"\xff\xd8")
    assert blobs.exists(picture.original)


def test_a_photo_is_ready_soon_after_it_was_received() -> None:
    cast = Cast()
    with processes.running(processes.worker(beat=False)):
        picture = _receive(cast)

        _wait_until(lambda: _ready(picture))

    assert (picture.width, picture.height) > (0, 0)
