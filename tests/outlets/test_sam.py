"""The protocol of a reader as tables of what goes over the line, in simulated time."""

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlets import frames
from outlets.bridge.emulator_desk import SAM_ID
from outlets.bridge.people import PEOPLE
from outlets.sam import (
    POLL_SECONDS,
    READ_SECONDS,
    CardRead,
    Failed,
    Found,
    Outcome,
    Ready,
    Sam,
    Why,
)

WANG, LI = PEOPLE["wang"], PEOPLE["li"]
NAMES = {
    frames.SAM_STATUS: "status",
    frames.SAM_ID: "id",
    frames.FIND_CARD: "find",
    frames.SELECT_CARD: "select",
    frames.READ_BASE: "read",
    frames.NEW_ADDRESS: "address",
}
OK = frames.build_reply(0x90)
IDENTITY = frames.build_reply(0x90, SAM_ID)
FOUND = frames.build_reply(0x9F, bytes(4))
NO_CARD = frames.build_reply(0x80)
SELECTED = frames.build_reply(0x90, bytes(8))
NOT_SELECTED = frames.build_reply(0x81)
READ_FAILED = frames.build_reply(0x41)
NO_ADDRESS = frames.build_reply(0x91)
MOVED = frames.build_new_address("示例省样本市新居路1号")
ADDRESS = frames.parse_new_address(frames.parse_reply(MOVED))
CARD = frames.build_base_read(WANG.block(), WANG.photo())
STALE = frames.build_base_read(LI.block(), LI.photo())
PARTS = {"block": WANG.block(), "wlt": WANG.photo()}
DAMAGED = FOUND[:-1] + b"\0"


@dataclass
class Talk:
    """A reader whose answers are written down beforehand, and a clock that only we move."""

    sam: Sam
    now: float = 100.0

    def hear(self, *chunks: bytes, after: float = 0.01) -> list[Outcome]:
        outcomes = []
        for chunk in chunks:
            arrival = self.now + after
            while self.sam.due is not None and self.sam.due < arrival:
                outcomes += self.silence()
            self.now = arrival
            outcomes += self.sam.advance(chunk, self.now)
        return outcomes

    def silence(self) -> list[Outcome]:
        """Nothing comes until the engine's own time is up."""
        assert self.sam.due is not None
        self.now = self.sam.due
        return self.sam.advance(b"", self.now)

    def until_done(self, answers: dict[str, bytes]) -> list[Outcome]:
        """The first outcomes where each question always gets the same answer."""
        outcomes: list[Outcome] = []
        while not outcomes:
            asked = self.asked()
            outcomes = self.hear(answers[asked]) if asked else self.silence()
        return outcomes

    def asked(self) -> str:
        request = self.sam.to_send()
        return NAMES[request] if request else ""


def reading(*answers: bytes) -> Talk:
    """A read that has come so far that these were answered; the next question is open."""
    talk = Talk(Sam())
    talk.sam.read(talk.now)
    for answer in answers:
        assert talk.asked()
        talk.hear(answer)
    return talk


# ---------------------------------------------------------------- the plain course


def test_a_card_is_found_selected_read_and_asked_for_its_new_address() -> None:
    talk = reading()

    course = [
        (talk.asked(), talk.hear(FOUND)),
        (talk.asked(), talk.hear(SELECTED)),
        (talk.asked(), talk.hear(CARD)),
        (talk.asked(), talk.hear(MOVED)),
    ]

    assert course == [
        ("find", [Found()]),
        ("select", []),
        ("read", []),
        ("address", [CardRead(PARTS | {"address": ADDRESS})]),
    ]
    assert talk.sam.due is None


def test_the_first_greeting_tells_the_readers_identity_and_the_next_asks_only_how_it_is() -> None:
    talk = Talk(Sam())

    talk.sam.greet(talk.now)
    first = [(talk.asked(), talk.hear(OK)), (talk.asked(), talk.hear(IDENTITY))]
    talk.sam.greet(talk.now)
    second = [(talk.asked(), talk.hear(OK))]

    ready = Ready("05.01-20260105-0000000042-3141592653")
    assert first == [("status", []), ("id", [ready])]
    assert second == [("status", [ready])]


@pytest.mark.parametrize(
    ("status", "identity", "failure"),
    [
        (frames.build_reply(0x60), IDENTITY, Failed(Why.REFUSED, 0x60)),
        (frames.build_reply(0x66), IDENTITY, Failed(Why.REFUSED, 0x66)),
        (OK, OK, Failed(Why.DAMAGED)),
        (OK, b"", Failed(Why.SILENT)),
        (DAMAGED, IDENTITY, Failed(Why.DAMAGED)),
        (frames.build_reply(0x11), IDENTITY, Failed(Why.DAMAGED)),
        (b"", IDENTITY, Failed(Why.SILENT)),
        # Left over from a card: not how the reader is.
        (FOUND + STALE + READ_FAILED, IDENTITY, Failed(Why.SILENT)),
    ],
)
def test_a_greeting_that_is_not_answered_well_fails(
    status: bytes, identity: bytes, failure: Failed
) -> None:
    talk = Talk(Sam())
    talk.sam.greet(talk.now)

    assert talk.until_done({"status": status, "id": identity}) == [failure]


# ---------------------------------------------------------------- noise, pieces, damage


NOISE = [
    b"\x00\xff\x17",
    b"\xaa\xaa",
    frames.PREAMBLE[:4],
    frames.PREAMBLE + b"\xff\xff",
    frames.PREAMBLE + b"\x05\x08",
    frames.PREAMBLE + b"\x00\x04\x00\x00\x9f\x00",
]
STEPS = [[FOUND], [FOUND, SELECTED], [FOUND, SELECTED, CARD]]
COURSE = [FOUND, SELECTED, CARD, MOVED]


@pytest.mark.parametrize("noise", NOISE)
def test_noise_before_the_preamble_of_any_answer_does_no_harm(noise: bytes) -> None:
    talk = reading()

    outcomes = [talk.hear(noise + answer) for answer in COURSE]

    assert outcomes[-1] == [CardRead(PARTS | {"address": ADDRESS})]


@pytest.mark.parametrize("noise", NOISE)
def test_noise_that_runs_ahead_of_any_answer_does_no_harm(noise: bytes) -> None:
    talk = reading()

    outcomes = [talk.hear(noise, answer, after=0.2) for answer in COURSE]

    assert outcomes[-1] == [CardRead(PARTS | {"address": ADDRESS})]


def test_answers_may_come_byte_by_byte() -> None:
    talk = reading()

    for answer in COURSE:
        outcomes = talk.hear(*(bytes([byte]) for byte in answer), after=0.0005)

    assert outcomes == [CardRead(PARTS | {"address": ADDRESS})]


def test_an_answer_that_is_repeated_before_the_next_in_one_piece_is_not_taken_for_it() -> None:
    talk = reading()

    outcomes = [talk.hear(b"".join(pair)) for pair in itertools.pairwise([b"", *COURSE])]

    assert outcomes == [[Found()], [], [], [CardRead(PARTS | {"address": ADDRESS})]]


@pytest.mark.parametrize("answered", STEPS[:2])
@pytest.mark.parametrize(
    "damaged",
    [
        CARD[:-1] + bytes([CARD[-1] ^ 1]),
        CARD[:500] + bytes([CARD[500] ^ 4]) + CARD[501:],
        # The length says less than comes.
        CARD[:5] + b"\x04\x08" + CARD[7:],
        SELECTED[:5] + b"\x00\x0b" + SELECTED[7:],
        # A whole answer of an absurd layout.
        frames.build_reply(0x90, b"\x01\x00\x04\x00" + bytes(300)),
    ],
)
def test_a_damaged_answer_ends_the_read_and_delivers_nothing(
    answered: list[bytes], damaged: bytes
) -> None:
    talk = reading(*answered)

    outcomes = talk.hear(damaged)
    while talk.sam.due:
        outcomes += talk.silence()

    assert len(outcomes) == 1
    assert outcomes[0] in (Failed(Why.DAMAGED), Failed(Why.SLOW))


@pytest.mark.parametrize(
    "cut", [CARD[:700], CARD[:5] + b"\x06\x08" + CARD[7:], CARD[3:], CARD[:600] + CARD[640:]]
)
def test_an_answer_that_never_becomes_whole_is_too_slow(cut: bytes) -> None:
    talk = reading(FOUND, SELECTED)
    begun = talk.now

    outcomes = [*talk.hear(cut), *talk.silence()]

    assert outcomes == [Failed(Why.SLOW)]
    assert talk.now - begun <= READ_SECONDS + 0.01


def test_the_right_answer_soon_after_a_damaged_one_still_counts() -> None:
    talk = reading(FOUND, SELECTED)

    talk.hear(DAMAGED)
    talk.hear(CARD, after=0.9)

    assert talk.hear(NO_ADDRESS) == [CardRead(PARTS)]


def test_noise_whose_checksum_agrees_by_chance_hides_no_answer() -> None:
    heads = (frames.PREAMBLE + size.to_bytes(2, "big") for size in range(20, len(CARD)))
    agreeing = [
        head
        for head in heads
        if frames.checksum(head[5:] + CARD[: int.from_bytes(head[5:], "big")]) == 0
    ]
    assert agreeing
    talk = reading(FOUND, SELECTED)

    talk.hear(agreeing[0] + CARD)

    assert talk.hear(NO_ADDRESS) == [CardRead(PARTS)]


# ---------------------------------------------------------------- answers to something else


def test_a_late_answer_to_a_find_is_not_the_selects() -> None:
    talk = reading(FOUND)

    assert talk.hear(FOUND, NO_CARD) == []
    assert (talk.asked(), talk.hear(SELECTED), talk.asked()) == ("select", [], "read")


@pytest.mark.parametrize("late", [FOUND, NO_CARD, SELECTED, OK, IDENTITY, MOVED])
def test_no_other_success_is_taken_for_a_card(late: bytes) -> None:
    talk = reading(FOUND, SELECTED)

    assert talk.hear(late) == []
    talk.hear(CARD, after=READ_SECONDS - 1)
    assert talk.hear(NO_ADDRESS) == [CardRead(PARTS)]


def test_the_late_read_of_a_card_that_has_gone_is_never_delivered_for_the_next() -> None:
    talk = reading(FOUND, SELECTED)
    assert talk.silence() == [Failed(Why.SLOW)]

    talk.sam.read(talk.now)
    course = [(talk.asked(), talk.hear(STALE + OK))]
    talk.silence()
    late = (STALE + FOUND, STALE + SELECTED, CARD, NO_ADDRESS)
    course += [(talk.asked(), talk.hear(answer)) for answer in late]

    assert course == [
        ("status", []),
        ("find", [Found()]),
        ("select", []),
        ("read", []),
        ("address", [CardRead(PARTS)]),
    ]


def test_a_late_read_that_comes_between_two_reads_is_dropped() -> None:
    talk = reading(FOUND, SELECTED)
    talk.silence()

    assert talk.hear(STALE) == []
    talk.sam.read(talk.now)
    assert talk.hear(STALE, OK) == []
    talk.silence()

    assert (talk.asked(), talk.hear(STALE, FOUND)) == ("find", [Found()])


@pytest.mark.parametrize("begun", [1, 5, 7, 600, len(STALE) - 1])
def test_what_began_to_arrive_before_the_question_is_not_its_answer(begun: int) -> None:
    talk = reading(FOUND)
    talk.asked()

    talk.hear(SELECTED + STALE[:begun])
    assert talk.asked() == "read"
    assert talk.hear(STALE[begun:]) == []
    talk.hear(CARD)

    assert talk.hear(NO_ADDRESS) == [CardRead(PARTS)]


def test_a_read_that_is_answered_twice_is_delivered_once() -> None:
    talk = reading(FOUND, SELECTED, CARD)

    outcomes = talk.hear(CARD, NO_ADDRESS, CARD, NO_ADDRESS)

    assert outcomes == [CardRead(PARTS)]
    assert talk.sam.due is None


# ---------------------------------------------------------------- find: 9F or resync


@pytest.mark.parametrize(
    "answer", [FOUND, frames.build_reply(0x9F), OK, frames.build_reply(0x90, bytes(4))]
)
def test_a_card_is_found_by_9f_or_by_90(answer: bytes) -> None:
    talk = reading()

    assert (talk.asked(), talk.hear(answer), talk.asked()) == ("find", [Found()], "select")


def test_80_is_no_card_and_never_leads_to_a_select() -> None:
    talk = reading(NO_CARD)

    asked = []
    for _ in range(20):
        talk.silence()
        asked.append(talk.asked())
        assert talk.hear(NO_CARD) == []

    assert set(asked) == {"find"}


def test_a_late_90_to_the_status_is_not_a_card() -> None:
    talk = reading(b"")
    talk.silence()
    asked = [talk.asked(), talk.silence(), talk.asked()]

    talk.hear(OK)
    talk.silence()

    assert asked == ["status", [], "status"]
    assert (talk.asked(), talk.hear(OK)) == ("find", [])
    assert talk.hear(FOUND) == [Found()]


@pytest.mark.parametrize("strange", [b"", STALE, DAMAGED, SELECTED, frames.build_reply(0x24)])
def test_a_find_without_an_answer_of_its_own_brings_the_line_back_into_step(
    strange: bytes,
) -> None:
    talk = reading(strange)

    talk.silence()
    resync = (talk.asked(), talk.hear(OK))
    talk.silence()

    assert resync == ("status", [])
    assert (talk.asked(), talk.hear(FOUND)) == ("find", [Found()])


@pytest.mark.parametrize(
    ("answer", "why"),
    [(b"", Why.SILENT), (DAMAGED, Why.DAMAGED), (frames.build_reply(0x10), Why.DAMAGED)],
)
def test_a_reader_whose_finds_fail_three_times_in_a_row_is_given_up(
    answer: bytes, why: Why
) -> None:
    talk = reading()

    assert talk.until_done({"find": answer, "status": OK}) == [Failed(why)]


@pytest.mark.parametrize("sw3", [0x60, 0x66])
def test_a_reader_that_fails_its_own_test_while_waiting_is_named_at_once(sw3: int) -> None:
    talk = reading()

    assert talk.hear(frames.build_reply(sw3)) == [Failed(Why.REFUSED, sw3)]


# ---------------------------------------------------------------- a card that is lifted


@pytest.mark.parametrize(
    ("answered", "answer", "sw3"),
    [
        ([FOUND], NOT_SELECTED, 0x81),
        ([FOUND], frames.build_reply(0x32), 0x32),
        ([FOUND, SELECTED], READ_FAILED, 0x41),
        ([FOUND, SELECTED], NOT_SELECTED, 0x81),
        ([FOUND, SELECTED], frames.build_reply(0x33), 0x33),
    ],
)
def test_a_card_lifted_or_refused_half_way_fails_and_the_next_read_begins_in_step(
    answered: list[bytes], answer: bytes, sw3: int
) -> None:
    talk = reading(*answered)

    outcomes = talk.hear(answer)
    talk.sam.read(talk.now)

    assert outcomes == [Failed(Why.REFUSED, sw3)]
    assert talk.asked() == "status"


def test_a_select_that_is_not_answered_is_too_slow() -> None:
    talk = reading(FOUND)

    assert talk.silence() == [Failed(Why.SLOW)]


def test_after_a_good_read_nothing_is_asked_until_somebody_wants_a_card_again() -> None:
    talk = reading(*COURSE)

    assert talk.hear(b"", after=60) == []
    assert (talk.asked(), talk.sam.due) == ("", None)


# ---------------------------------------------------------------- the time between polls


def test_a_find_never_comes_sooner_than_300_ms_after_an_answer() -> None:
    talk = reading()
    answered = None

    for _ in range(10):
        assert talk.asked() == "find"
        assert answered is None or talk.now >= answered + POLL_SECONDS
        talk.hear(NO_CARD, after=0.2)
        answered = talk.now
        talk.silence()


def test_an_answer_in_the_pause_begins_the_pause_anew() -> None:
    talk = reading(NO_CARD)

    talk.hear(FOUND, after=0.25)
    talk.hear(b"", after=0.25)
    early = talk.asked()
    talk.hear(b"", after=0.06)

    assert (early, talk.asked()) == ("", "find")


def test_a_new_read_does_not_shorten_the_pause_of_the_last() -> None:
    talk = reading(NO_CARD)

    talk.sam.stop()
    talk.sam.read(talk.now)

    assert talk.asked() == ""
    assert talk.sam.due == pytest.approx(talk.now + POLL_SECONDS)


# ---------------------------------------------------------------- the new address


@pytest.mark.parametrize(
    "answer",
    [
        NO_ADDRESS,
        READ_FAILED,
        NOT_SELECTED,
        frames.build_reply(0x21),
        frames.build_reply(0x24),
        frames.build_new_address(""),
        frames.build_reply(0x90, bytes(71)),
        MOVED[:-1] + b"\0",
        MOVED[:40],
        b"",
    ],
)
def test_without_a_sound_new_address_the_read_stands(answer: bytes) -> None:
    talk = reading(FOUND, SELECTED, CARD)

    outcomes = talk.hear(answer)
    if talk.sam.due:
        outcomes += talk.silence()

    assert outcomes == [CardRead(PARTS)]


def test_a_line_lost_while_the_new_address_is_asked_for_does_not_lose_the_read() -> None:
    asking = reading(FOUND, SELECTED, CARD)
    before = reading(FOUND, SELECTED)

    assert asking.sam.stop() == CardRead(PARTS)
    assert before.sam.stop() is None
    assert before.hear(CARD) == []


def test_a_new_address_of_another_size_is_refused_by_its_parser() -> None:
    for reply in (frames.build_reply(0x90, bytes(71)), NO_ADDRESS):
        with pytest.raises(frames.FrameError):
            frames.parse_new_address(frames.parse_reply(reply))


# ---------------------------------------------------------------- the portrait


@pytest.mark.parametrize("photo", [b"", bytes(1024), WANG.photo()[:512], b"BM" + WANG.photo()[2:]])
def test_a_card_whose_portrait_is_missing_or_broken_is_read_without_it(photo: bytes) -> None:
    talk = reading(FOUND, SELECTED, frames.build_base_read(WANG.block(), photo))

    assert talk.hear(NO_ADDRESS) == [CardRead({"block": WANG.block()})]


@pytest.mark.parametrize("block", [b"", WANG.block()[:-2], WANG.block() + b" \0"])
def test_a_card_whose_text_is_not_whole_is_not_read(block: bytes) -> None:
    talk = reading(FOUND, SELECTED)

    outcomes = talk.hear(frames.build_base_read(block, WANG.photo())) + talk.silence()

    assert outcomes == [Failed(Why.DAMAGED)]


# ---------------------------------------------------------------- whatever comes


@given(st.lists(st.sampled_from([*NOISE, *COURSE, STALE, NO_CARD, READ_FAILED]) | st.binary()))
def test_whatever_comes_the_engine_raises_nothing_and_delivers_only_whole_cards(
    chunks: list[bytes],
) -> None:
    talk = reading()

    for chunk in chunks:
        outcomes = talk.hear(chunk, after=0.1)
        for outcome in outcomes:
            if isinstance(outcome, CardRead):
                assert outcome.parts["block"] in (WANG.block(), LI.block())
        talk.asked()
        if talk.sam.due is None:
            talk.sam.read(talk.now)


def test_endless_noise_takes_no_endless_memory() -> None:
    talk = reading()

    for _ in range(200):
        talk.hear(frames.PREAMBLE + b"\x0f\xff" + bytes(1000), after=0)

    assert len(talk.sam._stream._buffer) < 2 * frames.LONGEST


def test_an_outcome_shows_nothing_of_the_person() -> None:
    [read] = reading(FOUND, SELECTED, CARD).hear(MOVED)

    assert repr(read) == "CardRead()"
