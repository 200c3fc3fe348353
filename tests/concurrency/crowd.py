"""Thirty-two at once, each a process with a connection of its own, and what can befall them."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, connections

PLACES = 32
SECONDS = 120
# From place to place a process is killed so many statements later.
APART = 3

# Forked, so that a process costs milliseconds.
processes = get_context("fork")


@dataclass(frozen=True)
class Heard:
    """What one process was told in the end, and how often the database failed it before."""

    answer: Any
    failures: int


@dataclass(frozen=True)
class Fate:
    """``lock_timeout``: so long a statement waits for a row. ``dies``: every other process is
    killed, each at another of its statements, and the last one when it is done but has told
    nobody. ``meanwhile`` is called when the first process is in the middle of its work."""

    lock_timeout: str = ""
    dies: bool = False
    meanwhile: Callable[[], None] = lambda: None

    def statement_that_kills(self, place: int) -> int | None:
        return 1 + place // 2 * APART if self.dies and place % 2 else None


CALM = Fate()


def gather(act: Callable[[int], Any], fate: Fate = CALM) -> list[Heard]:
    """Let every place ``act`` at the same moment, again after each failure of the database, as
    people click again. Only those that lived to tell are in the answer."""
    connections.close_all()  # none may be shared with a child
    gate, busy = processes.Barrier(PLACES), processes.Event()
    crew: list[tuple[BaseProcess, Connection]] = []
    for place in range(PLACES):
        ours, theirs = processes.Pipe(duplex=False)
        process: BaseProcess = processes.Process(
            target=_live, args=(act, place, fate, gate, busy, theirs)
        )
        process.start()
        theirs.close()
        crew.append((process, ours))
    try:
        assert busy.wait(SECONDS)
        fate.meanwhile()
        told = [_told(pipe) for _process, pipe in crew]
    finally:
        for process, _pipe in crew:
            process.kill()
            process.join(SECONDS)
    return [heard for heard in told if heard is not None]


def _told(pipe: Connection) -> Heard | None:
    assert pipe.poll(SECONDS), "a process neither ended nor said anything"
    try:
        heard = pipe.recv()
    except EOFError:
        return None
    if isinstance(heard, BaseException):
        raise heard
    assert isinstance(heard, Heard)
    return heard


def _live(
    act: Callable[[int], Any], place: int, fate: Fate, gate: Any, busy: Event, pipe: Connection
) -> None:
    if fate.lock_timeout:
        options = connection.settings_dict.setdefault("OPTIONS", {})
        options["options"] = f"-c lock_timeout={fate.lock_timeout}"
    connection.ensure_connection()
    watch = _Watch(fate.statement_that_kills(place), busy)
    gate.wait(SECONDS)
    try:
        with connection.execute_wrapper(watch):
            heard = _persist(lambda: act(place))
        if watch.fatal is not None:  # its statement never came
            os.kill(os.getpid(), signal.SIGKILL)
        pipe.send(heard)
    except BaseException as error:
        pipe.send(error)


def _persist(act: Callable[[], Any]) -> Heard:
    failures, deadline = 0, time.monotonic() + SECONDS
    while True:
        try:
            return Heard(act(), failures)
        except (DatabaseError, InterfaceError):
            if time.monotonic() > deadline:
                raise
            failures += 1
            connection.close()
            time.sleep(0.02)


class _Watch:
    """Counts the statements of a process and kills it before the ``fatal`` one."""

    def __init__(self, fatal: int | None, busy: Event) -> None:
        self.fatal, self.busy, self.count = fatal, busy, 0

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        self.count += 1
        if self.count == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.count > 1:
            self.busy.set()
        return execute(sql, params, many, context)
