"""Whatever is sent, nobody waits long for it, and nothing is filled or ended by it."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from registration.containers import REASONS
from tests import hostile, processes

Found = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What became of each file, by its name."""
    folder = tmp_path_factory.mktemp("hostile")
    hostile.write(folder)
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile", str(folder)],
        cwd=processes.ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", hostile.FILES)
def test_a_hostile_file_is_refused_or_made_harmless(found: Found, name: str) -> None:
    outcome = found[name]["outcome"]

    if name in hostile.HARMLESS:
        assert outcome == "picture"
    else:
        assert outcome in REASONS


@pytest.mark.parametrize("name", hostile.FILES)
def test_a_hostile_file_takes_little_time_and_memory(found: Found, name: str) -> None:
    # What is a picture after all is decoded and marked.
    assert found[name]["seconds"] < hostile.SECONDS * (2 if name in hostile.HARMLESS else 1)
    assert 0 < found[name]["megabytes"] < hostile.MEGABYTES
