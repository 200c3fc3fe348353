"""Settings read from the environment: one rule for all of them.

`NAME` may be given as it is or as a file, `NAME_FILE` (Docker and systemd credentials); the file
wins. Empty counts as not set, because compose files pass empty variables for absent ones. Values
are taken literally: unlike `environ.Env`, a secret that begins with "$" stays what it is.
"""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environ import Env
from environ.fileaware_mapping import FileAwareMapping

# Without WAL and immediate transactions 17.7 % of 16 writers fail with "database is locked";
# synchronous=FULL because a registration must survive a power cut.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}
# Of what is asked all day (portal.prepared); all else goes as text.
POSTGRES_OPTIONS = {"prepare_threshold": 5}

YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """The value without the surrounding white space that editors leave in secret files.

    Without a default the value is required: ImproperlyConfigured says how to set it.
    """
    value = _raw(name)
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(
            f"没有设置 {name}:请 export {name}=…,或让 {name}_FILE 指向存放它的文件。"
        )
    return default


def flag(name: str, default: bool) -> bool:
    """A misspelt "ture" stops the start: read as "no" it would open or close a door unseen."""
    value = _raw(name).lower()
    if not value:
        return default
    if value not in YES | NO:
        raise ImproperlyConfigured(f"{name} 只能是 1、0、true、false、yes、no、on 或 off。")
    return value in YES


def number(name: str, default: int) -> int:
    value = _raw(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} 必须是整数。") from None


def version(name: str, default: str) -> str:
    """Three numbers, ``0.2.0``: a misspelt one would let everybody in or nobody."""
    value = _raw(name) or default
    if not re.fullmatch(r"[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}", value):
        raise ImproperlyConfigured(f"{name} 必须是版本号，例如 0.2.0。")
    return value


def moment(name: str) -> datetime | None:
    """A time with its zone, ``2026-12-01T00:00+08:00``; None if it is not set."""
    value = _raw(name)
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ImproperlyConfigured(f"{name} 必须是带时区的时间，例如 2026-12-01T00:00+08:00。")
    return found


def words(name: str, default: list[str]) -> list[str]:
    """Comma-separated; white space around a word and empty words are dropped."""
    value = _raw(name)
    if not value:
        return list(default)
    return [word for part in value.split(",") if (word := part.strip())]


def database(url: str) -> dict[str, Any]:
    """``postgres://…`` or ``sqlite:///…`` as an entry of DATABASES."""
    found: dict[str, Any] = Env.db_url_config(url)
    if found["ENGINE"].endswith("sqlite3"):
        return found | {"OPTIONS": SQLITE_OPTIONS}
    options = found.get("OPTIONS", {}) | POSTGRES_OPTIONS
    return found | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


def storage(name: str, default: Path) -> dict[str, Any]:
    """Where the evidence lies, as an entry of STORAGES: a folder, or ``s3://bucket/prefix``.

    A bucket has no default server: a forgotten setting must not send pictures to another country.
    """
    place = _raw(name)
    if not place.startswith("s3://"):
        folder = Path(place) if place else default
        return {"BACKEND": "portal.blobs.EvidenceFolder", "OPTIONS": {"location": folder}}
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    if not bucket:
        raise ImproperlyConfigured(f"{name} 必须是文件夹，或 s3://存储桶/前缀。")
    endpoint = text("SHIMING_S3_ENDPOINT")
    if not re.match(r"https?://[^/]", endpoint):
        raise ImproperlyConfigured("SHIMING_S3_ENDPOINT 必须以 http:// 或 https:// 开头。")
    options = {
        "bucket_name": bucket,
        "location": prefix.strip("/"),
        "endpoint_url": endpoint,
        "region_name": text("SHIMING_S3_REGION", "us-east-1"),
        "access_key": text("SHIMING_S3_KEY"),
        "secret_key": text("SHIMING_S3_SECRET"),
    }
    return {"BACKEND": "portal.bucket.EvidenceBucket", "OPTIONS": options}


def _raw(name: str) -> str:
    # Not cached: a rotated secret file must be seen by the next process that forks.
    try:
        return str(FileAwareMapping(cache=False).get(name, "")).strip()
    except (OSError, UnicodeDecodeError):
        raise ImproperlyConfigured(f"读不到 {name}_FILE 指向的文件。") from None
