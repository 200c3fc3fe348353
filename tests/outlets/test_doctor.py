"""The doctor: what it finds on a counter PC and what it says to do."""

import json
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from outlets.bridge import AGENT, doctor, key
from outlets.bridge.__main__ import main
from outlets.bridge.doctor import Report
from outlets.bridge.ed25519 import SoftKey
from outlets.bridge.people import PEOPLE
from outlets.bridge.surroundings import Item, ItemState
from tests.outlets.counter import DemoCounter
from tests.outlets.tab import tab_of
from tests.outlets.vendors import http_service
from tests.outlets.vendors.desk import SAM_ID, Mode
from tests.outlets.vendors.synjones import SynjonesService
from tests.servers import free_port

OUTLET = "示例路营业厅"


class Site(ThreadingHTTPServer):
    """The portal as the doctor sees it: its health page and its clock."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SitePage)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.status = 200
        self.body = b'{"ok": true}'
        self.ahead = timedelta()


class SitePage(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        site = self.server
        self.send_response_only(site.status if self.path == "/healthz" else 404)
        self.send_header("Date", format_datetime(datetime.now(UTC) + site.ahead, usegmt=True))
        if site.status == 302:
            self.send_header("Location", f"{site.url}/login")
        self.end_headers()
        self.wfile.write(site.body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


@pytest.fixture
def synjones() -> Iterator[SynjonesService]:
    with http_service.running(SynjonesService()) as service:
        yield service


@pytest.fixture
def folder(site: Site, tmp_path: Path) -> Path:
    """A PC that is enrolled with the site."""
    return enrol(tmp_path / "state", site.url)


def enrol(folder: Path, origin: str) -> Path:
    folder.mkdir(mode=0o700)
    private = SoftKey.generate()
    kid = key.key_id(key.public_bytes(private))
    key.keep(folder, private, after="")
    key.save(key.Enrolment(folder, private, kid, OUTLET, origin))
    return folder


def examine(folder: Path, *specs: str, listen_port: int | None = None) -> Report:
    port = listen_port or free_port()
    return doctor.examine(folder, listen_port=port, specs=specs)


def named(report: Report, name: str) -> Item:
    [item] = [item for item in report.items if item.name == name]
    return item


# ---------------------------------------------------------------- a PC that is well


def test_an_enrolled_pc_with_one_working_reader_is_fit(
    folder: Path, synjones: SynjonesService, site: Site
) -> None:
    report = examine(folder, f"synjones:{synjones.url}")

    assert report.fit
    assert {item.state for item in report.items if item.name != "读卡程序"} == {ItemState.OK}
    assert OUTLET in named(report, "登记").text
    assert site.url in named(report, "实名平台").text
    assert SAM_ID in named(report, "新中新读卡服务").text
    assert AGENT in named(report, "版本").text


def test_a_serial_reader_is_found_with_the_number_of_its_module(
    folder: Path, site: Site, tmp_path: Path
) -> None:
    with DemoCounter(site.url, tmp_path / "none") as counter:
        report = examine(folder, f"serial:{counter.link}")

    assert report.fit
    assert "05.01-" in named(report, f"串口 {counter.link}").text


# ---------------------------------------------------------------- what is wrong


def test_a_pc_that_is_not_enrolled_is_told_how(tmp_path: Path, synjones: SynjonesService) -> None:
    report = examine(tmp_path / "nothing", f"synjones:{synjones.url}")

    item = named(report, "登记")
    assert not report.fit
    assert item.state is ItemState.TROUBLE
    assert "登记码" in item.todo


def test_a_key_that_others_can_read_is_named(folder: Path) -> None:
    [pem] = folder.glob("*.pem")
    pem.chmod(stat.S_IRUSR | stat.S_IRGRP)

    item = named(examine(folder, "synjones:http://127.0.0.1:1"), "登记")

    assert item.state is ItemState.TROUBLE
    assert "别人也能读" in item.text


def test_a_pc_without_a_reader_is_not_fit_and_hears_what_to_do(folder: Path) -> None:
    report = examine(folder, "jieyu:ws://127.0.0.1:1")

    assert not report.fit
    assert named(report, "捷宇读卡服务").state is ItemState.ABSENT
    assert "请插好读卡器" in named(report, "读卡器").todo


@pytest.mark.parametrize(
    ("mode", "words"), [(Mode.NOT_CONNECTED, "没有找到读卡器"), (Mode.HTTP_500, "出错")]
)
def test_a_service_in_trouble_is_named_with_what_to_do(
    folder: Path, synjones: SynjonesService, mode: Mode, words: str
) -> None:
    synjones.desk.mode = mode

    item = named(examine(folder, f"synjones:{synjones.url}"), "新中新读卡服务")

    assert item.state is ItemState.TROUBLE
    assert words in item.text
    assert item.todo.startswith("请")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (503, b'{"ok": false}', "出错（503）"),
        (404, b"", "出错（404）"),
        (200, b"<title>wifi login</title>", "不像实名平台"),
        (200, b'["ok"]', "不像实名平台"),
        (302, b"", "出错（404）"),
    ],
)
def test_a_portal_that_does_not_answer_well_is_named(
    folder: Path, site: Site, status: int, body: bytes, words: str
) -> None:
    site.status, site.body = status, body

    item = named(examine(folder), "实名平台")

    assert item.state is ItemState.TROUBLE
    assert words in item.text


def test_a_portal_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    folder = enrol(tmp_path / "state", f"http://127.0.0.1:{free_port()}")

    item = named(examine(folder), "实名平台")

    assert item.state is ItemState.TROUBLE
    assert "连不上" in item.text


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (0, ItemState.OK, "一致"),
        (90, ItemState.OK, "一致"),
        (-600, ItemState.TROUBLE, "快 10 分钟"),
        (600, ItemState.TROUBLE, "慢 10 分钟"),
    ],
)
def test_a_clock_that_differs_from_the_portals_is_named(
    folder: Path, site: Site, ahead: int, state: ItemState, words: str
) -> None:
    site.ahead = timedelta(seconds=ahead)

    item = named(examine(folder), "电脑时钟")

    assert (item.state, words in item.text) == (state, True)


# ---------------------------------------------------------------- the bridge that runs


@contextmanager
def running_counter(folder: Path, site: Site) -> Iterator[DemoCounter]:
    with DemoCounter(site.url, folder) as counter:
        yield counter


def test_a_running_bridge_and_its_reader_are_recognised(folder: Path, site: Site) -> None:
    with running_counter(folder, site) as counter:
        report = examine(folder, f"serial:{counter.link}", listen_port=counter.ws_port)

    bridge, port = named(report, "读卡程序"), named(report, f"串口 {counter.link}")
    assert report.fit
    assert (bridge.state, bridge.text) == (ItemState.OK, "正在运行：读卡器正常")
    assert (port.state, "读卡程序" in port.text) == (ItemState.OK, True)


def test_the_page_may_ask_the_running_bridge(folder: Path, site: Site) -> None:
    with running_counter(folder, site) as counter:
        counter.place("wang")
        with tab_of(counter) as tab:
            tab.send("doctor")
            items = tab.until("doctor")["items"]
            read = tab.read()

    names = [item["name"] for item in items]
    assert {"登记", "实名平台", "正在使用的读卡器"} <= set(names)
    assert all(set(item) == {"name", "state", "text", "todo"} for item in items)
    assert {item["state"] for item in items} <= {"ok", "trouble", "absent"}
    # Nobody's card is read, nothing of anybody is said, and the next read works.
    assert PEOPLE["wang"].name not in json.dumps(items, ensure_ascii=False)
    assert read["event"] == "read"


def test_a_port_that_another_program_holds_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as squatter:
        item = named(examine(folder, listen_port=squatter.getsockname()[1]), "读卡程序")

    assert item.state is ItemState.TROUBLE
    assert "占用" in item.text


# ---------------------------------------------------------------- the command


def test_the_command_prints_one_line_each_and_ends_well(
    folder: Path, synjones: SynjonesService, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--state", str(folder), "--reader", f"synjones:{synjones.url}"]

    code = main(["doctor", *options, "--listen-port", str(free_port())])

    said = capsys.readouterr().out.splitlines()
    assert code == 0
    assert said[0] == f"✓ 版本：读卡程序 {AGENT}"
    assert all(line[0] in "✓!–" or line.startswith("    ") for line in said[:-1])
    assert said[-1] == "可以读卡。"


def test_the_command_speaks_json_and_tells_programs_that_something_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--state", str(tmp_path), "--reader", "donsee:http://127.0.0.1:1"]

    code = main(["doctor", "--json", *options, "--listen-port", str(free_port())])

    said = json.loads(capsys.readouterr().out)
    assert code == 1
    assert said["fit"] is False
    assert {"登记", "东信读卡服务"} <= {item["name"] for item in said["items"]}


def test_a_reader_that_is_written_wrong_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["doctor", "--state", str(tmp_path), "--reader", "synjones:http://10.0.0.1:8989"])

    assert code == 2
    assert "只能是本机" in capsys.readouterr().err


def test_readers_that_are_not_there_are_one_line(folder: Path, synjones: SynjonesService) -> None:
    absent = ["zkteco:http://127.0.0.1:1", "jieyu:ws://127.0.0.1:1"]

    report = examine(folder, f"synjones:{synjones.url}", *absent)

    assert report.fit
    item = named(report, "没有回答的")
    assert (item.text, item.todo) == ("中控读卡服务、捷宇读卡服务", "")
