"""Slow work in a thread that nobody joins: one that hangs must not keep the program alive."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


def start(work: Callable[[], T]) -> Future[T]:
    """The result of ``work``, or what it raised, once it is there."""
    done: Future[T] = Future()
    # From here on it cannot be cancelled: whoever gives up waiting leaves the thread to itself.
    done.set_running_or_notify_cancel()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # whatever it is, it belongs to the one who waits
            done.set_exception(error)

    Thread(target=run, name="aside", daemon=True).start()
    return done


async def aside(work: Callable[..., T], *args: Any, **options: Any) -> T:
    """The result of ``work``, beside the event loop. asyncio's own threads would be joined when
    the program is told to stop, and a portal that does not answer would hold it for as long as
    the call may take."""
    return await asyncio.wrap_future(start(partial(work, *args, **options)))
