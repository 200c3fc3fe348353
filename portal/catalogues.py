"""Translations compiled without GNU gettext, which a fresh machine does not have."""

from pathlib import Path

import polib


def compile_all(folder: Path) -> None:
    """Bring every .mo under ``folder`` up to date with its .po.

    Fuzzy entries stay out, as with msgfmt. Raises OSError when a file cannot be written.
    """
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(target))
