"""Trust in a signed read, and the life of the program that signs it."""

import base64
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.urls import reverse

from outlets.bridge.key import key_id, public_bytes
from outlets.bridge.people import PEOPLE
from outlets.models import Bridge, EnrolmentCode, Outlet, Reader
from outlets.services import outlet as outlets
from outlets.services import reader, right
from portal.models import AuditEntry
from tests.cast import Cast
from tests.outlets.places import outlets_below, queries, visitors
from tests.signing import SAM_ID, enrolled_bridge, sign_read

BLOCK, PHOTO = PEOPLE["wang"].block(), PEOPLE["wang"].photo()


def signed(cast: Cast, **changes: Any) -> dict[str, str]:
    """A read at the outlet's counter; ``changes`` bend it."""
    facts: dict[str, Any] = {
        "challenge": "challenge-1",
        "counter": 1,
        "block": BLOCK,
        "photo": PHOTO,
        "origin": settings.ORIGIN,
        "read_at": f"{cast.now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    return sign_read(cast.key_and_bridge[0], **(facts | changes))


def verified(cast: Cast, message: Any, outlet: Outlet | None = None) -> reader.SignedRead:
    return reader.verify(message, outlet=outlet or cast.outlet, origin=settings.ORIGIN)


# ---------------------------------------------------------------- a read that holds


def test_a_read_that_our_program_signed_holds(cast: Cast) -> None:
    read = verified(cast, signed(cast))

    assert (read.bridge, read.challenge, read.counter, read.sam_id) == (
        cast.bridge,
        "challenge-1",
        1,
        SAM_ID,
    )
    assert (read.block, read.photo, read.card_type) == (BLOCK, PHOTO, "resident")
    assert read.read_at == cast.now.replace(microsecond=0)


def test_the_text_of_a_read_shows_nothing_of_the_person(cast: Cast) -> None:
    read = verified(cast, signed(cast))

    assert PEOPLE["wang"].name not in repr(read)
    assert str(BLOCK) not in repr(read)


# ---------------------------------------------------------------- reads that do not


def resigned(cast: Cast, message: dict[str, str], key: Any, algorithm: str) -> dict[str, str]:
    """The same claims under another key or algorithm, but with the enrolled key's id."""
    claims = jwt.decode(message["jws"], options={"verify_signature": False})
    headers = {"kid": cast.bridge.kid}
    return message | {"jws": jwt.encode(claims, key, algorithm=algorithm, headers=headers)}


def tampered(message: dict[str, str]) -> dict[str, str]:
    head, body, tail = message["jws"].split(".")
    other = "A" if body[10] != "A" else "B"
    return message | {"jws": ".".join((head, body[:10] + other + body[11:], tail))}


def headed(message: dict[str, str], header: str) -> dict[str, str]:
    rest = message["jws"].partition(".")[2]
    return message | {"jws": f"{jwt.utils.base64url_encode(header.encode()).decode()}.{rest}"}


def another(data: bytes) -> str:
    return base64.b64encode(bytes([data[0] ^ 1]) + data[1:]).decode()


BENT: dict[str, Callable[[Cast], Any]] = {
    "signed by another key": lambda cast: resigned(
        cast, signed(cast), Ed25519PrivateKey.generate(), "EdDSA"
    ),
    "signed with a password": lambda cast: resigned(
        cast, signed(cast), "a password that is long enough for its hash", "HS256"
    ),
    "signed by nobody": lambda cast: resigned(cast, signed(cast), None, "none"),
    "a letter changed": lambda cast: tampered(signed(cast)),
    "signature cut off": lambda cast: {**signed(cast), "jws": signed(cast)["jws"][:-20]},
    "another block": lambda cast: {**signed(cast), "block": another(BLOCK)},
    "another photo": lambda cast: {**signed(cast), "photo": another(PHOTO)},
    "a page of another site": lambda cast: signed(cast, origin="http://evil.example"),
    "another key's id in the header": lambda cast: signed(cast, headers={"kid": "0" * 16}),
    "another key's id in the claims": lambda cast: signed(cast, kid="0" * 16),
    "a key id that is none": lambda cast: signed(cast, headers={"kid": "\0" * 16}),
    "a key id of a strange type": lambda cast: headed(signed(cast), '{"alg":"EdDSA","kid":7}'),
    "no key id": lambda cast: headed(signed(cast), '{"alg":"EdDSA"}'),
    "a header that is none": lambda cast: headed(signed(cast), "[]"),
    "another version": lambda cast: signed(cast, ver=2),
    "a claim left out": lambda cast: signed(cast, agent=None),
    "a claim too many": lambda cast: signed(cast, name="王样本"),
    "an expiry of its own": lambda cast: signed(cast, exp=1),
    "a counter of zero": lambda cast: signed(cast, counter=0),
    "a counter below zero": lambda cast: signed(cast, counter=-1),
    "a counter that no column holds": lambda cast: signed(cast, counter=2**63),
    "a counter that is a truth value": lambda cast: signed(cast, counter=True),
    "a counter in letters": lambda cast: signed(cast, counter="1"),
    "a challenge with a null": lambda cast: signed(cast, challenge="a\0b"),
    "a challenge without end": lambda cast: signed(cast, challenge="a" * 10_000),
    "half a letter": lambda cast: signed(cast, sam_id="\ud800"),
    "a time that is none": lambda cast: signed(cast, read_at="yesterday"),
    "a time without a zone": lambda cast: signed(cast, read_at="2026-11-22T02:25:47"),
    "a photo that no reader gives": lambda cast: signed(cast, photo=b"\xff\xd8\xff\xe0"),
    "no envelope": lambda cast: {"block": "", "photo": ""},
    "an envelope that is none": lambda cast: {**signed(cast), "jws": "a.b.c"},
    "an envelope of a strange type": lambda cast: {**signed(cast), "jws": 7},
    "a block that is not base64": lambda cast: {**signed(cast), "block": "王样本"},
    "a block of a strange type": lambda cast: {**signed(cast), "block": ["x"]},
    "a list": lambda cast: ["jws", "block", "photo"],
    "nothing": lambda cast: None,
}


@pytest.mark.parametrize("how", BENT)
def test_a_read_that_is_not_ours_is_not_trusted(cast: Cast, how: str) -> None:
    message = BENT[how](cast)

    with pytest.raises(reader.UntrustedRead) as refused:
        verified(cast, message)

    assert not isinstance(refused.value, reader.BridgeRevoked)
    assert "没有通过验证" in refused.value.text


def test_a_read_from_another_outlets_program_is_not_trusted(cast: Cast) -> None:
    with pytest.raises(reader.UntrustedRead):
        verified(cast, signed(cast), outlet=cast.sister)


@pytest.mark.parametrize("status", [Bridge.Status.RETIRED, Bridge.Status.REVOKED])
def test_a_key_that_was_ended_is_refused_at_the_next_read(cast: Cast, status: str) -> None:
    message = signed(cast)
    verified(cast, message)

    reader.end(cast.bridge, status, reason="电脑遗失", by=cast.manager, now=cast.now)

    with pytest.raises(reader.BridgeRevoked):
        verified(cast, message)


def test_a_key_that_is_revoked_between_check_and_use_spends_nothing(cast: Cast) -> None:
    read = verified(cast, signed(cast))

    reader.end(cast.bridge, "revoked", reason="电脑遗失", by=cast.manager, now=cast.now)

    with pytest.raises(reader.ReplayedRead):
        reader.spend_counter(read, now=cast.now)


# ---------------------------------------------------------------- counter and clock


def test_the_counter_rises_with_every_read(cast: Cast) -> None:
    for counter in (1, 2, 7):
        reader.spend_counter(verified(cast, signed(cast, counter=counter)), now=cast.now)

    assert (cast.bridge.counter, cast.bridge.read_at) == (7, cast.now)
    assert Reader.objects.get(outlet=cast.outlet).seen_at == cast.now


@pytest.mark.parametrize("counter", [5, 4, 1])
def test_a_counter_that_does_not_rise_is_a_replay(cast: Cast, counter: int) -> None:
    reader.spend_counter(verified(cast, signed(cast, counter=5)), now=cast.now)

    with pytest.raises(reader.ReplayedRead):
        reader.spend_counter(verified(cast, signed(cast, counter=counter)), now=cast.now)

    assert cast.bridge.counter == 5


@pytest.mark.parametrize(("minutes", "is_right"), [(0, True), (9, True), (-9, True), (11, False)])
def test_a_computer_whose_clock_is_wrong_is_told_so(
    cast: Cast, minutes: int, is_right: bool
) -> None:
    read = verified(cast, signed(cast))
    now = cast.now + timedelta(minutes=minutes)

    if is_right:
        reader.check_clock(read, now=now)
    else:
        with pytest.raises(reader.UntrustedRead, match="时钟"):
            reader.check_clock(read, now=now)


# ---------------------------------------------------------------- enrolment


def enrol(code: str, cast: Cast, **changes: Any) -> Bridge:
    key = base64.b64encode(public_bytes(Ed25519PrivateKey.generate())).decode()
    fields = {"code": code, "public_key": key, "agent": "0.1.0", "host": "SAMPLE-PC"}
    return reader.enrol(**({"now": cast.now} | fields | changes))


def test_a_code_enrols_one_program(cast: Cast) -> None:
    code = reader.issue_code(cast.outlet, by=cast.manager, now=cast.now)

    bridge = enrol(code.lower().replace("-", ""), cast, sam_id=SAM_ID)
    with pytest.raises(reader.BadCode):
        enrol(code, cast)

    assert (bridge.outlet, bridge.kid) == (cast.outlet, key_id(bytes(bridge.public_key)))
    assert Reader.objects.get(outlet=cast.outlet).sam_id == SAM_ID
    assert AuditEntry.objects.get(action="bridge.enrolled").actor == cast.manager


def test_a_code_is_kept_as_a_hash_only(cast: Cast) -> None:
    code = reader.issue_code(cast.outlet, by=cast.manager, now=cast.now)

    row = EnrolmentCode.objects.get()
    assert code.replace("-", "") not in f"{row.code_hash}{row}"


def test_a_code_expires(cast: Cast) -> None:
    code = reader.issue_code(cast.outlet, by=cast.manager, now=cast.now)

    with pytest.raises(reader.BadCode):
        enrol(code, cast, now=cast.now + reader.CODE_LIFE)
    bridge = enrol(code, cast, now=cast.now + reader.CODE_LIFE - timedelta(seconds=1))
    assert bridge.outlet == cast.outlet


@pytest.mark.parametrize("key", ["", "没有", base64.b64encode(b"short").decode(), "A" * 44])
def test_a_key_that_is_none_spends_no_code(cast: Cast, key: str) -> None:
    code = reader.issue_code(cast.outlet, by=cast.manager, now=cast.now)

    with pytest.raises(reader.BadKey):
        enrol(code, cast, public_key=key)
    assert enrol(code, cast).outlet == cast.outlet


def test_a_key_is_enrolled_once(cast: Cast) -> None:
    key = base64.b64encode(bytes(cast.bridge.public_key)).decode()
    code = reader.issue_code(cast.sister, by=None, now=cast.now)

    with pytest.raises(reader.BadKey):
        enrol(code, cast, public_key=key)
    assert enrol(code, cast).outlet == cast.sister


def test_a_closed_outlet_gets_no_program(cast: Cast) -> None:
    code = reader.issue_code(cast.outlet, by=cast.manager, now=cast.now)
    outlets.close(cast.outlet, reason="租约到期", by=cast.manager, now=cast.now)

    with pytest.raises(outlets.OutletGone):
        enrol(code, cast)
    with pytest.raises(outlets.OutletGone):
        reader.issue_code(cast.outlet, by=cast.manager, now=cast.now)


def test_codes_and_keys_belong_to_those_who_manage_the_outlet(cast: Cast) -> None:
    with pytest.raises(right.NotYours):
        reader.issue_code(cast.outlet, by=cast.sister_manager, now=cast.now)
    with pytest.raises(right.NotYours):
        reader.end(cast.bridge, "revoked", reason="丢失", by=cast.sister_manager, now=cast.now)
    with pytest.raises(outlets.NoReason):
        reader.end(cast.bridge, "revoked", reason=" ", by=cast.manager, now=cast.now)


# ---------------------------------------------------------------- pages


def test_the_code_is_shown_once_with_the_command(cast: Cast) -> None:
    client = cast.signed_in(cast.manager)

    page = client.post(reverse("bridge_code", args=[cast.outlet.pk]))

    code = page.context["code"]
    text = page.content.decode()
    assert f"python -m outlets.bridge enrol {code} --portal {settings.ORIGIN}" in text
    assert "no-store" in page.headers["Cache-Control"]
    assert enrol(code, cast).outlet == cast.outlet
    assert code not in client.get(reverse("outlet", args=[cast.outlet.pk])).content.decode()


def test_codes_and_ends_are_given_in_scope_only(cast: Cast) -> None:
    for url in (
        reverse("bridge_code", args=[cast.outlet.pk]),
        reverse("bridge_end", args=[cast.bridge.pk, "retired"]),
    ):
        people = visitors(cast)
        statuses = {
            who: people[who].post(url, {"reason": "换电脑"}).status_code
            for who in ("sister", "clerk", "signed out")
        }
        assert statuses == {"sister": 404, "clerk": 403, "signed out": 302}
        assert people["in scope"].get(url).status_code == 405
        assert people["in scope"].post(url, {"reason": "换电脑"}).status_code in (200, 302)
    assert cast.bridge.status == Bridge.Status.RETIRED


def test_the_list_shows_the_programs_below_the_own_node(cast: Cast) -> None:
    enrolled_bridge(cast.outlet, now=cast.now)
    enrolled_bridge(cast.sister, now=cast.now)
    client = cast.signed_in(cast.manager)

    found = client.get(reverse("readers")).context["page"]

    assert [bridge.outlet for bridge in found] == [cast.outlet]
    assert not client.get(reverse("readers"), {"q": "西区"}).context["page"]


def test_the_list_of_programs_costs_the_same_for_one_and_for_fifty(cast: Cast) -> None:
    enrolled_bridge(cast.outlet, now=cast.now)
    client = cast.signed_in(cast.manager)
    pages = [reverse("readers"), reverse("outlet", args=[cast.outlet.pk])]
    few = [queries(client, url) for url in pages]

    for outlet in outlets_below(cast, cast.district, 50):
        enrolled_bridge(outlet, now=cast.now)
        enrolled_bridge(cast.outlet, now=cast.now)

    assert [queries(client, url) for url in pages] == few
