"""Files of evidence, encrypted, behind Django's storage API (alias "evidence").

What lies in the storage is a token of portal.crypto bound to the file's name, so files can neither
be read nor exchanged there. The default is a folder outside every public path; an S3 backend is a
setting. Store first, then write the row: a rolled back transaction leaves an unreadable orphan,
the other order would leave a row without its picture.
"""

import logging
import os
import tempfile
import uuid
from contextlib import suppress
from typing import Any, NoReturn

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils.translation import gettext_lazy as _

from portal import crypto
from portal.refusal import Refusal

logger = logging.getLogger(__name__)


class BlobUnavailable(Refusal):
    """The storage is full, read-only or away. Nothing was stored; trying again may help."""

    code = "blob_unavailable"
    text = _("图片暂时存取不了。")
    todo = _("请稍后再试;一直不行,请管理员检查存储的空间和连接。")


class BlobMissing(Refusal):
    code = "blob_missing"
    text = _("这份文件找不到了。")
    todo = _("请管理员从备份恢复。")


def put(content: bytes) -> str:
    """Stores the content under a new random name, which is the answer.

    On return the content is on the disk; on BlobUnavailable no part of it is.
    """
    random = uuid.uuid4().hex
    name = f"{random[:2]}/{random[2:4]}/{random}"
    token = crypto.keyring().encrypt(content, name.encode())
    try:
        return _storage().save(name, ContentFile(token))
    except OSError as error:
        _unavailable(error)


def get(name: str) -> bytes:
    """Raises BlobMissing, BlobUnavailable, or DecryptError if the file was tampered with."""
    try:
        with _storage().open(name) as file:
            token = file.read()
    except FileNotFoundError:
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
    return _storage().exists(name)


class EvidenceFolder(FileSystemStorage):
    """A folder in which a file is either whole and on the disk or not there.

    Django's own writes in place, and leaves half a file when the disk is full.
    """

    def _save(self, name: str, content: Any) -> str:
        path = self.path(name)
        folder = os.path.dirname(path)
        os.makedirs(self.location, mode=0o700, exist_ok=True)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        number, partial = tempfile.mkstemp(dir=self.location, prefix=".partial-")  # mode 0600
        try:
            with open(number, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(number)
            os.rename(partial, path)
            for each in (folder, os.path.dirname(folder), self.location):
                _sync_folder(each)
        except BaseException:
            for leftover in (partial, path):
                with suppress(FileNotFoundError):
                    os.unlink(leftover)
            raise
        return name

    def url(self, name: str | None) -> NoReturn:
        raise ValueError("Evidence has no public address.")


def _sync_folder(folder: str | os.PathLike[str]) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _storage() -> Storage:
    return storages["evidence"]


def _unavailable(error: OSError) -> NoReturn:
    # The cause is for the operator: errno and our random name, nothing of a person.
    logger.error("Evidence storage: %s", error)
    raise BlobUnavailable from error
