"""Ed25519 keys without compiled code, so that one file of Python runs on any shop PC."""

from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import ecdsa

# What ecdsa raises for a text that is no key; its own errors have no common base.
_NOT_A_KEY = (
    ValueError,
    TypeError,
    IndexError,
    AssertionError,
    NotImplementedError,
    ecdsa.der.UnexpectedDER,
    ecdsa.curves.UnknownCurveError,
)


class PublicHalf(Protocol):
    def public_bytes_raw(self) -> bytes: ...


class PrivateKey(Protocol):
    """What can sign: a SoftKey, or cryptography's key where the portal's tools play a bridge."""

    def sign(self, data: bytes, /) -> bytes: ...

    def public_key(self) -> PublicHalf: ...


@dataclass(frozen=True)
class PublicKey:
    raw: bytes

    def public_bytes_raw(self) -> bytes:
        """32 bytes."""
        return self.raw


@dataclass(frozen=True)
class SoftKey:
    """A private key in memory. Its repr shows nothing of it."""

    _key: Any = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        return cls(ecdsa.SigningKey.generate(curve=ecdsa.Ed25519))

    @classmethod
    def from_pem(cls, pem: str) -> Self:
        """From PKCS #8, whoever wrote it. Raises ValueError."""
        try:
            key = ecdsa.SigningKey.from_pem(pem)
        except _NOT_A_KEY:
            raise ValueError("not a private key") from None
        if key.curve is not ecdsa.Ed25519:
            raise ValueError("not an Ed25519 key")
        return cls(key)

    def to_pem(self) -> str:
        """PKCS #8, not enciphered: who may read it is the keeper's business."""
        return bytes(self._key.to_pem(format="pkcs8")).decode("ascii")

    def sign(self, data: bytes, /) -> bytes:
        """64 bytes."""
        return bytes(self._key.sign(data))

    def public_key(self) -> PublicKey:
        return PublicKey(bytes(self._key.verifying_key.to_string()))
