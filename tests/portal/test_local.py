import os
from pathlib import Path

import pytest

from portal import crypto, local


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without secrets in its environment."""
    for name in local.SECRETS:
        # Set first, so that what the test leaves behind is taken back, too.
        monkeypatch.setenv(f"{name}_FILE", "")
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("SHIMING_VAR", str(tmp_path / "var"))
    return tmp_path / "var"


def test_the_first_start_makes_secrets_that_only_their_owner_reads(empty: Path) -> None:
    local.adopt_keys(create=True)

    paths = [Path(os.environ[f"{name}_FILE"]) for name in local.SECRETS]
    assert [path.stat().st_mode & 0o777 for path in paths] == [0o600, 0o600]
    assert (empty / "keys").stat().st_mode & 0o777 == 0o700
    assert len({path.read_text() for path in paths}) == 2
    assert sorted(path.name for path in (empty / "keys").iterdir()) == ["master_key", "secret_key"]


def test_the_master_key_of_a_first_start_opens_a_keyring(empty: Path) -> None:
    local.adopt_keys(create=True)

    master = crypto.master_key(Path(os.environ["SHIMING_MASTER_KEY_FILE"]).read_text())

    crypto.create(empty / "keyring.json", master)
    assert crypto.load(empty / "keyring.json", master).current == 1


def test_a_second_start_keeps_the_secrets(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local.adopt_keys(create=True)
    before = (empty / "keys" / "master_key").read_text()
    for name in local.SECRETS:
        monkeypatch.setenv(f"{name}_FILE", "")

    local.adopt_keys(create=True)

    assert (empty / "keys" / "master_key").read_text() == before


def test_another_command_makes_no_secret(empty: Path) -> None:
    local.adopt_keys(create=False)

    assert not empty.exists()


def test_a_secret_of_the_environment_wins(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIMING_MASTER_KEY", "from the environment")

    local.adopt_keys(create=True)

    assert not (empty / "keys" / "master_key").exists()
    assert os.environ["SHIMING_MASTER_KEY_FILE"] == ""


def test_a_folder_that_cannot_be_written_is_named_in_both_languages(empty: Path) -> None:
    empty.write_text("a file stands where the folder should be")

    with pytest.raises(NotADirectoryError) as caught:
        local.adopt_keys(create=True)

    chinese, english = local.unwritable(caught.value).splitlines()
    assert str(empty) in chinese
    assert str(empty) in english
