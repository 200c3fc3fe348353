"""The HTTP side that four vendors' services share, with all that can go wrong on the way."""

import json
import threading
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from tests.outlets.vendors.desk import Desk, Mode, broken

S = TypeVar("S", bound="HttpService")

HUGE_BYTES = 5 * 1024 * 1024


class HttpService(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.desk = Desk()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @abstractmethod
    def answer(self, method: str, path: str) -> str | None:
        """The vendor's text for this question; None for a page that it does not have."""

    def text(self, method: str, path: str) -> str | None:
        text = self.answer(method, path)
        if text is None:
            return None
        if self.desk.mode is Mode.JSONP:
            return f"jQuery1900_1({text});"
        if self.desk.mode is Mode.BROKEN_JSON:
            return broken(text)
        if self.desk.mode is Mode.CUT_OFF:
            return text[: len(text) // 2]
        return text

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class Handler(BaseHTTPRequestHandler):
    server: HttpService

    def do_GET(self) -> None:
        self.serve("GET")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.serve("POST")

    def serve(self, method: str) -> None:
        desk = self.server.desk
        desk.asked.append(f"{method} {self.path}")
        if desk.mode is Mode.SLOW:
            desk.dawdle()
        text = self.server.text(method, self.path.partition("?")[0])
        match desk.mode:
            case Mode.HTTP_500:
                self.reply(500, b"Internal Server Error")
            case Mode.REDIRECT if self.path != "/elsewhere":
                self.reply(302, b"", Location=f"{self.server.url}/elsewhere")
            case Mode.ANOTHER_PROGRAM:
                self.reply(200, b"<!doctype html><title>Apache Tomcat</title>")
            case Mode.HUGE:
                self.reply(200, b'{"code":"0","x":"' + b" " * HUGE_BYTES + b'"}')
            case _ if text is None:
                self.reply(404, b"not found")
            case Mode.HALF_WAY:
                self.reply(200, self.encoded(text), send=0.5)
            case _:
                self.reply(200, self.encoded(text))

    def encoded(self, text: str) -> bytes:
        if self.server.desk.mode is Mode.GBK:
            return text.encode("gbk")
        return (b"\xef\xbb\xbf" if self.server.desk.mode is Mode.BOM else b"") + text.encode()

    def reply(self, status: int, body: bytes, send: float = 1, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: int(len(body) * send)])

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def running(service: S) -> Iterator[S]:
    thread = threading.Thread(target=service.serve_forever, args=(0.05,), daemon=True)
    with service:
        thread.start()
        try:
            yield service
        finally:
            service.desk.close()
            service.shutdown()
    thread.join(5)


def as_json(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False)
