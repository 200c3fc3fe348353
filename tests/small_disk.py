"""A disk of 50 MB for the evidence: a real one where this machine may mount it, else the kernel's
limit on the length of a file, set to what is left before each write, so that writes break off."""

import ctypes
import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from portal.blobs import RESERVED_SHARE, EvidenceFolder

MEGABYTE = 1024**2
SIZE = 50 * MEGABYTE


class Disk:
    """``fill`` it as another program would, ``free`` it again."""

    def __init__(self, folder: Path, *, is_mounted: bool) -> None:
        self.folder, self.is_mounted = folder, is_mounted
        self.other = folder / "other"
        backend = "portal.blobs.EvidenceFolder" if is_mounted else f"{__name__}.LimitedFolder"
        self.storage = {"BACKEND": backend, "OPTIONS": {"location": folder / "blobs"}}

    def fill(self, *, left: int = 0) -> None:
        """Until ``left`` bytes are free."""
        taken = sum(path.stat().st_size for path in self.files())
        free = os.statvfs(self.folder).f_bavail * 4096 if self.is_mounted else SIZE - taken
        with suppress(OSError), self.other.open("ab") as file:
            file.write(bytes(max(0, free - left)))

    def free(self) -> None:
        self.other.unlink()

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def pictures(self) -> list[Path]:
        return [path for path in self.files() if path != self.other]


class LimitedFolder(EvidenceFolder):
    def room(self) -> int:
        super().room()
        return max(0, self._left() - int(SIZE * RESERVED_SHARE))

    def _write(self, path: str, content: bytes | bytearray) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (max(0, self._left()), hard))
        try:
            super()._write(path, content)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    def _left(self) -> int:
        disk = Path(self.location).parent
        return SIZE - sum(each.stat().st_size for each in disk.rglob("*") if each.is_file())


@contextmanager
def mounted(folder: Path, settings: Any) -> Iterator[Disk]:
    folder.mkdir()
    is_mounted = _mount(folder)
    disk = Disk(folder, is_mounted=is_mounted)
    settings.STORAGES = settings.STORAGES | {"evidence": disk.storage}
    try:
        yield disk
    finally:
        if is_mounted:
            _libc().umount2(os.fsencode(folder), 2)  # MNT_DETACH


def _mount(folder: Path) -> bool:
    options = f"size={SIZE},mode=0700".encode()
    done = _libc().mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options)
    if done and ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return not done


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
