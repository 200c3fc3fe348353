"""What a program on a counter PC has signed: compact JWS, Ed25519, one type for each purpose.

Nothing here trusts a length, a type or a name that came over the wire.
"""

import json
import re
from collections.abc import Container, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ALGORITHM: Final = "EdDSA"
LONGEST: Final = 4096
LONGEST_CLAIM: Final = 200
# What a database column holds; a counter beyond it is not one of ours.
HIGHEST_COUNTER: Final = 2**63 - 1
KEY_ID: Final = re.compile(r"[0-9a-f]{16}")
AGENT: Final = re.compile(r"[0-9A-Za-z.+_-]{1,20}")
# Without padding: one statement is one text, and a text sent again is known again.
_COMPACT: Final = re.compile(r"[0-9A-Za-z_-]+(\.[0-9A-Za-z_-]+){2}")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


class BadSignature(Exception):
    """Not signed by that key, or not the statement that was asked for."""


def key_id(public_key: bytes) -> str:
    return sha256(public_key).hexdigest()[:16]


def signer(jws: object, *, typ: str) -> str:
    """The key id that a header of type ``typ`` names. Nobody has signed for it yet."""
    if not isinstance(jws, str) or len(jws) > LONGEST or not _COMPACT.fullmatch(jws):
        raise BadSignature
    try:
        header = jwt.get_unverified_header(jws)
    # A deep nest of brackets is a RecursionError of the JSON parser.
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise BadSignature from None
    # The type keeps a statement of one purpose from passing for another.
    if header.keys() != {"alg", "kid", "typ"}:
        raise BadSignature
    if header["alg"] != ALGORITHM or header["typ"] != typ:
        raise BadSignature
    kid = header["kid"]
    if not isinstance(kid, str) or not KEY_ID.fullmatch(kid):
        raise BadSignature
    return kid


def claims(jws: str, public_key: bytes, *, kid: str) -> dict[str, Any]:
    """What the key has signed, for itself; the claims' shape is for ``check_shape`` to judge."""
    key = Ed25519PublicKey.from_public_bytes(public_key)
    try:
        said = jwt.api_jws.decode(jws, key, algorithms=[ALGORITHM])
        found = json.loads(said, object_pairs_hook=_once_each)
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise BadSignature from None
    if not isinstance(found, dict) or found.get("kid") != kid:
        raise BadSignature
    return found


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name said twice one parser hears the first value and another one the second."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def check_shape(
    found: Mapping[str, Any], shape: Mapping[str, type], *, in_any_script: Container[str] = ()
) -> None:
    """Exactly these claims, each of its type, texts short and printable, the counter a number
    that can be stored. Texts are ASCII but for the claims named ``in_any_script``."""
    if found.keys() != shape.keys():
        raise BadSignature
    # Not isinstance: True is an int there.
    if any(type(found[name]) is not kind for name, kind in shape.items()):
        raise BadSignature
    for name, value in found.items():
        if isinstance(value, str) and not _is_plain(value, any_script=name in in_any_script):
            raise BadSignature
    if not 0 < found["counter"] <= HIGHEST_COUNTER or not AGENT.fullmatch(found["agent"]):
        raise BadSignature


def moment(text: str) -> datetime:
    """A UTC time as ``2026-11-22T02:25:47Z`` and in no other way."""
    if not _MOMENT.fullmatch(text):
        raise BadSignature
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise BadSignature from None


def _is_plain(text: str, *, any_script: bool) -> bool:
    """Printable: a database takes neither a NUL nor half a surrogate pair."""
    return text.isprintable() and len(text) <= LONGEST_CLAIM and (any_script or text.isascii())
