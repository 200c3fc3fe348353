"""The secrets of a one-machine installation, kept in ``var/keys`` and made on the first start.

Read before Django, because settings refuse to load without them. Production sets the environment
and never comes here: what is set there, by value or as NAME_FILE, wins.
"""

import base64
import contextlib
import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECRETS = ("SHIMING_SECRET_KEY", "SHIMING_MASTER_KEY")


def var() -> Path:
    return Path(os.environ.get("SHIMING_VAR") or ROOT / "var")


def adopt_keys(*, create: bool) -> None:
    """Point NAME_FILE at each secret of this machine; make the missing ones only if asked.

    Raises OSError when the folder cannot be written.
    """
    for name in SECRETS:
        if os.environ.get(name) or os.environ.get(f"{name}_FILE"):
            continue
        path = var() / "keys" / name.removeprefix("SHIMING_").lower()
        if create and not path.exists():
            _make(path)
        if path.exists():
            os.environ[f"{name}_FILE"] = str(path)


def unwritable(error: OSError) -> str:
    return (
        f"不能写入 {error.filename or var()}：{error.strerror}。请换一个可写的目录，"
        "或用 SHIMING_VAR 指定数据目录。\n"
        f"Cannot write {error.filename or var()}: {error.strerror}. Use a folder that can be "
        "written, or name one with SHIMING_VAR."
    )


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(base64.b64encode(secrets.token_bytes(32)).decode())
    # A link appears whole or not at all and never replaces: of two first starts at the same
    # moment, both go on with the same key.
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
