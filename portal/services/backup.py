"""A backup that can be restored: database, then pictures, then keyring, with a list of all of it.

The order is the point. A picture is stored before its row, and keys are added before anything is
written under them: so whatever a row of the copied database names is in what is copied after it.
The master key is never in it.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

DATABASE, PICTURES, KEYRING, LIST = "database", "pictures", "keyring.json", "list.json"
FORMAT = 1


class Unfit(Exception):
    """It cannot be made or restored here; the text says why and what to do."""


def make(folder: Path, *, now: datetime) -> dict[str, Any]:
    """Write a backup into ``folder``; pictures that an earlier one left there are not read again.
    Returns the list. Raises Unfit."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / LIST).unlink(missing_ok=True)  # until the end it is no backup
    _dump(folder / DATABASE)
    count = _copy(pictures(), folder / PICTURES)
    shutil.copyfile(settings.KEYRING_FILE, folder / KEYRING)
    told = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "engine": connection.vendor,
        "pictures": count,
        "sha256": {name: _digest(folder / name) for name in (DATABASE, KEYRING)},
    }
    (folder / LIST).write_text(json.dumps(told, indent=1) + "\n")
    return told


def restore(folder: Path) -> dict[str, Any]:
    """Into an empty database and beside no other keyring. Returns the list. Raises Unfit."""
    told = check(folder)
    if told["engine"] != connection.vendor:
        raise Unfit(f"the backup is of {told['engine']}, SHIMING_DATABASE is {connection.vendor}")
    ring = settings.KEYRING_FILE
    if ring.exists() and _digest(ring) != told["sha256"][KEYRING]:
        raise Unfit(f"another keyring lies at {ring}: move it away first")
    if connection.introspection.table_names():
        raise Unfit("the database is not empty: name a new one in SHIMING_DATABASE")
    _load(folder / DATABASE)
    ring.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(folder / KEYRING, ring)
    ring.chmod(0o600)
    _copy(folder / PICTURES, pictures())
    return told


def check(folder: Path) -> dict[str, Any]:
    """The list, if what it names is there unchanged. Raises Unfit."""
    try:
        told: dict[str, Any] = json.loads((folder / LIST).read_text())
        found = {name: _digest(folder / name) for name in (DATABASE, KEYRING)}
    except (OSError, ValueError):
        raise Unfit(f"{folder} holds no whole backup") from None
    if told.get("format") != FORMAT or told["sha256"] != found:
        raise Unfit(f"{folder} is not as it was when it was made")
    return told


def pictures() -> Path | None:
    """The folder of the evidence; None where it is a bucket, which is mirrored by its own means."""
    place = settings.STORAGES["evidence"].get("OPTIONS", {}).get("location")
    return Path(place) if isinstance(place, Path) else None


def _dump(file: Path) -> None:
    if connection.vendor == "sqlite":
        file.unlink(missing_ok=True)
        # A connection of its own: VACUUM works in no transaction.
        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as ours:
            ours.execute("VACUUM INTO ?", [str(file)])
        return
    _run("pg_dump", "--format", "custom", "--no-owner", "--file", str(file))


def _load(file: Path) -> None:
    if connection.vendor == "sqlite":
        connection.close()
        shutil.copyfile(file, connection.settings_dict["NAME"])
        return
    name = connection.settings_dict["NAME"]
    _run("pg_restore", "--no-owner", "--exit-on-error", "--dbname", name, str(file))


def _run(program: str, *arguments: str) -> None:
    """A client program of PostgreSQL; the password goes through the environment, where other users
    of the machine do not see it."""
    place = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    said = {ours: str(place[theirs]) for ours, theirs in names.items() if place.get(theirs)}
    env = os.environ | said | {"PGDATABASE": place["NAME"]}
    try:
        subprocess.run([program, *arguments], env=env, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise Unfit(f"{program} is not installed (postgresql-client)") from None
    except subprocess.CalledProcessError as error:
        raise Unfit(f"{program}: {error.stderr.strip()[-300:]}") from None


def _copy(source: Path | None, target: Path | None) -> int | None:
    """Files are written once, so what is there with the same size is there already."""
    if source is None or target is None:
        return None
    count = 0
    for name in _names(source):
        there, size = target / name, (source / name).stat().st_size
        if not (there.exists() and there.stat().st_size == size):
            there.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = there.with_name(f".partial-{there.name}")
            shutil.copyfile(source / name, partial)
            partial.rename(there)
        count += 1
    return count


def _names(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(folder)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
