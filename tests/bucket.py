"""The evidence in a bucket: a real server process that speaks S3, and proxies that misbehave."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from xml.sax.saxutils import escape

import boto3
import httpx
import pytest
from django.conf import settings

from portal import env
from tests import processes, servers

BUCKET, PREFIX = "evidence", "province/one"


class Server:
    """The server at ``url``; ``stop`` and ``start`` it, its objects kept as a disk would."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{servers.free_port()}"
        self.kept: dict[str, bytes] = {}
        self.process: processes.Running | None = None
        self.start()

    def start(self) -> None:
        """Unless it runs: a test that failed may have left it stopped."""
        if self.process:
            return
        self.process = processes.bucket(self.url)
        self.client.create_bucket(Bucket=BUCKET)
        for key, content in self.kept.items():
            self.client.put_object(Bucket=BUCKET, Key=key, Body=content)

    def stop(self) -> None:
        self.kept = {key: self.read(key) for key in self.keys()}
        self.kill()

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process = None

    def keys(self) -> list[str]:
        found = self.client.list_objects_v2(Bucket=BUCKET)
        return [entry["Key"] for entry in found.get("Contents", ())]

    def read(self, key: str) -> bytes:
        content: bytes = self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return content

    @property
    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        )


@contextmanager
def running() -> Iterator[Server]:
    server = Server()
    try:
        yield server
    finally:
        server.kill()


def variables(url: str) -> dict[str, str]:
    """What an operator sets."""
    return {
        "SHIMING_BLOBS": f"s3://{BUCKET}/{PREFIX}",
        "SHIMING_S3_ENDPOINT": url,
        "SHIMING_S3_KEY": "key",
        "SHIMING_S3_SECRET": "secret",
    }


def use(url: str, monkeypatch: pytest.MonkeyPatch, changed: Any) -> None:
    """Let the evidence lie there; ``changed`` is pytest-django's settings."""
    for name, value in variables(url).items():
        monkeypatch.setenv(name, value)
    place = env.storage("SHIMING_BLOBS", settings.VAR / "blobs")
    changed.STORAGES = settings.STORAGES | {"evidence": place}


class Refusing(BaseHTTPRequestHandler):
    """Answers everything with one status and code, as a server in trouble does."""

    status: ClassVar[int]
    code: ClassVar[str]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = f"<Error><Code>{self.code}</Code><Message>{escape(self.path)}</Message></Error>"
        self.send_response(self.status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the names of http.server

    def log_message(self, *_: Any) -> None:
        pass


class BreakingOff(BaseHTTPRequestHandler):
    """Passes on half of every answer that it gets from ``behind``."""

    behind: ClassVar[str]

    def do_GET(self) -> None:
        headers = {name: value for name, value in self.headers.items() if name != "Host"}
        host = self.headers["Host"]
        whole = httpx.get(f"{self.behind}{self.path}", headers=headers | {"Host": host})
        self.send_response(whole.status_code)
        self.send_header("Content-Length", str(len(whole.content)))
        self.end_headers()
        self.wfile.write(whole.content[: len(whole.content) // 2])
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


def refusing(status: int, code: str) -> AbstractContextManager[str]:
    return _serving(type("Handler", (Refusing,), {"status": status, "code": code}))


def breaking_off(behind: str) -> AbstractContextManager[str]:
    return _serving(type("Handler", (BreakingOff,), {"behind": behind}))


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
