"""What came in is what lies there, and the audit says so."""

from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from outlets.bridge.people import PEOPLE
from portal import blobs
from portal.models import AuditEntry
from portal.services import seal
from registration import specimens
from registration.models import Application, Identity, Photo
from registration.services import darkroom, evidence, photo
from registration.services.evidence import State
from tests.cast import Cast

pytestmark = pytest.mark.django_db

PICTURE = specimens.id_front(PEOPLE["wang"], size=(1280, 808))


@pytest.fixture
def taken(cast: Cast) -> Photo:
    """A picture that came in and was marked, of somebody who was read."""
    application = cast.draft()
    cast.read(application)
    counted = sha256(PICTURE).hexdigest()
    made = photo.receive(
        application,
        "id_front",
        PICTURE,
        source="camera",
        counted=counted,
        by=cast.clerk,
        now=cast.now,
    )
    darkroom.develop(made, now=cast.now)
    made.refresh_from_db()
    return made


def states(application: Application) -> list[State]:
    return [item.state for item in evidence.verify(application)]


def verify(which: str) -> str:
    out = StringIO()
    call_command("evidence", "verify", which, stdout=out)
    return out.getvalue()


def test_what_came_in_is_intact(taken: Photo) -> None:
    assert states(taken.application) == [State.INTACT] * 3
    assert "evidence intact" in verify(taken.application.reference)
    assert "evidence intact" in verify(str(taken.application_id))


def test_the_hash_of_the_counter_is_in_the_audit(taken: Photo) -> None:
    entry = AuditEntry.objects.get(action="photo.received")

    assert entry.detail["counter"] == entry.detail["sha256"] == taken.sha256


def test_an_exchanged_file_is_found(taken: Photo) -> None:
    other = blobs.put(specimens.id_front(PEOPLE["li"], size=(1280, 808)))
    Photo.objects.filter(pk=taken.pk).update(original=other)

    assert states(taken.application)[0] == State.CHANGED
    with pytest.raises(CommandError, match="evidence is NOT intact: 1"):
        verify(taken.application.reference)


def test_an_exchanged_file_with_its_hash_is_found_too(taken: Photo) -> None:
    data = specimens.id_front(PEOPLE["li"], size=(1280, 808))
    exchanged = {"original": blobs.put(data), "sha256": sha256(data).hexdigest()}
    Photo.objects.filter(pk=taken.pk).update(**exchanged)

    assert states(taken.application)[0] == State.CHANGED


def test_a_damaged_and_a_missing_file_are_told_apart(taken: Photo) -> None:
    folder = Path(settings.STORAGES["evidence"]["OPTIONS"]["location"])
    (folder / taken.original).write_bytes(b"damaged")
    blobs.delete(taken.view)

    assert states(taken.application)[:2] == [State.CHANGED, State.MISSING]


def test_what_was_deleted_on_purpose_is_no_fault(taken: Photo) -> None:
    photo.forget_originals(taken.application)

    assert states(taken.application)[0] == State.DELETED
    assert "evidence intact" in verify(taken.application.reference)


def test_a_changed_read_is_found(taken: Photo, monkeypatch: pytest.MonkeyPatch) -> None:
    # A trigger stands before the row itself (test_identity_row).
    monkeypatch.setattr(Identity, "is_as_read", False)

    assert states(taken.application)[2] == State.CHANGED


def test_a_picture_that_the_audit_does_not_know_is_found(taken: Photo) -> None:
    AuditEntry.objects.filter(action="photo.received").delete()

    assert states(taken.application)[0] == State.UNRECORDED


def test_a_changed_audit_is_said_first(taken: Photo) -> None:
    seal.seal(now=taken.taken_at)
    entry = AuditEntry.objects.filter(action="photo.received")
    entry.update(detail={"kind": "id_front", "sha256": taken.sha256})

    with pytest.raises(CommandError, match="audit is NOT intact"):
        verify(taken.application.reference)


def test_a_storage_that_is_away_is_no_verdict(
    taken: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(name: str) -> bytes:
        raise blobs.BlobUnavailable

    monkeypatch.setattr(blobs, "get", away)

    with pytest.raises(CommandError, match="not verified"):
        verify(taken.application.reference)


@pytest.mark.parametrize("which", ["20200101-000001", "0", "x", "99999999"])
def test_no_other_application_is_taken_for_it(taken: Photo, which: str) -> None:
    with pytest.raises(CommandError, match="no application"):
        verify(which)


def test_other_bytes_than_the_counter_counted_are_not_kept(cast: Cast) -> None:
    application = cast.draft()
    client = cast.signed_in(cast.clerk)
    url = reverse("photo_take", args=[application.pk, "id_front"])

    answer: Any = client.post(
        url, upload(PICTURE, "0" * 64), headers={"Accept": "application/json"}
    )
    assert answer.status_code == 503  # the page sends it again
    assert not Photo.objects.exists()

    answer = client.post(
        url, upload(PICTURE, sha256(PICTURE).hexdigest()), headers={"Accept": "application/json"}
    )
    assert answer.status_code == 200
    assert Photo.objects.exists()


def upload(data: bytes, digest: str) -> dict[str, Any]:
    return {"source": "camera", "photo": SimpleUploadedFile("p.jpg", data), "sha256": digest}
