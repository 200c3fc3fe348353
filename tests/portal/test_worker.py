"""A real worker process: what wakes it, and what survives its death."""

import os
import signal

import pytest
from celery import Celery
from django.conf import settings
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


def test_a_worker_whose_idle_children_are_killed_goes_on_with_others(
    transactional_db: None,
) -> None:
    # No beat here, which is a child as well.
    with processes.running(processes.worker(beat=False)) as worker:
        for child in worker.children:
            os.kill(child, signal.SIGKILL)
            audit.record("outlet.opened", by=None, now=timezone.now())

            jobs.ring("portal.tasks.seal")

            assert processes.eventually(everything_is_sealed), worker.said


def test_a_worker_goes_on_when_the_folder_of_its_messages_comes_back(
    transactional_db: None,
) -> None:
    folder = settings.BROKER / "queue"
    with processes.running(processes.worker(beat=False)) as worker:
        away = folder.rename(folder.with_name("away"))
        try:
            assert processes.eventually(lambda: str(folder) in worker.said), worker.said
        finally:
            away.rename(folder)  # the tests after this one ring there too
        audit.record("outlet.opened", by=None, now=timezone.now())

        jobs.ring("portal.tasks.seal")

        assert processes.eventually(everything_is_sealed), worker.said


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
