"""Any bytes at all: nothing but FrameError, and an end. Structure by hypothesis, mass by seeds."""

import contextlib
import re
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlets import frames
from outlets.bridge.people import PEOPLE, Person
from outlets.frames import (
    CardKind,
    FrameError,
    parse_reply,
    parse_text_block,
    take_frame,
    with_new_address,
)
from tests.outlets.blocks import FIELDS, MARKERS, OF_2017, PERMIT, RESIDENT, block

WANG = PEOPLE["wang"]

# A million inputs in parts that workers share out; each must end long before its alarm.
SEEDS = range(8)
INPUTS = 125_000
ALARM_SECONDS = 120

# ---------------------------------------------------------------- structure

# The text of a reader's failure is refused in every field, and hypothesis draws these very words:
# it takes the constants of the product among its examples.
FAILURE = re.compile(r"错误|失败|锁定|无效|\b(?:ERROR|FAILED|FAILURE|UNDEFINED|TIMEOUT)\b")


def _tells_no_failure(text: str) -> bool:
    return not FAILURE.search(text)


hanzi = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
names = st.text(hanzi | st.just("\u00b7"), min_size=1, max_size=15).filter(_tells_no_failure)
issuers = st.text(hanzi, min_size=1, max_size=15).filter(_tells_no_failure)
english_names = st.from_regex(r"[A-Z][A-Z ,.'-]{0,43}[A-Z]", fullmatch=True).filter(
    _tells_no_failure
)
streets = st.text(hanzi | st.sampled_from("0123456789-号室 "), max_size=33)
addresses = streets.map("样{}号".format).filter(_tells_no_failure)
days = st.dates(date(1900, 1, 1), date(9998, 12, 31))


@st.composite
def cards(draw: st.DrawFn) -> tuple[CardKind, dict[str, str]]:
    kind = draw(st.sampled_from(CardKind))
    born, first, last = sorted(draw(st.tuples(days, days, days)))
    drawn = {
        "name": draw(names),
        "english_name": draw(english_names),
        "sex": draw(st.sampled_from("1209")),
        "ethnic_code": draw(st.from_regex(r"[0-9]{2}", fullmatch=True)),
        "birth_date": f"{born:%Y%m%d}",
        "address": draw(addresses),
        "number": "9" + draw(st.from_regex(r"[0-9]{16}[0-9X]", fullmatch=True)),
        "issuer": draw(issuers),
        "valid_from": f"{first:%Y%m%d}",
        "valid_to": draw(st.sampled_from((f"{last:%Y%m%d}", frames.LONG_TERM))),
        "nationality": draw(st.from_regex(r"[A-Z]{3}", fullmatch=True)),
        "pass_number": draw(st.from_regex(r"([HM]?[0-9]{8})?", fullmatch=True)),
        "link": draw(st.from_regex(r"[0-9A-Z]{0,3}", fullmatch=True)),
    }
    if kind is OF_2017:
        drawn["number"] = draw(st.from_regex(r"[A-Z]{3}[0-9]{12}", fullmatch=True))
    return kind, {name: drawn.get(name, "") for name in FIELDS[kind]}


@given(cards(), st.sampled_from(" \0\u3000"))
def test_what_was_built_is_what_is_read(
    drawn: tuple[CardKind, dict[str, str]], padding: str
) -> None:
    kind, fields = drawn

    card = parse_text_block(block(kind, padding, **fields))

    assert card.kind is kind
    for field in fields.keys() - {"sex", "birth_date", "valid_from", "valid_to"}:
        assert getattr(card, field) == fields[field]
    assert f"{card.birth_date:%Y%m%d}" == fields["birth_date"]
    assert f"{card.valid_from:%Y%m%d}" == fields["valid_from"]
    assert (card.valid_to is None) is (fields["valid_to"] == frames.LONG_TERM)


@given(st.binary(max_size=400) | st.binary(min_size=256, max_size=256))
def test_any_bytes_raise_nothing_but_frame_errors(data: bytes) -> None:
    _frame(data)
    _block(data)
    for marker in MARKERS.values():
        _block(data[:248] + marker + data[250:])


mutations = st.lists(st.tuples(st.integers(0, 1294), st.integers(0, 255)), max_size=12)


@given(changes=mutations, cut=st.integers(0, 1295))
def test_a_mutated_read_raises_nothing_but_frame_errors(
    changes: list[tuple[int, int]], cut: int
) -> None:
    frame = bytearray(frames.build_base_read(WANG.block(), WANG.photo()))
    for position, value in changes:
        frame[position] = value

    _frame(bytes(frame))
    _frame(bytes(frame[:cut]))


@given(person=st.sampled_from(list(PEOPLE.values())), changes=mutations)
def test_a_mutated_card_is_refused_or_still_of_the_kind_that_its_marker_says(
    person: Person, changes: list[tuple[int, int]]
) -> None:
    raw = bytearray(person.block())
    for position, value in changes:
        raw[position % 256] = value

    try:
        card = parse_text_block(bytes(raw))
    except FrameError:
        return
    assert raw[248:250] == MARKERS[card.kind]
    assert len(card.number) == (15 if card.kind is OF_2017 else 18)
    assert card.name
    assert bool(card.address) is (card.kind in (RESIDENT, PERMIT))
    assert card.valid_to is None or card.birth_date <= card.valid_from <= card.valid_to


# ---------------------------------------------------------------- mass


@contextlib.contextmanager
def untraced() -> Iterator[None]:
    """Without coverage, which would take three times as long: the tests above cover the lines."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)


@contextlib.contextmanager
def alarm(seconds: int) -> Iterator[None]:
    """A hang ends the test instead of the run."""

    def ring(*_: object) -> None:
        raise TimeoutError("an input does not come to an end")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_million_random_and_mutated_frames_raise_nothing_but_frame_errors(seed: int) -> None:
    """Half of them are frames in a stream, half text blocks; all seeds together are the million."""
    chance = Random(seed)
    sound = _sound_frames()
    blocks = [person.block() for person in PEOPLE.values()]
    heard: Counter[str] = Counter()

    with alarm(ALARM_SECONDS), untraced():
        for place in range(INPUTS // 2):
            heard[_frame(_stream(chance, sound[place % len(sound)]))] += 1
            heard[_block(_mutated(chance, blocks[place % len(blocks)]))] += 1

    # It went deep: whole reads and whole cards came through, and each refusal of both was met.
    assert heard.total() == INPUTS
    assert min(heard["read"], heard["sam_id"], heard["reply"], heard["card"]) > 100
    met = {"checksum", "truncated", "length", "layout", "card_type", "encoding", "empty"}
    assert met | {"content", "dates", "block_length", "preamble"} <= heard.keys()


def _sound_frames() -> list[bytes]:
    reads = [frames.build_base_read(one.block(), one.photo()) for one in PEOPLE.values()]
    others = [
        frames.build_reply(frames.CARD_FOUND, bytes(4)),
        frames.build_reply(0x41),
        frames.build_reply(frames.OK, bytes(range(16))),
        frames.build_reply(frames.OK, "示例省".ljust(35).encode("utf-16-le")),
        frames.READ_BASE,
        b"",
    ]
    return reads[::3] + others


def _mutated(chance: Random, data: bytes) -> bytes:
    """Few bytes changed, a part cut out, doubled or made random, or as it was."""
    what, size = chance.random(), len(data)
    if what < 0.1:
        return chance.randbytes(size)
    start = int(chance.random() * size)
    if what < 0.15:
        return data[:start]
    if what < 0.25:
        end = start + int(chance.random() * 40)
        return data[:start] + (data[end:] if what < 0.2 else data[start:end] + data[start:])
    if what < 0.4:
        return data[:start] + chance.randbytes(min(8, size - start)) + data[start + 8 :]
    if what < 0.5:
        # A whole unit, for what a single byte cannot make of UTF-16.
        unit = chance.choice(_UNITS)
        return data[: start & ~1] + unit + data[(start & ~1) + 2 :]
    changed = bytearray(data)
    for _ in range(int(chance.random() * 4)):
        if size:
            changed[int(chance.random() * size)] = chance.getrandbits(8)
    return bytes(changed)


_UNITS = [
    one.encode("utf-16-le", "surrogatepass") for one in " 09XJIY长\0\n\ud800\udc00\ufffd\ue188"
]


def _stream(chance: Random, frame: bytes) -> bytes:
    """A frame mutated, mostly with its checksum made right again, often among noise."""
    data = _mutated(chance, frame)
    what = chance.random()
    if what < 0.4 and len(data) > 8:
        data = frames.build_frame(data[7:-1])
    if what > 0.7:
        data = chance.choice(_NOISE) + data + chance.choice(_NOISE)
    return data


_NOISE = [
    b"",
    bytes(30),
    b"\xaa\xaa",
    b"\xaa" * 9,
    b"\xaa\xaa\xaa\x96" * 20,
    frames.PREAMBLE,
    frames.PREAMBLE + b"\x05\x08\0",
    frames.PREAMBLE + b"\xff\xff",
    frames.READ_BASE,
]


def _frame(data: bytes) -> str:
    """What becomes of a stream: the code of the refusal, or the deepest thing that was read."""
    frame, rest = take_frame(data)
    assert len(rest) <= len(data)
    with contextlib.suppress(FrameError):
        frames.open_frame(data)
    try:
        reply = parse_reply(data if frame is None else frame)
    except FrameError as error:
        return error.code
    with contextlib.suppress(FrameError):
        frames.parse_sam_id(reply)
        return "sam_id"
    try:
        read = frames.parse_base_read(reply)
        parse_text_block(read.block)
        return "read"
    except FrameError as error:
        return error.code if reply.ok and reply.data else "reply"


def _block(data: bytes) -> str:
    try:
        card = parse_text_block(data)
    except FrameError as error:
        return error.code
    with contextlib.suppress(FrameError):
        with_new_address(card, data[:70])
    # Nothing that is asked of a card breaks either.
    assert card.person_number
    assert isinstance(card.has_private_characters, bool)
    assert card.linked_number is not None
    return "card"
