import base64
import json
import os
import stat
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import crypto

MASTER = bytes(range(32))
OTHER_MASTER = bytes(range(1, 33))
AAD = b"registration.identity.name"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "keys" / "keyring.json"
    crypto.create(path, MASTER)
    return path


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    path = tmp_path_factory.mktemp("ring") / "keyring.json"
    crypto.create(path, MASTER)
    return crypto.load(path, MASTER)


@given(plaintext=st.binary(max_size=2000), aad=st.binary(max_size=60))
def test_what_was_encrypted_comes_back(ring, plaintext, aad):
    assert ring.decrypt(ring.encrypt(plaintext, aad), aad) == plaintext


def test_the_token_is_laid_out_as_documented(ring):
    token = ring.encrypt("王样本".encode(), AAD)

    assert token[:3] == b"\x01\x00\x01"
    assert len(token) == 3 + 12 + len("王样本".encode()) + 16
    assert ring.key_id_of(token) == "d1"


def test_equal_text_never_makes_equal_tokens(ring):
    assert ring.encrypt(b"same", AAD) != ring.encrypt(b"same", AAD)


def test_a_token_opens_only_where_it_belongs(ring):
    token = ring.encrypt(b"secret", AAD)

    with pytest.raises(crypto.DecryptError):
        ring.decrypt(token, b"registration.identity.address")


@given(place=st.integers(min_value=0), flip=st.integers(1, 255))
def test_one_changed_byte_anywhere_is_noticed(ring, place, flip):
    token = bytearray(ring.encrypt(b"secret", AAD))
    token[place % len(token)] ^= flip

    with pytest.raises(crypto.DecryptError):
        ring.decrypt(bytes(token), AAD)


@given(token=st.binary(max_size=40))
def test_junk_is_refused_and_never_crashes(ring, token):
    with pytest.raises(crypto.DecryptError):
        ring.decrypt(token, AAD)


def test_a_memoryview_from_the_database_is_read_too(ring):
    token = memoryview(ring.encrypt(b"secret", AAD))

    assert ring.decrypt(token, AAD) == b"secret"
    assert ring.key_id_of(token) == "d1"


def test_the_file_shows_no_key_and_only_its_owner_reads_it(path):
    mode = stat.S_IMODE(path.stat().st_mode)
    ring = crypto.load(path, MASTER)

    assert mode == 0o600
    assert base64.b64encode(ring._index).decode() not in path.read_text()
    assert [name.name for name in path.parent.iterdir() if name.name.startswith(".")] == []


def test_repr_shows_no_key_material(ring):
    assert ring._index.hex() not in repr(ring)
    assert repr(ring) == f"<Keyring d1 of 1, audit {ring.audit_key_id}>"


def test_creating_never_replaces_a_keyring(path):
    before = path.read_bytes()

    with pytest.raises(crypto.KeyringError, match="已经存在"):
        crypto.create(path, MASTER)

    assert path.read_bytes() == before


def test_rotation_encrypts_under_the_new_key_and_reads_the_old_tokens(path):
    old = crypto.load(path, MASTER)
    token = old.encrypt(b"secret", AAD)

    assert crypto.add_data_key(path, MASTER) == "d2"

    new = crypto.load(path, MASTER)
    assert new.key_id_of(new.encrypt(b"x", AAD)) == "d2"
    assert new.decrypt(token, AAD) == b"secret"
    assert new.is_stale(token)
    assert not new.is_stale(new.encrypt(b"x", AAD))
    assert new.audit_public_key == old.audit_public_key
    assert new.blind_index("a", "b") == old.blind_index("a", "b")


def test_a_token_of_a_key_that_is_not_here_is_refused(path):
    old = crypto.load(path, MASTER)
    crypto.add_data_key(path, MASTER)
    token = crypto.load(path, MASTER).encrypt(b"secret", AAD)

    with pytest.raises(crypto.DecryptError, match="not in the keyring"):
        old.decrypt(token, AAD)


def test_two_rotations_at_once_lose_no_key(path):
    threads = [threading.Thread(target=crypto.add_data_key, args=(path, MASTER)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(json.loads(path.read_text())["data"]["keys"]) == {"d1", "d2", "d3", "d4", "d5"}


def test_rewrapping_changes_the_master_key_and_nothing_else(path):
    before = crypto.load(path, MASTER)
    token = before.encrypt(b"secret", AAD)

    crypto.rewrap(path, MASTER, OTHER_MASTER)

    after = crypto.load(path, OTHER_MASTER)
    assert after.decrypt(token, AAD) == b"secret"
    assert after.audit_public_key == before.audit_public_key
    assert after.blind_index("a", "b") == before.blind_index("a", "b")
    with pytest.raises(crypto.KeyringError, match="主密钥"):
        crypto.load(path, MASTER)


@pytest.mark.parametrize(
    "verb",
    [
        lambda path: crypto.load(path, OTHER_MASTER),
        lambda path: crypto.add_data_key(path, OTHER_MASTER),
        lambda path: crypto.rewrap(path, OTHER_MASTER, MASTER),
    ],
)
def test_the_wrong_master_key_is_named_and_changes_nothing(path, verb):
    before = path.read_bytes()

    with pytest.raises(crypto.KeyringError, match="主密钥") as refused:
        verb(path)

    assert "\n" not in str(refused.value)
    assert path.read_bytes() == before


def test_a_missing_keyring_is_named(tmp_path):
    with pytest.raises(crypto.KeyringError, match="先创建"):
        crypto.load(tmp_path / "none.json", MASTER)


@pytest.mark.parametrize(
    "content",
    ["", "not json", "[]", '{"version": 2}', '{"version": 1}', '{"version": 1, "data": []}'],
)
def test_a_damaged_keyring_is_named(tmp_path, content):
    path = tmp_path / "keyring.json"
    path.write_text(content)

    with pytest.raises(crypto.KeyringError, match="已损坏"):
        crypto.load(path, MASTER)


def test_a_current_key_that_is_not_there_is_damage(path):
    document = json.loads(path.read_text())
    document["data"]["current"] = "d9"
    path.write_text(json.dumps(document))

    with pytest.raises(crypto.KeyringError, match="已损坏"):
        crypto.load(path, MASTER)


def test_wrapped_keys_cannot_change_places(path):
    document = json.loads(path.read_text())
    document["index"], document["audit"] = document["audit"], document["index"]
    path.write_text(json.dumps(document))

    with pytest.raises(crypto.KeyringError):
        crypto.load(path, MASTER)


def test_a_rotation_that_cannot_be_written_leaves_the_keyring_as_it_was(path, monkeypatch):
    before = path.read_bytes()

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(crypto.KeyringError, match="磁盘空间"):
        crypto.add_data_key(path, MASTER)

    assert path.read_bytes() == before
    assert {name.name for name in path.parent.iterdir()} == {"keyring.json", "keyring.json.lock"}


def test_a_blind_index_separates_keys_purposes_and_text(ring, path):
    index = ring.blind_index("99110119900101001X", "number")

    assert len(index) == 64
    assert index == ring.blind_index("99110119900101001X", "number")
    assert index != ring.blind_index("99110119900101001X", "person")
    assert index != crypto.load(path, MASTER).blind_index("99110119900101001X", "number")
    assert ring.blind_index("bc", "a") != ring.blind_index("c", "ab")


def test_a_signature_holds_for_its_message_only(ring, path):
    signature = ring.sign(b"tree head")

    assert ring.verify(signature, b"tree head")
    assert crypto.verify(ring.audit_public_key, signature, b"tree head")
    assert not ring.verify(signature, b"tree hexd")
    assert not ring.verify(b"short", b"tree head")
    assert not crypto.load(path, MASTER).verify(signature, b"tree head")
    assert not crypto.verify(b"not a key", signature, b"tree head")


def test_the_keyring_of_the_settings_follows_a_rotation(path, settings):
    settings.KEYRING_FILE = path
    settings.MASTER_KEY = base64.b64encode(MASTER).decode()
    token = crypto.keyring().encrypt(b"secret", AAD)
    assert crypto.keyring() is crypto.keyring()
    assert not crypto.stale(token)

    crypto.add_data_key(path, MASTER)

    assert crypto.stale(token)


def test_settings_without_a_keyring_say_what_to_do(tmp_path, settings):
    settings.KEYRING_FILE = tmp_path / "none.json"

    with pytest.raises(crypto.KeyringError, match="先创建"):
        crypto.keyring()


@pytest.mark.parametrize("text", ["", "short", "%%%", base64.b64encode(b"31 bytes" * 3).decode()])
def test_a_master_key_must_be_32_bytes_of_base64(text):
    with pytest.raises(crypto.KeyringError, match="32"):
        crypto.master_key(text)


def test_a_new_master_key_is_one():
    assert len(crypto.master_key(crypto.new_master_key() + "\n")) == 32
