"""The product's own programs as real processes beside the test: the worker and the stand-ins.

They see the database of the test and the ports that tests/settings.py chose. What they write goes
to a log in the folder of the run; a failing start shows it.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from portal.supervisor import die_with_parent
from tests import servers

ROOT = Path(__file__).resolve().parent.parent


def worker(*, beat: bool = True, queue: str = "", include: str = "", **env: str) -> "Running":
    """Celery with beat, as ``serve`` starts it. Kill it to see what a lost worker costs.
    ``queue``: the only one it serves; ``include``: a module that it loads besides."""
    arguments = ["celery", "-q", "-A", "portal.celery", "worker", "--loglevel", "INFO"]
    arguments += ["--without-gossip", "--without-mingle", *(["-B"] if beat else [])]
    arguments += ["--queues", queue, "--hostname", f"{queue}@%h"] if queue else []
    arguments += ["--include", include] if include else []
    _silence_earlier_bells()
    return Running(f"worker{queue}", arguments, lambda log: " ready." in log, env)


def _silence_earlier_bells() -> None:
    """Tests without a worker rang for rows that are gone; hundreds of them would come first."""
    for message in (settings.BROKER / "queue").glob("*.msg"):
        message.unlink(missing_ok=True)


def carrier(*options: str) -> "Running":
    return _fake("carrier", settings.CARRIER_URL, *options)


def identity_check(*options: str) -> "Running":
    return _fake("identity_check", settings.IDENTITY_CHECK_URL, *options)


def card_decoder(*options: str) -> "Running":
    return _fake("card_decoder", settings.CARD_DECODER_URL, *options)


def bucket(url: str) -> "Running":
    """A server that speaks S3 at ``url``, its buckets in memory: killed, it has forgotten them."""
    port = urlsplit(url).port or 0
    arguments = ["moto.server", "--host", "127.0.0.1", "--port", str(port)]
    return Running("bucket", arguments, lambda _log: servers.answers(port), {})


class Running:
    """A started process, in a group of its own."""

    def __init__(
        self, name: str, arguments: list[str], ready: Callable[[str], bool], env: dict[str, str]
    ) -> None:
        self.log = servers.own_folder() / f"{name}.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env=os.environ | environment() | env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
        deadline = time.monotonic() + servers.START_SECONDS
        while not ready(self.said):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{name} did not start:\n{self.said[-2000:]}")
            time.sleep(0.05)

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def children(self) -> list[int]:
        """The processes that it started itself."""
        pid = self.process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill(self) -> None:
        """``kill -9`` of the whole group: nobody gets a chance to tidy up."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(process: Running) -> Iterator[Running]:
    try:
        yield process
    finally:
        process.kill()


def environment() -> dict[str, str]:
    """What makes a program work on the test's data instead of a developer's."""
    return {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "SHIMING_DATABASE": database(),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore::UserWarning",
    }


def database() -> str:
    place = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{place['NAME']}"
    return f"postgres://{place['USER']}@/{place['HOST']}/{place['NAME']}"


def _fake(name: str, url: str, *options: str) -> Running:
    port = urlsplit(url).port or 0
    arguments = [f"portal.fakes.{name}", "--port", str(port), *options]
    return Running(name, arguments, lambda log: servers.answers(port), {})


def eventually(holds: Callable[[], bool], seconds: float = 120) -> bool:
    """What another process does comes when it comes; a busy machine takes its time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False
