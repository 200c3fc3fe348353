"""The page's door to the reader: a WebSocket on this PC that only the portal's page may open.

One read at a time. What was read goes to the page that asked and is kept nowhere.
"""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime
from threading import Event
from typing import Any, Final, TypeVar

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from outlets import frames
from outlets.bridge import AGENT, doctor, envelope, renew
from outlets.bridge.adapter import Adapter, Health, Read, ReaderError, State
from outlets.bridge.aside import aside
from outlets.bridge.keeper import Keeper
from outlets.bridge.key import Enrolment, NotEnrolled
from outlets.bridge.page import Page, order
from outlets.frames import FrameError

T = TypeVar("T")

HOST: Final = "127.0.0.1"
LONGEST_MESSAGE: Final = 4096
LONGEST_CHALLENGE: Final = 512
WAIT_SECONDS: Final = 60.0
CHECK_SECONDS: Final = 1.0

BUSY: Final = "读卡器正在给另一个页面读卡。请等它读完，或者关闭那个页面。"
BAD_REQUEST: Final = "页面的请求看不懂。请刷新页面再试。"


class Bridge:
    """Joins pages to the reader. All reader work runs in one thread of its own, one at a time."""

    def __init__(
        self, reader: Adapter, enrolment: Enrolment, wait: float, renew_days: float = renew.DAYS
    ) -> None:
        self._reader = reader
        self._wait = wait
        self._pages: list[Page] = []
        self._visits: set[asyncio.Task[None]] = set()
        self._doctor_is_in = asyncio.Lock()
        self._current: Event | None = None
        self._told: Health | None = None
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self._keeper = Keeper(
            enrolment, days=renew_days, reader=self._thread, changed=self._key_changed
        )

    async def serve_page(self, connection: ServerConnection) -> None:
        if connection.request is None:
            return
        page = Page(connection, connection.request.headers["Origin"])
        self._pages.append(page)
        try:
            await self._greet(page)
            await page.send_health(self._health, self._reader.name)
            async for message in connection:
                await self._obey(page, message)
        except ConnectionClosed:
            pass
        finally:
            self._pages.remove(page)
            if page.cancelled:
                page.cancelled.set()
            if page.read:
                await page.read

    async def _obey(self, page: Page, message: str | bytes) -> None:
        wish = order(message)
        match wish.get("do"):
            case "status":
                await page.send_health(self._health, self._reader.name)
            case "cancel" if page.cancelled and not page.cancelled.is_set():
                # The task itself says "cancelled", once the reader is free again.
                page.cancelled.set()
            case "cancel":
                await page.send("cancelled")
            case "read":
                await self._start(page, wish.get("challenge"))
            case "doctor" if page.visit and not page.visit.done():
                # The answer is on its way.
                pass
            case "doctor":
                page.visit = asyncio.create_task(self._examine(page))
                self._visits.add(page.visit)
                page.visit.add_done_callback(self._visits.discard)
            case _:
                await page.send_error("bad_request", BAD_REQUEST)

    async def _start(self, page: Page, challenge: object) -> None:
        if not isinstance(challenge, str) or not 0 < len(challenge) <= LONGEST_CHALLENGE:
            await page.send_error("bad_request", BAD_REQUEST)
        elif self._current and not self._current.is_set():
            await page.send_error("busy", BUSY)
        elif self._keeper.trouble:
            await page.send_error("key_renewal", self._keeper.trouble)
        else:
            # A cancelled read may still be ending; the one thread makes this one wait for it.
            self._current = page.cancelled = Event()
            page.read = asyncio.create_task(self._read(page, challenge, page.cancelled))

    async def _examine(self, page: Page) -> None:
        # One at a time: the vendors' services and the ports serve one caller.
        async with self._doctor_is_in:
            # Who left the waiting room keeps nobody waiting.
            if page not in self._pages:
                return
            folder = self._keeper.enrolment.folder
            report = await aside(doctor.examine, folder, reader=self._reader)
        await page.send("doctor", items=[asdict(item) for item in report.items])

    async def _read(self, page: Page, challenge: str, cancelled: Event) -> None:
        try:
            facts = await self._in_thread(self._signed_read, page, challenge, cancelled)
            if facts is None or cancelled.is_set():
                await page.send("cancelled")
            else:
                await page.send("read", **facts)
        except ReaderError as error:
            if cancelled.is_set():
                await page.send("cancelled")
            else:
                await page.send_error(error.code, str(error))
        except FrameError as error:
            code = "wrong_card" if error.code == "card_type" else "card_damaged"
            await page.send_error(code, str(error))
        except NotEnrolled as error:
            await page.send_error("not_enrolled", str(error))
        finally:
            cancelled.set()
            await self._tell_health()

    def _signed_read(self, page: Page, challenge: str, cancelled: Event) -> dict[str, Any] | None:
        """In the reader's thread. The counter is on disk before the read leaves it."""

        def tell(event: str, **facts: Any) -> None:
            asyncio.run_coroutine_threadsafe(page.send(event, **facts), self._loop)

        # Cancelled while it stood in line.
        if cancelled.is_set():
            return None
        read = self._reader.read_card(
            challenge=challenge,
            waiting=lambda seconds: tell("waiting", seconds=seconds),
            found=lambda: tell("card"),
            cancelled=cancelled,
            wait=self._wait,
        )
        if read is None:
            return None
        card_type = _card_type(read)
        self._keeper.wait_for_the_portal()
        enrolment = self._keeper.enrolment
        signed = envelope.sign(
            read,
            enrolment=enrolment,
            counter=enrolment.next_counter(),
            challenge=challenge,
            origin=page.origin,
            reader=self._reader.name,
            sam_id=self._reader.health.sam_id or "",
            card_type=card_type,
            now=datetime.now(UTC),
        )
        return envelope.message(signed, read)

    async def keep_key_young(self) -> None:
        await self._keeper.keep()

    async def _key_changed(self) -> None:
        for page in list(self._pages):
            await self._greet(page)
        await self._tell_health()

    async def _greet(self, page: Page) -> None:
        enrolment = self._keeper.enrolment
        await page.send("hello", agent=AGENT, kid=enrolment.kid, outlet=enrolment.outlet)

    @property
    def _health(self) -> Health:
        """The reader's; but a reader that works is of no use with a key that the portal refuses."""
        health, trouble = self._reader.health, self._keeper.trouble
        if trouble and health.state is State.READY:
            return replace(health, state=State.FAULT, text=trouble, code="key_renewal")
        return health

    async def watch(self) -> None:
        """Notice a reader that is plugged in or pulled out while nobody reads."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            if self._current is None or self._current.is_set():
                await self.look()

    async def look(self) -> None:
        await self._in_thread(self._reader.check)
        await self._tell_health()

    def stop(self) -> None:
        for page in self._pages:
            if page.cancelled:
                page.cancelled.set()
        self._reader.abandon()

    async def close(self) -> None:
        await self._in_thread(self._reader.close)
        self._thread.shutdown()

    async def _in_thread(self, work: Callable[..., T], *args: Any) -> T:
        return await self._loop.run_in_executor(self._thread, work, *args)

    async def _tell_health(self) -> None:
        health = self._health
        if health == self._told:
            return
        self._told = health
        print(health.text, flush=True)
        for page in list(self._pages):
            await page.send_health(health, self._reader.name)


def _card_type(read: Read) -> str:
    """Raises FrameError. What is still enciphered only the portal will know."""
    if "cipher" in read.parts:
        return ""
    return str(frames.parse_text_block(read.parts["block"]).kind)


async def run(
    reader: Adapter,
    enrolment: Enrolment,
    *,
    origins: Sequence[str],
    listener: socket.socket,
    wait: float = WAIT_SECONDS,
    renew_days: float = renew.DAYS,
) -> None:
    """Serve on a bound socket until SIGTERM or SIGINT."""
    stopped = _until_told_to_stop()
    bridge = Bridge(reader, enrolment, wait, renew_days)
    await bridge.look()
    watchers = [asyncio.create_task(bridge.watch()), asyncio.create_task(bridge.keep_key_young())]
    # Whatever ends a watcher ends the program: a bridge that is blind must not look well.
    for watcher in watchers:
        watcher.add_done_callback(lambda _: stopped.set())
    async with serve(
        bridge.serve_page,
        sock=listener,
        # A page of another origin hears HTTP 403.
        origins=[Origin(origin) for origin in origins],
        max_size=LONGEST_MESSAGE,
        compression=None,
        close_timeout=1,
        server_header=None,
        logger=_quiet(),
    ):
        address = f"ws://{HOST}:{listener.getsockname()[1]}/"
        print(f"读卡程序 {AGENT} 已启动：{address} · {enrolment.outlet}", flush=True)
        await stopped.wait()
        bridge.stop()
    for watcher in watchers:
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher
    await bridge.close()


def _quiet() -> logging.Logger:
    """The library would print a traceback for every stranger who knocks."""
    logger = logging.getLogger("outlets.bridge.websocket")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    return logger


def _until_told_to_stop() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows' event loop has no signal handlers of its own.
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))
    return stopped
