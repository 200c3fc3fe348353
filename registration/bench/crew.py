"""Clients that work at the same time: processes, each with connections of its own."""

import gc
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

from django.db import connections

START_SECONDS = 60
# The first pieces compile statements and fill caches; they are done but not counted.
WARM = 5

# Forked, not spawned: importing the product thirty-two times would take longer than the work.
_context = get_context("fork")


@dataclass(frozen=True)
class Hands:
    """What a client does: ``once`` is measured and answers None when nothing is left; ``after``
    gets each answer and is not measured."""

    once: Callable[[], Any]
    after: Callable[[Any], None] = lambda answer: None


@dataclass(frozen=True)
class Shift:
    """What the clients of one round did together: seconds of each piece of work, and all that
    they were answered, also before anything was counted."""

    clients: int
    times: list[float]
    answers: list[Any]

    @property
    def per_second(self) -> float:
        return self.clients * len(self.times) / sum(self.times)


class Broken(Exception):
    """A client failed; the text is its traceback."""


class TooFew(Exception):
    """Everything was done before anything was measured."""


def work(clients: int, prepare: Callable[[int], Hands], *, most: int) -> Shift:
    """Let ``clients`` work until each has done ``most`` pieces or nothing is left.

    ``prepare`` runs in each client with its place; all begin when the last is ready. Raises
    Broken, TooFew.
    """
    connections.close_all()  # none may be shared with a child
    gate = _context.Barrier(clients)
    crew = []
    for place in range(clients):
        ours, theirs = _context.Pipe(duplex=False)
        process = _context.Process(target=_client, args=(place, prepare, most, gate, theirs))
        process.start()
        theirs.close()
        crew.append((process, ours))
    reports = [_report(pipe) for _, pipe in crew]
    for process, _ in crew:
        process.join()
    if broken := [report for report in reports if isinstance(report, str)]:
        # Whoever failed first opened the gate for the others' failures.
        raise Broken(max(broken, key=lambda text: "BrokenBarrierError" not in text))
    times = [seconds for measured, _ in reports for seconds in measured]
    if not times:
        raise TooFew
    return Shift(clients, times, [answer for _, answers in reports for answer in answers])


def _report(pipe: Connection) -> Any:
    try:
        return pipe.recv()
    except EOFError:
        return "a client died"


def _client(
    place: int, prepare: Callable[[int], Hands], most: int, gate: Barrier, pipe: Connection
) -> None:
    gc.freeze()  # as in portal.wsgi
    try:
        hands = prepare(place)
        _, answers = _work(hands, WARM)
        gate.wait(START_SECONDS)
        times, more = _work(hands, most)
        pipe.send((times, answers + more))
    except Exception:
        gate.abort()
        pipe.send(traceback.format_exc())
    finally:
        connections.close_all()


def _work(hands: Hands, most: int) -> tuple[list[float], list[Any]]:
    times: list[float] = []
    answers: list[Any] = []
    while len(times) < most:
        began = time.perf_counter()
        answer = hands.once()
        ended = time.perf_counter()
        if answer is None:
            break
        times.append(ended - began)
        answers.append(answer)
        hands.after(answer)
    return times, answers
