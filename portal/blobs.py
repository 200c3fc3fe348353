"""Files of evidence, encrypted, behind Django's storage API (alias "evidence").

What lies in the storage is a token of portal.crypto bound to the file's name, so files can neither
be read nor exchanged there. The default is a folder outside every public path; a bucket of an S3
server (portal.bucket) is a setting, and fails with OSError like the folder. Store first, then write
the row: a rolled back transaction leaves an unreadable orphan (services.orphans finds it), the
other order would leave a row without its picture.
"""

import errno
import logging
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NoReturn

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, storages
from django.utils.translation import gettext_lazy as _

from portal import crypto
from portal.refusal import Refusal

logger = logging.getLogger(__name__)

# What was stored before 2026-12 lies a folder deeper.
NAME = re.compile(r"([0-9a-f]{2}/){1,2}[0-9a-f]{32}")
FOLDERS = [f"{number:02x}" for number in range(256)]
PARTIAL = ".partial-"
# The places whose FOLDERS this process knows to be on the disk.
FURNISHED: set[str] = set()
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# The database often lies on the same disk. Pictures stop while there is still room for it, so that
# the portal can say so and everything else goes on.
RESERVE, RESERVED_SHARE = 256 * 1024**2, 0.1


class BlobUnavailable(Refusal):
    """The storage is full, read-only or away. Nothing was stored; trying again may help."""

    code = "blob_unavailable"
    # The counter's page keeps what it has and sends it again by itself.
    status = 503
    text = _("图片暂时存取不了。")
    todo = _("请稍后再试；一直不行，请管理员检查存储的空间和连接。")


class BlobFull(BlobUnavailable):
    text = _("影像存储满了，这张没有存下。")
    todo = _("请管理员清理或扩大存储的空间；有了空间会自动继续。")


class BlobMissing(Refusal):
    code = "blob_missing"
    status = 404
    text = _("这份文件找不到了。")
    todo = _("请管理员从备份恢复。")


def put(content: bytes) -> str:
    """Stores the content under a new random name, which is the answer.

    On return the content is on the disk; on BlobUnavailable no part of it is.
    """
    random = uuid.uuid4().hex
    name = f"{random[:2]}/{random}"
    token: Any = Whole(crypto.keyring().sealed(content, name.encode()))
    try:
        _storage().save(name, File(token))
    except OSError as error:
        _unavailable(error)
    return name


def get(name: str) -> bytes:
    """Raises BlobMissing, BlobUnavailable, or DecryptError if the file was tampered with."""
    try:
        with _storage().open(name) as file:
            token = file.read()
    except FileNotFoundError:
        logger.error("Evidence storage: %s is missing", name)
        raise BlobMissing from None
    except OSError as error:
        _unavailable(error)
    return crypto.keyring().decrypt(token, name.encode())


def delete(name: str) -> None:
    """A file that is not there is deleted already."""
    try:
        _storage().delete(name)
    except OSError as error:
        _unavailable(error)


def exists(name: str) -> bool:
    try:
        return bool(_storage().exists(name))
    except OSError as error:
        _unavailable(error)


def room() -> int | None:
    """How many bytes still go in; None where the storage does not tell. Asked of the storage
    itself, so BlobUnavailable says that it is away."""
    try:
        found: int | None = _storage().room()
    except OSError as error:
        _unavailable(error)
    return found


def walk() -> Iterator[tuple[str, datetime]]:
    """The name of every file of ours and when it was written, in the order of names; also what a
    write left that was killed. What else lies there is not ours and not named."""
    try:
        for name, at in _storage().walk():
            if NAME.fullmatch(name) or name.startswith(PARTIAL):
                yield name, at
    except OSError as error:
        _unavailable(error)


def renew(name: str) -> bool:
    """Encrypt one file anew under the current data key; False if it was already. Its content and
    name stay, so that rows and readers need not know. Raises as ``get`` does."""
    try:
        with _storage().open(name) as file:
            token = file.read()
        if not crypto.stale(token):
            return False
        content = crypto.keyring().decrypt(token, name.encode())
        _storage().replace(name, crypto.keyring().encrypt(content, name.encode()))
    except FileNotFoundError:
        raise BlobMissing from None
    except OSError as error:
        _unavailable(error)
    return True


class Whole:
    """What is read once and whole; io.BytesIO would copy it."""

    def __init__(self, content: bytearray) -> None:
        self.content = content

    def read(self) -> bytearray:
        return self.content


class EvidenceFolder(FileSystemStorage):
    """A folder in which a file is either whole and on the disk or not there.

    Django's own writes in place, and leaves half a file when the disk is full.
    """

    def _save(self, name: str, content: Any) -> str:
        path = self.path(name)
        try:
            self._write(path, content.read())
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(path)
            raise
        return name

    def replace(self, name: str, content: bytes) -> None:
        """Whole or not at all: until the last moment the old file stands."""
        self._write(self.path(name), content)

    def walk(self) -> Iterator[tuple[str, datetime]]:
        for path in _below(str(self.location)):
            with suppress(FileNotFoundError):  # deleted meanwhile
                at = datetime.fromtimestamp(os.stat(path).st_mtime, UTC)
                yield os.path.relpath(path, self.location), at

    def room(self) -> int:
        os.makedirs(self.location, mode=0o700, exist_ok=True)
        if not os.access(self.location, os.W_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        disk = shutil.disk_usage(self.location)
        return max(0, disk.free - min(RESERVE, int(disk.total * RESERVED_SHARE)))

    def _write(self, path: str, content: bytes | bytearray) -> None:
        os.makedirs(self.location, mode=0o700, exist_ok=True)
        if len(content) > self.room():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        folder, place = os.path.dirname(path), str(self.location)
        if place not in FURNISHED or not os.path.isdir(folder):
            _furnish(place)
        number, partial = tempfile.mkstemp(dir=self.location, prefix=PARTIAL)  # mode 0600
        try:
            with open(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(number)
            os.rename(partial, path)
            _sync_folder(folder)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(partial)
            raise

    def url(self, name: str | None) -> NoReturn:
        raise ValueError("Evidence has no public address.")


def _furnish(place: str) -> None:
    """Every folder that a file may get, on the disk: after that a file costs its own way there and
    its folder's. Whoever finds them made cannot tell whether their maker has synced them, or died
    before."""
    for name in FOLDERS:
        with suppress(FileExistsError):
            os.mkdir(os.path.join(place, name), 0o700)
    _sync_folder(place)
    FURNISHED.add(place)


def _below(folder: str) -> Iterator[str]:
    """Every file, in the order of their whole names: a folder's is longer by a slash."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name + "/" * _is_folder(entry))
    except FileNotFoundError:
        return  # nothing was stored yet
    for entry in entries:
        if _is_folder(entry):
            yield from _below(entry.path)
        else:
            yield entry.path


def _is_folder(entry: os.DirEntry[str]) -> bool:
    # A link may lead round in a circle.
    return entry.is_dir(follow_symlinks=False)


def _sync_folder(folder: str | os.PathLike[str]) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _storage() -> Any:
    """Of Django's interface, with ``walk``, ``room`` and ``replace`` besides."""
    return storages["evidence"]


def _unavailable(error: OSError) -> NoReturn:
    # The cause is for the operator: errno and our random name, nothing of a person.
    logger.error("Evidence storage: %s", error)
    raise (BlobFull if error.errno in FULL else BlobUnavailable) from error
