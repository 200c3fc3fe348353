"""Trust in a signed read, and every way that somebody who has read the bridge would bend one."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from outlets.bridge.people import PEOPLE
from outlets.models import Bridge, Outlet
from outlets.services import reader
from tests.cast import Cast
from tests.signing import (
    JPEG,
    SAM_ID,
    enrolled_bridge,
    sign_first_read,
    sign_read,
    sign_rotation,
    text,
    utc,
)

BLOCK, PHOTO = PEOPLE["wang"].block(), PEOPLE["wang"].photo()
ADDRESS, CIPHER = b"\x20\x00" * 35, b"\x00cipher text of a reader"
HASH = hashlib.sha256(BLOCK).hexdigest()


def signed(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A read at the outlet's counter; ``changes`` bend it."""
    return sign_read(cast.key_and_bridge[0], **(_facts(cast) | changes))


def first(cast: Cast, **changes: Any) -> dict[str, Any]:
    """The same by the first version of the program."""
    return sign_first_read(cast.key_and_bridge[0], **(_facts(cast) | changes))


def _facts(cast: Cast) -> dict[str, Any]:
    return {
        "challenge": "challenge-1",
        "counter": 1,
        "block": BLOCK,
        "photo": PHOTO,
        "origin": settings.ORIGIN,
        "read_at": utc(cast.now),
    }


def verified(cast: Cast, message: Any, outlet: Outlet | None = None) -> reader.SignedRead:
    return reader.verify(message, outlet=outlet or cast.outlet, origin=settings.ORIGIN)


def test_a_read_that_our_program_signed_holds(cast: Cast) -> None:
    read = verified(cast, signed(cast))

    assert (read.bridge, read.challenge, read.counter) == (cast.bridge, "challenge-1", 1)
    assert (read.sam_id, read.reader, read.source, read.agent) == (
        SAM_ID,
        "serial",
        "chip",
        "0.2.0",
    )
    assert (read.block, read.photo, read.card_type) == (BLOCK, PHOTO, "resident")
    assert (read.address, read.cipher) == (b"", b"")
    assert read.read_at == cast.now.replace(microsecond=0)


def test_a_read_of_the_first_version_is_still_taken(cast: Cast) -> None:
    read = verified(cast, first(cast))

    assert read.parts == {"block": BLOCK, "wlt": PHOTO}
    assert (read.reader, read.source, read.agent) == ("serial", "chip", "0.1.0")


FITTING: dict[str, tuple[dict[str, bytes], dict[str, Any]]] = {
    "no portrait": ({"block": BLOCK}, {}),
    "a vendor's portrait": ({"block": BLOCK, "jpeg": JPEG}, {"source": "fields", "sam_id": ""}),
    "a new address": ({"block": BLOCK, "wlt": PHOTO, "address": ADDRESS}, {}),
    "cipher text": ({"cipher": CIPHER}, {"source": "cipher", "card_type": "", "reader": "cloud"}),
}


@pytest.mark.parametrize("how", FITTING)
def test_a_read_has_the_parts_that_its_reader_gives(cast: Cast, how: str) -> None:
    parts, claims = FITTING[how]

    read = verified(cast, signed(cast, parts=parts, **claims))

    assert read.parts == parts
    assert (read.block, read.cipher) == (parts.get("block", b""), parts.get("cipher", b""))
    assert read.photo == parts.get("wlt", parts.get("jpeg", b""))
    assert read.address == parts.get("address", b"")


def test_the_text_of_a_read_shows_nothing_of_the_person(cast: Cast) -> None:
    read = verified(cast, signed(cast))

    assert PEOPLE["wang"].name not in repr(read)
    assert str(BLOCK) not in repr(read)


# ---------------------------------------------------------------- reads that do not hold


def resigned(cast: Cast, key: Any, algorithm: str) -> dict[str, Any]:
    """The same claims under another key or algorithm, but with the enrolled key's id."""
    message = signed(cast)
    claims = jwt.decode(message["jws"], options={"verify_signature": False})
    headers = {"kid": cast.bridge.kid, "typ": "shiming-read+jws"}
    return message | {"jws": jwt.encode(claims, key, algorithm=algorithm, headers=headers)}


def with_public_key_as_password(cast: Cast) -> dict[str, Any]:
    """What a verifier that trusts the header's algorithm would take."""
    return resigned(cast, bytes(cast.bridge.public_key), "HS256")


def headed(message: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Another header over the same body and signature; None leaves a field out."""
    old = jwt.get_unverified_header(message["jws"]) | changes
    header = {name: value for name, value in old.items() if value is not None}
    return rewritten(message, json.dumps(header))


def rewritten(message: dict[str, Any], header: str) -> dict[str, Any]:
    rest = message["jws"].partition(".")[2]
    return message | {"jws": f"{jwt.utils.base64url_encode(header.encode()).decode()}.{rest}"}


def rebodied(cast: Cast, body: bytes) -> dict[str, Any]:
    """Any bytes, signed by the right key."""
    key = cast.key_and_bridge[0]
    headers = {"kid": cast.bridge.kid, "typ": "shiming-read+jws"}
    return signed(cast) | {"jws": jwt.api_jws.encode(body, key, "EdDSA", headers)}


def tampered(message: dict[str, Any]) -> dict[str, Any]:
    head, body, tail = message["jws"].split(".")
    other = "A" if body[10] != "A" else "B"
    return message | {"jws": ".".join((head, body[:10] + other + body[11:], tail))}


def padded(message: dict[str, Any]) -> dict[str, Any]:
    """The same signature in another spelling."""
    return message | {"jws": message["jws"] + "=="}


def said_twice(cast: Cast, *, within: str = "counter") -> bytes:
    """Whatever the first value, most parsers hear the last."""
    claims = json.dumps(jwt.decode(signed(cast)["jws"], options={"verify_signature": False}))
    return claims.replace(f'"{within}": ', f'"{within}": 7, "{within}": ', 1).encode()


def sent(message: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """Other parts than were signed; None leaves one out."""
    changed = message["parts"] | parts
    return message | {"parts": {name: part for name, part in changed.items() if part is not None}}


def another(data: bytes) -> str:
    return base64.b64encode(bytes([data[0] ^ 1]) + data[1:]).decode()


def in_lines(long: str) -> str:
    return f"{long[:76]}\n{long[76:]}"


def rotation(cast: Cast) -> str:
    new = Ed25519PrivateKey.generate()
    return sign_rotation(cast.key_and_bridge[0], new, counter=1, at=cast.now)


Bend = Callable[[Cast], Any]

SIGNATURES: dict[str, Bend] = {
    "signed by another key": lambda cast: resigned(cast, Ed25519PrivateKey.generate(), "EdDSA"),
    "signed with the public key as a password": with_public_key_as_password,
    "signed by an elliptic curve": lambda cast: resigned(
        cast, ec.generate_private_key(ec.SECP256R1()), "ES256"
    ),
    "signed by nobody": lambda cast: resigned(cast, None, "none"),
    "said to be signed by nobody": lambda cast: headed(signed(cast), alg="none"),
    "said to be signed by a curve": lambda cast: headed(signed(cast), alg="ES256"),
    "an algorithm that is none": lambda cast: headed(signed(cast), alg=7),
    "a letter changed": lambda cast: tampered(signed(cast)),
    "signature cut off": lambda cast: {**signed(cast), "jws": signed(cast)["jws"][:-20]},
    "no signature": lambda cast: {**signed(cast), "jws": signed(cast)["jws"].rpartition(".")[0]},
    "another key's id in the header": lambda cast: signed(cast, headers={"kid": "0" * 16}),
    "another enrolled key's id in the header": lambda cast: signed(
        cast, headers={"kid": enrolled_bridge(cast.outlet, now=cast.now)[1].kid}
    ),
    "another key's id in the claims": lambda cast: signed(cast, kid="0" * 16),
    "a key id that is none": lambda cast: signed(cast, headers={"kid": "\0" * 16}),
    "a key id in capitals": lambda cast: signed(cast, headers={"kid": cast.bridge.kid.upper()}),
    "a key id of a strange type": lambda cast: headed(signed(cast), kid=7),
    "a key id in a list": lambda cast: headed(signed(cast), kid=[cast.bridge.kid]),
    "no key id": lambda cast: headed(signed(cast), kid=None),
    "a header too many": lambda cast: signed(cast, headers={"crit": ["b64"], "b64": False}),
    "a key in the header": lambda cast: signed(cast, headers={"jwk": {"kty": "OKP"}}),
    "no type": lambda cast: headed(signed(cast), typ=None),
    "the type of any token": lambda cast: signed(cast, headers={"typ": "JWT"}),
    "the type of a rotation": lambda cast: signed(cast, headers={"typ": "shiming-rotate+jws"}),
    "a rotation": lambda cast: signed(cast) | {"jws": rotation(cast)},
    "a header that is none": lambda cast: rewritten(signed(cast), "[]"),
    "a header without end": lambda cast: rewritten(signed(cast), "[" * 2500),
    "an envelope without end": lambda cast: signed(cast) | {"jws": "a" * 5000},
    "an envelope in Chinese": lambda cast: signed(cast) | {"jws": "读卡.读卡.读卡"},
    "an envelope with half a letter": lambda cast: signed(cast) | {"jws": "\ud800.a.b"},
    "an envelope that is none": lambda cast: signed(cast) | {"jws": "a.b.c"},
    "an envelope with padding": lambda cast: padded(signed(cast)),
    "an envelope of a strange type": lambda cast: signed(cast) | {"jws": 7},
    "an envelope in bytes": lambda cast: signed(cast) | {"jws": signed(cast)["jws"].encode()},
}

CLAIMS: dict[str, Bend] = {
    "version 0": lambda cast: signed(cast, ver=0),
    "version 3": lambda cast: signed(cast, ver=3),
    "a version in letters": lambda cast: signed(cast, ver="2"),
    "a version that is a truth value": lambda cast: first(cast, ver=True),
    "a version with a point": lambda cast: signed(cast, ver=2.0),
    "a version in a list": lambda cast: signed(cast, ver=[2]),
    "no version": lambda cast: signed(cast, ver=None),
    "a claim left out": lambda cast: signed(cast, agent=None),
    "a claim too many": lambda cast: signed(cast, name="王样本"),
    "an expiry of its own": lambda cast: signed(cast, exp=1),
    "an audience of its own": lambda cast: signed(cast, aud="portal"),
    "claims of version 1 in version 2": lambda cast: signed(cast, block_sha256=HASH),
    "claims of version 2 in version 1": lambda cast: first(cast, parts={"block": HASH}),
    "version 2 with the claims of version 1": lambda cast: first(cast, ver=2),
    "version 1 with the claims of version 2": lambda cast: signed(cast, ver=1),
    "a counter of zero": lambda cast: signed(cast, counter=0),
    "a counter below zero": lambda cast: signed(cast, counter=-1),
    "a counter that no column holds": lambda cast: signed(cast, counter=2**63),
    "a counter that is a truth value": lambda cast: signed(cast, counter=True),
    "a counter with a point": lambda cast: signed(cast, counter=1.0),
    "a counter in letters": lambda cast: signed(cast, counter="1"),
    "a challenge with a null": lambda cast: signed(cast, challenge="a\0b"),
    "a challenge with half a letter": lambda cast: signed(cast, challenge="\udfff"),
    "a challenge without end": lambda cast: signed(cast, challenge="a" * 201),
    "a challenge of a strange type": lambda cast: signed(cast, challenge={"a": 1}),
    "half a letter": lambda cast: signed(cast, sam_id="\ud800"),
    "a reader's number without end": lambda cast: signed(cast, sam_id="0" * 61),
    "a time that is none": lambda cast: signed(cast, read_at="yesterday"),
    "a time without a zone": lambda cast: signed(cast, read_at="2026-11-22T02:25:47"),
    "a time of another zone": lambda cast: signed(cast, read_at="2026-11-22T02:25:47+08:00"),
    "a time without its zeros": lambda cast: signed(cast, read_at="2026-1-2T3:4:5Z"),
    "a time with parts of a second": lambda cast: signed(cast, read_at="2026-11-22T02:25:47.5Z"),
    "a time in other digits": lambda cast: signed(cast, read_at="２０２６-11-22T02:25:47Z"),
    "a day that is none": lambda cast: signed(cast, read_at="2026-02-30T02:25:47Z"),
    "a time as a number": lambda cast: signed(cast, read_at=1795000000),
    "a source that is none": lambda cast: signed(cast, source="typed"),
    "an empty source": lambda cast: signed(cast, source=""),
    "a source of a strange type": lambda cast: signed(cast, source=["chip"]),
    "a reader that is a path": lambda cast: signed(cast, reader="../serial"),
    "a reader without a name": lambda cast: signed(cast, reader=""),
    "a card of no kind": lambda cast: signed(cast, card_type=""),
    "a card of a strange kind": lambda cast: signed(cast, card_type="Resident Card"),
    "a version of the program in Chinese": lambda cast: signed(cast, agent="最新"),
    "a version of the program without end": lambda cast: signed(cast, agent="0" * 21),
    "a claim said twice": lambda cast: rebodied(cast, said_twice(cast)),
    "a hash said twice": lambda cast: rebodied(cast, said_twice(cast, within="block")),
    "a later program that speaks version 1": lambda cast: first(cast, agent="0.2.0"),
    "a program of the future that speaks version 1": lambda cast: first(cast, agent="9.9.9"),
    "claims that are a list": lambda cast: rebodied(cast, b"[]"),
    "claims that are a number": lambda cast: rebodied(cast, b"7"),
    "claims that are no JSON": lambda cast: rebodied(cast, b"{"),
    "claims without end": lambda cast: rebodied(cast, b"[" * 2500),
    "claims that are no text": lambda cast: rebodied(cast, b"\xff\xfe"),
}

PARTS: dict[str, Bend] = {
    "another block": lambda cast: sent(signed(cast), block=another(BLOCK)),
    "another photo": lambda cast: sent(signed(cast), wlt=another(PHOTO)),
    "a part left out": lambda cast: sent(signed(cast), wlt=None),
    "a part too many": lambda cast: sent(signed(cast), address=text(ADDRESS)),
    "a part of no name": lambda cast: sent(signed(cast), name=text(b"x")),
    "parts that were signed for no reason": lambda cast: signed(
        cast, parts={"block": BLOCK, "fingerprint": b"x"}
    ),
    "no parts": lambda cast: signed(cast, parts={}),
    "a photo alone": lambda cast: signed(cast, parts={"wlt": PHOTO}),
    "two portraits": lambda cast: signed(cast, parts={"block": BLOCK, "wlt": PHOTO, "jpeg": JPEG}),
    "cipher text with a block": lambda cast: signed(
        cast, parts={"block": BLOCK, "cipher": CIPHER}, source="cipher", card_type=""
    ),
    "cipher text said to be of a chip": lambda cast: signed(cast, parts={"cipher": CIPHER}),
    "a block said to be cipher text": lambda cast: signed(cast, source="cipher", card_type=""),
    "cipher text of a known kind": lambda cast: signed(
        cast, parts={"cipher": CIPHER}, source="cipher"
    ),
    "a hash that is none": lambda cast: _hashed(cast, "0" * 63),
    "a hash in capitals": lambda cast: _hashed(cast, HASH.upper()),
    "a hash of a strange type": lambda cast: _hashed(cast, 7),
    "hashes in a list": lambda cast: sent_hashes(cast, ["block"]),
    "a block that is too short": lambda cast: signed(cast, block=BLOCK[:-2]),
    "a block that is too long": lambda cast: signed(cast, block=BLOCK + b"\0\0"),
    "a photo that no reader gives": lambda cast: signed(cast, photo=JPEG),
    "a picture that is none": lambda cast: signed(cast, parts={"block": BLOCK, "jpeg": PHOTO}),
    "a picture cut off": lambda cast: signed(cast, parts={"block": BLOCK, "jpeg": JPEG[:-1]}),
    "a picture without end": lambda cast: signed(
        cast, parts={"block": BLOCK, "jpeg": JPEG[:4] + b"\0" * 65536 + JPEG[-2:]}
    ),
    "half an address": lambda cast: signed(cast, parts={"block": BLOCK, "address": ADDRESS[:69]}),
    "empty cipher text": lambda cast: signed(
        cast, parts={"cipher": b""}, source="cipher", card_type=""
    ),
    "cipher text without end": lambda cast: signed(
        cast, parts={"cipher": b"x" * 16385}, source="cipher", card_type=""
    ),
    "a block that is not base64": lambda cast: sent(signed(cast), block="王样本"),
    "a block in lines": lambda cast: sent(signed(cast), block=in_lines(text(BLOCK))),
    "a block in the other alphabet": lambda cast: sent(signed(cast), block="-_" * 172),
    "a block of a strange type": lambda cast: sent(signed(cast), block=["x"]),
    "parts in a list": lambda cast: signed(cast) | {"parts": [text(BLOCK), text(PHOTO)]},
    "parts in words": lambda cast: signed(cast) | {"parts": "block"},
    "a word too many": lambda cast: signed(cast) | {"name": "王样本"},
    "the parts of version 1": lambda cast: {
        "jws": signed(cast)["jws"],
        "block": text(BLOCK),
        "photo": text(PHOTO),
    },
    "version 1 with named parts": lambda cast: {
        "jws": first(cast)["jws"],
        "parts": {"block": text(BLOCK), "wlt": text(PHOTO)},
    },
    "version 1 with another block": lambda cast: first(cast) | {"block": another(BLOCK)},
    "version 1 without a photo": lambda cast: first(cast) | {"photo": ""},
    "no envelope": lambda cast: {"parts": signed(cast)["parts"]},
    "a list": lambda cast: ["jws", "parts"],
    "nothing": lambda cast: None,
}


def sent_hashes(cast: Cast, hashes: Any) -> dict[str, Any]:
    """Claims about parts that are not what the bridge makes."""
    claims = jwt.decode(signed(cast)["jws"], options={"verify_signature": False})
    return rebodied(cast, json.dumps(claims | {"parts": hashes}).encode())


def _hashed(cast: Cast, value: Any) -> dict[str, Any]:
    return sent_hashes(cast, {"block": value, "wlt": hashlib.sha256(PHOTO).hexdigest()})


BENT = SIGNATURES | CLAIMS | PARTS


@pytest.mark.parametrize("how", BENT)
def test_a_read_that_is_not_ours_is_not_trusted(cast: Cast, how: str) -> None:
    message = BENT[how](cast)

    with pytest.raises(reader.UntrustedRead) as refused:
        verified(cast, message)

    assert refused.value.code == "untrusted_read"
    assert "没有通过验证" in refused.value.text


def test_a_body_that_the_right_key_signed_holds_as_it_is(cast: Cast) -> None:
    claims = jwt.decode(signed(cast)["jws"], options={"verify_signature": False})

    read = verified(cast, rebodied(cast, json.dumps(claims).encode()))

    assert read.block == BLOCK


# ---------------------------------------------------------------- whose, where, for whom


def test_a_read_from_another_outlets_program_is_not_trusted(cast: Cast) -> None:
    with pytest.raises(reader.WrongOutlet):
        verified(cast, signed(cast), outlet=cast.sister)


def test_a_read_for_a_page_of_another_site_is_not_trusted(cast: Cast) -> None:
    with pytest.raises(reader.WrongPage):
        verified(cast, signed(cast, origin="http://evil.example"))


@pytest.mark.parametrize("status", [Bridge.Status.RETIRED, Bridge.Status.REVOKED])
def test_a_key_that_was_ended_is_refused_at_the_next_read(cast: Cast, status: str) -> None:
    message = signed(cast)
    verified(cast, message)

    reader.end(cast.bridge, status, reason="电脑遗失", by=cast.manager, now=cast.now)

    with pytest.raises(reader.BridgeRevoked):
        verified(cast, message)


def test_who_forges_with_an_ended_key_learns_nothing_of_it(cast: Cast) -> None:
    reader.end(cast.bridge, "revoked", reason="电脑遗失", by=cast.manager, now=cast.now)

    with pytest.raises(reader.UntrustedRead) as refused:
        verified(cast, resigned(cast, Ed25519PrivateKey.generate(), "EdDSA"))

    assert refused.value.code == "untrusted_read"


def test_every_refusal_of_a_read_has_a_code_of_its_own() -> None:
    kinds = [
        reader.UntrustedRead,
        reader.WrongOutlet,
        reader.BridgeRevoked,
        reader.KeyRotated,
        reader.ReplayedRead,
        reader.WrongReader,
        reader.OutdatedBridge,
        reader.WrongClock,
        reader.WrongPage,
    ]

    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(issubclass(kind, reader.UntrustedRead) and kind().todo for kind in kinds)
