"""What a read spends, which reader a program may use, and the life of the program."""

import base64
from datetime import UTC, timedelta
from typing import Any

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


def signed(cast: Cast, **changes: Any) -> dict[str, Any]:
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


# ---------------------------------------------------------------- counter and clock


def test_a_key_that_is_revoked_between_check_and_use_spends_nothing(cast: Cast) -> None:
    read = verified(cast, signed(cast))

    reader.end(cast.bridge, "revoked", reason="电脑遗失", by=cast.manager, now=cast.now)

    with pytest.raises(reader.BridgeRevoked):
        reader.spend_counter(read, now=cast.now)


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
        with pytest.raises(reader.WrongClock, match="时钟"):
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
