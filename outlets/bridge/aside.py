"""Slow work beside the event loop that the end of the program does not wait for."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


async def aside(work: Callable[..., T], *args: Any, **options: Any) -> T:
    """The result of ``work``. asyncio's own threads would be joined when the program is told to
    stop, and a portal that does not answer would hold it for as long as the call may take."""
    done: Future[T] = Future()
    done.set_running_or_notify_cancel()

    def run() -> None:
        try:
            done.set_result(work(*args, **options))
        except BaseException as error:  # whatever it is, it belongs to the one who waits
            done.set_exception(error)

    threading.Thread(target=run, name="aside", daemon=True).start()
    return await asyncio.wrap_future(done)
