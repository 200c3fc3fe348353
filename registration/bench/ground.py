"""The documented production set-up on one machine, in a scratch folder, to be broken at will.

Real servers (PostgreSQL and Valkey from wheels) and the product's own programs with production
settings, under the supervisor of ``serve`` as under systemd. Everything goes with the folder.
"""

import base64
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from portal.management.commands.serve import UNUSED_STATIC
from portal.supervisor import Child, Supervisor
from registration.bench import server

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 180
# One core each, as docs/deploy.md counts them.
WEB = ("--worker-class", "gthread", "--workers", "2", "--threads", "8")


class NotReady(Exception):
    """A part did not start; the text says which."""


class Ground:
    """``origin`` is what browsers would call the site; behind a TLS proxy it begins with https."""

    def __init__(self, folder: Path, say: Callable[[str], None], *, origin: str = "") -> None:
        self.folder, self.say = folder, say
        ports = _free_ports(4)
        self.port, broker, carrier, check = ports
        self.address = f"http://127.0.0.1:{self.port}"
        self.origin = origin or self.address
        self.var = folder / "var"
        self.blobs = folder / "blobs"
        # Settings of PostgreSQL are its own: what is acknowledged is on the disk.
        self.postgres = server.cluster(folder)
        self.broker = server.valkey(folder / "valkey", broker)
        self.ports = {"carrier": carrier, "identity_check": check}
        self.env = {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            # pg_dump of the server's own version.
            "PATH": f"{Path(server.tool('pg_dump')).parent}:{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore::UserWarning",
            "SHIMING_SECRET_KEY": secrets.token_urlsafe(60),
            "SHIMING_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "SHIMING_VAR": str(self.var),
            "SHIMING_BLOBS": str(self.blobs),
            "SHIMING_KEYRING": str(self.var / "keys" / "keyring.json"),
            "SHIMING_ORIGIN": self.origin,
            "SHIMING_HOSTS": str(urlsplit(self.origin).hostname),
            "SHIMING_DATABASE": self.database,
            "SHIMING_BROKER": f"redis://127.0.0.1:{broker}/0",
            "SHIMING_CARRIER_URL": f"http://127.0.0.1:{carrier}",
            "SHIMING_IDENTITY_CHECK_URL": f"http://127.0.0.1:{check}",
        }
        self.supervisor = Supervisor(say)
        self.parts: dict[str, Child] = {}

    @property
    def database(self) -> str:
        return server.address(self.folder)

    def manage(self, *arguments: str) -> str:
        """What a command of the product prints; NotReady with its last words if it fails."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(command, env=os.environ | self.env, capture_output=True, text=True)
        if done.returncode:
            raise NotReady(f"manage.py {' '.join(arguments)}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def collect_static(self) -> None:
        """All but Bootstrap's variants that no page names, as ``serve`` does it."""
        unused = [option for name in UNUSED_STATIC for option in ("--ignore", name)]
        self.manage("collectstatic", "--noinput", "--clear", "--verbosity", "0", *unused)

    def start(self, *, study: bool = False) -> None:
        """All parts, and wait until the site answers; raises NotReady."""
        self._add("carrier", *self._fake("carrier"), "--state", str(self.var / "carrier.sqlite3"))
        self._add("identity_check", *self._fake("identity_check"))
        bind = f"127.0.0.1:{self.port}"
        quiet = ("--log-level", "error", "--no-control-socket")
        self._add("web", "gunicorn", "portal.wsgi", "--bind", bind, *WEB, *quiet)
        self._add("worker", *_celery("worker", "--queues", "celery", "--hostname", "worker@%h"))
        if study:
            one = ("--concurrency", "1", "--hostname", "study@%h")
            self._add("study", *_celery("worker", "--queues", "study", *one))
        self._add("beat", *_celery("beat", "--pidfile="))
        self.wait(self.answers, "web")

    def wait(self, ready: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
        """Keep all parts alive until something holds; raises NotReady."""
        if not self.supervisor.run(until=ready, seconds=seconds):
            raise NotReady(what)

    def rest(self, seconds: float) -> None:
        self.supervisor.run(until=lambda: False, seconds=seconds)

    def kill(self, name: str) -> None:
        """``kill -9`` of a part and of all that it started; the supervisor starts it again."""
        process = self.parts[name].process
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def answers(self) -> bool:
        with suppress(httpx.HTTPError):
            return self.get("/healthz").is_success
        return False

    @property
    def memory(self) -> str:
        """What web and worker hold, with all their processes; shared pages count once."""
        held = {name: self.parts[name].process for name in ("web", "worker")}
        told = (f"{name} {megabytes(child.pid)} MB" for name, child in held.items() if child)
        return ", ".join(told)

    def stop(self) -> None:
        """All parts but the servers; ``start`` may follow."""
        self.supervisor.stop()
        self.supervisor.renew()

    def get(self, path: str, **headers: str) -> httpx.Response:
        """As the TLS proxy asks, by the name that the site answers to."""
        said = self.proxied | headers
        return httpx.get(self.address + path, headers=said, timeout=30, trust_env=False)

    @property
    def proxied(self) -> dict[str, str]:
        origin = urlsplit(self.origin)
        return {"Host": origin.netloc, "X-Forwarded-Proto": origin.scheme}

    def _fake(self, name: str) -> tuple[str, ...]:
        return f"portal.fakes.{name}", "--port", str(self.ports[name])

    def _add(self, name: str, *arguments: str) -> None:
        child = Child(name, [sys.executable, "-m", *arguments], self.env)
        self.parts[name] = child
        self.supervisor.add(child)


def megabytes(group: int) -> int:
    """Of a process group, in proportional set sizes."""
    held = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ProcessLookupError):
            if os.getpgid(int(folder.name)) == group:
                rollup = (folder / "smaps_rollup").read_text()
                held += int(re.findall(r"^Pss: +(\d+)", rollup, re.MULTILINE)[0])
    return held // 1024


@contextmanager
def ground(say: Callable[[str], None], *, origin: str = "") -> Iterator[Ground]:
    """PostgreSQL and Valkey run, the database is empty and nothing else is started yet. Whatever
    this process starts meanwhile works there."""
    with tempfile.TemporaryDirectory(prefix="shiming-ground-") as name:
        # PostgreSQL may run as another user, who must be able to pass.
        folder = Path(name)
        folder.chmod(0o711)
        place = Ground(folder, say, origin=origin)
        place.var.mkdir()
        place.blobs.mkdir()
        with (
            _environment(place.env),
            place.postgres.running(),
            place.broker.running(),
            place.supervisor.signals(),
        ):
            yield place


@contextmanager
def _environment(ours: dict[str, str]) -> Iterator[None]:
    """No setting of this machine's own: a NAME_FILE would win over ours, and what a test lets
    Django overlook is no part of a deployment."""
    before = dict(os.environ)
    for name in before:
        is_ours = name.startswith("SHIMING_") and not name.startswith("SHIMING_TEST_")
        if is_ours or name == "DJANGO_ALLOW_ASYNC_UNSAFE":
            del os.environ[name]
    os.environ.update(ours)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _celery(*arguments: str) -> tuple[str, ...]:
    program, *options = arguments
    quiet = ("--without-gossip", "--without-mingle") if program == "worker" else ()
    return ("celery", "-q", "-A", "portal.celery", program, "--loglevel", "ERROR", *quiet, *options)


def _free_ports(count: int) -> list[int]:
    """Below the range from which the system gives ports to connections."""
    found: list[int] = []
    while len(found) < count:
        port = secrets.choice(range(10_000, 32_000))
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
    return found
