"""The HTTP that all stand-ins share: bearer token, keys, failure modes, control page.

Silent on purpose: no request, no name and no number ever reaches its output.
"""

import argparse
import errno
import hmac
import json
import signal
import socketserver
import sqlite3
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from portal.fakes.ledger import Answer
from portal.fakes.modes import Mode, Switch
from portal.fakes.page import control_page

HOST = "127.0.0.1"
LONGEST_BODY = 64 * 1024
JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


class Service(Protocol):
    """What one stand-in knows; how it is asked is the same for all."""

    title: str
    # Bytes of a request's body; what is longer is refused.
    longest_body: int

    def summary(self) -> str:
        """One sentence for the control page, without a person or a number in it."""
        ...

    def look(self, path: str, query: dict[str, str]) -> Answer | None:
        """The answer to a GET; None for a path that is not ours."""
        ...

    def act(self, path: str, body: dict[str, str], key: str) -> tuple[Answer, bool] | None:
        """The answer to a POST and whether it is the first for this key; None as above."""
        ...

    def wrong(self, path: str) -> Answer | None:
        """What mode `wrong` says to a POST instead; None if it changes nothing here."""
        ...

    def close(self) -> None: ...


class DemoServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, service: Service, token: str, switch: Switch) -> None:
        self.service, self.token, self.switch = service, token, switch
        super().__init__((HOST, port), Handler)

    def server_bind(self) -> None:
        # Not HTTPServer's: it asks the DNS for our own name, which can take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """The kind of error only: its text and its frames may hold what was asked."""
        error = sys.exception()
        if not isinstance(error, (ConnectionError, TimeoutError)):
            print(f"{self.service.title}: {type(error).__name__}", file=sys.stderr, flush=True)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "demo", ""
    timeout = 60
    disable_nagle_algorithm = True
    server: DemoServer

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/":
            self._send_page()
        elif url.path == "/control":
            self._send_mode()
        elif self._may_pass():
            answer = self.server.service.look(url.path, dict(parse_qsl(url.query)))
            self._reply(answer, lose=False)

    def do_POST(self) -> None:
        raw = self._read_body()
        if raw is None:
            self._send(Answer.no(413, "body_refused", "请求正文缺失或过长"))
        elif self.path == "/control":
            self._control(raw)
        elif self._may_pass():
            self._act(raw)

    def _act(self, raw: bytes) -> None:
        key = self.headers.get("Idempotency-Key", "")
        body = _strings(raw)
        if not key or body is None:
            self._send(Answer.no(400, "bad_request", "须有幂等键和 JSON 正文"))
            return
        mode, _ = self.server.switch.get()
        forced = self.server.service.wrong(self.path) if mode is Mode.WRONG else None
        if forced:
            self._send(forced)
            return
        done = self.server.service.act(self.path, body, key)
        answer, is_first = done or (None, False)
        self._reply(answer, lose=mode is Mode.DUPLICATE and is_first)

    def _may_pass(self) -> bool:
        """Token, and the modes in which nothing is done at all."""
        mode, _ = self.server.switch.get()
        given = self.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.server.token}".encode()):
            self._send(Answer.no(401, "token_refused", "令牌不对"))
        elif mode is Mode.DOWN:
            self._send(Answer.no(503, "down", "系统维护中"))
        elif mode is Mode.GARBAGE:
            self._write(200, JSON, self.server.switch.garbage())
        else:
            return True
        return False

    def _reply(self, answer: Answer | None, *, lose: bool) -> None:
        """By now the command is done: being slow or lost here is the harder case to survive."""
        mode, seconds = self.server.switch.get()
        if mode is Mode.SLOW:
            time.sleep(seconds)
        if lose:
            self.close_connection = True
            return
        # Not a business answer, so it has no code.
        self._send(answer or Answer(404, {"text": "没有这个接口"}))

    def _control(self, raw: bytes) -> None:
        """JSON from a program, or the form of the control page."""
        is_form = "form" in self.headers.get("Content-Type", "")
        wish = dict(parse_qsl(raw.decode(errors="replace"))) if is_form else _object(raw) or {}
        if not self.server.switch.set(wish.get("mode", ""), wish.get("seconds")):
            self._send(Answer.no(400, "mode_unknown", "没有这种模式，或秒数不对"))
        elif is_form:
            self._write(303, HTML, b"", location="/")
        else:
            self._send_mode()

    def _send_mode(self) -> None:
        mode, seconds = self.server.switch.get()
        self._send(Answer(200, {"mode": mode, "seconds": seconds}))

    def _send_page(self) -> None:
        service = self.server.service
        page = control_page(service.title, service.summary(), *self.server.switch.get())
        self._write(200, HTML, page.encode())

    def _send(self, answer: Answer) -> None:
        self._write(answer.status, JSON, json.dumps(answer.body, ensure_ascii=False).encode())

    def _write(self, status: int, kind: str, body: bytes, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def _read_body(self) -> bytes | None:
        """Always read to its end, or the next request on this connection would begin in it."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > self.server.service.longest_body:
            self.close_connection = True
            return None
        return self.rfile.read(int(length))


def parser(title: str, port: int) -> argparse.ArgumentParser:
    """The switches that every stand-in has; port 0 takes any free one."""
    options = argparse.ArgumentParser(description=title)
    options.add_argument("--port", type=int, default=port)
    options.add_argument("--token", default="demo")
    options.add_argument("--mode", type=Mode, choices=list(Mode), default=Mode.OK)
    options.add_argument("--seconds", type=float, default=8.0, help="for --mode slow")
    return options


def run(make_service: Callable[[], Service], options: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C. Returns the exit code; one line says what is wrong."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        service = make_service()
    except sqlite3.Error:
        return _fail("状态文件打不开或不可写，请检查 --state 所指的位置")
    try:
        switch = Switch(options.mode, options.seconds)
        server = DemoServer(options.port, service, options.token, switch)
    except (OSError, OverflowError) as error:
        service.close()
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            return _fail(f"端口 {options.port} 已被占用，请停掉占用它的程序，或用 --port 另选一个")
        return _fail(f"端口 {options.port} 不能使用，请用 --port 另选一个")
    print(f"{service.title}已就绪：http://{HOST}:{server.server_port}", flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
        service.close()
    return 0


def _stop(signal_no: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr, flush=True)
    return 2


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _strings(raw: bytes) -> dict[str, str] | None:
    """A JSON object of strings only; None for anything else."""
    found = _object(raw)
    if found is None or not all(isinstance(value, str) for value in found.values()):
        return None
    return found
