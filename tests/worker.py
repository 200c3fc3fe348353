"""A real Celery worker over the test database, started and killed as an operator would."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from portal.supervisor import die_with_parent
from tests import servers


class Worker:
    def __init__(self, *, beat: bool) -> None:
        command = [sys.executable, "-m", "celery", "-A", "portal.celery", "worker"]
        command += ["--loglevel", "WARNING", "--concurrency", "1", "--pool", "prefork"]
        with (servers.own_folder() / "worker.log").open("a") as log:
            self._process = subprocess.Popen(
                [*command, *(["-B"] if beat else [])],
                env=_environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )

    def kill(self) -> None:
        """kill -9 of the whole worker, pool and all."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process.poll() is None:
            self.kill()


@contextmanager
def running_worker(*, beat: bool = True) -> Iterator[Worker]:
    worker = Worker(beat=beat)
    try:
        yield worker
    finally:
        worker.stop()


def wait_until(happened: Callable[[], bool], seconds: float = 40.0) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.1)


def _environment() -> dict[str, str]:
    """The product's own settings over the database and the keys of this test."""
    fields = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{fields['NAME']}"
    else:
        url = f"postgres://{fields['USER']}@/{fields['HOST']}/{fields['NAME']}"
    return os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings", "SHIMING_DATABASE": url}
