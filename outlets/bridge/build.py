"""The bridge as one file that a shop PC can run with nothing but Python.

python -m outlets.bridge.build [FILE]

A zip of our modules and of the libraries that are installed here, with a line in front that makes
it run. The same sources give the same bytes wherever it is built, so that its SHA-256 can be
published. The emulated reader and its fictional people stay out: no shop needs them.
"""

import hashlib
import io
import os
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path, PurePosixPath
from typing import Final

from outlets.bridge import AGENT

ROOT: Final = Path(__file__).parents[2]
# Where the portal looks for what it offers for download.
VAR: Final = Path(os.environ.get("SHIMING_VAR") or ROOT / "var")
FILE: Final = f"shiming-bridge-{AGENT}.pyz"
TARGET: Final = VAR / "bridge" / FILE
SHEBANG: Final = b"#!/usr/bin/env python3\n"

OURS: Final = ("outlets/__init__.py", "outlets/frames.py", "outlets/sam.py")
OUR_FOLDERS: Final = ("outlets/cards", "outlets/bridge")
# The portal judges a number; what it needs for that is not in the file.
STAYS_HERE: Final = ("build", "people", "emulator*", "numbers")

# What the bridge imports, and what that imports in turn on any system and any Python from 3.11.
LIBRARIES: Final = (
    "pyserial",
    "websockets",
    *("ecdsa", "six"),
    *("keyring", "jaraco.classes", "jaraco.context", "jaraco.functools", "more-itertools"),
    # for keyring on Python 3.11
    *("importlib-metadata", "lazy-importer", "zipp", "backports.tarfile"),
    # for keyring on Windows
    "pywin32-ctypes",
)
# Left out: on Linux, SecretStorage needs compiled code. Where a system has it, keyring finds it.
COMPILED: Final = ("secretstorage", "jeepney")
# Compiled code that a library does without, only slower.
DISPENSABLE: Final = ("websockets/speedups.*",)
# Its wheel comes without the text.
OWN_TEXTS: Final = {"pyserial": Path(__file__).parent / "licences" / "pyserial.txt"}

MAIN: Final = """\
# -*- coding: utf-8 -*-
import sys

if sys.version_info < (3, 11):
    text = u"读卡程序需要 Python 3.11 或更高版本，这里是 %d.%d。请安装新版本：https://www.python.org/\\n"
    text = text % sys.version_info[:2]
    sys.stderr.write(text if sys.version_info[0] > 2 else text.encode("utf-8"))
    sys.exit(2)

from outlets.bridge.__main__ import main

sys.exit(main(sys.argv[1:]))
"""


class NotPure(Exception):
    """A library cannot go into a file that runs everywhere; the text says which and why."""


def build(target: Path) -> str:
    """Write the file and return its SHA-256 in hex. Raises NotPure, PackageNotFoundError."""
    contents = {"__main__.py": MAIN.encode(), "LICENSE": (ROOT / "LICENSE").read_bytes()}
    contents |= {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in _ours()}
    for name in LIBRARIES:
        contents |= _of_library(distribution(name), name)
    data = _zip(contents)
    target.parent.mkdir(parents=True, exist_ok=True)
    # The portal may be handing out the file before this one.
    part = target.with_name(target.name + ".part")
    part.write_bytes(data)
    part.chmod(0o755)
    part.replace(target)
    return hashlib.sha256(data).hexdigest()


def _ours() -> Iterator[Path]:
    yield from (ROOT / name for name in OURS)
    for folder in OUR_FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            if not any(PurePosixPath(path.stem).match(name) for name in STAYS_HERE):
                yield path


def _of_library(library: Distribution, name: str) -> dict[str, bytes]:
    """Its modules, its description (where entry points are found) and the texts of its licence."""
    contents, licences = {}, {}
    for file in library.files or ():
        path = PurePosixPath(file.as_posix())
        if path.suffix in {".so", ".pyd", ".dll"} and not any(map(path.match, DISPENSABLE)):
            raise NotPure(f"{name}: {path}")
        in_info = path.parts[0].endswith(".dist-info")
        if in_info and path.name in {"METADATA", "entry_points.txt"}:
            contents[str(path)] = file.read_binary()
        elif in_info and path.stem in {"LICENSE", "LICENCE", "COPYING", "NOTICE"}:
            licences[f"licences/{name}-{library.version}/{path.name}"] = file.read_binary()
        elif path.suffix == ".py" and not _is_test(path):
            contents[str(path)] = file.read_binary()
    if name in OWN_TEXTS:
        text = OWN_TEXTS[name]
        licences[f"licences/{name}-{library.version}/{text.name}"] = text.read_bytes()
    if not licences:
        raise NotPure(f"{name}: no text of its licence")
    return contents | licences


def _is_test(path: PurePosixPath) -> bool:
    return path.name.startswith("test_") or ".." in path.parts or "testing" in path.parts


def _zip(contents: dict[str, bytes]) -> bytes:
    """Behind the line that runs it. Not compressed: builds of zlib differ in their bytes."""
    out = io.BytesIO()
    out.write(SHEBANG)
    with zipfile.ZipFile(out, "w") as archive:
        # Python 3.11 finds a package without __init__.py only if its folder has an entry.
        for name in sorted(contents.keys() | _folders(contents)):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = (0o40755 if name.endswith("/") else 0o100644) << 16
            archive.writestr(entry, contents.get(name, b""))
    return out.getvalue()


def _folders(contents: dict[str, bytes]) -> set[str]:
    parents = (parent for name in contents for parent in PurePosixPath(name).parents)
    return {f"{parent}/" for parent in parents if parent.name}


def main(arguments: list[str]) -> int:
    target = Path(arguments[0]) if arguments else TARGET
    digest = build(target)
    print(f"{target}\nSHA-256 {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
