"""Nothing is lost when a worker dies: the row is the queue, the sweep finds it."""

import time

import pytest

from outlets.bridge.people import PEOPLE
from portal import blobs
from registration import specimens
from registration.models import Photo
from registration.services import photo
from tests.cast import Cast
from tests.worker import running_worker, wait_until

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


def test_a_photo_whose_worker_was_killed_is_made_by_the_next_one() -> None:
    cast = Cast()
    with running_worker(beat=False) as first:
        time.sleep(2.5)  # it is up and about to work, or at it: either way it dies
        picture = _receive(cast)
        first.kill()
        assert picture.status == Photo.Status.RECEIVED

    with running_worker():
        wait_until(lambda: _ready(picture))

    assert blobs.get(picture.view).startswith(b"\xff\xd8")
    assert blobs.exists(picture.original)


def test_a_photo_is_ready_soon_after_it_was_received() -> None:
    cast = Cast()
    with running_worker(beat=False):
        picture = _receive(cast)

        wait_until(lambda: _ready(picture))

    assert (picture.width, picture.height) > (0, 0)
