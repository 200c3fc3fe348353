"""A signed read as a page hands it over: whose it is, whether it holds, what came along."""

import base64
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from outlets import frames
from outlets.bridge.adapter import Source
from outlets.models import Bridge, Outlet
from outlets.services import signature
from outlets.services.signature import BadSignature
from portal.refusal import Refusal

TYPE: Final = "shiming-read+jws"

_COMMON: Final[dict[str, type]] = {
    "ver": int,
    "challenge": str,
    "kid": str,
    "counter": int,
    "sam_id": str,
    "card_type": str,
    "read_at": str,
    "origin": str,
    "agent": str,
}
# By version: the claims, and the names in the page's message.
CLAIMS: Final[dict[int, dict[str, type]]] = {
    1: _COMMON | {"block_sha256": str, "photo_sha256": str},
    2: _COMMON | {"reader": str, "source": str, "parts": dict},
}
MESSAGE: Final = {1: {"jws", "block", "photo"}, 2: {"jws", "parts"}}

# Which programs still speak version 1, that does not say how the bytes came about: a later one
# that does would only hide it.
OF_VERSION_1: Final = re.compile(r"0\.1\.[0-9]{1,6}")

# The fewest and the most bytes of each part.
SIZES: Final = {
    "block": (frames.TEXT_BYTES, frames.TEXT_BYTES),
    "wlt": (frames.PHOTO_BYTES, frames.PHOTO_BYTES),
    "jpeg": (5, frames.LONGEST_JPEG),
    "address": (frames.ADDRESS_BYTES, frames.ADDRESS_BYTES),
    "cipher": (1, 16 * 1024),
}
IS_PORTRAIT: Final = {"wlt": frames.is_wlt, "jpeg": frames.is_jpeg}
LONGEST_SAM_ID: Final = 60
NAME: Final = re.compile(r"[a-z0-9_]{1,20}")
SHA256: Final = re.compile(r"[0-9a-f]{64}")


class UntrustedRead(Refusal):
    """The signed read is not one of ours, or not from here.

    ``code`` tells the cases apart, for the audit and for counting.
    """

    code: ClassVar[str] = "untrusted_read"
    text = _("这次读卡没有通过验证，未被采用。")
    todo = _("请把证件重新放到本网点的读卡器上再读一次。")


class WrongOutlet(UntrustedRead):
    code = "wrong_outlet"
    text = _("这台电脑的读卡程序登记在别的网点，读卡未被采用。")
    todo = _("请用本网点的电脑读卡；电脑是从别的网点搬来的，请渠道经理发登记码重新登记。")


class BridgeRevoked(UntrustedRead):
    code = "dead_key"
    text = _("这台电脑的读卡程序已停用或吊销。")
    todo = _("请换一台电脑，或请渠道经理重新登记读卡程序。")


class WrongPage(UntrustedRead):
    code = "wrong_origin"
    text = _("这次读卡不是为这个网址做的，未被采用。")
    todo = _("请用登记读卡程序时的平台网址打开网页，再读一次。")


@dataclass(frozen=True)
class SignedRead:
    """A read whose signature, key, outlet and hashes held.

    ``reader`` is the adapter's name, ``source`` how the bytes came about (chip, fields, cipher),
    ``agent`` the program's version. ``parts`` are the raw bytes by name: ``block`` (256),
    ``wlt`` (1024) or ``jpeg``, ``address`` (70), or ``cipher`` alone.
    """

    bridge: Bridge
    envelope: str
    challenge: str
    counter: int
    sam_id: str
    reader: str
    source: str
    card_type: str
    read_at: datetime
    agent: str
    parts: Mapping[str, bytes]

    def __repr__(self) -> str:
        return f"<SignedRead {self.counter} of {self.bridge}>"

    @property
    def block(self) -> bytes:
        return self.parts.get("block", b"")

    @property
    def photo(self) -> bytes:
        """The portrait of the chip: 1024 WLT bytes, a JPEG, or nothing."""
        return self.parts.get("wlt") or self.parts.get("jpeg", b"")

    @property
    def address(self) -> bytes:
        return self.parts.get("address", b"")

    @property
    def cipher(self) -> bytes:
        return self.parts.get("cipher", b"")


def verify(message: Mapping[str, Any], *, outlet: Outlet, origin: str) -> SignedRead:
    """Check a bridge's message from a page of ``origin`` at ``outlet``.

    The message is {"jws", "parts": {name: base64}}, or {"jws", "block", "photo"} of an envelope of
    version 1. Judged here: key, signature, claims, outlet, origin, and that the parts are those
    which were signed. What can be spent (challenge, counter, the last minutes of a rotated key) is
    the caller's, inside its transaction: ``reader.spend_counter``.

    Raises UntrustedRead, WrongOutlet, BridgeRevoked, WrongPage.
    """
    try:
        bridge, claims = _opened(message)
        _check_place(bridge, claims, outlet, origin)
        parts = _parts(message, claims)
        return SignedRead(
            bridge=bridge,
            envelope=message["jws"],
            challenge=claims["challenge"],
            counter=claims["counter"],
            sam_id=claims["sam_id"],
            reader=claims["reader"],
            source=claims["source"],
            card_type=claims["card_type"],
            read_at=signature.moment(claims["read_at"]),
            agent=claims["agent"],
            parts=parts,
        )
    except BadSignature:
        raise UntrustedRead from None


def _opened(message: Mapping[str, Any]) -> tuple[Bridge, dict[str, Any]]:
    """Who signed the message, and the claims as of version 2."""
    if not isinstance(message, Mapping):
        raise BadSignature
    jws = message.get("jws")
    kid = signature.signer(jws, typ=TYPE)
    bridge: Bridge | None = Bridge.objects.filter(kid=kid).select_related("outlet__channel").first()
    if bridge is None:
        raise BadSignature
    claims = signature.claims(str(jws), bytes(bridge.public_key), kid=kid)
    version = claims.get("ver")
    if type(version) is not int or version not in CLAIMS:
        raise BadSignature
    signature.check_shape(claims, CLAIMS[version])
    if message.keys() != MESSAGE[version]:
        raise BadSignature
    if version == 1:
        if not OF_VERSION_1.fullmatch(claims["agent"]):
            raise BadSignature
        hashes = {"block": claims.pop("block_sha256"), "wlt": claims.pop("photo_sha256")}
        claims |= {"reader": "serial", "source": Source.CHIP.value, "parts": hashes}
    _check_claims(claims)
    return bridge, claims


def _check_claims(claims: Mapping[str, Any]) -> None:
    """What the claims say must fit together: cipher text is alone and of no known card type."""
    if len(claims["sam_id"]) > LONGEST_SAM_ID or not NAME.fullmatch(claims["reader"]):
        raise BadSignature
    if claims["source"] == Source.CIPHER:
        fits = claims["card_type"] == "" and claims["parts"].keys() == {"cipher"}
    elif claims["source"] in (Source.CHIP, Source.FIELDS):
        fits = bool(NAME.fullmatch(claims["card_type"])) and _is_card(claims["parts"].keys())
    else:
        fits = False
    hashes = claims["parts"].values()
    if not fits or not all(isinstance(text, str) and SHA256.fullmatch(text) for text in hashes):
        raise BadSignature


def _is_card(names: Set[str]) -> bool:
    """The text block, perhaps one portrait, perhaps the new address."""
    return {"block"} <= names <= {"block", "wlt", "jpeg", "address"} and not {
        "wlt",
        "jpeg",
    } <= names


def _check_place(bridge: Bridge, claims: Mapping[str, Any], outlet: Outlet, origin: str) -> None:
    if bridge.status in (Bridge.Status.RETIRED, Bridge.Status.REVOKED):
        raise BridgeRevoked
    if bridge.outlet_id != outlet.pk:
        raise WrongOutlet
    if claims["origin"] != origin:
        raise WrongPage


def _parts(message: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, bytes]:
    """The bytes of exactly the parts that were signed."""
    sent = message.get("parts")
    if "parts" not in message:
        sent = {"block": message["block"], "wlt": message["photo"]}
    if not isinstance(sent, dict) or sent.keys() != claims["parts"].keys():
        raise BadSignature
    parts = {name: _bytes(name, text) for name, text in sent.items()}
    if any(sha256(part).hexdigest() != claims["parts"][name] for name, part in parts.items()):
        raise BadSignature
    return parts


def _bytes(name: str, text: object) -> bytes:
    fewest, most = SIZES[name]
    # Before it is decoded: base64 makes four letters of three bytes.
    if not isinstance(text, str) or len(text) > (most + 2) // 3 * 4:
        raise BadSignature
    try:
        part = base64.b64decode(text, validate=True)
    except ValueError:
        raise BadSignature from None
    if not fewest <= len(part) <= most:
        raise BadSignature
    if name in IS_PORTRAIT and not IS_PORTRAIT[name](part):
        raise BadSignature
    return part
