"""Enrolment and the command line: what goes to the portal, what goes wrong and how it is said."""

import base64
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.outlets.counter import BRIDGE, ROOT, DemoCounter
from tests.outlets.portal import Portal

Call = Callable[..., tuple[int, str, str]]

SAM_ID = "05.01-20260105-0000000042-3141592653"


def test_enrolment_sends_the_public_key_and_the_reader(
    counter: DemoCounter, portal: Portal
) -> None:
    [asked] = [asked for asked in portal.asked if asked.get("code") == "CODE-1"]

    assert len(base64.b64decode(asked["public_key"])) == 32
    assert (asked["agent"], asked["sam_id"]) == ("0.2.0", SAM_ID)
    assert asked["host"]


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
        ([], 2, "--reader"),
        (["--reader", "auto", "--renew-days", "nan"], 2, "--renew-days"),
        (["--reader", "abacus"], 2, "没有叫 abacus 的读卡器"),
        (["--reader", "serial:"], 2, "串口读卡器要写成"),
        (["--reader", "auto", "--state", "{tmp}"], 3, "还没有登记"),
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


def test_a_console_that_knows_no_chinese_stops_nobody(portal: Portal, tmp_path: Path) -> None:
    done = subprocess.run(
        [*BRIDGE, "enrol", "C", "--portal", portal.url, "--state", tmp_path],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u5df2" in done.stdout
