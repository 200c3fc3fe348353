"""Evidence in a bucket of a server that speaks S3 (Ceph, MinIO, a cloud), instead of a folder.

Imported only where the settings name a bucket. What the client library raises becomes an OSError
that says what the server answered and neither where it stands nor whose file it is.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any, NoReturn

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile
from storages.backends.s3 import S3Storage

# Somebody waits at the counter: a server that does not answer is away after a few seconds, and
# the page tries again by itself.
PATIENCE = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=16,
    s3={"addressing_style": "path"},
    signature_version="s3v4",
    # Checksums that older servers do not know; ours is the tag of every token (portal.crypto).
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
TYPE = "application/octet-stream"
# What Ceph, MinIO and others say when nothing more goes in.
FULL = ("InsufficientCapacity", "QuotaExceeded", "XMinioStorageFull")


class EvidenceBucket(S3Storage):
    """Private objects, each written in one request: the server has the whole of it or nothing.

    Names are random and belong to one content, so none is looked for before it is written.
    """

    def get_default_settings(self) -> dict[str, Any]:
        # No ACL is asked for: who may read is the bucket's own policy, and that is nobody else.
        private = {"default_acl": None, "file_overwrite": True, "client_config": PATIENCE}
        settings: dict[str, Any] = super().get_default_settings()
        return settings | private

    def exists(self, name: str) -> bool:
        try:
            with _said():
                self._client.head_object(Bucket=self.bucket_name, Key=self._normalize_name(name))
        except FileNotFoundError:
            return False
        return True

    def delete(self, name: str) -> None:
        with _said():
            self._client.delete_object(Bucket=self.bucket_name, Key=self._normalize_name(name))

    def url(self, name: str | None, *_: Any, **__: Any) -> NoReturn:
        raise ValueError("Evidence has no public address.")

    def walk(self) -> Iterator[tuple[str, datetime]]:
        """Every name below our prefix with the time of its writing, in the order of names."""
        prefix = f"{self.location}/" if self.location else ""
        with _said():
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=prefix):
                for entry in page.get("Contents", ()):
                    yield entry["Key"].removeprefix(prefix), entry["LastModified"]

    def room(self) -> None:
        """A bucket does not tell how much still goes in; only whether it answers."""
        with _said():
            self._client.list_objects_v2(Bucket=self.bucket_name, MaxKeys=1)

    def replace(self, name: str, content: bytes) -> None:
        self._save(name, ContentFile(content))

    def _open(self, name: str, mode: str = "rb") -> Any:
        # One request instead of the library's three, and no thread for a few hundred kilobytes.
        with _said():
            found = self._client.get_object(Bucket=self.bucket_name, Key=self._normalize_name(name))
            return ContentFile(found["Body"].read(), name=name)

    def _save(self, name: str, content: Any) -> str:
        with _said():
            self._client.put_object(
                Bucket=self.bucket_name,
                Key=self._normalize_name(name),
                Body=content.read(),
                ContentType=TYPE,
            )
        return name

    @cached_property
    def _client(self) -> Any:
        # One for all threads, which a client allows; the library makes one for each, in 0.1 s.
        return self._create_session().client(
            "s3",
            region_name=self.region_name,
            endpoint_url=self.endpoint_url,
            config=self.client_config,
        )


@contextmanager
def _said() -> Iterator[None]:
    """Say what the server or the library said as OSError, without its address."""
    try:
        yield
    except ClientError as error:
        answer = error.response
        code = str(answer.get("Error", {}).get("Code", ""))
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", "")
        # A HEAD is answered without words; "NoSuchBucket" is no missing file.
        if code in ("NoSuchKey", "404"):
            raise FileNotFoundError(code) from None
        said = f"the bucket answered {status} {code}".rstrip()
        is_full = status == HTTPStatus.INSUFFICIENT_STORAGE or code in FULL
        raise (OSError(errno.ENOSPC, said) if is_full else OSError(said)) from None
    except BotoCoreError as error:
        raise OSError(f"no answer of the bucket: {type(error).__name__}") from None
