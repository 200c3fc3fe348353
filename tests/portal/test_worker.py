"""A real worker process: what wakes it, and what survives its death."""

import pytest
from celery import Celery
from django.utils import timezone

from portal import jobs
from portal.models import AuditEntry
from portal.services import audit
from tests import processes


def test_a_worker_does_what_this_process_rings_for(worker: processes.Running) -> None:
    audit.record("outlet.opened", by=None, now=timezone.now())

    jobs.ring("portal.tasks.seal")

    assert processes.eventually(everything_is_sealed), worker.said


def test_work_that_a_killed_worker_left_is_found_by_the_next_one(
    worker: processes.Running,
) -> None:
    worker.kill()
    audit.record("outlet.opened", by=None, now=timezone.now())

    with processes.running(processes.worker()) as successor:
        assert processes.eventually(everything_is_sealed), successor.said


@pytest.mark.redis
def test_a_worker_on_redis_is_woken_in_a_moment(transactional_db: None, valkey: str) -> None:
    # No beat here: what happens was rung for.
    with processes.running(processes.worker(beat=False, SHIMING_BROKER=valkey)) as worker:
        audit.record("outlet.opened", by=None, now=timezone.now())

        with Celery(broker=valkey) as app:
            app.send_task("portal.tasks.seal", ignore_result=True)

        assert processes.eventually(everything_is_sealed), worker.said


def everything_is_sealed() -> bool:
    return not AuditEntry.objects.filter(leaf=None).exists()
