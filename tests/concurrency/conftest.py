"""A PostgreSQL of its own for the tests that crash it: other workers use the one of the run."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from registration.bench import server
from tests import servers

# A crash of the server, not of the machine: what was committed need not have reached the disk,
# but it must have reached the operating system.
OPTIONS = servers.POSTGRES_OPTIONS | {"synchronous_commit": "on"}


@pytest.fixture
def own_postgres(transactional_db: None, tmp_path_factory: Any) -> Iterator[server.Machine]:
    """Empty tables on a server that the test may crash; the default connection leads there."""
    folder = servers.own_folder() / tmp_path_factory.mktemp("postgres").name
    folder.mkdir()
    folder.chmod(0o711)
    place = connection.settings_dict
    with server.cluster(folder, **OPTIONS).running() as machine:
        schema = _dump(place["HOST"], place["NAME"])
        _load(folder / "postgres", schema)
        before = {name: place[name] for name in ("HOST", "NAME")}
        connection.close()
        place.update(HOST=str(folder / "postgres"), NAME="postgres")
        try:
            yield machine
        finally:
            connection.close()
            place.update(before)


def _dump(home: str, name: str) -> bytes:
    command = [server.tool("pg_dump"), "-h", home, "-U", "postgres", name]
    return subprocess.run(command, check=True, capture_output=True).stdout


def _load(home: Path, schema: bytes) -> None:
    command = [server.tool("psql"), "-q", "-h", str(home), "-U", "postgres", "postgres"]
    subprocess.run(command, check=True, input=schema, capture_output=True)
