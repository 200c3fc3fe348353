"""Frames and the stream they come in, against the published examples."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlets import frames
from outlets.bridge.people import PEOPLE
from outlets.frames import parse_reply, take_frame
from tests.outlets.blocks import code_of

WANG = PEOPLE["wang"]


def good_read() -> bytes:
    return frames.build_base_read(WANG.block(), WANG.photo())


# ---------------------------------------------------------------- frames


@pytest.mark.parametrize(
    ("built", "published"),
    [
        (frames.FIND_CARD, "AA AA AA 96 69 00 03 20 01 22"),
        (frames.SELECT_CARD, "AA AA AA 96 69 00 03 20 02 21"),
        (frames.READ_BASE, "AA AA AA 96 69 00 03 30 01 32"),
        (frames.SAM_ID, "AA AA AA 96 69 00 03 12 FF EE"),
        (frames.SAM_STATUS, "AA AA AA 96 69 00 03 11 FF ED"),
        (frames.build_frame(b"\x30\x10"), "AA AA AA 96 69 00 03 30 10 23"),
        (frames.build_frame(b"\x30\x03"), "AA AA AA 96 69 00 03 30 03 30"),
        (frames.build_frame(b"\x10\xff"), "AA AA AA 96 69 00 03 10 FF EC"),
        (frames.build_frame(b"\x61\xff\x50"), "AA AA AA 96 69 00 04 61 FF 50 CA"),
        (frames.build_frame(b"\x60\x00"), "AA AA AA 96 69 00 03 60 00 63"),
        (frames.build_frame(b"\x60\x04"), "AA AA AA 96 69 00 03 60 04 67"),
    ],
)
def test_a_built_request_is_the_published_frame(built: bytes, published: str) -> None:
    assert built == bytes.fromhex(published)


@pytest.mark.parametrize(
    ("published", "sw3", "data"),
    [
        ("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97", 0x9F, bytes(4)),
        ("AA AA AA 96 69 00 0C 00 00 90" + "00" * 8 + "9C", 0x90, bytes(8)),
        ("AA AA AA 96 69 00 04 00 00 90 94", 0x90, b""),
        ("AA AA AA 96 69 00 04 00 00 80 84", 0x80, b""),
        ("AA AA AA 96 69 00 04 00 00 81 85", 0x81, b""),
        ("AA AA AA 96 69 00 04 00 00 41 45", 0x41, b""),
        ("AA AA AA 96 69 00 04 00 00 32 36", 0x32, b""),
    ],
)
def test_a_published_reply_is_read(published: str, sw3: int, data: bytes) -> None:
    reply = parse_reply(bytes.fromhex(published))

    assert (reply.sw1, reply.sw2, reply.sw3, reply.data) == (0, 0, sw3, data)
    assert reply.ok is (sw3 == 0x90)
    assert reply.card_found is (sw3 == 0x9F)


def test_a_good_read_has_the_published_size_and_gives_both_parts() -> None:
    frame = good_read()

    read = frames.parse_base_read(parse_reply(frame))

    assert len(frame) == 1295
    assert frame[5:14] == bytes.fromhex("05 08 00 00 90 01 00 04 00")
    assert (read.block, read.photo) == (WANG.block(), WANG.photo())
    assert read.photo.startswith(bytes.fromhex("57 4C 66 00 7E 00 32 00 00 FF 85"))


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("", "truncated"),
        ("AA AA", "truncated"),
        ("AA AA AA 96 69 00", "truncated"),
        ("AA AA AA 96 69 00 04 00 00 90", "truncated"),
        ("55 AA AA AA 96 69 00 04 00 00 90 94", "preamble"),
        ("AA AA AA 69 96 00 04 00 00 90 94", "preamble"),
        ("AA AA AA 96 69 00 04 00 00 90 94 00", "length"),
        ("AA AA AA 96 69 00 00", "length"),
        ("AA AA AA 96 69 FF FF 00 00 90 94", "length"),
        ("AA AA AA 96 69 00 03 20 01 22", "length"),
        ("AA AA AA 96 69 00 04 00 00 90 95", "checksum"),
        ("AA AA AA 96 69 00 04 00 00 91 94", "checksum"),
    ],
)
def test_a_damaged_reply_is_refused_by_name(frame: str, code: str) -> None:
    assert code_of(parse_reply, bytes.fromhex(frame)) == code


def test_a_read_that_failed_or_lacks_a_part_is_refused() -> None:
    no_photo = frames.build_base_read(WANG.block(), b"")
    other_picture = frames.build_base_read(WANG.block(), b"BM" + WANG.photo()[2:])
    swapped = frames.build_reply(0x90, b"\4\0\1\0" + WANG.photo() + WANG.block())

    assert code_of(frames.parse_base_read, parse_reply(frames.build_reply(0x41))) == "status"
    assert code_of(frames.parse_base_read, parse_reply(no_photo)) == "layout"
    assert code_of(frames.parse_base_read, parse_reply(swapped)) == "layout"
    assert code_of(frames.parse_base_read, parse_reply(other_picture)) == "photo"


@pytest.mark.parametrize(("fingerprints", "size"), [(0, 1297), (512, 1809), (1024, 2321)])
def test_an_answer_to_the_read_with_fingerprints_never_passes_for_one_without(
    fingerprints: int, size: int
) -> None:
    """Command 30 10: three lengths instead of two, so that the text begins two bytes later."""
    sizes = b"\1\0\4\0" + fingerprints.to_bytes(2, "big")
    frame = frames.build_reply(0x90, sizes + WANG.block() + WANG.photo() + b"\x43" * fingerprints)

    assert len(frame) == size
    assert code_of(frames.parse_base_read, parse_reply(frame)) == "layout"
    assert code_of(frames.parse_card_parts, parse_reply(frame)) == "layout"


def test_the_sam_id_is_given_as_it_is_printed_on_the_reader() -> None:
    numbers = [(5, 2), (1, 2), (20260105, 4), (42, 4), (3141592653, 4)]
    data = b"".join(number.to_bytes(size, "little") for number, size in numbers)

    text = frames.parse_sam_id(parse_reply(frames.build_reply(0x90, data)))

    assert text == "05.01-20260105-0000000042-3141592653"
    assert code_of(frames.parse_sam_id, parse_reply(frames.build_reply(0x90, data[:-1]))) == (
        "sam_id"
    )
    assert code_of(frames.parse_sam_id, parse_reply(frames.build_reply(0x60))) == "status"


# ---------------------------------------------------------------- the stream

FOUND = bytes.fromhex("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97")
NO_CARD = frames.build_reply(0x80)


@pytest.mark.parametrize(
    "noise",
    [
        b"",
        b"\x00\xff\x13noise",
        b"\xaa\xaa",
        frames.PREAMBLE[:4],
        # The headers of readers that wrap the module's frame into their own.
        bytes.fromhex("AA 05 12 A0 10"),
        bytes.fromhex("EA EB EC ED"),
        frames.PREAMBLE + b"\xff\xff",
        frames.PREAMBLE + b"\x00\x00",
        # A beginning that promises more bytes than ever come.
        frames.PREAMBLE + b"\x05\x08\x00\x00",
        # A frame with a wrong checksum.
        NO_CARD[:-1] + b"\x00",
    ],
)
def test_a_frame_is_found_behind_noise(noise: bytes) -> None:
    assert take_frame(noise + FOUND) == (FOUND, b"")


def test_merged_frames_come_apart_one_by_one() -> None:
    first, rest = take_frame(NO_CARD + FOUND + FOUND[:6])
    second, tail = take_frame(rest)

    assert (first, second, tail) == (NO_CARD, FOUND, FOUND[:6])
    assert take_frame(tail) == (None, FOUND[:6])


def test_a_frame_that_arrives_byte_by_byte_is_whole_at_its_last_byte() -> None:
    buffer = b""
    for byte in FOUND[:-1]:
        frame, buffer = take_frame(buffer + bytes([byte]))
        assert frame is None
    assert take_frame(buffer + FOUND[-1:]) == (FOUND, b"")


def test_a_damaged_frame_is_handed_over_so_that_it_can_be_named() -> None:
    damaged = NO_CARD[:-1] + b"\x00"

    assert take_frame(damaged) == (damaged, b"")
    assert code_of(parse_reply, damaged) == "checksum"


@given(st.lists(st.binary(max_size=60) | st.just(frames.PREAMBLE + b"\x10\x00"), max_size=8))
def test_waiting_for_a_frame_never_holds_more_than_one(chunks: list[bytes]) -> None:
    rest = b""
    for chunk in chunks:
        before = rest + chunk
        frame, rest = take_frame(before)
        assert len(rest) <= frames.LONGEST + 7
        assert before.endswith(rest)
        assert frame is None or frame in before


@given(noise=st.binary(max_size=40), cuts=st.lists(st.integers(0, 1400), max_size=6))
def test_a_read_survives_noise_and_any_splitting(noise: bytes, cuts: list[int]) -> None:
    stream = noise + good_read()
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    buffer = b""
    found = []

    for start, end in itertools.pairwise(edges):
        frame, buffer = take_frame(buffer + stream[start:end])
        found += [frame] if frame else []

    assert good_read() in found
