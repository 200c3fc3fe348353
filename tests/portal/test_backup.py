"""A backup is worth what its restore brings back."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from portal import blobs
from portal.services import backup
from registration.bench import server


@pytest.fixture
def evidence(settings: Any, tmp_path: Path) -> Path:
    """A folder of its own for the pictures, with one in it and what a killed write left."""
    folder = tmp_path / "blobs"
    options = {"BACKEND": "portal.blobs.EvidenceFolder", "OPTIONS": {"location": folder}}
    settings.STORAGES = settings.STORAGES | {"evidence": options}
    blobs.put(b"specimen")
    (folder / ".partial-x").write_bytes(b"half")
    return folder


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump of the same version as the server."""
    monkeypatch.setenv("PATH", str(Path(server.tool("pg_dump")).parent), prepend=":")


@pytest.mark.django_db(transaction=True)
def test_a_backup_holds_the_database_every_picture_and_the_keyring(
    evidence: Path, tmp_path: Path
) -> None:
    told = backup.make(tmp_path / "backup", now=timezone.now())

    assert told["pictures"] == 1
    assert told["engine"] == connection.vendor
    assert backup.check(tmp_path / "backup") == told
    [picture] = [each for each in (tmp_path / "backup" / "pictures").rglob("*") if each.is_file()]
    assert picture.read_bytes() == (evidence / picture.relative_to(picture.parents[2])).read_bytes()


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_was_touched_or_never_ended_is_none(evidence: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    backup.make(folder, now=timezone.now())
    (folder / "keyring.json").write_text("{}")

    with pytest.raises(CommandError, match="not as it was"):
        call_command("backup", "check", folder)

    (folder / "list.json").unlink()
    with pytest.raises(CommandError, match="no whole backup"):
        call_command("backup", "check", folder)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_restored_over_what_is_there(
    evidence: Path, tmp_path: Path, settings: Any
) -> None:
    backup.make(tmp_path / "backup", now=timezone.now())

    with pytest.raises(CommandError, match="database is not empty"):
        call_command("backup", "restore", tmp_path / "backup")

    settings.KEYRING_FILE = tmp_path / "other.json"
    settings.KEYRING_FILE.write_text("{}")
    with pytest.raises(CommandError, match="another keyring"):
        call_command("backup", "restore", tmp_path / "backup")


@pytest.mark.django_db(transaction=True)
def test_the_command_says_what_it_made(evidence: Path, tmp_path: Path) -> None:
    out = StringIO()

    call_command("backup", "make", tmp_path / "backup", stdout=out)

    assert "pictures: 1" in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_pictures_in_a_bucket_are_mirrored_by_other_means(tmp_path: Path, settings: Any) -> None:
    bucket = {"BACKEND": "portal.bucket.EvidenceBucket", "OPTIONS": {"location": "province-one"}}
    settings.STORAGES = settings.STORAGES | {"evidence": bucket}

    told = backup.make(tmp_path / "backup", now=timezone.now())

    assert told["pictures"] is None
