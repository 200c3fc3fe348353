"""Wake a worker once the transaction has committed. The row is the queue; this is only the bell."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import partial

from django.db import transaction
from kombu.exceptions import OperationalError

from portal.celery import app

log = logging.getLogger(__name__)
_silent: ContextVar[bool] = ContextVar("silent", default=False)


def after_commit(task: str, *, wait: timedelta | None = None, **ids: int) -> None:
    """Call ``task`` by name with ids, after commit and ``wait``. A broker that is down loses
    nothing: the beat sweep finds the row."""
    if not _silent.get():
        transaction.on_commit(partial(ring, task, wait=wait, **ids))


def ring(task: str, *, wait: timedelta | None = None, **ids: int) -> None:
    seconds = wait.total_seconds() if wait else None
    try:
        app.send_task(task, kwargs=ids, countdown=seconds, ignore_result=True, retry=False)
    except (OperationalError, OSError):
        log.warning("broker unreachable, the sweep will run %s", task)


@contextmanager
def silence() -> Iterator[None]:
    """Ring no bell inside: for a loader that does the workers' part itself, in the past."""
    before = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(before)
