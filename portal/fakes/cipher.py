"""The cipher text of the demo's cloud reader: what the reader seals, the decoding service opens.

version (1 byte) · SHA-256 of the challenge (32) · nonce (12) · AES-256-GCM of a JSON object of
base64 texts {block, photo, address, sam_id}. The first 33 bytes and the challenge are
authenticated. The key is known to the emulated reader and to the service, and to nobody between
them: not to the bridge, the page or the portal.
"""

import base64
import json
import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# Of the demo alone: a real reader has its own, in its security module.
KEY = sha256(b"only for the demo: cloud reader and decoding service").digest()
VERSION = b"\x01"
HEAD_BYTES = 33
NONCE_BYTES = 12
FIELDS = ("block", "photo", "address", "sam_id")


class Broken(Exception):
    """Not sealed by a reader that we know, or changed since."""


def seal(
    block: bytes, challenge: str, *, photo: bytes = b"", address: bytes = b"", sam_id: str = ""
) -> bytes:
    clear = (block, photo, address, sam_id.encode())
    texts = [base64.b64encode(value).decode() for value in clear]
    content = json.dumps(dict(zip(FIELDS, texts, strict=True))).encode()
    head, nonce = VERSION + _mark(challenge), os.urandom(NONCE_BYTES)
    return head + nonce + AESGCM(KEY).encrypt(nonce, content, head + challenge.encode())


def is_for(cipher: bytes, challenge: str) -> bool:
    """Whether it claims to have been sealed for this question; only ``unseal`` proves it."""
    return cipher[:HEAD_BYTES] == VERSION + _mark(challenge)


def unseal(cipher: bytes, challenge: str) -> dict[str, str]:
    """The four base64 texts. Raises Broken."""
    head = cipher[:HEAD_BYTES]
    nonce = cipher[HEAD_BYTES : HEAD_BYTES + NONCE_BYTES]
    sealed = cipher[HEAD_BYTES + NONCE_BYTES :]
    try:
        content = AESGCM(KEY).decrypt(nonce, sealed, head + challenge.encode())
    except (InvalidTag, ValueError):
        raise Broken from None
    return {name: str(value) for name, value in json.loads(content).items()}


def _mark(challenge: str) -> bytes:
    return sha256(challenge.encode()).digest()
