"""The program for counter PCs as the portal offers it: one file, its size and its SHA-256."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from outlets.bridge import AGENT
from outlets.bridge import build as builder
from portal.refusal import Refusal


class NotBuilt(Refusal):
    code = "not_built"
    status = 404
    text = _("服务器上还没有读卡程序的文件。")
    todo = _("请管理员在服务器上运行 make bridge（或 manage.py bridge_build），再打开这个页面。")


@dataclass(frozen=True)
class Program:
    """A file to download. Its name holds the version: another version is another file."""

    path: Path
    version: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        return self.path.name


def place() -> Path:
    """Where the program of this version lies once it was built."""
    return Path(settings.VAR) / "bridge" / builder.FILE


def offered() -> Program:
    """Raises NotBuilt."""
    path = place()
    try:
        status = path.stat()
        digest = _digest(path, status.st_mtime_ns, status.st_size)
    except FileNotFoundError:
        raise NotBuilt from None
    return Program(path, AGENT, status.st_size, digest)


def build() -> bool:
    """Make the file if it is missing or older than what it is made of; whether it was made."""
    path = place()
    if path.exists() and path.stat().st_mtime > _newest_source():
        return False
    builder.build(path)
    return True


def _newest_source() -> float:
    """Also the list of libraries: another version of one makes another file."""
    sources = [builder.ROOT / name for name in (*builder.OURS, "requirements.txt")]
    for folder in builder.OUR_FOLDERS:
        sources += (builder.ROOT / folder).rglob("*.py")
    return max(source.stat().st_mtime for source in sources)


@lru_cache(maxsize=4)
def _digest(path: Path, changed_ns: int, size: int) -> str:
    """Once for each state of the file, not at every visit."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
