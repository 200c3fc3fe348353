"""Keys and what is done with them: envelope encryption, blind index, audit signature.

The keyring file holds every key, each wrapped by the master key (32 bytes, from the environment or
a file), so the file alone opens nothing and may lie in a backup. Primitives come from
`cryptography` only.

A token, which is what encrypted columns and files hold:

    1 byte    algorithm: 1 = AES-256-GCM (2 is kept for SM4-GCM)
    2 bytes   number of the data key, big-endian
    12 bytes  nonce, random
    rest      ciphertext, then the 16-byte tag

The first three bytes are authenticated together with the caller's `aad`, which says where the
token belongs: moved to another column or file it does not open.
"""

import base64
import binascii
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

KEY_BYTES = 32
NONCE_BYTES = 12
AES_256_GCM = 1
HEADER_BYTES = 3
START_BYTES = HEADER_BYTES + NONCE_BYTES
TAG_BYTES = 16

_MISSING = "读不到密钥环文件 {}:请先创建它,或检查 SHIMING_KEYRING。"
_DAMAGED = "密钥环文件 {} 已损坏:请从备份恢复。"
_LOCKED = "主密钥打不开密钥环文件 {}:请检查 SHIMING_MASTER_KEY,或从备份恢复该文件。"
_UNWRITABLE = "写不了密钥环文件 {}:请检查文件夹的权限和磁盘空间。"


class KeyringError(Exception):
    """The keyring cannot be used; one line that an operator can act on."""


class DecryptError(Exception):
    """The token was changed, belongs elsewhere, or its key is not in the keyring."""


@dataclass(frozen=True, repr=False, eq=False)
class Keyring:
    """The opened keys. `current` is the number of the data key that encrypts from now on.

    Random nonces bear about four thousand million tokens under one key (NIST SP 800-38D 8.3):
    a data key is rotated long before that.
    """

    current: int
    _data: Mapping[int, AESGCM]
    _index: bytes
    _audit: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"<Keyring d{self.current} of {len(self._data)}, audit {self.audit_key_id}>"

    def encrypt(self, plaintext: bytes, aad: bytes) -> bytes:
        return bytes(self.sealed(plaintext, aad))

    def sealed(self, plaintext: bytes, aad: bytes) -> bytearray:
        """The token where it was made: to copy megabytes takes longer than to encrypt them."""
        header = bytes([AES_256_GCM]) + self.current.to_bytes(2, "big")
        nonce = secrets.token_bytes(NONCE_BYTES)
        token = bytearray(START_BYTES + len(plaintext) + TAG_BYTES)
        token[:START_BYTES] = header + nonce
        place = memoryview(token)[START_BYTES:]
        self._data[self.current].encrypt_into(nonce, plaintext, header + aad, place)
        return token

    def decrypt(self, token: bytes | memoryview, aad: bytes) -> bytes:
        token = bytes(token)
        cipher = self._data.get(_key_number(token))
        if cipher is None:
            raise DecryptError("the data key of this token is not in the keyring")
        header, nonce = token[:HEADER_BYTES], token[HEADER_BYTES:START_BYTES]
        try:
            return cipher.decrypt(nonce, memoryview(token)[START_BYTES:], header + aad)
        except (InvalidTag, ValueError):
            raise DecryptError("the token was changed or belongs elsewhere") from None

    def key_id_of(self, token: bytes | memoryview) -> str:
        return f"d{_key_number(token)}"

    def is_stale(self, token: bytes | memoryview) -> bool:
        """Whether the token waits to be encrypted anew under the current data key."""
        return _key_number(token) != self.current

    def blind_index(self, text: str, purpose: str) -> str:
        """64 hex digits, equal for equal text of one purpose and unrelated between purposes.

        Normalising (upper-case X, no blanks) is the caller's: two spellings are two indexes.
        """
        label = purpose.encode()
        message = len(label).to_bytes(2, "big") + label + text.encode()
        return hmac.new(self._index, message, hashlib.sha256).hexdigest()

    def sign(self, message: bytes) -> bytes:
        """Ed25519 with the audit key, 64 bytes."""
        return self._audit.sign(message)

    def verify(self, signature: bytes, message: bytes) -> bool:
        return verify(self.audit_public_key, signature, message)

    @property
    def audit_public_key(self) -> bytes:
        """Raw, 32 bytes: what a stand-alone verifier needs."""
        return self._audit.public_key().public_bytes_raw()

    @property
    def audit_key_id(self) -> str:
        return hashlib.sha256(self.audit_public_key).hexdigest()[:16]


def keyring() -> Keyring:
    """The keyring of the settings, read again when the file is replaced (rotation)."""
    path: Path = settings.KEYRING_FILE
    try:
        found = path.stat()
    except OSError:
        raise KeyringError(_MISSING.format(path)) from None
    return _remembered(path, settings.MASTER_KEY, (found.st_ino, found.st_mtime_ns, found.st_size))


def stale(token: bytes | memoryview) -> bool:
    return keyring().is_stale(token)


def verify(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def master_key(text: str) -> bytes:
    """Base64 text to the 32 bytes; KeyringError if it is anything else."""
    try:
        master = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        master = b""
    if len(master) != KEY_BYTES:
        raise KeyringError("主密钥格式不对:SHIMING_MASTER_KEY 应是 32 字节的 base64 文本。")
    return master


def new_master_key() -> str:
    """Base64 text, as the environment or the master key's file holds it."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def create(path: Path, master: bytes) -> None:
    """A new keyring with its first keys. Never replaces one: the old data would be lost."""
    first = _wrapped(master, "d1", secrets.token_bytes(KEY_BYTES))
    document = {
        "version": 1,
        "data": {"current": "d1", "keys": {"d1": first}},
        "index": _wrapped(master, "index", secrets.token_bytes(KEY_BYTES)),
        "audit": _wrapped(master, "audit", Ed25519PrivateKey.generate().private_bytes_raw()),
    }
    with _alone(path):
        if path.exists():
            raise KeyringError(f"密钥环文件 {path} 已经存在,不会覆盖。")
        _write(path, document)


def add_data_key(path: Path, master: bytes) -> str:
    """Rotation: adds a data key, makes it the current one and answers its id.

    Old tokens stay readable. Hosts that do not share the file need it before they meet a token
    of the new key.
    """
    with _alone(path):
        document = _read(path)
        _open(document, path, master)
        keys = document["data"]["keys"]
        key_id = f"d{1 + max(int(key_id[1:]) for key_id in keys)}"
        keys[key_id] = _wrapped(master, key_id, secrets.token_bytes(KEY_BYTES))
        document["data"]["current"] = key_id
        _write(path, document)
    return key_id


def rewrap(path: Path, old_master: bytes, new_master: bytes) -> None:
    """Changes the master key. The keys inside stay, so no data is touched.

    Running processes hold the old master key and must be started again.
    """
    with _alone(path):
        document = _read(path)
        _open(document, path, old_master)
        entries = {**document["data"]["keys"], **{n: document[n] for n in ("index", "audit")}}
        for name, entry in entries.items():
            key = _unwrapped(old_master, name, entry)
            entry.update(_wrapped(new_master, name, key), made_at=entry["made_at"])
        _write(path, document)


def load(path: Path, master: bytes) -> Keyring:
    return _open(_read(path), path, master)


@lru_cache(maxsize=2)
def _remembered(path: Path, master: str, stamp: tuple[int, int, int]) -> Keyring:
    return load(path, master_key(master))


def _key_number(token: bytes | memoryview) -> int:
    if len(token) < HEADER_BYTES or token[0] != AES_256_GCM:
        raise DecryptError("this is not a token of a known algorithm")
    return int.from_bytes(token[1:HEADER_BYTES], "big")


def _wrapped(master: bytes, name: str, key: bytes) -> dict[str, str]:
    """AES-256-GCM under the master key; the key's name is authenticated, so keys cannot swap."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = nonce + AESGCM(master).encrypt(nonce, key, _wrap_label(name))
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"wrapped": base64.b64encode(sealed).decode(), "made_at": made_at}


def _unwrapped(master: bytes, name: str, entry: Mapping[str, str]) -> bytes:
    sealed = base64.b64decode(entry["wrapped"], validate=True)
    nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    return AESGCM(master).decrypt(nonce, ciphertext, _wrap_label(name))


def _wrap_label(name: str) -> bytes:
    return b"shiming-keyring-v1:" + name.encode()


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except OSError:
        raise KeyringError(_MISSING.format(path)) from None
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("version") != 1:
        raise KeyringError(_DAMAGED.format(path))
    return document


def _open(document: Mapping[str, Any], path: Path, master: bytes) -> Keyring:
    try:
        audit = _unwrapped(master, "audit", document["audit"])
        opened = Keyring(
            current=int(document["data"]["current"][1:]),
            _data={
                int(key_id[1:]): AESGCM(_unwrapped(master, key_id, entry))
                for key_id, entry in document["data"]["keys"].items()
            },
            _index=_unwrapped(master, "index", document["index"]),
            _audit=Ed25519PrivateKey.from_private_bytes(audit),
        )
        opened._data[opened.current]
    except InvalidTag:
        raise KeyringError(_LOCKED.format(path)) from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise KeyringError(_DAMAGED.format(path)) from None
    return opened


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two rotations at once would lose one of the keys, and all that it has encrypted."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.with_name(path.name + ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError:
        raise KeyringError(_UNWRITABLE.format(path)) from None


def _write(path: Path, document: Mapping[str, Any]) -> None:
    """All or nothing, and on the disk before it counts."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".keyring-")  # mode 0600
    try:
        with open(number, "w") as file:
            json.dump(document, file, indent=1)
            file.flush()
            os.fsync(number)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
