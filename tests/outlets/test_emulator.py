"""The emulated reader: it answers like a SAM module, and breaks like one on demand."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from random import Random

import pytest

from outlets import frames
from outlets.bridge import emulator, emulator_page
from outlets.bridge.emulator_desk import NEW_ADDRESSES, Desk
from outlets.bridge.emulator_fault import Fault
from outlets.bridge.emulator_line import Line
from outlets.bridge.emulator_page import Control
from outlets.bridge.people import PEOPLE

WANG = PEOPLE["wang"]


@pytest.mark.parametrize(
    ("request_frame", "sw3"),
    [
        (frames.FIND_CARD[:-1] + b"\0", 0x10),
        (frames.build_frame(b"\x30\x10"), 0x21),
        (frames.NEW_ADDRESS, 0x41),
        (frames.SELECT_CARD, 0x81),
        (frames.READ_BASE, 0x41),
        (frames.FIND_CARD, 0x80),
        (frames.SAM_STATUS, 0x90),
    ],
)
def test_an_empty_reader_answers_like_a_sam_module(request_frame: bytes, sw3: int) -> None:
    assert frames.parse_reply(Desk().answer(request_frame)).sw3 == sw3


def test_a_card_cannot_be_read_before_it_was_selected() -> None:
    desk = Desk()
    desk.lay(WANG)

    assert frames.parse_reply(desk.answer(frames.READ_BASE)).sw3 == 0x41
    assert frames.parse_reply(desk.answer(frames.FIND_CARD)).card_found
    assert frames.parse_reply(desk.answer(frames.SELECT_CARD)).ok
    assert frames.parse_reply(desk.answer(frames.READ_BASE)).ok


@pytest.mark.parametrize(("person", "sw3"), [("wang", 0x91), ("liu", 0x90)])
def test_only_who_has_moved_has_a_new_address(person: str, sw3: int) -> None:
    desk = Desk()
    desk.lay(PEOPLE[person], once=True)
    for request in (frames.FIND_CARD, frames.SELECT_CARD, frames.READ_BASE):
        desk.answer(request)

    reply = frames.parse_reply(desk.answer(frames.NEW_ADDRESS))

    assert reply.sw3 == sw3
    if reply.ok:
        address = frames.parse_new_address(reply).decode("utf-16-le").rstrip()
        assert address == NEW_ADDRESSES[person]


@pytest.mark.parametrize(
    ("fault", "request_frame", "sw3"),
    [
        (Fault.NO_CARD, frames.FIND_CARD, 0x80),
        (Fault.FOUND_90, frames.FIND_CARD, 0x90),
        (Fault.LIFTED, frames.READ_BASE, 0x41),
        (Fault.REJECTED, frames.READ_BASE, 0x33),
        (Fault.WRONG_CARD, frames.READ_BASE, 0x40),
        (Fault.SELF_TEST, frames.SAM_STATUS, 0x60),
        (Fault.NOT_AUTHORISED, frames.SAM_STATUS, 0x66),
    ],
)
def test_each_fault_of_a_reader_is_answered_as_the_standard_says(
    fault: Fault, request_frame: bytes, sw3: int
) -> None:
    desk = Desk()
    desk.lay(WANG)
    desk.answer(frames.FIND_CARD)
    desk.answer(frames.SELECT_CARD)

    desk.set_fault(fault)

    assert frames.parse_reply(desk.answer(request_frame)).sw3 == sw3


@pytest.mark.parametrize("fault", [Fault.LENGTH, Fault.BIT, Fault.CUT, Fault.GARBAGE])
def test_a_damaged_answer_is_never_taken_for_a_whole_one(fault: Fault) -> None:
    reply = frames.build_base_read(WANG.block(), WANG.photo())
    line = Line(Random(1))

    for _ in range(200):
        [(_, damaged)] = line.carry(reply, fault)

        with pytest.raises(frames.FrameError):
            frames.parse_base_read(frames.parse_reply(damaged))


def test_a_late_answer_comes_before_that_of_the_next_question() -> None:
    line = Line(Random(0))

    first = list(line.carry(b"first", Fault.LATE))
    second = list(line.carry(b"second", Fault.NONE))

    assert first == []
    assert second == [(0, b"first"), (0, b"second")]


def test_random_faults_are_the_same_for_the_same_seed() -> None:
    def faults(seed: int) -> list[Fault]:
        desk = Desk()
        desk.set_fault(Fault.RANDOM, seed)
        return [(desk.answer(frames.SAM_STATUS), desk.fault)[1] for _ in range(500)]

    assert faults(1) == faults(1)
    assert faults(1) != faults(2)
    assert set(faults(1)) == set(Fault) - {Fault.RANDOM, Fault.BAUD}


@pytest.fixture
def control() -> Iterator[Control]:
    desk = Desk()
    server = emulator_page.listen("127.0.0.1:0", desk)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ask(control: Control, path: str, order: object = None, **headers: str) -> tuple[int, str]:
    data = json.dumps(order).encode() if order is not None else None
    request = urllib.request.Request(f"{control.address}{path}", data=data, headers=headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_control_page_offers_every_person_and_every_fault(control: Control) -> None:
    status, page = ask(control, "")

    assert status == 200
    for person in PEOPLE.values():
        assert person.name in page
    for fault in Fault:
        assert fault.label in page
    assert "拿走卡片" in page


def test_a_card_is_laid_and_lifted_and_a_fault_is_switched(control: Control) -> None:
    assert json.loads(ask(control, "card", {"person": "li"})[1])["person"] == "li"
    assert json.loads(ask(control, "fault", {"fault": "slow"})[1])["fault"] == "slow"
    assert json.loads(ask(control, "card", {"person": None})[1])["person"] is None
    assert json.loads(ask(control, "state")[1])["fault"] == "slow"


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("card", {"person": "nobody"}),
        ("card", {"person": ["li"]}),
        ("card", {}),
        ("card", []),
        ("fault", {"fault": "fire"}),
        ("fault", {"fault": "random", "seed": "much"}),
        ("elsewhere", {"person": "li"}),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    control: Control, path: str, order: object
) -> None:
    assert ask(control, path, order)[0] == 400


def test_another_site_may_not_lay_a_card(control: Control) -> None:
    order = {"person": "li"}

    assert ask(control, "card", order, Origin="http://evil.invalid")[0] == 403
    assert ask(control, "card", order, Host="evil.invalid")[0] == 403
    assert ask(control, "state", Origin="null")[0] == 403
    assert ask(control, "nothing")[0] == 404
    assert json.loads(ask(control, "state")[1])["person"] is None


def test_the_control_page_is_offered_on_this_computer_only(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert emulator.main(["--control", "0.0.0.0:17521"]) == 2
    assert "127.0.0.1" in capsys.readouterr().err
