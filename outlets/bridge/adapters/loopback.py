"""HTTP to a vendor's service on this very PC, and to nothing else.

http.client and not urllib: it knows no proxy and follows no redirect, and a request that hangs can
be cut off from another thread. A vendor's service answers any page that asks; what it says must
never come from, or go to, another machine.
"""

import contextlib
import ipaddress
import socket
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlsplit

from outlets.bridge.adapters.trouble import Trouble

# Three pictures of a card in base64 fit well; a vendor's answer that is longer is no answer.
LONGEST_REPLY: Final = 4 * 1024 * 1024


class BadAddress(ValueError):
    """The text says how an address must look."""


def checked(url: str, scheme: str = "http") -> tuple[str, int]:
    """Host and port of ``http://127.0.0.1:PORT``. Raises BadAddress for anything but this PC."""
    good = f"服务的网址应当像 {scheme}://127.0.0.1:8989，只能是本机"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadAddress(good) from None
    rest = parts.path.strip("/") + parts.query + parts.fragment + (parts.username or "")
    if parts.scheme != scheme or not port or rest or not _is_this_pc(host):
        raise BadAddress(good)
    return ("127.0.0.1" if host == "localhost" else host), port


def _is_this_pc(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Loopback:
    """One question at a time to one service. Raises Trouble, never anything else."""

    def __init__(self, url: str, scheme: str = "http") -> None:
        self.host, self.port = checked(url, scheme)
        self._socket: socket.socket | None = None

    def get(self, path: str, seconds: float) -> bytes:
        return self._ask("GET", path, seconds)

    def post(self, path: str, seconds: float) -> bytes:
        return self._ask("POST", path, seconds)

    @contextlib.contextmanager
    def connected(self, seconds: float) -> Iterator[socket.socket]:
        """An open socket with this time limit on each of its operations."""
        try:
            opened = socket.create_connection((self.host, self.port), seconds)
        except OSError:
            raise Trouble("service_stopped") from None
        with opened:
            self._socket = opened
            try:
                yield opened
            finally:
                self._socket = None

    def abort(self) -> None:
        """Wake the thread that waits for an answer; the one method for another thread."""
        waiting = self._socket
        if waiting is not None:
            with contextlib.suppress(OSError):
                waiting.shutdown(socket.SHUT_RDWR)

    def _ask(self, method: str, path: str, seconds: float) -> bytes:
        connection = HTTPConnection(self.host, self.port)
        with self.connected(seconds) as connection.sock, contextlib.closing(connection):
            return _exchange(connection, method, path)


def _exchange(connection: HTTPConnection, method: str, path: str) -> bytes:
    body = b"" if method == "POST" else None
    try:
        connection.request(
            method, path, body, {"Accept": "application/json", "Connection": "close"}
        )
        with connection.getresponse() as response:
            reply = response.read(LONGEST_REPLY + 1)
    except TimeoutError:
        raise Trouble("silent") from None
    except (OSError, HTTPException, ValueError):
        raise Trouble("damaged") from None
    if response.status != HTTPStatus.OK or len(reply) > LONGEST_REPLY:
        raise Trouble("service_strange")
    # read(n) does not complain of a body that ended before its time; what is left of it does.
    if response.length:
        raise Trouble("damaged")
    return reply
