"""One open page of the portal, as the bridge sees it."""

import asyncio
import contextlib
import json
from dataclasses import dataclass
from threading import Event
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from outlets.bridge.adapter import Health


@dataclass
class Page:
    """``read`` is what it asked for, ``cancelled`` how to stop it, ``visit`` the doctor's."""

    connection: ServerConnection
    origin: str
    read: asyncio.Task[None] | None = None
    cancelled: Event | None = None
    visit: asyncio.Task[None] | None = None

    async def send(self, event: str, **facts: Any) -> None:
        # A page that has gone needs no answer.
        with contextlib.suppress(ConnectionClosed):
            await self.connection.send(json.dumps({"event": event} | facts, ensure_ascii=False))

    async def send_error(self, code: str, text: str) -> None:
        await self.send("error", code=code, text=text)

    async def send_health(self, health: Health, reader: str) -> None:
        await self.send(
            "reader",
            state=health.state,
            code=health.code,
            reader=reader,
            sam_id=health.sam_id,
            text=health.text,
        )


def order(message: str | bytes) -> dict[str, Any]:
    """What the page wants; {} for what makes no sense."""
    try:
        found = json.loads(message) if isinstance(message, str) else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
