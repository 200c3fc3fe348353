"""Every vendor's adapter against that vendor's service as a real server on this PC."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest

from outlets import frames
from outlets.bridge.adapter import Health, Read, ReaderError, Source, State
from outlets.bridge.adapters.donsee import Donsee
from outlets.bridge.adapters.huashi import Huashi
from outlets.bridge.adapters.jieyu import Jieyu
from outlets.bridge.adapters.service import VendorService
from outlets.bridge.adapters.synjones import Synjones
from outlets.bridge.adapters.zkteco import ZKTeco
from outlets.bridge.people import PEOPLE
from outlets.frames import CardKind
from tests.outlets.vendors import http_service, jieyu
from tests.outlets.vendors.desk import JPEG, SAM_ID, Desk, Mode
from tests.outlets.vendors.donsee import DonseeService
from tests.outlets.vendors.huashi import HuashiService
from tests.outlets.vendors.jieyu import JieyuService
from tests.outlets.vendors.synjones import SynjonesService
from tests.outlets.vendors.zkteco import ZKTecoService

WANG = PEOPLE["wang"]
RESIDENTS = [key for key, person in PEOPLE.items() if person.kind is CardKind.RESIDENT]
SERVICES: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "synjones": lambda: http_service.running(SynjonesService()),
    "zkteco": lambda: http_service.running(ZKTecoService()),
    "huashi": lambda: http_service.running(HuashiService()),
    "huashi-flat": lambda: http_service.running(HuashiService(flat=True)),
    "donsee": lambda: http_service.running(DonseeService()),
    "jieyu": lambda: jieyu.running(JieyuService()),
}
ADAPTERS: dict[str, type[VendorService]] = {
    "synjones": Synjones,
    "zkteco": ZKTeco,
    "huashi": Huashi,
    "huashi-flat": Huashi,
    "donsee": Donsee,
    "jieyu": Jieyu,
}
every_shape = pytest.mark.parametrize("vendor", ADAPTERS)
every_vendor = pytest.mark.parametrize("vendor", sorted(ADAPTERS.keys() - {"huashi-flat"}))


@dataclass
class Counter:
    """An adapter beside its vendor's service, and what the page would have heard."""

    adapter: VendorService
    desk: Desk
    cancelled: Event = field(default_factory=Event)
    waited: list[int] = field(default_factory=list)
    found: int = 0

    def read(self, wait: float = 2) -> Read | None:
        return self.adapter.read_card(
            challenge="challenge-1",
            waiting=self.waited.append,
            found=self._count,
            cancelled=self.cancelled,
            wait=wait,
        )

    def _count(self) -> None:
        self.found += 1


@contextmanager
def counter_of(vendor: str) -> Iterator[Counter]:
    with SERVICES[vendor]() as service:
        adapter = ADAPTERS[vendor](service.url)
        try:
            yield Counter(adapter, service.desk)
        finally:
            service.desk.mode = Mode.GOOD
            adapter.close()


@pytest.fixture
def counter(vendor: str) -> Iterator[Counter]:
    with counter_of(vendor) as counter:
        yield counter


def block_of(read: Read | None) -> bytes:
    assert read
    return read.parts["block"]


# ---------------------------------------------------------------- good reads


@every_shape
@pytest.mark.parametrize("person", RESIDENTS)
def test_a_resident_card_gives_the_very_block_of_its_chip(counter: Counter, person: str) -> None:
    counter.desk.lay(PEOPLE[person])

    read = counter.read()

    assert read
    assert read.source is Source.FIELDS
    assert read.parts == {"block": PEOPLE[person].block(), "jpeg": JPEG}
    assert counter.found == 1


@every_shape
@pytest.mark.parametrize("mode", [Mode.JSONP, Mode.BROKEN_JSON, Mode.GBK, Mode.BOM])
def test_a_good_answer_is_understood_however_it_is_put(counter: Counter, mode: Mode) -> None:
    counter.desk.lay(WANG)
    counter.desk.mode = mode

    read = counter.read()

    assert block_of(read) == WANG.block()


@pytest.mark.parametrize(
    ("vendor", "person"),
    [
        (vendor, person)
        for vendor in ("synjones", "jieyu")
        for person in ("hk", "tw", "foreign", "resident_foreigner")
    ],
)
def test_the_other_kinds_of_card_keep_every_field(vendor: str, person: str) -> None:
    with counter_of(vendor) as counter:
        counter.desk.lay(PEOPLE[person])

        read = counter.read()

    parsed = frames.parse_text_block(block_of(read))
    on_chip = frames.parse_text_block(PEOPLE[person].block())
    assert parsed.kind is PEOPLE[person].kind
    if vendor == "synjones":
        assert parsed == on_chip
    # JIEYU tells neither the version of a card of 2017 nor of whom it was taken.
    assert (parsed.name, parsed.english_name, parsed.number) == (
        on_chip.name,
        on_chip.english_name,
        on_chip.number,
    )
    assert (parsed.nationality, parsed.person_number, parsed.linked_number) == (
        on_chip.nationality,
        on_chip.person_number,
        on_chip.linked_number,
    )


def test_the_joined_foreigners_number_of_huashi_is_taken_apart() -> None:
    person = PEOPLE["foreign"]
    with counter_of("huashi") as counter:
        counter.desk.lay(person)

        read = counter.read()

    card = frames.parse_text_block(block_of(read))
    assert card.number == person.number
    assert card.nationality == frames.parse_text_block(person.block()).nationality


@pytest.mark.parametrize("vendor", ["zkteco", "donsee", "huashi"])
def test_a_permit_is_known_by_its_number_where_the_service_takes_it_for_a_resident_card(
    counter: Counter,
) -> None:
    counter.desk.lay(PEOPLE["hk"])

    read = counter.read()

    card = frames.parse_text_block(block_of(read))
    assert card.kind is CardKind.PERMIT
    assert card.number == PEOPLE["hk"].number


def test_a_woman_is_a_woman_where_the_service_says_zero() -> None:
    with counter_of("huashi") as counter:
        counter.desk.lay(PEOPLE["li"])

        read = counter.read()

    assert frames.parse_text_block(block_of(read)).sex is PEOPLE["li"].sex


@pytest.mark.parametrize("portrait", ["", "Qk02bAEAAA==", "not base64!", "data:image/png;base64,"])
@every_vendor
def test_a_read_without_a_usable_portrait_is_a_good_read(counter: Counter, portrait: str) -> None:
    counter.desk.lay(WANG)
    counter.desk.portrait = portrait

    read = counter.read()

    assert read
    assert read.parts == {"block": WANG.block()}


# ---------------------------------------------------------------- what can go wrong

FAULTS = [
    (Mode.BUSY, "busy"),
    (Mode.NOT_CONNECTED, "reader_absent"),
    (Mode.FAILED, "card_lifted"),
    (Mode.WRONG_TYPE, "wrong_card"),
    (Mode.ERROR_TEXT, "card_damaged"),
    (Mode.CUT_OFF, "checksum"),
    (Mode.HALF_WAY, "checksum"),
    (Mode.HTTP_500, "reader_absent"),
    (Mode.REDIRECT, "reader_absent"),
    (Mode.HUGE, "reader_absent"),
]
# JIEYU has no word for busy.
SAID_OTHERWISE = {("jieyu", Mode.BUSY): "card_lifted"}


@every_vendor
@pytest.mark.parametrize(("mode", "code"), FAULTS)
def test_each_fault_of_a_service_has_a_name_and_a_sentence(
    counter: Counter, vendor: str, mode: Mode, code: str
) -> None:
    counter.desk.lay(WANG)
    counter.adapter.check()
    counter.desk.mode = mode

    with pytest.raises(ReaderError) as failed:
        counter.read(wait=1.5)

    assert failed.value.code == SAID_OTHERWISE.get((vendor, mode), code)
    assert "请" in str(failed.value)
    assert WANG.name not in str(failed.value)
    assert WANG.number not in str(failed.value)
    assert not any("elsewhere" in question for question in counter.desk.asked)


@every_vendor
def test_a_service_that_is_not_there_is_named(counter: Counter, vendor: str) -> None:
    adapter = ADAPTERS[vendor](counter.adapter.urls[0].rpartition(":")[0] + ":1")

    health = adapter.check()

    assert (health.state, health.code) == (State.ABSENT, "service_stopped")
    assert adapter.title in health.text


@every_vendor
def test_a_service_that_stops_between_two_reads_is_noticed(vendor: str) -> None:
    with counter_of(vendor) as counter:
        counter.adapter.check()

    with pytest.raises(ReaderError) as failed:
        counter.read()

    assert failed.value.code == "reader_absent"
    assert counter.adapter.health.code == "service_stopped"


@every_vendor
def test_another_program_at_the_port_is_not_asked_for_cards_for_long(counter: Counter) -> None:
    counter.desk.mode = Mode.ANOTHER_PROGRAM

    with pytest.raises(ReaderError) as failed:
        counter.read()

    # A web page is no JSON and no WebSocket: strange at once or damaged again and again.
    assert failed.value.code in {"reader_absent", "checksum"}


# ---------------------------------------------------------------- waiting


@every_vendor
def test_without_a_card_the_page_hears_the_seconds_and_then_that_none_came(
    counter: Counter,
) -> None:
    with pytest.raises(ReaderError) as failed:
        counter.read(wait=2.2)

    assert failed.value.code == "timeout"
    assert counter.waited == [1, 2]
    assert counter.found == 0


@every_vendor
def test_a_service_is_asked_no_faster_than_every_300_milliseconds(counter: Counter) -> None:
    counter.adapter.check()
    before = len(counter.desk.asked)

    with pytest.raises(ReaderError):
        counter.read(wait=1.5)

    assert len(counter.desk.asked) - before <= 1.5 / 0.3 + 2


@every_vendor
def test_a_card_that_comes_later_is_read(counter: Counter) -> None:
    threading.Timer(0.7, counter.desk.lay, [WANG]).start()

    read = counter.read(wait=5)

    assert block_of(read) == WANG.block()
    assert counter.found == 1


@pytest.mark.parametrize("vendor", ["synjones", "zkteco", "huashi", "donsee"])
def test_a_busy_service_is_asked_again_without_a_word(counter: Counter) -> None:
    counter.desk.lay(WANG)
    counter.adapter.check()
    counter.desk.mode = Mode.BUSY
    threading.Timer(1.2, setattr, [counter.desk, "mode", Mode.GOOD]).start()

    read = counter.read(wait=5)

    assert block_of(read) == WANG.block()


@every_vendor
def test_a_slow_answer_is_waited_for_while_the_seconds_are_told(counter: Counter) -> None:
    counter.desk.lay(WANG)
    counter.adapter.check()
    counter.desk.mode, counter.desk.slow_seconds = Mode.SLOW, 1.5

    read = counter.read(wait=5)

    assert block_of(read) == WANG.block()
    assert 1 in counter.waited


@pytest.mark.parametrize("vendor", ["donsee", "jieyu"])
def test_a_service_that_never_answers_does_not_hold_the_page_for_ever(counter: Counter) -> None:
    counter.desk.lay(WANG)
    counter.adapter.check()
    counter.desk.mode, counter.desk.slow_seconds = Mode.SLOW, 8
    began = time.monotonic()

    with pytest.raises(ReaderError) as failed:
        counter.read(wait=0.5)

    assert failed.value.code == "timeout"
    assert time.monotonic() - began < 5


@every_vendor
@pytest.mark.parametrize("how", ["cancel", "abandon"])
def test_a_read_ends_at_once_when_nobody_wants_it(counter: Counter, how: str) -> None:
    counter.desk.lay(WANG)
    counter.adapter.check()
    counter.desk.mode, counter.desk.slow_seconds = Mode.SLOW, 8
    stop = counter.cancelled.set if how == "cancel" else counter.adapter.abandon
    threading.Timer(0.5, stop).start()
    began = time.monotonic()

    read = counter.read(wait=30)

    assert read is None
    assert time.monotonic() - began < 2
    assert counter.found == 0


@every_vendor
def test_the_next_read_works_after_one_that_was_cancelled(counter: Counter) -> None:
    counter.desk.lay(WANG)
    counter.adapter.check()
    counter.desk.mode, counter.desk.slow_seconds = Mode.SLOW, 3
    threading.Timer(0.3, counter.cancelled.set).start()
    counter.read(wait=10)
    counter.desk.mode = Mode.GOOD
    counter.cancelled.clear()

    read = counter.read()

    assert block_of(read) == WANG.block()


# ---------------------------------------------------------------- health


@every_vendor
def test_a_service_that_answers_is_ready(counter: Counter) -> None:
    health = counter.adapter.check()

    assert health.state is State.READY
    assert counter.adapter.title in health.text


@pytest.mark.parametrize(
    ("vendor", "mode", "state", "code"),
    [
        ("synjones", Mode.NOT_CONNECTED, State.ABSENT, "unplugged"),
        ("huashi", Mode.NOT_CONNECTED, State.ABSENT, "unplugged"),
        ("synjones", Mode.BUSY, State.READY, ""),
        ("huashi", Mode.BUSY, State.READY, ""),
        ("synjones", Mode.HTTP_500, State.FAULT, "service_strange"),
        ("zkteco", Mode.HTTP_500, State.FAULT, "service_strange"),
        ("jieyu", Mode.HTTP_500, State.FAULT, "service_strange"),
        ("synjones", Mode.ANOTHER_PROGRAM, State.FAULT, "service_strange"),
        ("jieyu", Mode.ANOTHER_PROGRAM, State.FAULT, "service_strange"),
        ("zkteco", Mode.REDIRECT, State.FAULT, "service_strange"),
        ("synjones", Mode.SLOW, State.FAULT, "silent"),
    ],
)
def test_the_health_tells_which_part_failed(
    counter: Counter, mode: Mode, state: State, code: str
) -> None:
    counter.desk.mode, counter.desk.slow_seconds = mode, 3

    health = counter.adapter.check()

    assert (health.state, health.code) == (state, code)


def test_synjones_tells_the_number_of_its_module_and_keeps_it() -> None:
    with counter_of("synjones") as counter:
        first = counter.adapter.check()
        counter.desk.mode = Mode.BUSY
        counter.adapter.health = Health(State.FAULT, "", first.sam_id)
        second = counter.adapter.check()

    assert first.sam_id == SAM_ID
    assert second.sam_id == SAM_ID


def test_synjones_never_signs_without_the_number_that_it_could_tell() -> None:
    with counter_of("synjones") as counter:
        counter.desk.lay(WANG)
        counter.desk.mode = Mode.BUSY
        counter.adapter.check()
        counter.desk.mode = Mode.GOOD

        counter.read()

        assert counter.adapter.health.sam_id == SAM_ID


def test_only_a_probe_that_sees_the_reader_says_that_the_reader_is_well() -> None:
    with counter_of("synjones") as sees, counter_of("donsee") as knocks:
        assert sees.adapter.check().text == "读卡器正常（新中新）"
        assert knocks.adapter.check().text == "读卡服务正常（东信）"


def test_huashi_opens_its_reader_once_and_again_after_it_was_lost() -> None:
    with counter_of("huashi") as counter:
        for _ in range(3):
            counter.adapter.health = Health(State.ABSENT, "")
            counter.adapter.check()
        opened = counter.desk.asked.count("GET /OpenDevice")
        counter.desk.mode = Mode.NOT_CONNECTED

        with pytest.raises(ReaderError) as failed:
            counter.read()

    assert opened == 1
    assert failed.value.code == "reader_absent"


def test_a_ready_service_is_not_asked_at_every_look() -> None:
    with counter_of("synjones") as counter:
        for _ in range(10):
            counter.adapter.check()

        assert len(counter.desk.asked) == 1


def test_huashi_gives_its_reader_back() -> None:
    with counter_of("huashi") as counter:
        counter.desk.lay(WANG)
        counter.read()

        counter.adapter.close()

        assert counter.desk.asked[-1] == "GET /CloseDevice"


# ---------------------------------------------------------------- what other versions say


@pytest.mark.parametrize(
    "changes",
    [
        # Before V3.2.1.
        {"code": None},
        {"code": None, "CardType": None, "EngName": None, "PassID": None, "IssuesTimes": None},
        {"code": 0, "CardType": 0},
        {"code": "-1", "retcode": "0x90 0x2", "retmsg": "操作成功||相片解码错误"},
        {"retcode": None},
    ],
)
def test_synjones_says_in_more_than_one_way_that_a_card_was_read(changes: dict[str, Any]) -> None:
    with counter_of("synjones") as counter:
        counter.desk.lay(WANG)
        counter.desk.changes = changes

        read = counter.read()

    assert block_of(read) == WANG.block()


@pytest.mark.parametrize(
    ("retcode", "code"), [("0x41", "timeout"), ("0x1", "reader_absent"), ("0x33", "card_lifted")]
)
def test_a_failure_of_an_old_synjones_is_told_by_its_retcode_alone(retcode: str, code: str) -> None:
    with counter_of("synjones") as counter:
        counter.desk.lay(WANG)
        counter.desk.changes = {"code": None, "retcode": retcode, "retmsg": "读卡失败"}

        with pytest.raises(ReaderError) as failed:
            counter.read(wait=1)

    assert failed.value.code == code


def test_the_zeros_of_a_first_card_of_2023_link_nobody() -> None:
    with counter_of("synjones") as counter:
        counter.desk.lay(PEOPLE["resident_foreigner"])
        counter.desk.changes = {"Reserved": "000"}

        read = counter.read()

    assert frames.parse_text_block(block_of(read)).linked_number == ""


@pytest.mark.parametrize("code", ["0", "1", "2", ""])
def test_the_word_for_the_sex_counts_more_than_a_code_of_unknown_numbering(code: str) -> None:
    with counter_of("donsee") as counter:
        counter.desk.lay(PEOPLE["li"])
        counter.desk.changes = {"sexCode": code}

        read = counter.read()

    assert frames.parse_text_block(block_of(read)).sex is frames.Sex.FEMALE
