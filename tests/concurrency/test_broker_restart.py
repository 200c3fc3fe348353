"""A broker that is killed and comes back: the worker hears again, and nothing waits for ever.

Workers on Redis are known to go deaf: connected, alive, and taking nothing. Here one serves through
two deaths of its broker, and does what was put in while there was none.
"""

import signal
import time
from collections.abc import Iterator

import pytest
from celery import Celery
from django.utils import timezone
from kombu.exceptions import OperationalError

from portal.models import AuditEntry
from portal.services import audit
from registration.bench import server
from tests import processes, servers
from tests.cast import Cast
from tests.registration.work import is_ready, received

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.django_db(transaction=True),
]

PORT = servers.free_port()
URL = f"redis://127.0.0.1:{PORT}/0"


@pytest.fixture
def broker() -> Iterator[server.Machine]:
    """A Valkey that the test may kill."""
    folder = servers.own_folder() / f"valkey-{time.monotonic_ns()}"
    with server.valkey(folder, PORT).running() as machine:
        yield machine


@pytest.fixture
def bell() -> Iterator[Celery]:
    """A web process's one connection, kept through everything that befalls the broker."""
    with Celery(broker=URL) as app:
        yield app


def test_a_worker_hears_again_after_every_death_of_its_broker(
    broker: server.Machine, bell: Celery
) -> None:
    # No beat: what happens was rung for.
    with processes.running(processes.worker(beat=False, SHIMING_BROKER=URL)) as worker:
        for _death in range(3):
            # In the middle of its work, which it then ends for a broker that is no more.
            for _ring in range(5):
                ring(bell)
            assert processes.eventually(lambda: "received" in worker.said)
            broker.stop(signal.SIGKILL)
            with pytest.raises((OperationalError, OSError)):
                ring(bell)
            broker.start()
            audit.record("outlet.opened", by=None, now=timezone.now())

            ring(bell)

            assert processes.eventually(everything_is_sealed), worker.said[-2000:]


def test_work_put_in_while_there_was_no_broker_is_done_when_it_is_back(
    broker: server.Machine,
) -> None:
    cast = Cast()
    with processes.running(processes.worker(SHIMING_BROKER=URL)) as worker:
        broker.stop(signal.SIGKILL)
        # Its bell goes nowhere: this process rings another broker.
        picture = received(cast)
        assert not processes.eventually(lambda: is_ready(picture), seconds=2)
        broker.start()

        assert processes.eventually(lambda: is_ready(picture)), worker.said[-2000:]


def ring(bell: Celery) -> None:
    bell.send_task("portal.tasks.seal", ignore_result=True, retry=False)


def everything_is_sealed() -> bool:
    return not AuditEntry.objects.filter(leaf=None).exists()
