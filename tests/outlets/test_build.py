"""The one file for shop PCs: what is in it, and that it needs nothing but Python."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from outlets.bridge import AGENT, build
from outlets.bridge.people import PEOPLE
from tests.outlets.counter import DemoCounter
from tests.outlets.portal import Portal
from tests.outlets.tab import parts, tab_of

# Nothing that is installed here can be imported, nor anything in this folder.
BARE = (sys.executable, "-I", "-S")
SYSTEMS = [
    {"python_version": version, "sys_platform": system, "platform_system": name, "extra": ""}
    for version in ("3.11", "3.12", "3.14")
    for system, name in (("win32", "Windows"), ("darwin", "Darwin"), ("linux", "Linux"))
]


@pytest.fixture(scope="module")
def one_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("shop") / f"shiming-bridge-{AGENT}.pyz"
    build.build(target)
    return target


@pytest.fixture(scope="module")
def names(one_file: Path) -> list[str]:
    with zipfile.ZipFile(one_file) as archive:
        return archive.namelist()


@pytest.fixture
def shop(portal: Portal, one_file: Path, tmp_path: Path) -> Iterator[DemoCounter]:
    """A counter PC that has only the file."""
    program = (*BARE, str(one_file))
    with DemoCounter(portal.url, tmp_path / "state", program=program) as counter:
        yield counter


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, cwd="/"
    )


def test_a_bare_python_enrols_reads_and_signs_with_the_file(
    shop: DemoCounter, portal: Portal
) -> None:
    kid = shop.enrol("CODE")
    shop.place("wang")

    with tab_of(shop) as tab:
        read = tab.read("the-challenge")

    said = portal.claims(read["jws"], "shiming-read+jws")
    assert (said["kid"], said["agent"], said["challenge"]) == (kid, AGENT, "the-challenge")
    assert parts(read)["block"] == PEOPLE["wang"].block()
    assert said["parts"]["block"] == hashlib.sha256(PEOPLE["wang"].block()).hexdigest()


def test_a_bare_python_changes_the_key_with_the_file(shop: DemoCounter, portal: Portal) -> None:
    old = shop.enrol("CODE")

    shop.restart_bridge("--renew-days", "0")

    with tab_of(shop) as tab:
        while tab.hello["kid"] == old:
            tab.hello = tab.until("hello")
    assert portal.successors[old] == tab.hello["kid"]


def test_the_file_says_its_version_and_how_it_is_called(one_file: Path, tmp_path: Path) -> None:
    version = run(*BARE, one_file, "--version")
    not_enrolled = run(*BARE, one_file, "--port", "/dev/no-reader", "--state", tmp_path)

    assert (version.returncode, version.stdout) == (0, f"{AGENT}\n")
    assert not_enrolled.returncode == 3
    assert f"python {one_file.name} enrol" in not_enrolled.stderr


def test_the_file_examines_the_pc_that_it_is_on(one_file: Path, tmp_path: Path) -> None:
    found = run(*BARE, one_file, "doctor", "--json", "--state", tmp_path)

    report = json.loads(found.stdout)
    assert (found.returncode, report["fit"]) == (1, False)
    assert [item["state"] for item in report["items"] if item["name"] == "登记"] == ["trouble"]


def test_a_python_that_is_too_old_hears_which_one_is_needed() -> None:
    code = build.MAIN.replace("sys.version_info < (3, 11)", "sys.version_info < (99, 0)")

    old = run(*BARE, "-c", code)

    assert old.returncode == 2
    assert "需要 Python 3.11" in old.stderr
    assert old.stderr.count("\n") == 1


def test_two_builds_are_the_same_bytes(one_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "again.pyz"

    digest = build.build(target)

    assert target.read_bytes() == one_file.read_bytes()
    assert digest == hashlib.sha256(one_file.read_bytes()).hexdigest()
    assert os.access(target, os.X_OK)


def test_the_command_prints_where_the_file_is_and_its_sum(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "bridge.pyz"

    assert build.main([str(target)]) == 0

    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    assert capsys.readouterr().out == f"{target}\nSHA-256 {digest}\n"


def test_nobody_fictional_and_nothing_compiled_is_in_the_file(names: list[str]) -> None:
    assert not [name for name in names if "emulator" in name or "people" in name]
    assert {Path(name).suffix for name in names if not name.endswith("/")} <= {".py", ".txt", ""}
    assert not [name for name in names if name.startswith(("portal/", "registration/", "tests/"))]
    assert not [name for name in names if name.startswith("outlets/models")]


def test_the_text_of_each_licence_is_in_the_file(names: list[str]) -> None:
    texts = [name for name in names if name.startswith("licences/") and not name.endswith("/")]

    for library in build.LIBRARIES:
        folder = f"licences/{library}-{distribution(library).version}/"
        assert [name for name in texts if name.startswith(folder)], library
    assert "LICENSE" in names


def test_all_that_a_library_needs_on_any_system_is_in_the_file() -> None:
    here = {canonicalize_name(name) for name in build.LIBRARIES}
    known = here | {canonicalize_name(name) for name in build.COMPILED}

    for library in build.LIBRARIES:
        for text in distribution(library).requires or ():
            needed = Requirement(text)
            marker = needed.marker
            if marker is None or any(marker.evaluate(system) for system in SYSTEMS):
                assert canonicalize_name(needed.name) in known, f"{library} needs {text}"


def test_the_keystores_are_found_from_within_the_file(one_file: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import json, keyring.backend\n"
        "keyring.backend.get_all_keyring()\n"
        "classes = keyring.backend.KeyringBackend._classes\n"
        "print(json.dumps([keyring.__file__, *(kind.__module__ for kind in classes)]))"
    )

    place, *modules = json.loads(run(*BARE, "-c", code, one_file).stdout)

    assert place.startswith(str(one_file))
    assert {"keyring.backends.Windows", "keyring.backends.macOS"} <= set(modules)


def test_a_library_with_compiled_code_is_refused() -> None:
    with pytest.raises(build.NotPure, match="cryptography"):
        build._of_library(distribution("cryptography"), "cryptography")


def test_a_shell_can_start_the_file(one_file: Path) -> None:
    assert one_file.read_bytes().startswith(b"#!/usr/bin/env python3\n")
    assert shutil.which(one_file.name, path=str(one_file.parent)) == str(one_file)
