"""Page -> WebSocket -> bridge -> pty -> emulated reader and back, with real processes."""

import base64
import hashlib
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
import serial
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from outlets import frames
from outlets.bridge.people import PEOPLE
from tests.outlets.counter import ROOT, DemoCounter
from tests.outlets.portal import OUTLET, Facts, Portal
from tests.outlets.tab import Tab, parts, tab_of

SAM_ID = "05.01-20260105-0000000042-3141592653"


def claims(portal: Portal, read: Facts) -> Facts:
    return portal.claims(read["jws"], "shiming-read+jws")


# ---------------------------------------------------------------- a good read


def test_a_card_on_the_reader_reaches_the_page_signed(
    counter: DemoCounter, tab: Tab, portal: Portal
) -> None:
    wang = PEOPLE["wang"]
    counter.place("wang")

    read = tab.read("the-challenge")

    header = jwt.get_unverified_header(read["jws"])
    said = claims(portal, read)
    assert header == {"alg": "EdDSA", "kid": tab.hello["kid"], "typ": "shiming-read+jws"}
    read_at = datetime.fromisoformat(said.pop("read_at"))
    assert abs(datetime.now(UTC) - read_at) < timedelta(seconds=30)
    assert said.pop("counter") > 0
    assert said == {
        "ver": 2,
        "challenge": "the-challenge",
        "kid": tab.hello["kid"],
        "sam_id": SAM_ID,
        "reader": "serial",
        "source": "chip",
        "card_type": "resident",
        "parts": {
            "block": hashlib.sha256(wang.block()).hexdigest(),
            "wlt": hashlib.sha256(wang.photo()).hexdigest(),
        },
        "origin": portal.url,
        "agent": "0.2.0",
    }
    assert read.keys() == {"event", "jws", "parts"}
    assert parts(read) == {"block": wang.block(), "wlt": wang.photo()}
    assert frames.parse_text_block(parts(read)["block"]).name == wang.name


def test_the_page_hears_who_the_bridge_is_and_how_the_reader_does(tab: Tab) -> None:
    tab.send("status")

    assert tab.hello["agent"] == "0.2.0"
    assert tab.hello["outlet"] == OUTLET
    assert tab.next() == {
        "event": "reader",
        "state": "ready",
        "code": "",
        "reader": "serial",
        "sam_id": SAM_ID,
        "text": "读卡器正常",
    }


def test_the_reader_is_asked_no_faster_than_it_bears_while_the_page_hears_each_second(
    counter: DemoCounter, tab: Tab
) -> None:
    tab.send("read", challenge="c")

    assert tab.next() == {"event": "waiting", "seconds": 1}
    counter.place("li", once=True)
    assert tab.next() == {"event": "card"}
    assert tab.next()["event"] == "read"
    assert counter.state()["person"] is None
    assert counter.state()["fastest_poll_ms"] >= 300


def test_a_card_that_was_read_must_be_lifted_before_it_is_read_again(
    counter: DemoCounter, tab: Tab
) -> None:
    counter.place("zhao")
    assert tab.read()["event"] == "read"

    tab.send("read", challenge="again")
    assert tab.until("waiting", "read")["event"] == "waiting"
    counter.place("zhao")

    assert tab.until("read", "error")["event"] == "read"


def test_the_counter_rises_with_every_read_even_after_a_kill(
    counter: DemoCounter, portal: Portal
) -> None:
    numbers = []
    for _ in range(2):
        with tab_of(counter) as tab:
            counter.place("chen")
            numbers.append(claims(portal, tab.read())["counter"])
            counter.place("chen")
            numbers.append(claims(portal, tab.read())["counter"])
        counter.stop_bridge(kill=True)
        counter.start_bridge()

    assert numbers == sorted(set(numbers))


def test_a_bridge_killed_in_the_middle_of_a_read_reads_the_next_card_and_counts_on(
    counter: DemoCounter, portal: Portal
) -> None:
    with tab_of(counter) as tab:
        counter.place("chen")
        before = claims(portal, tab.read())["counter"]
        counter.fault("slow")
        counter.place("chen")
        tab.send("read", challenge="c")
        tab.until("card")
        counter.stop_bridge(kill=True)
    counter.fault("none")
    counter.place("li")
    # The reader still sends what the dead bridge had asked for.
    counter.start_bridge()

    with tab_of(counter) as tab:
        read = tab.read()

    assert parts(read)["block"] == PEOPLE["li"].block()
    assert claims(portal, read)["counter"] > before


# ---------------------------------------------------------------- readers and cards that fail


@pytest.mark.parametrize("fault", ["slow", "noise"])
def test_a_slow_or_noisy_reader_is_still_read_right(
    counter: DemoCounter, tab: Tab, fault: str
) -> None:
    counter.fault(fault)
    counter.place("dili")

    read = tab.read()

    assert parts(read)["block"] == PEOPLE["dili"].block()


@pytest.mark.parametrize(("fault", "code"), [("lifted", "card_lifted"), ("checksum", "checksum")])
def test_a_read_that_went_wrong_is_named_and_can_be_repeated(
    counter: DemoCounter, tab: Tab, fault: str, code: str
) -> None:
    counter.fault(fault)
    counter.place("liu")

    error = tab.read()

    assert (error["event"], error["code"]) == ("error", code)
    assert "重新放好" in error["text"]
    counter.fault("none")
    counter.place("liu")
    assert tab.read()["event"] == "read"


def test_a_card_that_is_not_felt_keeps_the_page_waiting(counter: DemoCounter, tab: Tab) -> None:
    counter.fault("no_card")
    counter.place("wang")

    tab.send("read", challenge="c")

    assert tab.next() == {"event": "waiting", "seconds": 1}
    counter.fault("none")
    assert tab.until("read", "error")["event"] == "read"


def test_a_reader_unplugged_while_waiting_is_named_and_found_again(
    counter: DemoCounter, tab: Tab
) -> None:
    tab.start("c")
    tab.until("waiting")  # the line is open

    counter.unplug()

    error = tab.until("error")
    assert (error["code"], "连接线" in error["text"]) == ("reader_absent", True)
    assert tab.until("reader")["state"] == "absent"
    assert tab.read()["code"] == "reader_absent"
    counter.plug_in()
    while tab.until("reader")["state"] != "ready":
        pass
    counter.place("wang")
    assert tab.read()["event"] == "read"


def test_a_bridge_without_a_reader_serves_the_page_until_one_comes(counter: DemoCounter) -> None:
    counter.unplug()
    counter.restart_bridge()

    with tab_of(counter) as tab:
        assert tab.reader["state"] == "absent"
        assert "请插好读卡器" in tab.reader["text"]
        counter.plug_in()
        while tab.until("reader")["state"] != "ready":
            pass


def test_a_port_that_another_program_holds_is_a_fault_and_not_an_absence(
    counter: DemoCounter,
) -> None:
    counter.stop_bridge()
    with serial.Serial(str(counter.link), exclusive=True):
        counter.start_bridge()
        with tab_of(counter) as tab:
            assert tab.reader["state"] == "fault"
            assert "占用" in tab.reader["text"]
    with tab_of(counter) as tab:
        while tab.reader["state"] != "ready":
            tab.reader = tab.until("reader")


# ---------------------------------------------------------------- pages


def test_a_page_of_another_origin_is_turned_away(counter: DemoCounter) -> None:
    address = f"ws://127.0.0.1:{counter.ws_port}/"
    for origin in ("http://evil.invalid", "null", f"{counter.portal_url}.evil.invalid", None):
        with pytest.raises(InvalidStatus) as refused:
            connect(address, origin=Origin(origin) if origin else None, proxy=None)
        assert refused.value.response.status_code == 403


def test_a_second_page_hears_busy_and_may_read_once_the_first_gave_up(
    counter: DemoCounter, tab: Tab
) -> None:
    tab.start("first")
    with tab_of(counter) as second:
        busy = second.read("second")
        assert (busy["event"], busy["code"]) == ("error", "busy")
        assert tab.read("twice")["code"] == "busy"

        tab.send("cancel")
        tab.until("cancelled")
        counter.place("wang")

        assert second.read("second")["event"] == "read"


def test_a_page_that_closes_leaves_the_reader_to_the_next(counter: DemoCounter) -> None:
    with tab_of(counter) as tab:
        tab.start("c")

    with tab_of(counter) as tab:
        counter.place("wang")
        assert tab.read()["event"] == "read"


def test_a_cancel_without_a_read_does_no_harm(tab: Tab) -> None:
    tab.send("cancel")

    assert tab.next() == {"event": "cancelled"}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "[" * 3000,
        '{"do": "format"}',
        '{"do": "read"}',
        '{"do": "read", "challenge": ""}',
        '{"do": "read", "challenge": 7}',
        json.dumps({"do": "read", "challenge": "x" * 600}),
        b'{"do": "status"}',
    ],
)
def test_a_request_that_makes_no_sense_is_answered_and_changes_nothing(
    tab: Tab, message: str | bytes
) -> None:
    tab.connection.send(message)

    assert tab.next()["code"] == "bad_request"
    tab.send("status")
    assert tab.next()["state"] == "ready"


def test_a_page_hears_what_the_doctor_found_while_another_one_reads(
    counter: DemoCounter, tab: Tab
) -> None:
    tab.start("c")
    with tab_of(counter) as second:
        second.send("doctor")
        counter.place("wang")
        assert tab.until("read", "error")["event"] == "read"

        found = second.until("doctor")

    assert found["items"][0].keys() == {"name", "state", "text", "todo"}
    assert {item["state"] for item in found["items"]} <= {"ok", "trouble", "absent"}
    assert [item["state"] for item in found["items"] if item["name"] == "登记"] == ["ok"]
    assert any("读卡器正常" in item["text"] for item in found["items"])


def test_a_page_that_calls_the_doctor_without_end_keeps_no_other_page_waiting(
    counter: DemoCounter,
) -> None:
    with tab_of(counter) as impatient:
        for _call in range(50):
            impatient.send("doctor")

    with tab_of(counter) as tab:
        tab.send("doctor")

        assert tab.until("doctor")["items"]


# ---------------------------------------------------------------- the program and its folder


def test_the_other_name_of_the_same_pc_is_let_in_when_asked_for(
    counter: DemoCounter, portal: Portal
) -> None:
    local = portal.url.replace("127.0.0.1", "localhost")
    own, counter.portal_url = counter.portal_url, local
    try:
        counter.restart_bridge()
        with tab_of(counter) as tab:
            counter.place("wang")
            assert claims(portal, tab.read())["origin"] == local
    finally:
        counter.portal_url = own
        counter.restart_bridge()


def test_a_lost_counter_stops_the_reads_instead_of_starting_again(
    counter: DemoCounter, tab: Tab
) -> None:
    file = counter.state_dir / "counter"
    lost = file.rename(counter.state_dir.parent / "lost")
    counter.place("wang")
    try:
        error = tab.read()
    finally:
        lost.rename(file)

    assert error["code"] == "not_enrolled"
    assert "enrol" in error["text"]


def test_the_bridge_ends_at_once_and_cleanly_while_a_page_waits(counter: DemoCounter) -> None:
    with tab_of(counter) as tab:
        tab.start("c")
        started = time.monotonic()

        code = counter.stop_bridge()

        assert code == 0
        assert time.monotonic() - started < 3
    counter.start_bridge()


# ---------------------------------------------------------------- what is never left behind


def test_nothing_of_a_person_is_written_or_said(
    counter: DemoCounter, tab: Tab, tmp_path: Path
) -> None:
    for fault in ("none", "checksum", "lifted"):
        counter.fault(fault)
        counter.place("wang")
        tab.read()
    assert counter.bridge
    wang = PEOPLE["wang"]
    block = wang.block()
    secrets = [wang.name, wang.number, wang.address, block[:30].hex(), wang.photo()[20:40].hex()]
    secrets.append(base64.b64encode(block)[:40].decode())

    kept = [path.read_bytes() for path in counter.state_dir.iterdir()]

    for secret in secrets:
        assert secret not in counter.bridge.output
        assert not any(secret.encode() in data for data in kept)
    assert not any(block[:30] in data for data in kept)


def test_the_bridge_runs_without_django() -> None:
    code = (
        "import sys, outlets.bridge.__main__, outlets.bridge.emulator\n"
        "heads = {name.split('.')[0] for name in sys.modules}\n"
        "print(heads & {'django', 'celery', 'cryptography', 'portal', 'registration'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "set()\n"
