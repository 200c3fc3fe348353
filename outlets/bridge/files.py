"""Files that only their owner may read, replaced at once or not at all.

On POSIX systems the mode bits see to it. On Windows they mean nothing: there the folder in the
user's profile is protected by the rights that Windows gives a profile (the user, administrators
and the system), and a folder chosen elsewhere has whatever rights that place has.
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class Exposed(Exception):
    """Others may read this file."""


def prepare(folder: Path) -> None:
    """Make the folder and see that it can be written. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder)
    os.close(handle)
    os.unlink(name)


def read_private(path: Path) -> str:
    """Raises OSError, UnicodeDecodeError and, where mode bits mean something, Exposed."""
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise Exposed(str(path))
    return path.read_text("utf-8")


def write_private(path: Path, data: bytes) -> None:
    """Replace a file at once or not at all, readable by its owner only, even if the power fails."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep every other program of this PC out of the folder; a killed one holds nothing.

    Raises OSError. On Windows, which locks files only, it leaves an empty one named ``lock``.
    """
    if sys.platform == "win32":
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
    else:
        handle = os.open(folder, os.O_RDONLY)
    try:
        if sys.platform == "win32":
            # Gives up after ten seconds.
            msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        # Which also lets go of the lock.
        os.close(handle)
