"""Files that no row names are found, and nothing else is."""

import os
from datetime import timedelta
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from outlets.bridge.people import PEOPLE
from portal import blobs, crypto
from portal.models import AuditEntry
from portal.services import keys, orphans
from registration import intake, specimens
from registration.models import Photo
from registration.services import photo as photos
from registration.services import study
from tests.cast import Cast

pytestmark = pytest.mark.django_db

CARD = specimens.id_front(PEOPLE["wang"], size=(1280, 808))
LATER = timezone.now() + timedelta(days=3)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """A folder and a keyring of the test's own."""
    place = {"BACKEND": "portal.blobs.EvidenceFolder", "OPTIONS": {"location": tmp_path / "blobs"}}
    settings.STORAGES = settings.STORAGES | {"evidence": place}
    settings.KEYRING_FILE = tmp_path / "keyring.json"
    crypto.create(settings.KEYRING_FILE, crypto.master_key(settings.MASTER_KEY))
    return tmp_path / "blobs"


def _old(folder: Path, name: str) -> str:
    before = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(folder / name, (before, before))
    return name


def _run(*arguments: str) -> str:
    out = StringIO()
    call_command("blobs", *arguments, stdout=out)
    return out.getvalue()


def test_a_file_without_a_row_is_found_after_a_day(cast: Cast, folder: Path) -> None:
    for _ in range(5):
        cast.photo(cast.draft(), "id_front")
    alone = [_old(folder, blobs.put(b"alone")) for _ in range(5)]
    blobs.put(b"its row is still to come")

    assert list(orphans.find(timezone.now())) == sorted(alone)


def test_what_a_killed_write_left_is_found_and_an_operator_s_file_is_not(folder: Path) -> None:
    blobs.put(b"a picture")
    for name in (".partial-abc", "notes.txt"):
        (folder / name).write_bytes(b"x")
        _old(folder, name)

    assert list(orphans.find(timezone.now())) == [".partial-abc"]


def test_whatever_a_picture_goes_through_leaves_no_file_without_a_row(cast: Cast) -> None:
    application = cast.draft()
    for kind in ("id_front", "id_back", "live"):
        picture = photos.receive(
            application, kind, CARD, source="camera", by=cast.clerk, now=cast.now
        )
        intake.develop(picture, now=cast.now)
        study.study(Photo.objects.get(pk=picture.pk), now=cast.now)

    assert list(blobs.walk())
    assert list(orphans.find(LATER)) == []


def test_without_a_word_nothing_is_deleted_and_with_it_only_what_was_found(
    cast: Cast, folder: Path
) -> None:
    kept = cast.photo(cast.draft(), "id_front")
    alone = _old(folder, blobs.put(b"alone"))

    listed = _run("sweep")
    there = blobs.exists(alone)
    deleted = _run("sweep", "--delete")

    assert there
    assert alone in listed
    assert "1 files without a row deleted" in deleted
    assert not blobs.exists(alone)
    assert blobs.exists(kept.original)
    assert blobs.exists(kept.view)
    assert AuditEntry.objects.get(action="blobs.swept").detail == {"count": 1}


def test_a_database_that_sorts_otherwise_costs_no_file(
    cast: Cast, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        shown = cast.photo(cast.draft(), "id_front")
        for name in (shown.original, shown.view):
            _old(folder, name)
    alone = _old(folder, blobs.put(b"alone"))
    monkeypatch.setattr(orphans, "merge", lambda *rows: iter(sorted(chain(*rows), reverse=True)))

    assert list(orphans.find(timezone.now())) == [alone]


def test_a_column_of_names_is_a_plain_one_to_the_database() -> None:
    field = apps.get_model("registration", "Photo")._meta.get_field("view")

    assert field.deconstruct()[1] == "django.db.models.CharField"


def test_files_are_encrypted_anew_under_a_new_key_and_stay_what_they_are(
    cast: Cast, folder: Path
) -> None:
    picture = cast.photo(cast.draft(), "id_front")
    content = blobs.get(picture.view)
    token = (folder / picture.view).read_bytes()
    keys.rotate()

    first, again = _run("renew"), _run("renew")

    assert "2 files encrypted anew" in first
    assert "0 files encrypted anew" in again
    assert (folder / picture.view).read_bytes()[:3] != token[:3]
    assert blobs.get(picture.view) == content


def test_a_renewal_that_fails_leaves_the_old_file(
    cast: Cast, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = cast.photo(cast.draft(), "id_front")
    content = blobs.get(picture.view)
    keys.rotate()

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(CommandError):
            _run("renew")

    assert blobs.get(picture.view) == content
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 2
