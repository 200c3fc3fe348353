"""How much memory a worker holds after so many sets of pictures: it must not grow.

One process stores every set, another one stores and studies every set; each tells what it holds
after every hundredth. Times stand beside it, without weight: the floor is measured afterwards.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import cv2

from registration.bench import crew, pictures
from registration.bench.crew import Hands
from registration.bench.figures import Run
from registration.bench.pictures import Counter
from registration.bench.rounds import Size

SETS: Final = 1000
EVERY: Final = 100


def measure(size: Size) -> list[Run]:
    """``size.rows``: sets; ``size.seconds``: the most that either of both may take."""
    cv2.setNumThreads(1)  # threads would not live on in the clients that are forked
    sets = size.rows or SETS
    with pictures.counter() as counter:
        floor = crew.work(1, partial(pictures.floor, counter), most=pictures.ROWS)
        runs = []
        for what, prepare in (("stored", pictures.stored), ("studied", pictures.studied)):
            ours = crew.work(1, partial(_bounded, prepare, counter, size.seconds), most=sets)
            run = Run.of([(ours, floor)], clients=1, rows=len(ours.times), what=what)
            runs.append(replace(run, memory_mb=_told(ours.answers)))
        return runs


def _bounded(
    prepare: Callable[[Counter, int], Hands], counter: Counter, seconds: float | None, place: int
) -> Hands:
    hands, began = prepare(counter, place), time.monotonic()

    def once() -> Any:
        if seconds is not None and time.monotonic() - began > seconds:
            return None
        hands.once()
        return pictures.memory("VmRSS")

    return replace(hands, once=once)


def _told(answers: list[int]) -> dict[int, int]:
    """MB by number of sets; the last one too."""
    told = {*range(EVERY, len(answers) + 1, EVERY), pictures.TOLD[0], len(answers)}
    return {sets: answers[sets - 1] for sets in sorted(told) if sets <= len(answers)}
