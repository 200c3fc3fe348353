"""``manage.py serve``: refusals in this process, the real thing in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command

from portal.management.commands.serve import PORTS
from portal.management.place import Place
from portal.supervisor import die_with_parent
from tests import processes, servers

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 120


@pytest.fixture
def var(settings: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "var"
    settings.VAR = folder
    return folder


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_in_use_is_named_with_the_way_to_another(var: Path, taken_port: int) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("serve", port=taken_port)

    chinese, english = str(caught.value).splitlines()
    assert f"端口 {taken_port}（网站）已被占用" in chinese
    assert f"Port {taken_port} (web) is in use" in english
    assert f'make run ARGS="--port {taken_port + 100}"' in english


def test_each_part_of_the_demo_can_move_to_another_port(var: Path, taken_port: int) -> None:
    with pytest.raises(CommandError, match=f"--bridge-port {taken_port + 100}"):
        call_command("serve", port=servers.free_port(), bridge_port=taken_port)


def test_a_folder_that_cannot_be_made_is_named(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.VAR = tmp_path / "file" / "var"

    with pytest.raises(CommandError, match=f"不能写入 {tmp_path}"):
        call_command("serve", port=servers.free_port())


def test_what_is_served_starts_again_with_its_data_and_leaves_nobody_behind(var: Path) -> None:
    # One journey, because a first start takes its time.
    with serving(var) as (process, url, said):
        assert httpx.get(f"{url}/healthz").json() == {"ok": True}
        assert "演示账号" in said()
        with pytest.raises(CommandError, match="系统已经在运行"):
            call_command("serve", port=servers.free_port(), no_demo=True)
        [beat] = beats(process.pid)
        os.kill(beat, signal.SIGKILL)
        assert processes.eventually(lambda: bool(set(beats(process.pid)) - {beat}), 60), said()
        family = descendants(process.pid)

        process.send_signal(signal.SIGINT)

        assert process.wait(10) == 0
        assert not [pid for pid in family if lives(pid)]
    keys = {path.name: path.read_bytes() for path in (var / "keys").iterdir()}

    with serving(var) as (process, url, said):
        assert "正在装入演示机构" not in said()
        family = descendants(process.pid)

        process.kill()

        assert processes.eventually(lambda: not [pid for pid in family if lives(pid)], 60)
    assert {path.name: path.read_bytes() for path in (var / "keys").iterdir()} == keys


def test_a_site_behind_a_tls_proxy_is_known_to_have_started(monkeypatch: Any) -> None:
    """Such a site refuses its loopback name and plain http: nothing else may be asked."""
    monkeypatch.setenv("SHIMING_ORIGIN", "https://shiming.example")

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            named = self.headers["Host"] == "shiming.example"
            secure = self.headers["X-Forwarded-Proto"] == "https"
            self.send_response(200 if named and secure else 400)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Site) as site:
        Thread(target=site.handle_request, daemon=True).start()
        place = Place({"port": site.server_port, "bridge_port": 0, "no_demo": True})

        assert place.web_answers()


@contextmanager
def serving(var: Path) -> Iterator[tuple[subprocess.Popen[str], str, Callable[[], str]]]:
    """The command as a person starts it, on a machine without any setting of ours.

    Yields the process, the address and what it has said so far.
    """
    ports = {option: servers.free_port() for option in PORTS}
    options = [f"--{option.replace('_', '-')}={port}" for option, port in ports.items()]
    foreign = {name: value for name, value in os.environ.items() if "SHIMING" not in name}
    del foreign["DJANGO_SETTINGS_MODULE"]
    log = var.parent / "serve.log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--cases=2", *options],
            cwd=ROOT,
            env=foreign | {"SHIMING_VAR": str(var)},
            stdout=output,
            stderr=output,
            text=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        ) as process,
    ):
        try:
            ready = processes.eventually(lambda: "demo counter:" in log.read_text(), READY_SECONDS)
            assert ready, log.read_text()
            yield process, f"http://127.0.0.1:{ports['port']}", log.read_text
        finally:
            process.terminate()


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [each for child in children for each in (int(child), *descendants(int(child)))]


def beats(pid: int) -> list[int]:
    """Those below it that ring for the sweeps."""
    return [child for child in descendants(pid) if "beat" in arguments(child)]


def arguments(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
