"""The program for counter PCs: offered with its SHA-256, explained, and checked in place."""

import hashlib
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from outlets.bridge import AGENT
from outlets.services import program
from tests.cast import Cast


@pytest.fixture
def built(settings: Any, tmp_path: Path) -> Path:
    """A file where ``make bridge`` puts it."""
    settings.VAR = tmp_path
    path = program.place()
    path.parent.mkdir()
    path.write_bytes(b"a specimen of a program")
    return path


def test_the_page_offers_the_file_with_its_digest(cast: Cast, built: Path) -> None:
    page = cast.signed_in(cast.clerk).get(reverse("bridge_download")).content.decode()

    assert hashlib.sha256(built.read_bytes()).hexdigest() in page
    assert reverse("bridge_file", args=[AGENT]) in page
    assert f"python shiming-bridge-{AGENT}.pyz enrol" in page
    assert settings.ORIGIN in page


def test_the_file_comes_as_it_is(cast: Cast, built: Path) -> None:
    answer = cast.signed_in(cast.clerk).get(reverse("bridge_file", args=[AGENT]))

    assert answer.getvalue() == built.read_bytes()
    assert f'filename="shiming-bridge-{AGENT}.pyz"' in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_the_digest_is_of_the_file_that_lies_there_now(built: Path) -> None:
    before = program.offered().sha256
    built.write_bytes(b"another specimen of it!")  # as long as the first
    os.utime(built, ns=(1, 1))

    after = program.offered()

    assert after.sha256 == hashlib.sha256(built.read_bytes()).hexdigest() != before
    assert (after.name, after.version, after.size) == (f"shiming-bridge-{AGENT}.pyz", AGENT, 23)


def test_a_program_that_was_not_built_is_said_so(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    client = cast.signed_in(cast.clerk)

    page = client.get(reverse("bridge_download"))
    file = client.get(reverse("bridge_file", args=[AGENT]))

    assert (page.status_code, file.status_code) == (200, 404)
    for answer in (page, file):
        assert "make bridge" in answer.content.decode()
    assert reverse("bridge_file", args=[AGENT]) not in page.content.decode()


def test_the_file_is_made_when_it_is_missing_or_older_than_its_sources(
    settings: Any, tmp_path: Path
) -> None:
    settings.VAR = tmp_path

    call_command("bridge_build", stdout=(said := StringIO()))
    made = program.offered()
    call_command("bridge_build", stdout=(silent := StringIO()))
    os.utime(made.path, (1, 1))
    again = program.build()

    assert f"SHA-256 {made.sha256}" in said.getvalue()
    assert (silent.getvalue(), again) == ("", True)
    assert program.offered().sha256 == made.sha256
    assert [path.name for path in made.path.parent.iterdir()] == [made.name]


@pytest.mark.parametrize("version", ["9.9.9", "..", "0.2.0.pyz", "\0"])
def test_another_version_is_not_there(cast: Cast, built: Path, version: str) -> None:
    url = reverse("bridge_file", args=["x"]).replace("bridge-x", f"bridge-{version}")

    assert cast.signed_in(cast.clerk).get(url).status_code == 404


def test_the_check_page_knows_where_the_program_listens_and_which_version_will_do(
    cast: Cast, settings: Any
) -> None:
    settings.BRIDGE_FLOOR = "0.2.0"

    for user in (cast.clerk, cast.manager):
        page = cast.signed_in(user).get(reverse("reader_check")).content.decode()

        assert f'data-bridge-port="{settings.BRIDGE_PORT}" data-bridge-floor="0.2.0"' in page
        assert reverse("bridge_download") in page


def test_verifiers_have_no_reader_to_check(cast: Cast) -> None:
    client = cast.signed_in(cast.verifier)

    assert client.get(reverse("reader_check")).status_code == 403
    assert client.get(reverse("bridge_download")).status_code == 200
