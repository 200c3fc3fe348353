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
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from portal import blobs

DATABASE, PICTURES, KEYRING, LIST = "database", "pictures", "keyring.json", "list.json"
FORMAT = 1
# libpq reads these from PGSSLMODE and so on.
TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey")


class Unfit(Exception):
    """It cannot be made or restored here; the text says why and what to do."""


@contextmanager
def _private() -> Iterator[None]:
    """Whatever is written meanwhile is for its owner alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def _reasoned() -> Iterator[None]:
    """A disk that is full, read-only or away is a reason like any other."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        said = f"{error}. Nothing that was there before is lost: mend that, and do this again"
        raise Unfit(said) from None


@_reasoned()
@_private()
def make(folder: Path, *, now: datetime) -> dict[str, Any]:
    """Write a backup into ``folder``; pictures that an earlier one left there are not read again.
    Returns the list. Raises Unfit.

    Until all of it lies in the folder, an earlier backup there stays as it was.
    """
    kept = folder / PICTURES
    source = _source(kept)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    _dump(_partial(folder / DATABASE))
    count = None if source is None else _copy(source, kept, over=False)
    shutil.copyfile(settings.KEYRING_FILE, _partial(folder / KEYRING))
    told = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "engine": connection.vendor,
        "pictures": count,
        "sha256": {name: _digest(_partial(folder / name)) for name in (DATABASE, KEYRING)},
    }
    _put(folder / DATABASE)
    _put(folder / KEYRING)
    _tell(folder, told)
    if source is not None:
        # Only now: the pictures that go, or lie under a newer key, are those of the earlier backup.
        told["pictures"] = _settle(source, kept)
        _tell(folder, told)
    return told


@_reasoned()
@_private()
def restore(folder: Path) -> dict[str, Any]:
    """Into an empty database and beside no other keyring. Returns the list. Raises Unfit.

    The database comes last: while it is empty, a restore that failed can be repeated.
    """
    told = check(folder)
    if told["engine"] != connection.vendor:
        raise Unfit(f"the backup is of {told['engine']}, SHIMING_DATABASE is {connection.vendor}")
    target, ring = pictures(), settings.KEYRING_FILE
    if told["pictures"] is not None and target is None:
        raise Unfit("the backup holds pictures, SHIMING_BLOBS is a bucket: name a folder there")
    if ring.exists() and _digest(ring) != told["sha256"][KEYRING]:
        raise Unfit(f"another keyring lies at {ring}: move it away first")
    if connection.introspection.table_names():
        raise Unfit("the database is not empty: name a new one in SHIMING_DATABASE")
    ring.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / KEYRING, _partial(ring))
    _put(ring)
    if told["pictures"] is not None and target is not None:
        _copy(folder / PICTURES, target, over=True)
    _load(folder / DATABASE)
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
    # More may be there: a make that failed later left its new ones.
    missing = (told["pictures"] or 0) - sum(1 for _ in _names(folder / PICTURES))
    if missing > 0:
        raise Unfit(f"{missing} of {told['pictures']} pictures are missing in {folder}")
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
        name = Path(connection.settings_dict["NAME"])
        shutil.copyfile(file, _partial(name))
        _put(name)
        return
    name = connection.settings_dict["NAME"]
    _run("pg_restore", "--no-owner", "--single-transaction", "--dbname", name, str(file))


def _run(program: str, *arguments: str) -> None:
    """A client program of PostgreSQL; the password goes through the environment, where other users
    of the machine do not see it."""
    place = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    said = {ours: str(place[theirs]) for ours, theirs in names.items() if place.get(theirs)}
    options = place.get("OPTIONS", {})
    said |= {f"PG{name.upper()}": str(options[name]) for name in TLS if name in options}
    env = os.environ | said | {"PGDATABASE": place["NAME"]}
    try:
        subprocess.run([program, *arguments], env=env, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise Unfit(f"{program} is not installed (postgresql-client)") from None
    except subprocess.CalledProcessError as error:
        # A signal ends it without a word.
        reason = error.stderr.strip()[-300:] or f"ended with {error.returncode}"
        raise Unfit(f"{program}: {reason}") from None


def _source(kept: Path) -> Path | None:
    """Where the pictures are copied from. Raises Unfit if it cannot be what it should be."""
    if not settings.KEYRING_FILE.is_file():
        raise Unfit(f"no keyring lies at {settings.KEYRING_FILE}: check SHIMING_KEYRING")
    source = pictures()
    # Whoever believed it would throw the pictures of the earlier backup away.
    if source is not None and not any(_names(source)) and any(_names(kept)):
        raise Unfit(f"{source} is empty, {kept} is not: mount it, or name a new folder")
    return source


def _copy(source: Path, target: Path, *, over: bool) -> int:
    """Returns how many the source has. Without ``over`` one that lies in the target in another
    form keeps its place until ``_settle``."""
    count = 0
    for name in _names(source):
        with suppress(FileNotFoundError):  # deleted meanwhile
            _copy_one(source / name, target / name, over)
            count += 1
    return count


def _copy_one(ours: Path, there: Path, over: bool) -> None:
    # ``blobs renew`` replaces a file by one of the same size. The time is read before the content:
    # if it is replaced in between, the copy looks old and is made again.
    found = ours.stat()
    if there.exists() and _stamp(there.stat()) == _stamp(found):
        return
    there.parent.mkdir(parents=True, exist_ok=True)
    partial = there.with_name(blobs.PARTIAL + there.name)
    shutil.copyfile(ours, partial)
    os.utime(partial, ns=(found.st_atime_ns, found.st_mtime_ns))
    if over or not there.exists():
        partial.replace(there)


def _settle(source: Path, target: Path) -> int:
    """Every copy takes its place; what the source no longer has was erased and goes here, too.
    Returns how many are left."""
    for path in _files(target):
        place = path.with_name(path.name.removeprefix(blobs.PARTIAL))
        if not (source / place.relative_to(target)).exists():
            path.unlink()
        elif path != place:
            path.replace(place)
    return sum(1 for _ in _names(target))


def _stamp(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns


def _names(folder: Path) -> Iterator[Path]:
    for path in _files(folder):
        if not path.name.startswith("."):
            yield path.relative_to(folder)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _partial(file: Path) -> Path:
    return file.with_name(file.name + ".partial")


def _put(file: Path) -> None:
    """What was written beside it takes its place, and is on the disk before."""
    with _partial(file).open("rb") as stream:
        os.fsync(stream.fileno())
    _partial(file).replace(file)


def _tell(folder: Path, told: dict[str, Any]) -> None:
    _partial(folder / LIST).write_text(json.dumps(told, indent=1) + "\n")
    _put(folder / LIST)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
