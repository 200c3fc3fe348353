"""The serial adapter and the emulated reader, joined by a pty inside one process."""

import asyncio
import json
import os
import pty
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
import serial
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.typing import Origin

from outlets import frames
from outlets.bridge import emulator, key
from outlets.bridge.adapter import Adapter, Read, ReaderError, Source, State
from outlets.bridge.adapters.serial import SamReader
from outlets.bridge.emulator_desk import NEW_ADDRESSES, Desk
from outlets.bridge.emulator_fault import Fault
from outlets.bridge.people import PEOPLE, Person
from outlets.bridge.server import Bridge

WANG = PEOPLE["wang"]


@contextmanager
def line_to(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """A serial port at whose far end every request frame gets these bytes.

    An answer that raises EOFError pulls the plug.
    """
    master, slave = pty.openpty()
    tty.setraw(slave)

    def serve_requests() -> None:
        buffer = b""
        with suppress(OSError, EOFError):
            while True:
                request, buffer = frames.take_frame(buffer + os.read(master, 4096))
                while request:
                    os.write(master, answer(request))
                    request, buffer = frames.take_frame(buffer)
        os.close(master)

    yield from served(slave, serve_requests)


@contextmanager
def line_of(desk: Desk) -> Iterator[str]:
    """A serial port with the emulator's own line behind it, and all that can befall it."""
    master, slave = pty.openpty()
    tty.setraw(slave)

    def serve_requests() -> None:
        with suppress(OSError):
            emulator.serve_line(master, desk)
        os.close(master)

    yield from served(slave, serve_requests)


def served(slave: int, serve_requests: Callable[[], None]) -> Iterator[str]:
    thread = threading.Thread(target=serve_requests, daemon=True)
    thread.start()
    try:
        yield os.ttyname(slave)
    finally:
        os.close(slave)
        thread.join(5)


@contextmanager
def reader_with(special: dict[bytes, bytes], desk: Desk | None = None) -> Iterator[SamReader]:
    """A reader with Wang's card on it that answers some requests in its own way."""
    desk = desk or Desk()
    desk.lay(WANG)
    with line_to(lambda request: special.get(request) or desk.answer(request)) as port:
        reader = SamReader(port)
        try:
            yield reader
        finally:
            reader.close()


def read_from(reader: Adapter, wait: float = 3, cancelled: Event | None = None) -> Read | None:
    return reader.read_card(
        challenge="c",
        waiting=lambda seconds: None,
        found=lambda: None,
        cancelled=cancelled or Event(),
        wait=wait,
    )


# ---------------------------------------------------------------- what readers answer


@pytest.mark.parametrize(
    ("request_frame", "answer", "code"),
    [
        (frames.SELECT_CARD, frames.build_reply(0x81), "card_lifted"),
        (frames.SELECT_CARD, frames.build_reply(0x32), "card_damaged"),
        (frames.READ_BASE, frames.build_reply(0x41), "card_lifted"),
        (frames.READ_BASE, frames.build_reply(0x31), "card_damaged"),
        (frames.READ_BASE, frames.build_reply(0x33), "card_damaged"),
        (frames.READ_BASE, frames.build_reply(0x47), "card_damaged"),
        (frames.READ_BASE, frames.build_reply(0x40), "wrong_card"),
        (frames.FIND_CARD, frames.build_reply(0x40), "wrong_card"),
        (frames.READ_BASE, frames.build_reply(0x10), "checksum"),
        (frames.READ_BASE, frames.build_reply(0x66), "reader_absent"),
        # Success without a card in it.
        (frames.READ_BASE, frames.build_reply(0x90, bytes(300)), "checksum"),
        (frames.READ_BASE, frames.build_reply(0x24), "checksum"),
        (frames.FIND_CARD, frames.build_reply(0x9F)[:-1] + b"\0", "checksum"),
    ],
)
def test_each_failure_of_a_reader_has_a_name_and_a_sentence(
    request_frame: bytes, answer: bytes, code: str
) -> None:
    with reader_with({request_frame: answer}) as reader, pytest.raises(ReaderError) as failed:
        read_from(reader)

    assert failed.value.code == code
    assert "请" in str(failed.value)


def test_a_late_answer_to_a_find_is_not_taken_for_the_read() -> None:
    late = frames.build_reply(0x9F, bytes(4))
    good = frames.build_base_read(WANG.block(), WANG.photo())

    with reader_with({frames.READ_BASE: late + good}) as reader:
        read = read_from(reader)

    assert read
    assert read.parts == {"block": WANG.block(), "wlt": WANG.photo()}


def test_without_a_card_the_reader_gives_up_after_the_time_it_was_given() -> None:
    with (
        reader_with({frames.FIND_CARD: frames.build_reply(0x80)}) as reader,
        pytest.raises(ReaderError, match="没有等到证件") as failed,
    ):
        read_from(reader, wait=0.5)

    assert failed.value.code == "timeout"


def test_a_cancelled_read_ends_without_a_card() -> None:
    cancelled = Event()
    with reader_with({frames.FIND_CARD: frames.build_reply(0x80)}) as reader:
        threading.Timer(0.2, cancelled.set).start()
        started = time.monotonic()

        read = read_from(reader, 10, cancelled)

    assert read is None
    assert time.monotonic() - started < 2


def test_a_reader_that_falls_silent_while_reading_is_too_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("outlets.sam.READ_SECONDS", 0.3)

    with reader_with({frames.READ_BASE: b"\xaa"}) as reader, pytest.raises(ReaderError) as failed:
        read_from(reader)

    assert failed.value.code == "timeout"


def test_a_reader_that_falls_silent_while_waiting_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outlets.sam.ANSWER_SECONDS", 0.1)

    with reader_with({frames.FIND_CARD: b"\xaa"}) as reader:
        with pytest.raises(ReaderError) as failed:
            read_from(reader)
        health = reader.health

    assert failed.value.code == "reader_absent"
    assert health.state is State.ABSENT


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (frames.build_reply(0x60), "self_test", "自检"),
        (frames.build_reply(0x66), "not_authorised", "没有授权"),
        (frames.build_reply(0x24), "self_test", "24"),
        (b"\xff", "silent", "没有读卡器回答"),
    ],
)
def test_a_port_with_something_wrong_behind_it_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, status: bytes, code: str, says: str
) -> None:
    monkeypatch.setattr("outlets.sam.ANSWER_SECONDS", 0.1)
    monkeypatch.setattr("outlets.bridge.adapters.serial.OTHER_BAUD_SECONDS", 0.1)

    with reader_with({frames.SAM_STATUS: status}) as reader:
        health = reader.check()

    assert (health.state, health.code) == (State.FAULT, code)
    assert says in health.text


@pytest.mark.parametrize(
    ("error", "state", "code", "says"),
    [
        (PermissionError(13, "Permission denied"), State.FAULT, "no_permission", "dialout"),
        (OSError(16, "Device or resource busy"), State.FAULT, "port_busy", "占用"),
        (serial.SerialException(11, "could not lock"), State.FAULT, "port_busy", "占用"),
        # Windows, where another program holds the port.
        (
            serial.SerialException("could not open port 'COM3': PermissionError(13, '拒绝访问。')"),
            State.FAULT,
            "port_busy",
            "占用",
        ),
        (FileNotFoundError(2, "No such file"), State.ABSENT, "unplugged", "插好"),
        (ValueError("not a valid baudrate"), State.ABSENT, "unplugged", "插好"),
    ],
)
def test_a_port_that_does_not_open_says_why_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, error: Exception, state: State, code: str, says: str
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr("outlets.bridge.adapters.serial_line.serial.Serial", refuse)

    health = SamReader("/dev/ttyUSB0").check()

    assert (health.state, health.code) == (state, code)
    assert says in health.text


# ---------------------------------------------------------------- speed, faults, new address


def test_the_speed_that_the_reader_speaks_is_found_and_remembered() -> None:
    desk = Desk()
    desk.set_fault(Fault.BAUD)
    desk.lay(WANG)
    with line_of(desk) as port:
        reader = SamReader(port)
        found = reader.check()
        reader.close()
        again = reader.check()
        read = read_from(reader)
        reader.close()

    assert (found.state, again.state) == (State.READY, State.READY)
    assert reader.baud == 9600
    assert read


def test_a_reader_whose_speed_changes_is_found_again() -> None:
    desk = Desk()
    with line_of(desk) as port:
        reader = SamReader(port, 115200)
        states = [reader.check().state]
        desk.set_fault(Fault.BAUD)
        states += [reader.check().state, reader.check().state]
        reader.close()

    assert states == [State.READY, State.FAULT, State.READY]


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault.NONE, Fault.SLOW, Fault.NOISE, Fault.SPLIT, Fault.MERGED, Fault.PREVIOUS),
        *(Fault.FOUND_90, Fault.LIFTED_ADDRESS, Fault.NO_PHOTO),
    ],
)
def test_a_reader_that_only_behaves_oddly_is_read_right(fault: Fault) -> None:
    desk = Desk()
    desk.set_fault(fault)
    desk.lay(WANG)
    with line_of(desk) as port:
        reader = SamReader(port)
        read = read_from(reader)
        reader.close()

    photo = {} if fault is Fault.NO_PHOTO else {"wlt": WANG.photo()}
    assert read == Read(Source.CHIP, {"block": WANG.block()} | photo)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.LIFTED_FOUND, "card_lifted"),
        (Fault.LIFTED, "card_lifted"),
        (Fault.REJECTED, "card_damaged"),
        (Fault.WRONG_CARD, "wrong_card"),
        (Fault.CHECKSUM, "checksum"),
        (Fault.NO_CARD, "timeout"),
        (Fault.SELF_TEST, "reader_absent"),
        (Fault.NOT_AUTHORISED, "reader_absent"),
        (Fault.SILENT, "reader_absent"),
        (Fault.GARBAGE, "reader_absent"),
    ],
)
def test_a_fault_that_comes_while_a_card_is_awaited_is_named_and_the_next_card_is_read(
    fault: Fault, code: str
) -> None:
    desk = Desk()
    with line_of(desk) as port:
        reader = SamReader(port)
        reader.check()
        desk.set_fault(fault)
        desk.lay(WANG)
        with pytest.raises(ReaderError) as failed:
            read_from(reader, wait=5 if code == "reader_absent" else 1)
        desk.set_fault(Fault.NONE)
        desk.lay(PEOPLE["li"])
        read = read_from(reader)
        reader.close()

    assert failed.value.code == code
    assert read
    assert read.parts["block"] == PEOPLE["li"].block()


def test_a_new_address_comes_with_the_card() -> None:
    desk = Desk()
    desk.lay(PEOPLE["liu"])
    with line_of(desk) as port:
        reader = SamReader(port)
        read = read_from(reader)
        reader.close()

    assert read
    assert read.parts["address"].decode("utf-16-le").rstrip() == NEW_ADDRESSES["liu"]
    assert repr(read) == "Read(block 256, wlt 1024, address 70)"


@pytest.mark.parametrize(
    ("last", "outcome"), [(frames.NEW_ADDRESS, "read"), (frames.READ_BASE, "reader_absent")]
)
def test_a_plug_pulled_after_the_card_was_read_does_not_lose_it(last: bytes, outcome: str) -> None:
    desk = Desk()
    desk.lay(WANG)

    def answer(request: bytes) -> bytes:
        if request == last:
            raise EOFError
        return desk.answer(request)

    with line_to(answer) as port:
        reader = SamReader(port)
        try:
            came = "read" if read_from(reader) else "nothing"
        except ReaderError as error:
            came = error.code
        health = reader.health

    assert came == outcome
    assert (health.state, health.code) == (State.ABSENT, "unplugged")


# ---------------------------------------------------------------- the bridge, from inside


class StrangeCard(Person):
    """The layout of a resident card with a type marker that nobody has given out."""

    def block(self) -> bytes:
        block = super().block()
        return block[:248] + b"Z\0" + block[250:]


def test_a_card_of_another_type_is_not_handed_to_the_page(tmp_path: Path) -> None:
    desk = Desk()
    strange = StrangeCard(**vars(replace(WANG, key="strange")))

    async def ask_for_it(port: str) -> dict[str, str]:
        private = Ed25519PrivateKey.generate()
        kid = key.key_id(key.public_bytes(private))
        enrolment = key.Enrolment(tmp_path, private, kid, "示例路营业厅", "http://portal.invalid")
        key.save(enrolment)
        bridge = Bridge(SamReader(port), enrolment, 3)
        async with serve(bridge.serve_page, "127.0.0.1", 0) as server:
            address = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            async with connect(address, origin=Origin(enrolment.origin), proxy=None) as page:
                await page.send(json.dumps({"do": "read", "challenge": "c"}))
                async for message in page:
                    event: dict[str, str] = json.loads(message)
                    if event["event"] in ("read", "error"):
                        break
        await bridge.close()
        return event

    desk.lay(strange)
    with line_to(desk.answer) as port:
        event = asyncio.run(ask_for_it(port))

    assert (event["event"], event["code"]) == ("error", "wrong_card")
    assert "居民身份证" in event["text"]
    assert (tmp_path / "counter").read_text() == "0"
