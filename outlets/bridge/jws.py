"""Compact JWS with Ed25519 (RFC 7515, RFC 8037): header.claims.signature, each in base64url."""

import base64
import json
from typing import Any, Final

from outlets.bridge.ed25519 import PrivateKey

ALGORITHM: Final = "EdDSA"


def sign(claims: dict[str, Any], *, key: PrivateKey, kid: str, kind: str) -> str:
    """``kind`` is the header's ``typ``: what was signed for one purpose serves no other."""
    header = {"alg": ALGORITHM, "kid": kid, "typ": kind}
    text = f"{_part(header)}.{_part(claims)}"
    return f"{text}.{_base64url(key.sign(text.encode()))}"


def _part(facts: dict[str, Any]) -> str:
    return _base64url(json.dumps(facts, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
