"""A disk that fills up and a bucket that is away: nothing is lost, and the counter is told."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from outlets.bridge.people import PEOPLE
from portal import blobs
from portal.services import health
from registration import specimens, tasks
from registration.models import Application, Photo
from registration.services import darkroom
from registration.services import photo as photos
from tests import bucket, small_disk
from tests.bucket import Server
from tests.cast import Cast
from tests.pictures import look
from tests.small_disk import MEGABYTE, Disk, LimitedFolder

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}
CARD = specimens.id_front(PEOPLE["wang"], size=(1280, 808))


@pytest.fixture
def disk(tmp_path: Path, settings: Any) -> Iterator[Disk]:
    with small_disk.mounted(tmp_path / "disk", settings) as found:
        yield found


def _upload(client: Client, application: Application, data: bytes = CARD) -> Any:
    url = reverse("photo_take", args=[application.pk, "id_front"])
    photo = SimpleUploadedFile("card.jpg", data, content_type="image/jpeg")
    return client.post(url, {"photo": photo, "source": "camera"}, headers=JSON)


def _received(cast: Cast) -> Photo:
    return photos.receive(
        cast.draft(), "id_front", CARD, source="camera", by=cast.clerk, now=cast.now
    )


def _large() -> bytes:
    """About 3 MB, as a good camera makes them."""
    noise = np.random.default_rng(7).integers(0, 255, (1400, 1400, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "JPEG", quality=90)
    return out.getvalue()


# A disk of 50 MB ---------------------------------------------------------------------------


def test_uploads_until_the_disk_is_full_lose_nothing_and_go_on_when_there_is_room(
    cast: Cast, disk: Disk
) -> None:
    application, client, data = cast.draft(), cast.signed_in(cast.clerk), _large()

    answers = [_upload(client, application, data)]
    while answers[-1].status_code == 200:
        assert len(answers) < 50, "it never filled up"
        answers.append(_upload(client, application, data))

    refused = answers[-1]
    assert refused.status_code == 503
    assert refused.json() == {
        "error": "影像存储满了，这张没有存下。",
        "todo": "请管理员清理或扩大存储的空间；有了空间会自动继续。",
    }
    stored = Photo.objects.values_list("original", flat=True)
    assert len(stored) == len(answers) - 1 == len(disk.pictures()) > 10
    assert all(blobs.get(name) == data for name in stored)
    # The database may lie beside the pictures.
    (disk.folder / "beside").write_bytes(bytes(2 * MEGABYTE))

    (disk.folder / "beside").unlink()
    for name in stored[:2]:
        blobs.delete(name)
    assert _upload(client, application, data).status_code == 200


def test_a_disk_that_another_program_fills_in_the_middle_of_a_write_keeps_no_half_file(
    cast: Cast, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = blobs.put(CARD)
    disk.fill(left=64 * 1024)
    # Asked a moment earlier there still was room.
    monkeypatch.setattr("portal.blobs.EvidenceFolder.room", lambda _self: 10 * MEGABYTE)
    monkeypatch.setattr(LimitedFolder, "room", lambda _self: 10 * MEGABYTE)

    with pytest.raises(blobs.BlobUnavailable):
        blobs.put(_large())

    assert len(disk.pictures()) == 1
    assert blobs.get(name) == CARD


def test_the_marked_copy_waits_until_there_is_room(cast: Cast, disk: Disk) -> None:
    picture = _received(cast)
    disk.fill()

    tasks.process_photo(photo_id=picture.pk)

    picture.refresh_from_db()
    assert picture.status == Photo.Status.RECEIVED
    assert len(disk.pictures()) == 1

    disk.free()
    tasks.process_photo(photo_id=picture.pk)

    picture.refresh_from_db()
    assert picture.status == Photo.Status.READY
    assert look(cast.signed_in(cast.clerk), cast.clerk, picture).status_code == 200


def test_pictures_are_still_shown_and_deleted_from_a_full_disk(cast: Cast, disk: Disk) -> None:
    picture = _received(cast)
    darkroom.develop(picture, now=cast.now)
    picture.refresh_from_db()
    disk.fill()

    assert look(cast.signed_in(cast.clerk), cast.clerk, picture).status_code == 200
    photos.forget_originals(picture.application)
    assert not blobs.exists(picture.original)


def test_the_health_page_says_that_it_is_full(cast: Cast, disk: Disk) -> None:
    before = health.evidence(cast.now)
    disk.fill()

    full = health.evidence(cast.now)

    assert before.state == "pass"
    assert full.state == "block"
    assert "满了" in full.text


def test_without_a_mount_the_kernel_breaks_the_write_off(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_disk, "_mount", lambda _folder: False)
    with small_disk.mounted(tmp_path / "limited", settings) as limited:
        blobs.put(CARD)
        limited.fill(left=64 * 1024)
        monkeypatch.setattr(LimitedFolder, "room", lambda _self: 10 * MEGABYTE)

        with pytest.raises(blobs.BlobUnavailable):
            blobs.put(_large())

        assert len(limited.pictures()) == 1


# A bucket that is away ---------------------------------------------------------------------


def test_an_upload_while_the_bucket_is_away_is_told_to_try_again_and_keeps_no_row(
    cast: Cast, server: Server
) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    server.stop()

    refused = _upload(client, application)

    assert refused.status_code == 503
    assert refused.json()["error"] == "图片暂时存取不了。"
    assert not Photo.objects.exists()

    server.start()
    assert _upload(client, application).status_code == 200
    assert blobs.get(Photo.objects.get().original) == CARD


def test_a_picture_whose_bucket_went_away_waits_for_the_sweep(
    cast: Cast, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    picture = _received(cast)
    server.stop()

    tasks.process_photo(photo_id=picture.pk)
    tasks.study_photo(photo_id=picture.pk)

    picture.refresh_from_db()
    assert picture.status == Photo.Status.RECEIVED
    assert [record.message for record in caplog.records] == [
        "Evidence storage: no answer of the bucket: EndpointConnectionError"
    ]

    server.start()
    tasks.process_photo(photo_id=picture.pk)
    picture.refresh_from_db()
    assert picture.status == Photo.Status.READY
    assert look(cast.signed_in(cast.clerk), cast.clerk, picture).status_code == 200


def test_a_wrong_bucket_rejects_no_picture(cast: Cast, server: Server) -> None:
    picture = _received(cast)
    content = server.read(f"{bucket.PREFIX}/{picture.original}")
    blobs.delete(picture.original)

    tasks.process_photo(photo_id=picture.pk)

    picture.refresh_from_db()
    assert picture.status == Photo.Status.RECEIVED
    server.client.put_object(
        Bucket=bucket.BUCKET, Key=f"{bucket.PREFIX}/{picture.original}", Body=content
    )
    tasks.process_photo(photo_id=picture.pk)
    picture.refresh_from_db()
    assert picture.status == Photo.Status.READY


def test_originals_that_could_not_be_deleted_are_deleted_later(cast: Cast, server: Server) -> None:
    picture = _received(cast)
    darkroom.develop(picture, now=cast.now)
    server.stop()

    tasks.forget_originals(application_id=picture.application_id)
    picture.refresh_from_db()
    assert picture.original

    server.start()
    tasks.forget_originals(application_id=picture.application_id)
    picture.refresh_from_db()
    assert not picture.original
    assert len(server.keys()) >= 1
