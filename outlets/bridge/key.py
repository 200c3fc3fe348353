"""What the bridge keeps on the counter PC: its key, who it is, and how often it has signed.

In one folder, each file readable by its owner only: ``bridge.json`` (key id, outlet, origin, where
the key lives and since when), ``counter``, and the private key (Ed25519) as ``<kid>.pem`` unless
the operating system's keystore has it. ``next.json`` is there while the key is being changed.
Before version 0.2 the key's file was ``key.pem``. Nothing of any customer.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from outlets.bridge import COMMAND, files, keystore
from outlets.bridge.ed25519 import PrivateKey, SoftKey

DEFAULT_FOLDER: Final = Path("~/.config/shiming")
_ENROLMENT: Final = "bridge.json"
_COUNTER: Final = "counter"
_NEXT: Final = "next.json"
_OLD_KEY: Final = "key.pem"
_ENROL_AGAIN: Final = f"请向渠道经理要一个登记码，然后运行：{COMMAND} enrol 登记码 --portal 网址"


class NotEnrolled(Exception):
    """This PC has no usable key; the text says why and what to do."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}。{_ENROL_AGAIN}")


class Place(StrEnum):
    """Where a private key lives."""

    FILE = "file"
    KEYSTORE = "keystore"


def public_bytes(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def key_id(public: bytes) -> str:
    """The first 16 hex digits of the raw public key's SHA-256; the portal computes the same."""
    return hashlib.sha256(public).hexdigest()[:16]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Enrolment:
    """This PC as the portal knows it. ``origin`` is the only web page that may read cards."""

    folder: Path
    key: PrivateKey = field(repr=False)
    kid: str
    outlet: str
    origin: str
    made_at: datetime = field(default_factory=_now)

    def next_counter(self) -> int:
        """A number higher than every one before, safe on disk before anyone sees it.

        A read that is lost on its way leaves a gap; the portal only asks that the number rises.
        Raises NotEnrolled if the file is gone or cannot be written: starting again at 1 would be
        taken for a replay.
        """
        path = self.folder / _COUNTER
        try:
            # A second program may have been started on this PC: one number for both is a replay.
            with files.alone(self.folder):
                number = int(path.read_text("ascii")) + 1
                files.write_private(path, str(number).encode())
        except (OSError, ValueError):
            number = 0
        if number <= 0:
            raise NotEnrolled(f"读卡计数写不进 {path}")
        return number


# ---------------------------------------------------------------- the private key


def keep(folder: Path, key: SoftKey, *, after: str) -> None:
    """Store a key that shall follow the one of id ``after`` ("" for none): in the system's
    keystore, or else in a file. Raises OSError.

    Both ids are written down first: whatever a crash leaves behind can be found and taken away.
    """
    kid, pem = key_id(public_bytes(key)), key.to_pem()
    _write(folder / _NEXT, {"after": after, "kid": kid})
    if not keystore.put(kid, pem):
        files.write_private(folder / f"{kid}.pem", pem.encode())


def kept(folder: Path, kid: str) -> SoftKey | None:
    """The key of this id, wherever it lives. Raises OSError, ValueError, Exposed."""
    own, old = folder / f"{kid}.pem", folder / _OLD_KEY
    if own.exists():
        return SoftKey.from_pem(files.read_private(own))
    if pem := keystore.get(kid):
        return SoftKey.from_pem(pem)
    return SoftKey.from_pem(files.read_private(old)) if old.exists() else None


# ---------------------------------------------------------------- the enrolment


def save(enrolment: Enrolment) -> None:
    """Make this the enrolment of this PC; its key must have been kept before. Raises OSError.

    One file decides which key counts, and it is replaced at once: a crash leaves the old or the
    new enrolment, never half of each.
    """
    folder = enrolment.folder
    if not (folder / _COUNTER).exists():
        files.write_private(folder / _COUNTER, b"0")
    in_file = (folder / f"{enrolment.kid}.pem").exists()
    facts = {
        "kid": enrolment.kid,
        "outlet": enrolment.outlet,
        "origin": enrolment.origin,
        "key": Place.FILE if in_file else Place.KEYSTORE,
        "made_at": enrolment.made_at.isoformat(),
    }
    _write(folder / _ENROLMENT, facts)


def load(folder: Path) -> Enrolment:
    """Raises NotEnrolled for a missing, damaged, mismatched or readable-by-others key."""
    try:
        facts = _read(folder / _ENROLMENT)
        kid, outlet, origin = (str(facts[name]) for name in ("kid", "outlet", "origin"))
        key = kept(folder, kid)
    except FileNotFoundError:
        raise NotEnrolled("这台电脑还没有登记") from None
    except PermissionError:
        raise NotEnrolled(f"没有权限读取 {folder} 里的登记") from None
    except files.Exposed as exposed:
        raise NotEnrolled(f"密钥文件 {exposed} 别人也能读，不能再用") from None
    except (OSError, ValueError, KeyError):
        raise NotEnrolled(f"{folder} 里的登记已损坏") from None
    if key is None:
        raise NotEnrolled(_missing(facts))
    if key_id(public_bytes(key)) != kid:
        raise NotEnrolled(f"{folder} 里的登记和密钥不是一套")
    return Enrolment(folder, key, kid, outlet, origin, _made_at(facts, folder))


def known_kid(folder: Path) -> str:
    """Of the enrolment that is there, whether it can be used or not; "" for none."""
    try:
        return str(_read(folder / _ENROLMENT)["kid"])
    except (OSError, ValueError, KeyError):
        return ""


def _missing(facts: dict[str, Any]) -> str:
    if facts.get("key") == Place.KEYSTORE:
        return (
            "密钥在系统的钥匙串里，现在取不出来；请用登记时的那个用户登录后再启动，还不行就重新登记"
        )
    return "登记还在，密钥文件不见了"


def _made_at(facts: dict[str, Any], folder: Path) -> datetime:
    """Before version 0.2 nobody wrote it down; the file is as old as the key then."""
    try:
        return datetime.fromisoformat(str(facts["made_at"])).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return datetime.fromtimestamp((folder / _ENROLMENT).stat().st_mtime, UTC)


# ---------------------------------------------------------------- the key that comes next


def next_key(enrolment: Enrolment) -> SoftKey:
    """The key that shall follow this one; the same one until it has. Raises OSError."""
    if is_changing(enrolment) and (key := _kept_or_none(enrolment.folder)):
        return key
    tidy(enrolment)
    key = SoftKey.generate()
    keep(enrolment.folder, key, after=enrolment.kid)
    return key


def is_changing(enrolment: Enrolment) -> bool:
    """Whether a change of this key was begun and not ended: the portal may have made it already."""
    return _noted(enrolment.folder).get("after") == enrolment.kid


def tidy(enrolment: Enrolment) -> None:
    """Take away every key but the one in use. Raises OSError."""
    folder, kid = enrolment.folder, enrolment.kid
    for other in _noted(folder).values():
        if other and other != kid:
            (folder / f"{other}.pem").unlink(missing_ok=True)
            keystore.drop(other)
    old = folder / _OLD_KEY
    if old.exists() and ((folder / f"{kid}.pem").exists() or keystore.get(kid)):
        old.unlink()
    (folder / _NEXT).unlink(missing_ok=True)


def _kept_or_none(folder: Path) -> SoftKey | None:
    kid = _noted(folder)["kid"]
    try:
        key = kept(folder, kid)
    except (OSError, ValueError, files.Exposed):
        return None
    return key if key and key_id(public_bytes(key)) == kid else None


def _noted(folder: Path) -> dict[str, str]:
    """{"after": kid in use, "kid": kid to come}, or nothing."""
    try:
        facts = _read(folder / _NEXT)
        return {name: str(facts[name]) for name in ("after", "kid")}
    except (OSError, ValueError, KeyError):
        return {}


def _read(path: Path) -> dict[str, Any]:
    """Raises OSError, ValueError."""
    facts = json.loads(path.read_text("utf-8"))
    if not isinstance(facts, dict):
        raise ValueError("not an object")
    return facts


def _write(path: Path, facts: dict[str, Any]) -> None:
    files.write_private(path, json.dumps(facts, ensure_ascii=False).encode())
