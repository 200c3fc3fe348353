"""Thirty-two processes do the same thing on a real PostgreSQL: nothing twice, nothing lost.

Each deed is done in peace, with lock failures, with processes that are killed, and with a server
that crashes in the middle.
"""

import signal
from collections.abc import Callable

import pytest
from django.db import connection

from registration.bench.server import Machine
from tests.concurrency import faults
from tests.concurrency.crowd import PLACES, Fate, gather
from tests.concurrency.deeds import DEEDS, Deed

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("make", DEEDS, ids=lambda made: made.__name__),
]

Make = Callable[[], Deed]


def test_done_by_all_at_once_it_is_done_once(make: Make) -> None:
    deed = make()

    heard = gather(deed.act)

    assert len(heard) == PLACES
    deed.check(heard)


def test_locks_that_cannot_be_had_cost_a_second_click_and_nothing_else(make: Make) -> None:
    deed = make()

    with faults.injected(deed.table):
        heard = gather(deed.act, Fate(lock_timeout="50ms"))

    assert len(heard) == PLACES
    assert sum(one.failures for one in heard) > 0
    deed.check(heard)


def test_what_killed_processes_left_is_done_once_by_the_next_ones(make: Make) -> None:
    deed = make()

    heard = gather(deed.act, Fate(dies=True))
    deed.finish()

    assert len(heard) == PLACES // 2
    deed.check(heard)


def test_a_crash_of_the_database_loses_nothing_and_doubles_nothing(
    make: Make, own_postgres: Machine
) -> None:
    deed = make()

    def crash() -> None:
        own_postgres.stop(signal.SIGQUIT)
        own_postgres.start()

    heard = gather(deed.act, Fate(meanwhile=crash))
    deed.finish()

    assert connection.settings_dict["NAME"] == "postgres"
    assert len(heard) == PLACES
    assert sum(one.failures for one in heard) > 0
    deed.check(heard)
