"""Page -> WebSocket -> bridge -> pty -> emulated reader and back, with real processes."""

import base64
import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
import serial
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from outlets import frames
from outlets.bridge.__main__ import main
from outlets.bridge.people import PEOPLE
from tests.outlets.counter import ROOT, DemoCounter

Facts = dict[str, Any]
Call = Callable[..., tuple[int, str, str]]

SAM_ID = "05.01-20260105-0000000042-3141592653"
OUTLET = "示例路营业厅"


class Portal(ThreadingHTTPServer):
    """The one page of the portal that a bridge calls, with codes that can be spent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), PortalHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.asked: list[Facts] = []
        self.keys: dict[str, Ed25519PublicKey] = {}


class PortalHandler(BaseHTTPRequestHandler):
    server: Portal

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked)
        answers = {
            "SPENT": (409, {"error": "这个登记码已经用过，\n请向渠道经理要一个新的。"}),
            "BROKEN": (500, None),
            "MOVED": (301, None),
            "STRANGE": (201, ["?"]),
            "OTHER-KEY": (201, {"kid": "0" * 16, "outlet": OUTLET, "origin": self.server.url}),
        }
        status, answer = answers.get(asked["code"]) or (201, self.accept(asked))
        if self.path != "/api/bridges/enrol/":
            status, answer = 404, None
        self.send_response(status)
        if status == 301:
            self.send_header("Location", f"{self.server.url}/elsewhere")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode() if answer else b"<h1>?</h1>")

    def accept(self, asked: Facts) -> Facts:
        public = base64.b64decode(asked["public_key"])
        kid = hashlib.sha256(public).hexdigest()[:16]
        self.server.keys[kid] = Ed25519PublicKey.from_public_bytes(public)
        return {"kid": kid, "outlet": OUTLET, "origin": self.server.url}

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    with Portal() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def enrolled(portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoCounter]:
    with DemoCounter(portal.url, tmp_path_factory.mktemp("bridge") / "state") as counter:
        counter.enrol(" CODE-1 ")
        yield counter


@pytest.fixture
def counter(enrolled: DemoCounter) -> DemoCounter:
    enrolled.fault("none")
    enrolled.lift()
    return enrolled


class Tab:
    """A page of the portal, as far as the bridge sees it."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.hello = self.until("hello")
        self.reader = self.until("reader")

    def send(self, do: str, **facts: str) -> None:
        self.connection.send(json.dumps({"do": do} | facts))

    def next(self) -> Facts:
        event: Facts = json.loads(self.connection.recv(timeout=10))
        return event

    def until(self, *events: str) -> Facts:
        while (event := self.next())["event"] not in events:
            pass
        return event

    def read(self, challenge: str = "challenge-1") -> Facts:
        self.send("read", challenge=challenge)
        return self.until("read", "error", "cancelled")

    def start(self, challenge: str = "challenge-1") -> None:
        """Ask for a read and return once the bridge has begun."""
        self.send("read", challenge=challenge)
        self.send("status")
        self.until("reader")


@contextmanager
def tab_of(counter: DemoCounter) -> Iterator[Tab]:
    address = f"ws://127.0.0.1:{counter.ws_port}/"
    with connect(address, origin=Origin(counter.portal_url), proxy=None) as connection:
        yield Tab(connection)


@pytest.fixture
def tab(counter: DemoCounter) -> Iterator[Tab]:
    with tab_of(counter) as tab:
        assert tab.reader["state"] == "ready"
        yield tab


def claims(portal: Portal, read: Facts) -> Facts:
    key = portal.keys[jwt.get_unverified_header(read["jws"])["kid"]]
    said: Facts = jwt.decode(read["jws"], key, algorithms=["EdDSA"])
    return said


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """The command line without the cost of a process: exit code, output, complaint."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        said, complaint = capsys.readouterr()
        return code, said, complaint

    return call


# ---------------------------------------------------------------- a good read


def test_a_card_on_the_reader_reaches_the_page_signed(
    counter: DemoCounter, tab: Tab, portal: Portal
) -> None:
    wang = PEOPLE["wang"]
    counter.place("wang")

    read = tab.read("the-challenge")

    header = jwt.get_unverified_header(read["jws"])
    said = claims(portal, read)
    block, photo = base64.b64decode(read["block"]), base64.b64decode(read["photo"])
    assert header == {"alg": "EdDSA", "kid": tab.hello["kid"], "typ": "shiming-read+jws"}
    read_at = datetime.fromisoformat(said.pop("read_at"))
    assert abs(datetime.now(UTC) - read_at) < timedelta(seconds=30)
    assert said.pop("counter") > 0
    assert said == {
        "ver": 1,
        "challenge": "the-challenge",
        "kid": tab.hello["kid"],
        "sam_id": SAM_ID,
        "card_type": "resident",
        "block_sha256": hashlib.sha256(wang.block()).hexdigest(),
        "photo_sha256": hashlib.sha256(wang.photo()).hexdigest(),
        "origin": portal.url,
        "agent": "0.1.0",
    }
    assert (block, photo) == (wang.block(), wang.photo())
    assert frames.parse_text_block(block).name == wang.name


def test_the_page_hears_who_the_bridge_is_and_how_the_reader_does(tab: Tab) -> None:
    tab.send("status")

    assert tab.hello["agent"] == "0.1.0"
    assert tab.hello["outlet"] == OUTLET
    assert tab.next() == {
        "event": "reader",
        "state": "ready",
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


# ---------------------------------------------------------------- readers and cards that fail


@pytest.mark.parametrize("fault", ["slow", "noise"])
def test_a_slow_or_noisy_reader_is_still_read_right(
    counter: DemoCounter, tab: Tab, fault: str
) -> None:
    counter.fault(fault)
    counter.place("dili")

    read = tab.read()

    assert base64.b64decode(read["block"]) == PEOPLE["dili"].block()


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


# ---------------------------------------------------------------- enrolment and state


def test_enrolment_sends_the_public_key_and_the_reader(
    counter: DemoCounter, portal: Portal
) -> None:
    [asked] = [asked for asked in portal.asked if asked["code"] == "CODE-1"]

    assert len(base64.b64decode(asked["public_key"])) == 32
    assert (asked["agent"], asked["sam_id"]) == ("0.1.0", SAM_ID)
    assert asked["host"]


def test_only_the_owner_may_read_the_key_and_the_counter(counter: DemoCounter) -> None:
    folder = counter.state_dir

    assert folder.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in folder.iterdir()) == ["bridge.json", "counter", "key.pem"]
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("SPENT", "这个登记码已经用过， 请向渠道经理要一个新的。"),
        ("BROKEN", "请稍后再试"),
        ("MOVED", "转到了别的网址"),
        ("STRANGE", "看不懂"),
        ("OTHER-KEY", "看不懂"),
    ],
)
def test_an_enrolment_that_fails_says_why_and_leaves_nothing(
    call: Call, portal: Portal, tmp_path: Path, code: str, says: str
) -> None:
    status, _, complaint = call("enrol", code, "--portal", portal.url, "--state", tmp_path)

    assert status == 5
    assert says in complaint
    assert complaint.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["enrol", "C", "--portal", "http://127.0.0.1:9", "--state", "{tmp}"], 5, "连不上平台"),
        (["enrol", "C", "--portal", "nonsense", "--state", "{tmp}"], 5, "网址不对"),
        (["enrol", "C", "--portal", "http://127.0.0.1:9", "--state", "/dev/null/x"], 5, "写不进"),
        (["enrol", "C", "--portal", "http://x", "--port", "/dev/no-reader"], 6, "没有找到读卡器"),
        (["enrol", "C"], 2, "--portal"),
        (["enrol"], 2, "命令写得不对"),
        ([], 2, "--port"),
        (["--port", "/dev/no-reader", "--state", "{tmp}"], 3, "还没有登记"),
    ],
)
def test_each_wrong_call_gets_one_line_and_its_own_code(
    call: Call, tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    status, said, complaint = call(*[argument.format(tmp=tmp_path) for argument in arguments])

    assert (status, said) == (code, "")
    assert says in complaint
    assert complaint.count("\n") == 1


def test_a_taken_port_and_another_portal_are_named(call: Call, counter: DemoCounter) -> None:
    common = ("--port", counter.link, "--state", counter.state_dir)

    taken, _, why_taken = call(*common, "--listen-port", counter.ws_port)
    strange, _, why_strange = call(*common, "--portal", "https://other.invalid")

    assert (taken, strange) == (4, 3)
    assert f"本机端口 {counter.ws_port} 已被占用" in why_taken
    assert "登记在" in why_strange


def test_a_key_that_others_may_read_or_that_is_damaged_is_not_used(
    call: Call, portal: Portal, tmp_path: Path
) -> None:
    assert call("enrol", "C", "--portal", portal.url, "--state", tmp_path)[0] == 0
    start = ("--port", "/dev/no-reader", "--state", tmp_path)
    key_file = tmp_path / "key.pem"

    key_file.chmod(0o644)
    shared, _, why_shared = call(*start)
    key_file.chmod(0o600)
    key_file.write_text("-----BEGIN")
    damaged, _, why_damaged = call(*start)

    assert (shared, damaged) == (3, 3)
    assert "别人也能读" in why_shared
    assert "已损坏" in why_damaged


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
        "print(heads & {'django', 'celery', 'portal', 'registration'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "set()\n"
