"""The text block of the resident card, and what holds for every kind of card."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlets import frames
from outlets.bridge.people import PEOPLE, Person
from outlets.frames import CardKind, FrameError, Sex, parse_text_block
from tests.outlets.blocks import FIELDS, MARKERS, RESIDENT, block, code_of

WANG = PEOPLE["wang"]


def refused(raw: bytes) -> tuple[str, str]:
    with pytest.raises(FrameError) as caught:
        parse_text_block(raw)
    return caught.value.code, caught.value.field


@pytest.mark.parametrize("kind", CardKind)
def test_the_marker_alone_decides_what_a_card_is(kind: CardKind) -> None:
    raw = block(kind)

    assert raw[248:250] == MARKERS[kind]
    assert parse_text_block(raw).kind is kind
    assert kind.label


@pytest.mark.parametrize("kind", [kind for kind in CardKind if kind is not RESIDENT])
def test_a_card_of_another_kind_never_passes_for_a_resident_card(kind: CardKind) -> None:
    raw = block(kind)

    with pytest.raises(FrameError):
        parse_text_block(raw[:248] + MARKERS[RESIDENT] + raw[250:])


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
    raw = block(padding=padding, address="示例省 样本市\u3000测试路")

    card = parse_text_block(raw)

    assert (card.name, card.address) == ("王样本", "示例省 样本市\u3000测试路")


def test_a_resident_card_that_is_padded_with_nul_to_its_end_is_still_one() -> None:
    """Its marker is one of the reserved units and becomes NUL with them."""
    raw = block(padding="\0")[:220] + bytes(36)

    assert parse_text_block(raw) == parse_text_block(block())


@pytest.mark.parametrize("place", [place for place in range(220, 256, 2) if place != 248])
def test_one_reserved_unit_that_says_something_makes_a_nul_an_unknown_marker(place: int) -> None:
    raw = bytearray(block(padding="\0")[:220] + bytes(36))
    raw[place] = ord("J")

    assert code_of(parse_text_block, bytes(raw)) == "card_type"


def test_fifteen_units_of_a_name_are_sliced_before_they_are_decoded() -> None:
    name = "王" + "\U00020bb7" * 7

    card = parse_text_block(block(name=name))

    assert card.name == name
    assert not card.has_private_characters


def test_half_a_character_at_the_edge_of_a_field_is_refused() -> None:
    raw = bytearray(block(name="王" * 14))
    raw[28:30] = "\U00020bb7".encode("utf-16-le")[:2]

    assert refused(bytes(raw)) == ("encoding", "name")


@pytest.mark.parametrize("rare", ["\ue188", "\U000f0001"])
def test_a_private_character_is_kept_as_read_and_flagged(rare: str) -> None:
    card = parse_text_block(block(name="王" + rare))

    assert card.name == "王" + rare
    assert card.has_private_characters


@pytest.mark.parametrize(
    "name",
    [
        "迪丽样·买买提样",
        "迪丽样•买买提样",
        "迪丽样・买买提样",
        "迪丽样●买买提样",
        "迪丽样．买买提样",
        "迪丽样∙买买提样",
        "王〇样",
        "样.本",
    ],
)
def test_a_name_is_stored_as_read(name: str) -> None:
    assert parse_text_block(block(name=name)).name == name


@pytest.mark.parametrize("last", ["x", "X", "\uff38", "\uff58"])
def test_every_form_of_the_last_x_means_the_same(last: str) -> None:
    assert parse_text_block(block(number="99110120111205009" + last)).number[-1] == "X"


def test_full_width_digits_of_a_number_mean_the_same() -> None:
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in FIELDS[RESIDENT]["number"])

    assert parse_text_block(block(number=wide)).number == FIELDS[RESIDENT]["number"]


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


@pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE)
def test_neither_a_card_nor_a_reply_shows_the_person_in_a_traceback(person: Person) -> None:
    reply = frames.parse_reply(frames.build_base_read(person.block(), person.photo()))
    read = frames.parse_base_read(reply)
    card = parse_text_block(read.block)

    for text in (repr(card), str(card), f"{card}", repr(reply), repr(read)):
        assert person.name not in text
        assert person.number not in text
        assert person.block()[:20].hex() not in text
        assert len(text) < 60
    assert repr(card) == f"Card({person.kind})"


@given(st.sampled_from(CardKind), st.integers(0, 115), st.text(max_size=8))
def test_an_error_never_repeats_the_card_and_carries_no_cause_that_does(
    kind: CardKind, place: int, text: str
) -> None:
    raw, written = block(kind), text.encode("utf-16-le", "surrogatepass")[:16]
    error = None
    try:
        parse_text_block(raw[: 2 * place] + written + raw[2 * place + len(written) :])
    except FrameError as raised:
        error = raised

    if error:
        assert error.__context__ is None
        assert str(error) == str(FrameError(error.code, error.field))
