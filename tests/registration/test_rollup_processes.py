"""Adding up in several real processes on a real PostgreSQL: nothing twice, nothing lost."""

import os
import signal
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from registration.models import DayCount, NodeCount, StaleDay
from registration.services import rollup, stale
from tests.cast import Cast
from tests.registration.test_claim_processes import SECONDS, processes, running
from tests.registration.work import DAY, at, done

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

LATER = at(12, day=DAY + timedelta(days=30))
OUTLETS = ("outlet", "hall", "sister", "far_outlet")


def work(cast: Cast, *, times: int) -> None:
    """Some at each outlet, marked as the verbs mark it."""
    for place in range(times):
        for name in OUTLETS:
            outlet = getattr(cast, name)
            done(cast, at(9, place), outlet=outlet)
            stale.mark(outlet.pk, at(9, place))


def fold(start: Any) -> None:
    start.wait(SECONDS)
    rollup.fold(now=LATER, days=3)
    connections.close_all()


def submitted(**filters: Any) -> int:
    return sum(NodeCount.objects.filter(**filters).values_list("submitted", flat=True))


def test_four_workers_add_up_the_same_day_and_nothing_is_counted_twice() -> None:
    cast = Cast()
    rollup.fold_day(DAY, now=LATER)
    work(cast, times=5)
    start = processes.Barrier(4)

    with running(fold, [(start,)] * 4) as workers:
        for worker in workers:
            worker.join(SECONDS)

    assert [worker.exitcode for worker in workers] == [0] * 4
    assert submitted(channel_path=cast.head.path, span="day") == 20
    assert not StaleDay.objects.exists()
    assert rollup.prove(DAY, now=LATER) == 0


def test_a_worker_that_is_killed_in_the_middle_leaves_the_work_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cast = Cast()
    rollup.fold_day(DAY, now=LATER)
    work(cast, times=2)
    stored = processes.Event()

    def hang(_marks: object) -> None:
        stored.set()
        signal.pause()

    monkeypatch.setattr(rollup, "_unmark", hang)
    with running(fold, [(processes.Barrier(1),)]) as [worker]:
        assert stored.wait(SECONDS)
        os.kill(worker.pid or 0, signal.SIGKILL)
        worker.join(SECONDS)
    monkeypatch.undo()

    assert not DayCount.objects.exists()
    rollup.fold(now=LATER, days=0)
    assert submitted(channel_path=cast.head.path, span="day") == 8
    assert rollup.prove(DAY, now=LATER) == 0
