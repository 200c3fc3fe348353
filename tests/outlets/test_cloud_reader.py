"""The cloud adapter: the card passes through the PC as bytes that nobody there can read."""

from threading import Event, Timer
from typing import Any

import pytest

from outlets.bridge.adapter import Adapter, ReaderError, Source, State
from outlets.bridge.adapters import open_adapter
from outlets.bridge.adapters.cloud import CloudReader
from outlets.bridge.people import PEOPLE
from portal.fakes import cipher
from tests.outlets.cloud_reader import CloudEmulator, cloud_line
from tests.signing import SAM_ID

WANG = PEOPLE["wang"]


def ask(reader: Adapter, **changes: Any) -> Any:
    asked: dict[str, Any] = {
        "challenge": "question",
        "waiting": lambda seconds: None,
        "found": lambda: None,
        "cancelled": Event(),
        "wait": 5.0,
    }
    return reader.read_card(**(asked | changes))


def test_a_card_is_enciphered_for_the_question() -> None:
    found: list[bool] = []

    with cloud_line(CloudEmulator(WANG)) as reader:
        health = reader.check()
        read = ask(reader, found=lambda: found.append(True))

    assert (health.state, health.sam_id) == (State.READY, SAM_ID)
    assert found == [True]
    assert read.source is Source.CIPHER
    assert read.parts.keys() == {"cipher"}
    assert cipher.is_for(read.parts["cipher"], "question")


def test_nothing_of_the_card_is_in_what_the_pc_gets() -> None:
    with cloud_line(CloudEmulator(WANG)) as reader:
        sealed = ask(reader).parts["cipher"]

    assert WANG.block()[:30] not in sealed
    assert WANG.number.encode("utf-16-le") not in sealed


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (0x41, "card_lifted"),
        (0x31, "card_damaged"),
        (0x33, "card_damaged"),
        (0x40, "wrong_card"),
        (0x66, "reader_absent"),
        (0x21, "checksum"),
    ],
)
def test_a_read_that_the_reader_refuses_has_a_code_and_a_sentence(status: int, code: str) -> None:
    emulator = CloudEmulator(WANG)
    emulator.refuses = status

    with cloud_line(emulator) as reader, pytest.raises(ReaderError) as caught:
        ask(reader)

    assert caught.value.code == code
    assert str(caught.value).endswith("。")


def test_without_a_card_it_waits_and_says_how_long() -> None:
    told: list[int] = []

    with cloud_line(CloudEmulator()) as reader, pytest.raises(ReaderError) as caught:
        ask(reader, waiting=told.append, wait=1.3)

    assert caught.value.code == "timeout"
    assert told == [1]


def test_a_cancelled_read_ends_at_once() -> None:
    cancelled = Event()
    Timer(0.2, cancelled.set).start()

    with cloud_line(CloudEmulator()) as reader:
        assert ask(reader, cancelled=cancelled) is None


def test_damaged_answers_are_named_and_do_not_pass_for_a_card() -> None:
    emulator = CloudEmulator(WANG)

    with cloud_line(emulator) as reader:
        reader.check()
        emulator.breaks = True
        with pytest.raises(ReaderError) as caught:
            ask(reader, wait=20.0)

    assert caught.value.code == "checksum"


def test_a_port_that_is_not_there_says_so() -> None:
    reader = CloudReader("/dev/no-such-port")

    assert reader.check().code == "unplugged"
    with pytest.raises(ReaderError) as caught:
        ask(reader)
    assert caught.value.code == "reader_absent"


def test_it_is_chosen_by_its_name() -> None:
    reader = open_adapter("cloud:/dev/ttyUSB1@9600")

    assert isinstance(reader, CloudReader)
    assert (reader.name, reader.port, reader.baud) == ("cloud", "/dev/ttyUSB1", 9600)
