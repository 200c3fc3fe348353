"""Which reader a specification means, and the one that is found without any."""

import inspect
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from outlets.bridge import adapters
from outlets.bridge.adapter import Adapter, Health, Read, ReaderError, Source, State
from outlets.bridge.adapters import BadReader
from outlets.bridge.adapters.auto import PATIENCE, AutoReader
from outlets.bridge.adapters.cloud import CloudReader
from outlets.bridge.adapters.serial import SamReader

READY = Health(State.READY, "读卡器正常", "05.01-20260105-0000000042-3141592653")
GONE = Health(State.ABSENT, "读卡器断开了。请插好。", code="unplugged")
READ = Read(Source.CHIP, {"block": bytes(256)})


class Plugged:
    """A reader that is there or not, as its owner says."""

    def __init__(self, name: str, health: Health = READY) -> None:
        self.name = name
        self.health = health
        self.asked: list[str] = []

    def check(self) -> Health:
        self.asked.append("check")
        return self.health

    def read_card(
        self,
        *,
        challenge: str,
        waiting: Callable[[int], None],
        found: Callable[[], None],
        cancelled: Event,
        wait: float,
    ) -> Read | None:
        self.asked.append(f"read {challenge}")
        return READ

    def abandon(self) -> None:
        self.asked.append("abandon")

    def close(self) -> None:
        self.asked.append("close")


def read_from(reader: Adapter) -> Read | None:
    return reader.read_card(
        challenge="c", waiting=lambda _: None, found=lambda: None, cancelled=Event(), wait=1
    )


# ---------------------------------------------------------------- specifications


@pytest.mark.parametrize("name", ["synjones", "zkteco", "huashi", "donsee", "jieyu", "auto"])
def test_a_vendors_name_alone_is_enough(name: str) -> None:
    assert adapters.open_adapter(name).name == name


def test_a_serial_reader_has_a_port_and_perhaps_a_speed() -> None:
    plain: Any = adapters.open_adapter("serial:COM3")
    slow: Any = adapters.open_adapter("serial:/dev/ttyUSB0@9600")

    assert (plain.port, plain.baud) == ("COM3", 115200)
    assert (slow.port, slow.baud) == ("/dev/ttyUSB0", 9600)


def test_the_address_of_a_service_on_this_pc_may_be_given() -> None:
    reader: Any = adapters.open_adapter("synjones:http://localhost:9999")

    assert [(line.host, line.port) for line in reader.lines] == [("127.0.0.1", 9999)]


def test_synjones_is_looked_for_at_its_new_and_at_its_old_port() -> None:
    reader: Any = adapters.open_adapter("synjones")

    assert [line.port for line in reader.lines] == [8989, 8080]


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "unknown",
        "serial",
        "serial:",
        "serial:COM3@fast",
        "auto:COM3",
        "synjones:http://10.0.0.1:8989",
        "synjones:http://example.com:8989",
        "synjones:http://127.0.0.1.example.com:8989",
        "synjones:http://127.0.0.1:8989@example.com:80",
        "synjones:http://user@127.0.0.1:8989",
        "synjones:https://127.0.0.1:9199",
        "synjones:file:///etc/passwd",
        "synjones:http://127.0.0.1",
        "synjones:http://127.0.0.1:99999",
        "synjones:http://127.0.0.1:8989/other/path",
        "synjones:http://[::1",
        "jieyu:http://127.0.0.1:1919",
    ],
)
def test_a_specification_that_means_no_reader_on_this_pc_is_refused(spec: str) -> None:
    with pytest.raises(BadReader) as refused:
        adapters.open_adapter(spec)

    assert str(refused.value)


@pytest.mark.parametrize("kind", [SamReader, CloudReader, *adapters.VENDORS.values()])
def test_an_adapter_is_one_file_of_less_than_150_lines(kind: type) -> None:
    assert len(Path(inspect.getfile(kind)).read_text("utf-8").splitlines()) < 150


# ---------------------------------------------------------------- the first that works


def test_the_first_reader_that_works_is_taken_and_the_others_are_let_go() -> None:
    broken, good, other = Plugged("serial", GONE), Plugged("huashi"), Plugged("jieyu")
    reader = AutoReader(lambda: [broken, good, other])

    health = reader.check()

    assert (health, reader.name) == (READY, "huashi")
    assert broken.asked == ["check", "close"]
    assert other.asked == []
    assert read_from(reader) == READ


def test_without_a_reader_the_read_says_so() -> None:
    reader = AutoReader(lambda: [Plugged("serial", GONE)])

    with pytest.raises(ReaderError) as failed:
        read_from(reader)

    assert failed.value.code == "reader_absent"
    assert reader.name == "auto"


def test_a_reader_that_is_plugged_in_later_is_found() -> None:
    late = Plugged("serial", GONE)
    reader = AutoReader(lambda: [late])
    reader.check()

    late.health = READY

    assert reader.check() is READY
    assert reader.name == "serial"


def test_a_reader_that_is_ill_for_a_moment_is_kept() -> None:
    first, second = Plugged("serial"), Plugged("jieyu")
    reader = AutoReader(lambda: [first, second])
    reader.check()

    first.health = GONE

    assert [reader.check() for _ in range(PATIENCE - 1)] == [GONE] * (PATIENCE - 1)
    assert reader.name == "serial"


def test_a_reader_that_stays_away_is_given_up_for_another() -> None:
    first, second = Plugged("serial"), Plugged("jieyu")
    reader = AutoReader(lambda: [first, second])
    reader.check()
    first.health = GONE

    for _ in range(PATIENCE):
        reader.check()

    assert (reader.name, reader.health) == ("jieyu", READY)
    assert first.asked[-1] == "close"


def test_whoever_ends_the_program_ends_the_reader_too() -> None:
    good = Plugged("serial")
    reader = AutoReader(lambda: [good])
    reader.check()

    reader.abandon()
    reader.close()

    assert good.asked[-2:] == ["abandon", "close"]
