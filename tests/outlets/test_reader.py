"""What a read spends, which reader a program may use, and the life of the program."""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from outlets.bridge import AGENT
from outlets.bridge.adapters import NAMES
from outlets.bridge.key import key_id, public_bytes
from outlets.bridge.people import PEOPLE
from outlets.models import Bridge, EnrolmentCode, Outlet, Reader
from outlets.models.reader import READER_NAMES, reader_name
from outlets.services import outlet as outlets
from outlets.services import reader, right, rotation
from portal.models import AuditEntry
from tests.cast import Cast
from tests.outlets.places import outlets_below, queries, visitors
from tests.signing import (
    OTHER_SAM_ID,
    SAM_ID,
    enrolled_bridge,
    sign_read,
    sign_rotation,
    utc,
)

BLOCK, PHOTO = PEOPLE["wang"].block(), PEOPLE["wang"].photo()


def signed(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A read at the outlet's counter; ``changes`` bend it."""
    return sign_read(cast.key_and_bridge[0], **(facts(cast) | changes))


def facts(cast: Cast) -> dict[str, Any]:
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


# ---------------------------------------------------------------- the reader it is bound to


def spend(cast: Cast, counter: int, **claims: Any) -> None:
    reader.spend_counter(verified(cast, signed(cast, counter=counter, **claims)), now=cast.now)


def test_the_first_read_binds_the_reader(cast: Cast) -> None:
    spend(cast, 1)

    assert (cast.bridge.sam_id, cast.bridge.reader_name) == (SAM_ID, "serial")
    entry = AuditEntry.objects.get(action="bridge.reader_bound")
    assert entry.detail == {"sam_id": SAM_ID, "reader": "serial"}

    spend(cast, 2)
    assert AuditEntry.objects.filter(action="bridge.reader_bound").count() == 1


def test_the_reader_that_was_plugged_in_at_enrolment_is_the_bound_one(cast: Cast) -> None:
    private_key, bridge = enrolled_bridge(cast.outlet, now=cast.now, sam_id=SAM_ID)
    assert (bridge.sam_id, bridge.reader_name) == (SAM_ID, "")

    borrowed = sign_read(private_key, **facts(cast), sam_id=OTHER_SAM_ID)
    with pytest.raises(reader.WrongReader, match="换读卡器"):
        reader.spend_counter(verified(cast, borrowed), now=cast.now)

    assert Bridge.objects.get(pk=bridge.pk).counter == 0
    assert not Reader.objects.filter(sam_id=OTHER_SAM_ID)


BOUND = {"sam_id": SAM_ID, "reader": "serial"}
VENDOR = {"sam_id": "", "reader": "zkteco", "source": "fields"}


@pytest.mark.parametrize(
    ("first", "then", "is_right"),
    [
        (BOUND, BOUND, True),
        # The vendor's service in place of the serial line, but the same reader behind it.
        (BOUND, BOUND | {"reader": "synjones"}, True),
        (BOUND, BOUND | {"sam_id": OTHER_SAM_ID}, False),
        # A reader that hides its number is another one.
        (BOUND, BOUND | {"sam_id": ""}, False),
        (VENDOR, VENDOR, True),
        (VENDOR, VENDOR | {"reader": "huashi"}, False),
        (VENDOR, BOUND, False),
        (VENDOR, VENDOR | {"sam_id": SAM_ID}, False),
    ],
)
def test_only_the_bound_reader_reads(
    cast: Cast, first: dict[str, str], then: dict[str, str], is_right: bool
) -> None:
    spend(cast, 1, **first)

    refused = False
    try:
        spend(cast, 2, **then)
    except reader.WrongReader:
        refused = True

    assert refused is not is_right
    assert cast.bridge.counter == (2 if is_right else 1)


def test_two_first_reads_do_not_bind_two_readers(cast: Cast) -> None:
    """Both were verified while the program had no reader yet."""
    one = verified(cast, signed(cast, counter=1))
    other = verified(cast, signed(cast, counter=2, sam_id=OTHER_SAM_ID))

    reader.spend_counter(one, now=cast.now)
    with pytest.raises(reader.WrongReader):
        reader.spend_counter(other, now=cast.now)

    assert (cast.bridge.sam_id, cast.bridge.counter) == (SAM_ID, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_first_reads_at_the_same_moment_one_binds() -> None:
    cast = Cast()
    reads = [
        verified(cast, signed(cast, counter=number, sam_id=sam_id))
        for number, sam_id in ((1, SAM_ID), (2, OTHER_SAM_ID))
    ]
    start = threading.Barrier(2)

    def once(read: reader.SignedRead) -> str:
        try:
            with transaction.atomic():
                start.wait()
                reader.spend_counter(read, now=cast.now)
        except (reader.WrongReader, reader.ReplayedRead) as refusal:
            return refusal.code
        finally:
            connection.close()
        return read.sam_id

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(once, reads))

    assert len({SAM_ID, OTHER_SAM_ID} & set(said)) == 1
    assert cast.bridge.sam_id in said


def test_a_manager_frees_the_reader_and_the_next_read_binds_anew(cast: Cast) -> None:
    spend(cast, 1)

    reader.rebind(cast.bridge, reason="读卡器坏了，换新的", by=cast.manager, now=cast.now)
    freed = cast.bridge
    spend(cast, 2, sam_id=OTHER_SAM_ID)

    assert not freed.is_bound
    assert cast.bridge.sam_id == OTHER_SAM_ID
    entry = AuditEntry.objects.get(action="bridge.reader_freed")
    assert (entry.actor, entry.detail) == (cast.manager, {"sam_id": SAM_ID, "reader": "serial"})


def test_a_read_tells_which_version_the_program_is(cast: Cast) -> None:
    spend(cast, 1, agent="0.3.1")

    assert cast.bridge.agent == "0.3.1"


# ---------------------------------------------------------------- where readers were seen


def sister_saw(cast: Cast, sam_id: str) -> Reader:
    enrolled_bridge(cast.sister, now=cast.now, sam_id=sam_id)
    seen: Reader = Reader.objects.get(outlet=cast.sister)
    return seen


def test_a_reader_that_another_outlet_used_is_seen_elsewhere(cast: Cast) -> None:
    sister_saw(cast, SAM_ID)
    spend(cast, 1)
    before, after = cast.now - timedelta(days=1), cast.now + timedelta(seconds=1)

    assert reader.seen_elsewhere(SAM_ID, cast.outlet, before)
    assert reader.seen_elsewhere(SAM_ID, cast.outlet, cast.now)
    assert not reader.seen_elsewhere(SAM_ID, cast.outlet, after)
    assert not reader.seen_elsewhere(OTHER_SAM_ID, cast.outlet, before)


def test_a_reader_is_not_elsewhere_at_its_own_outlet(cast: Cast) -> None:
    spend(cast, 1)

    assert not reader.seen_elsewhere(SAM_ID, cast.outlet, cast.now - timedelta(days=1))


@pytest.mark.parametrize("number", ["SN-0001", "05.01-SPECIMEN", "0"])
def test_a_number_that_is_no_sam_id_tells_no_reader_from_another(cast: Cast, number: str) -> None:
    sister_saw(cast, number)

    assert not reader.seen_elsewhere(number, cast.outlet, cast.now - timedelta(days=1))


def test_a_reader_that_left_is_elsewhere_no_more_until_it_is_back(cast: Cast) -> None:
    since = cast.now - timedelta(days=1)
    seen = sister_saw(cast, SAM_ID)

    for _twice in range(2):
        reader.leave(seen, by=cast.sister_manager, now=cast.now)
    gone = reader.seen_elsewhere(SAM_ID, cast.outlet, since)
    enrolled_bridge(cast.sister, now=cast.now, sam_id=SAM_ID)

    assert not gone
    assert reader.seen_elsewhere(SAM_ID, cast.outlet, since)
    assert AuditEntry.objects.get(action="reader.left").detail == {"sam_id": SAM_ID}


def test_a_reader_without_a_number_is_not_noted(cast: Cast) -> None:
    spend(cast, 1, **VENDOR)

    assert not Reader.objects.exists()


# ---------------------------------------------------------------- two programs with one key


def test_a_contested_key_is_marked_until_a_manager_has_found_out_why(cast: Cast) -> None:
    reader.contest(cast.bridge.pk, now=cast.now)
    assert cast.bridge.contested_at == cast.now

    reader.settle(cast.bridge, reason="两个页面同时读卡", by=cast.manager, now=cast.now)

    assert cast.bridge.contested_at is None
    assert AuditEntry.objects.get(action="bridge.settled").actor == cast.manager


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
    for verb in (reader.rebind, reader.settle):
        with pytest.raises(right.NotYours):
            verb(cast.bridge, reason="换读卡器", by=cast.sister_manager, now=cast.now)
        with pytest.raises(outlets.NoReason):
            verb(cast.bridge, reason=" ", by=cast.manager, now=cast.now)
    with pytest.raises(right.NotYours):
        reader.leave(sister_saw(cast, SAM_ID), by=cast.manager, now=cast.now)
    with pytest.raises(outlets.NoReason):
        reader.end(cast.bridge, "revoked", reason=" ", by=cast.manager, now=cast.now)


# ---------------------------------------------------------------- pages


def test_the_code_is_shown_once_with_the_command(cast: Cast) -> None:
    client = cast.signed_in(cast.manager)

    page = client.post(reverse("bridge_code", args=[cast.outlet.pk]))

    code = page.context["code"]
    text = page.content.decode()
    assert f"python shiming-bridge-{AGENT}.pyz enrol {code} --portal {settings.ORIGIN}" in text
    assert "no-store" in page.headers["Cache-Control"]
    assert enrol(code, cast).outlet == cast.outlet
    assert code not in client.get(reverse("outlet", args=[cast.outlet.pk])).content.decode()


def test_codes_and_ends_are_given_in_scope_only(cast: Cast) -> None:
    seen = Reader.objects.create(outlet=cast.outlet, sam_id=SAM_ID, seen_at=cast.now)
    for url in (
        reverse("bridge_code", args=[cast.outlet.pk]),
        reverse("bridge_rebind", args=[cast.bridge.pk]),
        reverse("bridge_settle", args=[cast.bridge.pk]),
        reverse("reader_leave", args=[seen.pk]),
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


def outlet_page(cast: Cast) -> str:
    url = reverse("outlet", args=[cast.outlet.pk])
    return cast.signed_in(cast.manager).get(url).content.decode()


def test_the_outlets_page_shows_each_program_once_with_its_reader(cast: Cast) -> None:
    spend(cast, 1)
    fresh = Ed25519PrivateKey.generate()
    jws = sign_rotation(cast.key_and_bridge[0], fresh, counter=2, at=cast.now)
    new = rotation.rotate(jws, now=cast.now)

    text = outlet_page(cast)

    assert (new.kid in text, cast.bridge.kid in text) == (True, False)
    assert text.count(SAM_ID) == 2  # bound to the program, and seen here
    assert "自动换过 1 次密钥" in text
    listed = cast.signed_in(cast.manager).get(reverse("readers"))
    assert list(listed.context["page"]) == [new]


def test_a_program_without_a_reader_is_said_to_be_unbound(cast: Cast) -> None:
    assert cast.bridge.host in (text := outlet_page(cast))
    assert "还没有绑定" in text
    assert "解除绑定" not in text


def test_a_vendors_service_without_a_number_is_named(cast: Cast) -> None:
    spend(cast, 1, **VENDOR)

    assert "中控读卡服务" in outlet_page(cast)


def test_every_kind_of_reader_has_a_name_that_people_know() -> None:
    assert set(READER_NAMES) == set(NAMES) - {"auto"}
    assert reader_name("younger") == "younger"


def test_a_manager_frees_the_reader_on_the_page(cast: Cast) -> None:
    spend(cast, 1)
    client, url = cast.signed_in(cast.manager), reverse("bridge_rebind", args=[cast.bridge.pk])

    without = client.post(url, {"reason": " "})
    answer = client.post(url, {"reason": "读卡器坏了"}, follow=True)

    assert "请写明原因" in without.content.decode()
    assert "已解除绑定" in answer.content.decode()
    assert not cast.bridge.is_bound


def test_a_contested_key_stands_out_until_it_is_settled(cast: Cast) -> None:
    reader.contest(cast.bridge.pk, now=cast.now)
    client = cast.signed_in(cast.manager)
    assert "两台电脑在用同一个密钥？请吊销并查明" in outlet_page(cast)
    assert "密钥可疑" in client.get(reverse("readers")).content.decode()

    client.post(reverse("bridge_settle", args=[cast.bridge.pk]), {"reason": "两个页面同时读卡"})

    assert "两台电脑" not in outlet_page(cast)
    assert "密钥可疑" not in client.get(reverse("readers")).content.decode()


def test_a_contested_key_that_was_revoked_calls_for_nothing_more(cast: Cast) -> None:
    reader.contest(cast.bridge.pk, now=cast.now)

    reader.end(cast.bridge, Bridge.Status.REVOKED, reason="查无此机", by=cast.manager, now=cast.now)

    assert "两台电脑" not in outlet_page(cast)


def test_a_reader_that_left_is_said_so_on_the_page(cast: Cast) -> None:
    spend(cast, 1)
    url = reverse("reader_leave", args=[Reader.objects.get().pk])
    assert url in outlet_page(cast)

    cast.signed_in(cast.manager).post(url)

    assert url not in (text := outlet_page(cast))
    assert "已离开" in text


def test_an_outdated_program_is_marked_for_the_manager(cast: Cast, settings: Any) -> None:
    spend(cast, 1, agent="0.1.0")
    pages = [reverse("readers"), reverse("outlet", args=[cast.outlet.pk])]
    client = cast.signed_in(cast.manager)

    def marked() -> list[bool]:
        return ["要更新" in client.get(page).content.decode() for page in pages]

    before = marked()
    settings.BRIDGE_FLOOR = "0.2.0"

    assert (before, marked()) == ([False, False], [True, True])


def test_the_list_of_programs_costs_the_same_for_one_and_for_fifty(cast: Cast) -> None:
    enrolled_bridge(cast.outlet, now=cast.now)
    client = cast.signed_in(cast.manager)
    pages = [reverse("readers"), reverse("outlet", args=[cast.outlet.pk])]
    few = [queries(client, url) for url in pages]

    for outlet in outlets_below(cast, cast.district, 50):
        enrolled_bridge(outlet, now=cast.now)
        enrolled_bridge(cast.outlet, now=cast.now)

    assert [queries(client, url) for url in pages] == few
