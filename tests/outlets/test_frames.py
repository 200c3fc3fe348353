"""Frames and the text block, against the published examples and against any bytes at all."""

import contextlib
import itertools
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlets import frames
from outlets.bridge.people import PEOPLE, Person
from outlets.frames import FrameError, Sex, parse_reply, parse_text_block, take_frame

# A shared machine may pause in the middle of an example.
UNHURRIED = settings(deadline=None)

WANG = PEOPLE["wang"]
FIELDS = {
    "name": "王样本",
    "sex": "1",
    "ethnic_code": "01",
    "birth_date": "19900314",
    "address": "示例省样本市测试路1号",
    "number": "991101199003140010",
    "issuer": "样本市公安局",
    "valid_from": "20180601",
    "valid_to": "20380601",
}


def block(**fields: str) -> bytes:
    return frames.build_text_block(FIELDS | fields)


def good_read() -> bytes:
    return frames.build_base_read(WANG.block(), WANG.photo())


def code_of(call: Callable[..., object], *args: object) -> str:
    with pytest.raises(FrameError) as caught:
        call(*args)
    return caught.value.code


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


@UNHURRIED
@given(st.lists(st.binary(max_size=60) | st.just(frames.PREAMBLE + b"\x10\x00"), max_size=8))
def test_waiting_for_a_frame_never_holds_more_than_one(chunks: list[bytes]) -> None:
    rest = b""
    for chunk in chunks:
        before = rest + chunk
        frame, rest = take_frame(before)
        assert len(rest) <= frames.LONGEST + 7
        assert before.endswith(rest)
        assert frame is None or frame in before


@UNHURRIED
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


# ---------------------------------------------------------------- the card


@pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE)
def test_every_specimen_card_is_read_as_it_was_written(person: Person) -> None:
    card = parse_text_block(person.block())

    for field in ("name", "sex", "ethnic_code", "birth_date", "address", "number", "issuer"):
        assert getattr(card, field) == getattr(person, field)
    assert (card.valid_from, card.valid_to) == (person.valid_from, person.valid_to)
    assert card.kind == "resident"
    assert not card.has_private_characters


def test_a_card_without_end_has_no_last_day() -> None:
    raw = PEOPLE["liu"].block()

    assert raw[204:220] == bytes.fromhex("7F951F67" + "2000" * 6)
    assert parse_text_block(raw).valid_to is None


@pytest.mark.parametrize(
    ("code", "sex", "label"),
    [
        ("1", Sex.MALE, "男"),
        ("2", Sex.FEMALE, "女"),
        ("0", Sex.UNKNOWN, "未知"),
        ("9", Sex.UNSTATED, "未说明"),
    ],
)
def test_every_sex_of_the_standard_is_told_apart(code: str, sex: Sex, label: str) -> None:
    card = parse_text_block(block(sex=code))

    assert (card.sex, card.sex.label) == (sex, label)


@pytest.mark.parametrize("padding", [" ", "\0", "\u3000"])
def test_padding_is_trimmed_at_the_ends_only(padding: str) -> None:
    raw = frames.build_text_block(
        FIELDS | {"address": "示例省 样本市\u3000测试路"}, padding=padding
    )

    card = parse_text_block(raw)

    assert (card.name, card.address) == ("王样本", "示例省 样本市\u3000测试路")


def test_fifteen_units_of_a_name_are_sliced_before_they_are_decoded() -> None:
    name = "王" + "\U00020bb7" * 7

    card = parse_text_block(block(name=name))

    assert card.name == name
    assert not card.has_private_characters


def test_half_a_character_at_the_edge_of_a_field_is_refused() -> None:
    raw = bytearray(block(name="王" * 14))
    raw[28:30] = "\U00020bb7".encode("utf-16-le")[:2]

    with pytest.raises(FrameError) as caught:
        parse_text_block(bytes(raw))

    assert (caught.value.code, caught.value.field) == ("encoding", "name")


@pytest.mark.parametrize("rare", ["\ue188", "\U000f0001"])
def test_a_private_character_is_kept_as_read_and_flagged(rare: str) -> None:
    card = parse_text_block(block(name="王" + rare))

    assert card.name == "王" + rare
    assert card.has_private_characters


@pytest.mark.parametrize(
    "name", ["迪丽样·买买提样", "迪丽样•买买提样", "迪丽样・买买提样", "王〇样", "样.本"]
)
def test_a_name_is_stored_as_read(name: str) -> None:
    assert parse_text_block(block(name=name)).name == name


@pytest.mark.parametrize("last", ["x", "X", "\uff38", "\uff58"])
def test_every_form_of_the_last_x_means_the_same(last: str) -> None:
    assert parse_text_block(block(number="99110120111205009" + last)).number[-1] == "X"


def test_full_width_digits_of_a_number_mean_the_same() -> None:
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in FIELDS["number"])

    assert parse_text_block(block(number=wide)).number == FIELDS["number"]


@pytest.mark.parametrize(
    "marker", ["\0", "j", "i", "y", "A", "1", "\u3000", "\u2020", "\u4a20", "\uff2a", "\u0100"]
)
def test_any_other_type_of_card_is_refused(marker: str) -> None:
    raw = block()

    raw = raw[:248] + marker.encode("utf-16-le") + raw[250:]

    assert code_of(parse_text_block, raw) == "card_type"


@pytest.mark.parametrize("size", [0, 1, 255, 257, 512])
def test_a_block_of_another_size_is_refused(size: int) -> None:
    assert code_of(parse_text_block, b" \0" * (size // 2) + b" " * (size % 2)) == "block_length"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "empty"),
        ("name", "卡密码已锁定(1604)", "content"),
        ("name", "读卡失败", "content"),
        ("name", "王样本1", "content"),
        ("name", "王\0样本", "encoding"),
        ("name", "王\u202e样本", "encoding"),
        ("name", "王\n样本", "encoding"),
        ("name", "王\ufffd", "encoding"),
        ("name", "王\uffff", "encoding"),
        ("sex", " ", "empty"),
        ("sex", "3", "content"),
        ("sex", "男", "content"),
        ("ethnic_code", "汉", "content"),
        ("ethnic_code", "", "empty"),
        ("ethnic_code", "٠١", "content"),
        ("birth_date", "19900230", "content"),
        ("birth_date", "00000000", "content"),
        ("birth_date", "1990 314", "content"),
        ("birth_date", "１９９００３１４", "content"),
        ("birth_date", "长期", "content"),
        ("address", "", "empty"),
        ("address", "error -1", "content"),
        ("number", "99110119900314001", "content"),
        ("number", "99110119900314X010", "content"),
        ("number", "99110119900314001Y", "content"),
        ("number", "٩٩١١٠١١٩٩٠٠٣١٤٠٠١٠", "content"),
        ("issuer", "", "empty"),
        ("issuer", "未授权，读取错误", "content"),
        ("valid_from", "长期", "content"),
        ("valid_from", "20181301", "content"),
        ("valid_to", "20380231", "content"),
        ("valid_to", "长期有效", "content"),
        ("valid_to", "", "empty"),
    ],
)
def test_a_field_that_cannot_be_is_refused_and_named(field: str, value: str, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        parse_text_block(block(**{field: value}))

    assert (caught.value.code, caught.value.field) == (code, field)
    assert not value.strip() or value not in str(caught.value)


@pytest.mark.parametrize(
    "dates",
    [
        {"valid_from": "20380601", "valid_to": "20180601"},
        {"birth_date": "20180602"},
    ],
)
def test_dates_that_contradict_each_other_are_refused(dates: dict[str, str]) -> None:
    assert code_of(parse_text_block, block(**dates)) == "dates"


def test_the_day_of_birth_may_be_the_first_and_the_last_day() -> None:
    card = parse_text_block(
        block(birth_date="20240229", valid_from="20240229", valid_to="20240229")
    )

    assert card.birth_date == card.valid_from == card.valid_to == date(2024, 2, 29)


# ---------------------------------------------------------------- what is never said or raised


def test_neither_a_card_nor_a_reply_shows_the_person_in_a_traceback() -> None:
    reply = parse_reply(good_read())
    read = frames.parse_base_read(reply)
    card = parse_text_block(read.block)

    for text in (repr(card), str(card), f"{card}", repr(reply), repr(read)):
        assert WANG.name not in text
        assert WANG.number not in text
        assert WANG.block()[:20].hex() not in text
        assert len(text) < 60


@UNHURRIED
@given(st.sampled_from(sorted(FIELDS)), st.text(max_size=8))
def test_an_error_never_repeats_the_card_and_carries_no_cause_that_does(
    field: str, value: str
) -> None:
    size = 2 if field == "sex" else 4 if field == "ethnic_code" else 16
    value = value.encode("utf-16-le", "surrogatepass")[:size].decode("utf-16-le", "surrogatepass")

    error = None
    try:
        parse_text_block(block(**{field: value}))
    except FrameError as raised:
        error = raised

    if error:
        assert error.__context__ is None
        assert str(error) == str(FrameError(error.code, error.field))


def only_frame_errors(data: bytes) -> None:
    for parse in (parse_reply, parse_text_block, frames.check_photo):
        try:
            result = parse(data)
        except FrameError:
            continue
        if isinstance(result, frames.Reply):
            for take_apart in (frames.parse_base_read, frames.parse_sam_id):
                with contextlib.suppress(FrameError):
                    take_apart(result)
    take_frame(data)


@UNHURRIED
@given(st.binary(max_size=400) | st.binary(min_size=256, max_size=256))
def test_any_bytes_raise_nothing_but_frame_errors(data: bytes) -> None:
    only_frame_errors(data)


mutations = st.lists(st.tuples(st.integers(0, 1294), st.integers(0, 255)), max_size=12)


@UNHURRIED
@given(changes=mutations, cut=st.integers(0, 1295))
def test_a_mutated_read_raises_nothing_but_frame_errors(
    changes: list[tuple[int, int]], cut: int
) -> None:
    frame = bytearray(good_read())
    for position, value in changes:
        frame[position] = value

    only_frame_errors(bytes(frame))
    only_frame_errors(bytes(frame[:cut]))


@UNHURRIED
@given(person=st.sampled_from(list(PEOPLE.values())), changes=mutations)
def test_a_mutated_card_is_refused_or_still_a_resident_card(
    person: Person, changes: list[tuple[int, int]]
) -> None:
    raw = bytearray(person.block())
    for position, value in changes:
        raw[position % 256] = value

    try:
        card = parse_text_block(bytes(raw))
    except FrameError:
        return
    assert card.kind == "resident"
    assert raw[248:250] == b" \0"
    assert len(card.number) == 18
    assert card.valid_to is None or card.birth_date <= card.valid_from <= card.valid_to
