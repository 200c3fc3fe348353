"""A backup is worth what its restore brings back."""

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

MEGABYTE = 1024**2
BUCKET = {"BACKEND": "portal.bucket.EvidenceBucket", "OPTIONS": {"location": "province-one"}}


@pytest.fixture
def evidence(settings: Any, tmp_path: Path) -> Path:
    """A folder of its own for the pictures, with one in it and what a killed write left."""
    folder = tmp_path / "blobs"
    settings.STORAGES = settings.STORAGES | {"evidence": _storage(folder)}
    blobs.put(b"specimen")
    (folder / ".partial-x").write_bytes(b"half")
    return folder


@pytest.fixture
def move(settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[Callable[[], Path]]:
    """Calling it goes to a new machine: an empty database, no picture, no keyring. Returns its
    folder."""
    postgres, old = connection.vendor == "postgresql", connection.settings_dict["NAME"]
    folder = tmp_path / "new"
    name = "restored" if postgres else str(folder / "new.sqlite3")
    if postgres:
        with connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE restored")

    def go() -> Path:
        folder.mkdir()
        connection.close()
        connection.settings_dict["NAME"] = name
        settings.KEYRING_FILE = folder / "keys" / "keyring.json"
        settings.STORAGES = settings.STORAGES | {"evidence": _storage(folder / "blobs")}
        return folder

    yield go
    connection.close()
    connection.settings_dict["NAME"] = old
    if postgres:
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE restored")


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
    pictures = tmp_path / "backup" / "pictures"
    [picture] = [each for each in pictures.rglob("*") if each.is_file()]
    assert picture.read_bytes() == (evidence / picture.relative_to(pictures)).read_bytes()


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
    settings.STORAGES = settings.STORAGES | {"evidence": BUCKET}

    told = backup.make(tmp_path / "backup", now=timezone.now())

    assert told["pictures"] is None


@pytest.mark.parametrize("step", ["_copy", "_load"])
def test_a_restore_that_failed_can_be_repeated(
    evidence: Path,
    tmp_path: Path,
    move: Callable[[], Path],
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    kept = tmp_path / "backup"
    told = backup.make(kept, now=timezone.now())
    tables, ring = connection.introspection.table_names(), settings.KEYRING_FILE.read_bytes()
    new = move()
    with monkeypatch.context() as patch:
        patch.setattr(backup, step, _fail)
        with pytest.raises(backup.Unfit, match="on purpose"):
            backup.restore(kept)

    assert backup.restore(kept) == told

    assert connection.introspection.table_names() == tables
    assert settings.KEYRING_FILE.read_bytes() == ring
    assert _contents(new / "blobs") == _contents(kept / "pictures")
    assert not list(new.rglob("*.partial"))


@pytest.mark.postgres
def test_a_load_that_failed_halfway_leaves_no_table(
    evidence: Path, tmp_path: Path, move: Callable[[], Path]
) -> None:
    backup.make(tmp_path / "backup", now=timezone.now())
    move()
    with connection.cursor() as cursor:
        # A table is a type, too: this one cannot be made, those before it can.
        cursor.execute("CREATE TYPE registration_review AS ENUM ()")

    with pytest.raises(backup.Unfit, match="registration_review"):
        backup.restore(tmp_path / "backup")

    assert connection.introspection.table_names() == []


def test_pictures_of_a_folder_are_not_restored_beside_a_bucket(
    evidence: Path, tmp_path: Path, move: Callable[[], Path], settings: Any
) -> None:
    backup.make(tmp_path / "backup", now=timezone.now())
    new = move()
    settings.STORAGES = settings.STORAGES | {"evidence": BUCKET}

    with pytest.raises(CommandError, match="is a bucket"):
        call_command("backup", "restore", tmp_path / "backup")

    assert not settings.KEYRING_FILE.exists()
    assert not list((new / "keys").glob("*"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["_dump", "_copy"])
def test_a_make_that_failed_leaves_the_earlier_backup_as_it_was(
    evidence: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    kept = tmp_path / "backup"
    told = backup.make(kept, now=timezone.now())
    before = _contents(kept)
    monkeypatch.setattr(backup, step, _fail)

    with pytest.raises(backup.Unfit, match="on purpose"):
        backup.make(kept, now=timezone.now())

    assert backup.check(kept) == told
    assert before.items() <= _contents(kept).items()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("room", [0, 12 * MEGABYTE], ids=["database", "picture"])
def test_a_disk_that_is_full_is_said_and_the_earlier_backup_stays(
    evidence: Path, tmp_path: Path, room: int
) -> None:
    kept = tmp_path / "backup"
    told = backup.make(kept, now=timezone.now())
    before = _contents(kept)
    blobs.put(bytes(16 * MEGABYTE))

    with _files_no_longer_than(room), pytest.raises(CommandError):
        call_command("backup", "make", kept)

    assert backup.check(kept) == told
    assert before.items() <= _contents(kept).items()


@pytest.mark.django_db(transaction=True)
def test_a_make_that_failed_late_keeps_the_pictures_that_fit_the_earlier_keyring(
    evidence: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "backup"
    backup.make(kept, now=timezone.now())
    before = _contents(kept)
    _renew(evidence)
    monkeypatch.setattr(backup, "_put", _fail)

    with pytest.raises(backup.Unfit, match="on purpose"):
        backup.make(kept, now=timezone.now())

    assert before.items() <= _contents(kept).items()


@pytest.mark.django_db(transaction=True)
def test_a_picture_renewed_at_the_same_size_is_copied_again(evidence: Path, tmp_path: Path) -> None:
    kept = tmp_path / "backup"
    backup.make(kept, now=timezone.now())
    _renew(evidence)

    told = backup.make(kept, now=timezone.now())

    assert told["pictures"] == 1
    assert _contents(kept / "pictures") == _contents(evidence, hidden=False)


@pytest.mark.django_db(transaction=True)
def test_an_erased_picture_leaves_the_backup_too(evidence: Path, tmp_path: Path) -> None:
    kept = tmp_path / "backup"
    erased = blobs.put(b"erased later")
    backup.make(kept, now=timezone.now())
    blobs.delete(erased)

    told = backup.make(kept, now=timezone.now())

    assert told["pictures"] == 1
    assert not (kept / "pictures" / erased).exists()
    assert backup.check(kept) == told


@pytest.mark.django_db(transaction=True)
def test_a_picture_deleted_while_it_is_copied_is_passed_over(
    evidence: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, copy = evidence / blobs.put(b"decided"), backup._copy_one

    def late(ours: Path, there: Path, over: bool) -> None:
        if ours == gone:
            gone.unlink()
        copy(ours, there, over)

    monkeypatch.setattr(backup, "_copy_one", late)

    told = backup.make(tmp_path / "backup", now=timezone.now())

    assert not gone.exists()
    assert told["pictures"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_folder_of_pictures_that_is_not_mounted_empties_no_backup(
    evidence: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "backup"
    told = backup.make(kept, now=timezone.now())
    shutil.rmtree(evidence)

    with pytest.raises(CommandError, match="is empty"):
        call_command("backup", "make", kept)

    assert backup.check(kept) == told


@pytest.mark.django_db(transaction=True)
def test_the_check_misses_a_picture(evidence: Path, tmp_path: Path) -> None:
    kept = tmp_path / "backup"
    blobs.put(b"second")
    backup.make(kept, now=timezone.now())
    next(path for path in (kept / "pictures").rglob("*") if path.is_file()).unlink()

    with pytest.raises(CommandError, match="1 of 2 pictures are missing"):
        call_command("backup", "check", kept)


@pytest.mark.django_db(transaction=True)
def test_a_backup_is_for_its_owner_alone(evidence: Path, tmp_path: Path) -> None:
    kept = tmp_path / "backup"
    kept.mkdir(mode=0o755)
    before = os.umask(0o022)

    try:
        backup.make(kept, now=timezone.now())
    finally:
        after = os.umask(before)

    assert after == 0o022
    assert [path for path in (kept, *kept.rglob("*")) if path.stat().st_mode & 0o077] == []


def test_what_is_restored_is_for_its_owner_alone(
    evidence: Path, tmp_path: Path, move: Callable[[], Path]
) -> None:
    backup.make(tmp_path / "backup", now=timezone.now())
    new = move()

    backup.restore(tmp_path / "backup")

    connection.close()
    assert [path for path in new.rglob("*") if path.stat().st_mode & 0o077] == []


@pytest.mark.django_db(transaction=True)
def test_without_a_keyring_no_backup_is_begun(
    evidence: Path, tmp_path: Path, settings: Any
) -> None:
    settings.KEYRING_FILE = tmp_path / "nowhere.json"

    with pytest.raises(CommandError, match="no keyring"):
        call_command("backup", "make", tmp_path / "backup")

    assert not (tmp_path / "backup").exists()


def test_the_client_programs_ask_for_tls_as_the_portal_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[dict[str, str]] = []
    options = {"sslmode": "verify-full", "sslrootcert": "/etc/root.crt", "timeout": 20}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    monkeypatch.setattr(subprocess, "run", lambda *_, env, **__: asked.append(env))

    backup._run("pg_dump")

    [env] = asked
    assert (env["PGSSLMODE"], env["PGSSLROOTCERT"]) == ("verify-full", "/etc/root.crt")


def _storage(folder: Path) -> dict[str, Any]:
    return {"BACKEND": "portal.blobs.EvidenceFolder", "OPTIONS": {"location": folder}}


def _fail(*_: Any, **__: Any) -> None:
    raise backup.Unfit("on purpose")


@contextmanager
def _files_no_longer_than(size: int) -> Iterator[None]:
    """What a full disk is to whoever writes on: nothing more goes in."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _renew(evidence: Path) -> None:
    """What ``blobs renew`` does to the files: other bytes, as many."""
    for path in evidence.glob("??/*"):
        path.write_bytes(path.read_bytes()[::-1])


def _contents(folder: Path, *, hidden: bool = True) -> dict[str, bytes]:
    """By their path in the folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and (hidden or not path.name.startswith("."))
    }
