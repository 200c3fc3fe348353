"""What the bridge keeps on the counter PC: its key, who it is, and how often it has signed.

Three files in one folder, each readable by its owner only: ``key.pem`` (Ed25519), ``bridge.json``
(key id, outlet, origin) and ``counter``. Nothing of any customer.
"""

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

DEFAULT_FOLDER: Final = Path("~/.config/shiming")
_KEY: Final = "key.pem"
_ENROLMENT: Final = "bridge.json"
_COUNTER: Final = "counter"
_ENROL_AGAIN: Final = (
    "请向渠道经理要一个登记码，然后运行：python -m outlets.bridge enrol 登记码 --portal 网址"
)


class NotEnrolled(Exception):
    """This PC has no usable key; the text says why and what to do."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}。{_ENROL_AGAIN}")


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def key_id(public: bytes) -> str:
    """The first 16 hex digits of the raw public key's SHA-256; the portal computes the same."""
    return hashlib.sha256(public).hexdigest()[:16]


@dataclass(frozen=True)
class Enrolment:
    """This PC as the portal knows it. ``origin`` is the only web page that may read cards."""

    folder: Path
    key: Ed25519PrivateKey = field(repr=False)
    kid: str
    outlet: str
    origin: str

    def next_counter(self) -> int:
        """A number higher than every one before, safe on disk before anyone sees it.

        A read that is lost on its way leaves a gap; the portal only asks that the number rises.
        Raises NotEnrolled if the file is gone or cannot be written: starting again at 1 would be
        taken for a replay.
        """
        path = self.folder / _COUNTER
        try:
            number = int(path.read_text("ascii")) + 1
            write_private(path, str(number).encode())
        except (OSError, ValueError):
            number = 0
        if not number:
            raise NotEnrolled(f"读卡计数写不进 {path}")
        return number


def prepare(folder: Path) -> None:
    """Make sure that an enrolment can be saved, before a one-time code is spent on it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder)
    os.close(handle)
    os.unlink(name)


def save(enrolment: Enrolment) -> None:
    """Write all three files; bridge.json comes last, since without it nothing counts."""
    folder = enrolment.folder
    pem = enrolment.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    if not (folder / _COUNTER).exists():
        write_private(folder / _COUNTER, b"0")
    write_private(folder / _KEY, pem)
    facts = {"kid": enrolment.kid, "outlet": enrolment.outlet, "origin": enrolment.origin}
    write_private(folder / _ENROLMENT, json.dumps(facts, ensure_ascii=False).encode())


def load(folder: Path) -> Enrolment:
    """Raises NotEnrolled for a missing, damaged, mismatched or readable-by-others key."""
    key_file = folder / _KEY
    try:
        facts = json.loads((folder / _ENROLMENT).read_text("utf-8"))
        key = load_pem_private_key(key_file.read_bytes(), password=None)
        mode = key_file.stat().st_mode
    except FileNotFoundError:
        facts, key, mode = None, None, 0
    except PermissionError:
        raise NotEnrolled(f"没有权限读取 {folder} 里的登记") from None
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise NotEnrolled(f"{folder} 里的登记已损坏") from None
    if facts is None:
        raise NotEnrolled("这台电脑还没有登记")
    if not isinstance(key, Ed25519PrivateKey) or not isinstance(facts, dict):
        raise NotEnrolled(f"{folder} 里的登记已损坏")
    if os.name == "posix" and mode & 0o077:
        raise NotEnrolled(f"密钥文件 {key_file} 别人也能读，不能再用")
    kid = key_id(public_bytes(key))
    outlet, origin = facts.get("outlet"), facts.get("origin")
    if facts.get("kid") != kid or not isinstance(outlet, str) or not isinstance(origin, str):
        raise NotEnrolled(f"{folder} 里的登记和密钥不是一套")
    return Enrolment(folder=folder, key=key, kid=kid, outlet=outlet, origin=origin)


def write_private(path: Path, data: bytes) -> None:
    """Replace a file at once or not at all, readable by its owner only, even if the power fails."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
