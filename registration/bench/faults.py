"""What goes wrong on a game day. Each fault is over when its function returns."""

import ctypes
import errno
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg

from registration.bench import scratch
from registration.bench.ground import Ground

DISK = 50 * 1024**2
# So long the load runs against a part that is away.
AWAY = 3.0
DROPS = 5
DETACH = 2  # umount2: MNT_DETACH


def kill_worker(place: Ground) -> None:
    place.kill("worker")
    place.rest(AWAY)


def kill_web(place: Ground) -> None:
    place.kill("web")
    place.rest(AWAY)


def restart_broker(place: Ground) -> None:
    place.broker.stop(signal.SIGKILL)
    place.rest(AWAY)
    place.broker.start()


def restart_database(place: Ground) -> None:
    """A crash: sessions are cut where they are, and the next start recovers."""
    place.postgres.stop(signal.SIGQUIT)
    place.rest(AWAY)
    place.postgres.start()


def drop_connections(place: Ground) -> None:
    for _drop in range(DROPS):
        with psycopg.connect(**scratch.address(place.database), autocommit=True) as ours:
            ours.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        place.rest(AWAY / DROPS)


def fill_disk(place: Ground) -> None:
    """Somebody else's file takes all that is left where the pictures lie."""
    other = place.folder / "blobs" / "other"
    with suppress(OSError), other.open("wb") as file:
        while True:
            file.write(bytes(1024**2))
            file.flush()
    place.rest(AWAY)
    other.unlink()


FAULTS: dict[str, Callable[[Ground], None]] = {
    "worker": kill_worker,
    "web": kill_web,
    "broker": restart_broker,
    "database": restart_database,
    "connections": drop_connections,
    "disk": fill_disk,
}
# Between two of these the parts only work, and what they hold is told.
EVENTS = FAULTS | {"nothing": lambda place: None}


def small_disk(folder: Path) -> bool:
    """A disk of 50 MB at ``folder``; False where this user may not mount one. Then the folder lies
    on the machine's own disk, which nobody should fill."""
    options = f"size={DISK},mode=0700".encode()
    libc = ctypes.CDLL(None, use_errno=True)
    if not libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options):
        return True
    if ctypes.get_errno() in (errno.EPERM, errno.EACCES, errno.ENOSYS):
        return False
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def no_disk(folder: Path) -> None:
    ctypes.CDLL(None).umount2(os.fsencode(folder), DETACH)
