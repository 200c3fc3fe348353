"""A page of the portal, as far as the bridge sees it."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.outlets.counter import DemoCounter

Facts = dict[str, Any]


class Tab:
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


def parts(read: Facts) -> dict[str, bytes]:
    """Of a read event: part name to bytes."""
    return {name: base64.b64decode(part) for name, part in read["parts"].items()}
