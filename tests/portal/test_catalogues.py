import gettext
import os
from pathlib import Path

import pytest

from portal import catalogues

ENTRY = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "受理单"
msgstr "{}"
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "en" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(ENTRY.format("Application"))
    return path


def test_a_catalogue_is_compiled_when_it_is_missing(tmp_path: Path, source: Path) -> None:
    catalogues.compile_all(tmp_path)

    assert english(tmp_path) == "Application"


def test_a_catalogue_is_compiled_again_when_its_source_is_newer(
    tmp_path: Path, source: Path
) -> None:
    catalogues.compile_all(tmp_path)
    source.write_text(ENTRY.format("Case"))
    later = source.stat().st_mtime + 10
    os.utime(source, (later, later))

    catalogues.compile_all(tmp_path)

    assert english(tmp_path) == "Case"


def english(folder: Path) -> str:
    with (folder / "en" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file).gettext("受理单")
