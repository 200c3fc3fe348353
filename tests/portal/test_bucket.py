"""Evidence in a bucket, on a real server process that speaks S3 and on servers in trouble."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages

from portal import blobs, crypto, env
from portal.bucket import PATIENCE
from portal.services import health
from tests import bucket
from tests.bucket import PREFIX, Server

PICTURE = b"\xff\xd8SPECIMEN" * 20_000
ROOT = Path(__file__).resolve().parent.parent.parent


# A server that works -----------------------------------------------------------------------


def test_what_was_put_is_got_back_and_lies_there_unreadable(server: Server) -> None:
    name = blobs.put(PICTURE)

    assert blobs.exists(name)
    assert blobs.get(name) == PICTURE
    assert b"SPECIMEN" not in server.read(f"{PREFIX}/{name}")


def test_a_deleted_object_is_missing_and_may_be_deleted_again(server: Server) -> None:
    name = blobs.put(PICTURE)

    blobs.delete(name)
    blobs.delete(name)

    assert not blobs.exists(name)
    with pytest.raises(blobs.BlobMissing):
        blobs.get(name)


def test_a_tampered_object_is_not_opened(server: Server) -> None:
    name = blobs.put(PICTURE)
    content = bytearray(server.read(f"{PREFIX}/{name}"))
    content[len(content) // 2] ^= 1
    server.client.put_object(Bucket=bucket.BUCKET, Key=f"{PREFIX}/{name}", Body=bytes(content))

    with pytest.raises(crypto.DecryptError):
        blobs.get(name)


def test_an_object_is_private_and_has_no_public_address(server: Server) -> None:
    key = f"{PREFIX}/{blobs.put(PICTURE)}"

    grants = server.client.get_object_acl(Bucket=bucket.BUCKET, Key=key)["Grants"]
    assert all("URI" not in grant["Grantee"] for grant in grants)
    with pytest.raises(ValueError, match="no public address"):
        storages["evidence"].url(key)


def test_a_walk_names_our_objects_and_nothing_else(server: Server) -> None:
    names = sorted(blobs.put(PICTURE) for _ in range(3))
    for stranger in (f"{PREFIX}/notes.txt", "elsewhere/aa/bb/" + "0" * 32):
        server.client.put_object(Bucket=bucket.BUCKET, Key=stranger, Body=b"operator's own")

    found = [name for name, _at in blobs.walk()]

    assert found == sorted(found)
    assert set(names) <= set(found)
    assert all(blobs.NAME.fullmatch(name) for name in found)


def test_the_health_page_says_that_it_answers(server: Server, db: None) -> None:
    assert health.evidence(None).state == "pass"  # type: ignore[arg-type]


# A server in trouble -----------------------------------------------------------------------


def test_a_server_that_was_killed_is_away_and_when_it_is_back_all_is_there(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    before = blobs.put(PICTURE)
    server.stop()

    for refused in (
        lambda: blobs.put(PICTURE),
        lambda: blobs.get(before),
        lambda: blobs.delete(before),
        lambda: blobs.exists(before),
        lambda: list(blobs.walk()),
        blobs.room,
    ):
        with pytest.raises(blobs.BlobUnavailable):
            refused()
    assert health.evidence(None).state == "block"  # type: ignore[arg-type]

    server.start()
    assert blobs.get(before) == PICTURE
    assert blobs.get(blobs.put(PICTURE)) == PICTURE
    assert "no answer of the bucket" in caplog.text
    assert server.url not in caplog.text


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "AccessDenied"),
        (403, "InvalidAccessKeyId"),
        (403, "SignatureDoesNotMatch"),
        (404, "NoSuchBucket"),
        (500, "InternalError"),
        (503, "SlowDown"),
        (507, "InsufficientStorage"),
    ],
)
def test_whatever_the_server_refuses_with_is_a_refusal_in_words(
    status: int,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with bucket.refusing(status, code) as url:
        bucket.use(url, monkeypatch, settings)

        for refused in (
            lambda: blobs.put(PICTURE),
            lambda: blobs.get("aa/bb/" + "0" * 32),
            blobs.room,
        ):
            with pytest.raises(blobs.BlobUnavailable, match="存储") as told:
                refused()
            assert isinstance(told.value, blobs.BlobFull) == (status == 507)

    assert code in caplog.text
    assert url not in caplog.text
    assert "0" * 32 not in caplog.text


def test_a_server_that_takes_the_call_and_says_nothing_keeps_nobody_for_long(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        bucket.use(f"http://127.0.0.1:{silent.getsockname()[1]}", monkeypatch, settings)
        hurry: Any = storages["evidence"]
        hurry.client_config = hurry.client_config.merge(Config(read_timeout=0.2))

        with pytest.raises(blobs.BlobUnavailable):
            blobs.get("aa/bb/" + "0" * 32)

    longest = PATIENCE.connect_timeout + PATIENCE.read_timeout
    assert longest * PATIENCE.retries["total_max_attempts"] <= 15


def test_an_answer_that_breaks_off_is_no_picture(
    server: Server, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    name = blobs.put(PICTURE)
    with bucket.breaking_off(server.url) as url:
        bucket.use(url, monkeypatch, settings)

        with pytest.raises(blobs.BlobUnavailable):
            blobs.get(name)

    bucket.use(server.url, monkeypatch, settings)
    assert blobs.get(name) == PICTURE


# Settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["SHIMING_S3_ENDPOINT", "SHIMING_S3_KEY", "SHIMING_S3_SECRET"])
def test_a_bucket_without_its_server_or_its_secrets_stops_the_start(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each, value in bucket.variables("http://127.0.0.1:9").items():
        monkeypatch.setenv(each, value)
    monkeypatch.delenv(name)

    with pytest.raises(ImproperlyConfigured, match=f"{name}_FILE"):
        env.storage("SHIMING_BLOBS", ROOT)


@pytest.mark.parametrize(
    ("name", "value"), [("SHIMING_BLOBS", "s3:///prefix"), ("SHIMING_S3_ENDPOINT", "storage:9000")]
)
def test_a_misspelt_bucket_or_server_stops_the_start(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each, right in bucket.variables("http://127.0.0.1:9").items():
        monkeypatch.setenv(each, right)
    monkeypatch.setenv(name, value)

    with pytest.raises(ImproperlyConfigured, match=name):
        env.storage("SHIMING_BLOBS", ROOT)


def test_a_secret_of_the_bucket_comes_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for each, value in bucket.variables("http://127.0.0.1:9").items():
        monkeypatch.setenv(each, value)
    monkeypatch.delenv("SHIMING_S3_SECRET")
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv("SHIMING_S3_SECRET_FILE", str(tmp_path / "secret"))

    place = env.storage("SHIMING_BLOBS", ROOT)

    assert place["OPTIONS"]["secret_key"] == "from a file"


def test_a_folder_needs_no_library_of_a_cloud() -> None:
    code = "import django; django.setup(); from portal import blobs; blobs._storage(); import sys; "
    code += "print([name for name in ('boto3', 'botocore') if name in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"
