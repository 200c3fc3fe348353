import base64
import errno
import os
import resource
import stat

import pytest
from django.core.files.storage import storages

from portal import blobs, crypto
from portal.refusal import Refusal

MASTER = bytes(range(32))
PICTURE = b"\xff\xd8SPECIMEN" * 20_000


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """The storage's own, empty folder."""
    settings.KEYRING_FILE = tmp_path / "keyring.json"
    settings.MASTER_KEY = base64.b64encode(MASTER).decode()
    crypto.create(settings.KEYRING_FILE, MASTER)
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {
            "BACKEND": "portal.blobs.EvidenceFolder",
            "OPTIONS": {"location": tmp_path / "blobs"},
        },
    }
    return tmp_path / "blobs"


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_put_is_got_back():
    name = blobs.put(PICTURE)

    assert blobs.exists(name)
    assert blobs.get(name) == PICTURE


def test_the_name_is_random_and_fans_out(folder):
    name = blobs.put(PICTURE)
    first, rest = name.split("/")

    assert (rest[:2], len(rest)) == (first, 32)
    assert blobs.NAME.fullmatch(name)
    assert blobs.put(PICTURE) != name
    assert (folder / name).is_file()


def test_the_file_is_unreadable_without_the_keys_and_for_other_users(folder):
    path = folder / blobs.put(PICTURE)

    assert b"SPECIMEN" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_evidence_has_no_public_address():
    with pytest.raises(ValueError, match="no public address"):
        storages["evidence"].url(blobs.put(PICTURE))


def test_a_tampered_file_is_not_opened(folder):
    name = blobs.put(PICTURE)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)

    with pytest.raises(crypto.DecryptError):
        blobs.get(name)


def test_a_truncated_file_is_not_opened(folder):
    name = blobs.put(PICTURE)
    os.truncate(folder / name, 5)

    with pytest.raises(crypto.DecryptError):
        blobs.get(name)


def test_two_files_cannot_be_exchanged(folder):
    name = blobs.put(PICTURE)
    other = blobs.put(b"another picture")
    os.replace(folder / other, folder / name)

    with pytest.raises(crypto.DecryptError):
        blobs.get(name)


def test_a_deleted_file_is_missing_and_may_be_deleted_again(folder):
    name = blobs.put(PICTURE)

    blobs.delete(name)
    blobs.delete(name)

    assert not blobs.exists(name)
    assert files(folder) == []
    with pytest.raises(blobs.BlobMissing) as refused:
        blobs.get(name)
    assert "备份" in str(refused.value)


def test_a_write_that_stops_half_way_leaves_nothing_behind(folder):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(blobs.BlobUnavailable) as refused:
            blobs.put(PICTURE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert isinstance(refused.value, Refusal)
    assert "空间" in str(refused.value)
    assert files(folder) == []


@pytest.mark.parametrize("syncs_that_succeed", [0, 1, 2])
def test_a_disk_that_fails_at_the_last_moment_leaves_nothing_behind(
    folder, monkeypatch, syncs_that_succeed
):
    syncs = []

    def full(number):
        syncs.append(number)
        if len(syncs) > syncs_that_succeed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(blobs.BlobUnavailable):
        blobs.put(PICTURE)

    assert files(folder) == []


def test_once_the_folders_are_on_the_disk_a_file_costs_two_ways_there(folder, monkeypatch):
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)

    blobs.put(PICTURE)
    blobs.put(PICTURE)

    assert len(synced) == 3 + 2  # the folders, the file and its own; then the last two


def test_folders_that_could_not_be_brought_to_the_disk_are_tried_again(folder, monkeypatch):
    def full(number):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(blobs.BlobUnavailable):
            blobs.put(PICTURE)
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)

    blobs.put(PICTURE)

    assert len(synced) == 3


def test_folders_that_were_taken_away_are_made_again(folder):
    blobs.put(PICTURE)
    folder.rename(folder.with_name("away"))

    name = blobs.put(PICTURE)

    assert blobs.get(name) == PICTURE


def test_a_walk_follows_no_link_round_in_a_circle(folder):
    name = blobs.put(PICTURE)
    (folder / "00" / "round").symlink_to(folder, target_is_directory=True)

    assert [each for each, _at in blobs.walk()] == [name]


def test_a_file_that_lies_a_folder_deeper_is_read_renewed_and_walked_in_order(folder, settings):
    names = [blobs.put(PICTURE) for _ in range(40)]
    older = []
    for name in names[::2]:
        # The same content, as it was stored before there was one folder only.
        deeper = f"{name[:2]}/{name[5:7]}/{name[3:]}"
        (folder / deeper).parent.mkdir(exist_ok=True)
        token = crypto.keyring().encrypt(PICTURE, deeper.encode())
        (folder / deeper).write_bytes(token)
        older.append(deeper)

    assert [name for name, _at in blobs.walk()] == sorted(names + older)
    crypto.add_data_key(settings.KEYRING_FILE, MASTER)
    assert all(blobs.renew(name) for name in older)
    assert {blobs.get(name) for name in older} == {PICTURE}
    assert all(blobs.NAME.fullmatch(name) for name in older)


def test_a_folder_that_cannot_be_made_is_a_refusal_and_not_a_crash(folder):
    folder.write_text("a file where the folder should be")

    with pytest.raises(blobs.BlobUnavailable):
        blobs.put(PICTURE)


def test_a_disk_that_cannot_be_read_is_a_refusal(folder):
    name = blobs.put(PICTURE)
    (folder / name).unlink()
    (folder / name).mkdir()

    with pytest.raises(blobs.BlobUnavailable):
        blobs.get(name)


def test_a_disk_that_cannot_be_written_refuses_to_delete(folder):
    name = blobs.put(PICTURE)
    (folder / name).unlink()
    (folder / name / "in the way").mkdir(parents=True)

    with pytest.raises(blobs.BlobUnavailable):
        blobs.delete(name)


def test_old_files_are_read_after_a_rotation(settings):
    name = blobs.put(PICTURE)

    crypto.add_data_key(settings.KEYRING_FILE, MASTER)

    assert blobs.get(name) == PICTURE
