"""The promises of the repository itself: licences, and commands that fail with one clear line."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
# Imported as a library, unchanged: that is what the LGPL allows.
LGPL = {"pi-heif", "psycopg", "psycopg-binary", "python-stdnum"}
COPYLEFT = re.compile(r"\b[AL]?GPL|General Public|non-?commercial", re.IGNORECASE)


def runtime() -> Iterator[Distribution]:
    """What requirements.txt brings along, in this environment, with all that it needs."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    waiting = [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]
    seen = set()
    while waiting:
        wanted = waiting.pop()
        if (name := canonical(wanted.name)) in seen:
            continue
        seen.add(name)
        found = distribution(wanted.name)
        yield found
        needs = [Requirement(line) for line in found.requires or []]
        extras = wanted.extras or {""}
        waiting += [
            need
            for need in needs
            if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in extras)
        ]


def licence(found: Distribution) -> str:
    """The expression, or the classifiers, or the first line of the free text."""
    said = found.metadata.json
    classifiers = [line for line in said.get("classifier", []) if "License ::" in line]
    free_text = str(said.get("license", "")).strip().partition("\n")[0]
    return str(said.get("license_expression") or " ".join(classifiers) or free_text)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_runtime_dependency_says_its_licence() -> None:
    assert [found.name for found in runtime() if not licence(found)] == []


def test_no_runtime_dependency_carries_a_licence_that_spreads_to_the_product() -> None:
    refused = {
        found.name: licence(found)
        for found in runtime()
        if COPYLEFT.search(licence(found)) and canonical(found.name) not in LGPL
    }

    assert refused == {}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A clone without a virtual environment, whose requirements are quickly met."""
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "requirements-models.txt").write_text("")
    return tmp_path


def make_venv(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", ".ci/venv", "requirements.txt"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"VENV": ".venv", "PYTHON": sys.executable} | env,
    )


def test_only_changed_requirements_are_installed_and_failing_is_one_clear_line(copy: Path) -> None:
    # One journey, because making a virtual environment takes seconds.
    first = make_venv(copy)
    assert first.returncode == 0
    assert "requirements.txt" in first.stdout

    assert make_venv(copy).stdout == ""

    (copy / "requirements.txt").write_text("./no-such-folder\n")
    third = make_venv(copy)
    assert third.returncode == 1
    assert third.stderr.startswith("安装失败")
    assert len(third.stderr.splitlines()) == 2


def test_a_missing_python_is_one_clear_line(copy: Path) -> None:
    answer = make_venv(copy, PYTHON="no-such-python")

    assert answer.returncode == 1
    assert answer.stderr.startswith("需要 Python 3.11")
    assert len(answer.stderr.splitlines()) == 2


def test_a_folder_that_cannot_be_written_is_one_clear_line(copy: Path) -> None:
    # A file in the way stands for a read-only folder: root writes into those.
    (copy / ".venv").write_text("")

    answer = make_venv(copy)

    assert answer.returncode == 1
    assert answer.stderr.startswith(f"不能写入 {copy}")
    assert len(answer.stderr.splitlines()) == 2
