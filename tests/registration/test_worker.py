"""Nothing is lost when a worker dies: the row is the queue, the sweep finds it."""

import pytest

from portal import blobs
from registration.models import Photo
from tests import processes
from tests.cast import Cast
from tests.registration.work import is_ready, received

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_photo_whose_worker_was_killed_is_made_by_the_next_one() -> None:
    cast = Cast()
    with processes.running(processes.worker(beat=False)) as first:
        picture = received(cast)
        first.kill()
        assert picture.status == Photo.Status.RECEIVED

    with processes.running(processes.worker()):
        assert processes.eventually(lambda: is_ready(picture))

    assert blobs.get(picture.view).startswith(b"\xff\xd8")
    assert blobs.exists(picture.original)


def test_a_photo_is_ready_soon_after_it_was_received() -> None:
    cast = Cast()
    with processes.running(processes.worker(beat=False)):
        picture = received(cast)

        assert processes.eventually(lambda: is_ready(picture))

    assert (picture.width, picture.height) > (0, 0)
