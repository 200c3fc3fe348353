"""What the bridge keeps of its key: in owner-only files, or in the system's keystore."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path

import keyring
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.backends.chainer import ChainerBackend

from outlets.bridge import key
from outlets.bridge.ed25519 import SoftKey
from outlets.bridge.key import Enrolment, NotEnrolled
from tests.outlets.counter import ROOT, DemoCounter
from tests.outlets.keystore import Keystore
from tests.outlets.portal import Portal

Call = Callable[..., tuple[int, str, str]]


class PlainText(Keystore):
    priority = 0.5  # type: ignore[assignment]


class Broken(Keystore):
    """Takes everything and keeps nothing."""

    def get_password(self, service: str, username: str) -> str | None:
        return None


def use(backend: KeyringBackend) -> None:
    keyring.set_keyring(backend)


@pytest.fixture
def keystore() -> Iterator[Keystore]:
    before, store = keyring.get_keyring(), Keystore()
    use(store)
    yield store
    use(before)


@pytest.fixture
def no_keystore() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    use(before)


def enrol(call: Call, portal: Portal, folder: Path) -> str:
    """The key id."""
    status, _, complaint = call("enrol", "C", "--portal", portal.url, "--state", folder)
    assert status == 0, complaint
    kid: str = json.loads((folder / "bridge.json").read_text())["kid"]
    return kid


def place(folder: Path) -> str:
    found: str = json.loads((folder / "bridge.json").read_text())["key"]
    return found


def pem_of(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


# ---------------------------------------------------------------- files


def test_only_the_owner_may_read_the_key_and_the_counter(counter: DemoCounter) -> None:
    folder = counter.state_dir
    kid = json.loads((folder / "bridge.json").read_text())["kid"]

    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in folder.iterdir()} == {"bridge.json", "counter", f"{kid}.pem"}
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600


def test_two_programs_of_one_pc_never_use_a_number_twice(tmp_path: Path) -> None:
    enrolment = Enrolment(tmp_path, SoftKey.generate(), "0" * 16, "样本厅", "o")
    key.save(enrolment)
    processes = get_context("fork")
    answers = processes.Queue()

    def read_cards() -> None:
        answers.put([enrolment.next_counter() for _card in range(50)])

    programs = [processes.Process(target=read_cards) for _reader in range(3)]
    for program in programs:
        program.start()
    numbers = [number for _program in programs for number in answers.get(timeout=30)]
    for program in programs:
        program.join(30)

    assert sorted(numbers) == list(range(1, 151))


@pytest.mark.parametrize("rolled", ["-5", "-1", "", "x"])
def test_a_counter_that_is_none_stops_the_reads(tmp_path: Path, rolled: str) -> None:
    enrolment = Enrolment(tmp_path, SoftKey.generate(), "0" * 16, "样本厅", "o")
    (tmp_path / "counter").write_text(rolled)

    with pytest.raises(NotEnrolled, match="读卡计数"):
        enrolment.next_counter()


def test_a_key_that_others_may_read_or_that_is_damaged_is_not_used(
    call: Call, portal: Portal, tmp_path: Path
) -> None:
    key_file = tmp_path / f"{enrol(call, portal, tmp_path)}.pem"
    start = ("--port", "/dev/no-reader", "--state", tmp_path)

    key_file.chmod(0o644)
    shared, _, why_shared = call(*start)
    key_file.chmod(0o600)
    key_file.write_text("-----BEGIN")
    damaged, _, why_damaged = call(*start)
    key_file.unlink()
    lost, _, why_lost = call(*start)

    assert (shared, damaged, lost) == (3, 3, 3)
    assert "别人也能读" in why_shared
    assert "已损坏" in why_damaged
    assert "不见了" in why_lost


def test_a_key_file_of_the_version_before_is_still_good(tmp_path: Path) -> None:
    private = Ed25519PrivateKey.generate()
    kid = key.key_id(key.public_bytes(private))
    (tmp_path / "key.pem").write_bytes(pem_of(private))
    (tmp_path / "key.pem").chmod(0o600)
    facts = {"kid": kid, "outlet": "样本厅", "origin": "http://portal.invalid"}
    (tmp_path / "bridge.json").write_text(json.dumps(facts))
    written = time.time() - 40 * 86400
    os.utime(tmp_path / "bridge.json", (written, written))

    enrolment = key.load(tmp_path)

    assert enrolment.kid == kid
    assert abs(enrolment.made_at.timestamp() - written) < 1
    private.public_key().verify(enrolment.key.sign(b"text"), b"text")


def test_a_key_of_ours_is_one_for_everybody_else_too() -> None:
    ours = SoftKey.generate()

    theirs = load_pem_private_key(ours.to_pem().encode(), password=None)

    assert isinstance(theirs, Ed25519PrivateKey)
    assert key.public_bytes(theirs) == key.public_bytes(ours)
    assert theirs.sign(b"text") == ours.sign(b"text")
    assert "PRIVATE" not in repr(ours)


def test_what_is_no_ed25519_key_is_a_value_error_and_nothing_else() -> None:
    rsa = generate_private_key(65537, 2048)
    rsa_pem = rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    pem = SoftKey.generate().to_pem()
    damaged = [pem[:at] + pem[at + 1 :] for at in range(len(pem))]

    no_keys = ("", "x", "-----BEGIN", "-----BEGIN PRIVATE KEY-----\n", rsa_pem)
    refused = []
    for text in (*no_keys, *damaged):
        try:
            SoftKey.from_pem(text)
        except ValueError:
            refused.append(text)

    assert set(no_keys) <= set(refused)
    # A lost line break is forgiven; a lost letter of the key is not.
    assert len(refused) > len(damaged) // 2


def test_the_key_of_another_enrolment_is_not_taken(
    call: Call, portal: Portal, tmp_path: Path
) -> None:
    kid = enrol(call, portal, tmp_path)
    (tmp_path / f"{kid}.pem").write_text(SoftKey.generate().to_pem())

    with pytest.raises(NotEnrolled, match="不是一套"):
        key.load(tmp_path)


def test_enrolling_again_leaves_only_the_new_key_and_goes_on_counting(
    call: Call, portal: Portal, tmp_path: Path
) -> None:
    enrol(call, portal, tmp_path)
    key.load(tmp_path).next_counter()

    kid = enrol(call, portal, tmp_path)

    assert [path.name for path in tmp_path.glob("*.pem")] == [f"{kid}.pem"]
    assert key.load(tmp_path).next_counter() == 2


# ---------------------------------------------------------------- the keystore


def test_the_system_keystore_has_the_key_where_there_is_one(
    call: Call, portal: Portal, tmp_path: Path, keystore: Keystore
) -> None:
    kid = enrol(call, portal, tmp_path)

    assert place(tmp_path) == "keystore"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bridge.json", "counter"]
    assert list(keystore.secrets) == [("shiming-bridge", kid)]
    assert key.load(tmp_path).kid == kid


def test_enrolling_again_takes_the_old_key_out_of_the_keystore(
    call: Call, portal: Portal, tmp_path: Path, keystore: Keystore
) -> None:
    enrol(call, portal, tmp_path)

    kid = enrol(call, portal, tmp_path)

    assert list(keystore.secrets) == [("shiming-bridge", kid)]


def test_a_keystore_that_is_locked_is_named(
    call: Call, portal: Portal, tmp_path: Path, keystore: Keystore
) -> None:
    enrol(call, portal, tmp_path)
    keystore.is_locked = True

    status, _, complaint = call("--port", "/dev/no-reader", "--state", tmp_path)

    assert status == 3
    assert "钥匙串" in complaint


@pytest.mark.usefixtures("no_keystore")
@pytest.mark.parametrize("backend", [PlainText, Broken, null.Keyring, fail.Keyring])
def test_a_store_that_hides_or_keeps_nothing_is_none(
    call: Call, portal: Portal, tmp_path: Path, backend: type[KeyringBackend]
) -> None:
    store = backend()
    use(store)

    kid = enrol(call, portal, tmp_path)

    assert place(tmp_path) == "file"
    assert (tmp_path / f"{kid}.pem").exists()


@pytest.mark.usefixtures("no_keystore")
def test_of_several_stores_the_one_that_may_be_used_is_taken(
    call: Call, portal: Portal, tmp_path: Path
) -> None:
    plain, good = PlainText(), Keystore()

    class Chain(ChainerBackend):
        backends = [plain, good]

    use(Chain())

    enrol(call, portal, tmp_path)

    assert place(tmp_path) == "keystore"
    assert good.secrets
    assert not plain.secrets


def test_without_the_library_the_key_is_kept_in_a_file(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['keyring'] = None\n"
        "from pathlib import Path\n"
        "from outlets.bridge import key\n"
        "from outlets.bridge.ed25519 import SoftKey\n"
        "key.keep(Path(sys.argv[1]), SoftKey.generate(), after='')"
    )

    subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, check=True)

    assert len(list(tmp_path.glob("*.pem"))) == 1
