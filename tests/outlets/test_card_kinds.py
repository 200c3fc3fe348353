"""Residence permits and foreigner's cards: where each field stands, and what they lack."""

from datetime import date

import pytest

from outlets import frames
from outlets.frames import (
    CardKind,
    Foreigner2017Card,
    Foreigner2023Card,
    FrameError,
    PermitCard,
    parse_text_block,
    with_new_address,
)
from tests.outlets.blocks import FIELDS, OF_2017, OF_2023, PERMIT, RESIDENT, block, code_of

# What READER calls bytes and units: a field's offset and its size in bytes.
PLACES = {
    PERMIT: {"name": (0, 30), "sex": (30, 2), "birth_date": (36, 16), "address": (52, 70)}
    | {"number": (122, 36), "issuer": (158, 30), "valid_from": (188, 16), "valid_to": (204, 16)}
    | {"pass_number": (220, 18), "issue_count": (238, 4)},
    OF_2017: {"english_name": (0, 120), "sex": (120, 2), "number": (122, 30)}
    | {"nationality": (152, 6), "name": (158, 30), "valid_from": (188, 16)}
    | {"valid_to": (204, 16), "birth_date": (220, 16), "version": (236, 4), "office": (240, 8)},
    OF_2023: {"name": (0, 30), "sex": (30, 2), "renewal_count": (32, 4), "birth_date": (36, 16)}
    | {"english_name": (52, 70), "number": (122, 36), "valid_from": (188, 16)}
    | {"valid_to": (204, 16), "nationality": (242, 6), "link": (250, 6)},
}


def permit(**fields: str) -> PermitCard:
    card = parse_text_block(block(PERMIT, **fields))
    assert isinstance(card, PermitCard)
    return card


def of_2017(**fields: str) -> Foreigner2017Card:
    card = parse_text_block(block(OF_2017, **fields))
    assert isinstance(card, Foreigner2017Card)
    return card


def of_2023(**fields: str) -> Foreigner2023Card:
    card = parse_text_block(block(OF_2023, **fields))
    assert isinstance(card, Foreigner2023Card)
    return card


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, field) for kind, fields in PLACES.items() for field in fields]
)
def test_every_field_stands_where_the_specification_has_it(kind: CardKind, field: str) -> None:
    offset, size = PLACES[kind][field]
    written = FIELDS[kind][field].ljust(size // 2).encode("utf-16-le")

    assert block(kind)[offset : offset + size] == written


def test_what_no_field_of_a_card_covers_is_blank() -> None:
    assert block(PERMIT)[32:36] == b" \0" * 2
    assert block(PERMIT)[242:248] == block(PERMIT)[250:256] == b" \0" * 3
    assert block(OF_2017)[250:256] == b" \0" * 3
    assert block(OF_2023)[158:188] == b" \0" * 15


# ---------------------------------------------------------------- permits


def test_a_permit_is_read_with_the_pass_number_that_links_it() -> None:
    card = permit()

    assert (card.name, card.address) == ("何港样", "示例省样本市测试路11号")
    assert (card.pass_number, card.issue_count) == ("H99000012", "01")
    assert (card.valid_from, card.valid_to) == (date(2024, 3, 5), date(2029, 3, 5))
    assert (card.nationality, card.english_name, card.link) == ("", "", "")


@pytest.mark.parametrize("region", ["81", "82", "83"])
def test_residence_numbers_of_all_three_regions_are_read(region: str) -> None:
    assert permit(number=region + "9900199604090024").number.startswith(region)


@pytest.mark.parametrize("junk", [b"0\0001\0", b"\x00\xd8\x00\xd8", b"\n\0\xff\xff", bytes(4)])
def test_the_ethnic_bytes_of_a_permit_are_not_read(junk: bytes) -> None:
    raw = block(PERMIT)

    card = parse_text_block(raw[:32] + junk + raw[36:])

    assert card == permit()
    assert not hasattr(card, "ethnic_code")


@pytest.mark.parametrize(
    ("pass_number", "person"),
    [
        ("H99000012", "H99000012"),
        ("M99000012", "M99000012"),
        ("99000034", "99000034"),
        ("h99000012", "H99000012"),
        ("Ｈ９９０００012", "H99000012"),
    ],
)
def test_the_permit_for_life_stands_for_the_person(pass_number: str, person: str) -> None:
    card = permit(pass_number=pass_number)

    assert card.person_number == card.linked_number == person


@pytest.mark.parametrize("pass_number", ["", "H9900001", "HA9900012", "990000345", "X99000012"])
def test_a_pass_number_of_another_form_links_to_nobody(pass_number: str) -> None:
    card = permit(pass_number=pass_number)

    assert card.pass_number == pass_number
    assert (card.person_number, card.linked_number) == (card.number, "")


# ---------------------------------------------------------------- foreigners


def test_a_card_of_2017_is_read_without_address_issuer_and_ethnic_code() -> None:
    card = of_2017(name="安娜样")

    assert (card.name, card.english_name) == ("安娜样", "SPECIMEN, ANNA")
    assert (card.number, card.nationality) == ("UTO990088022902", "UTO")
    assert (card.version, card.office) == ("01", "9900")
    assert card.birth_date == date(1988, 2, 29)
    assert (card.address, card.issuer, card.pass_number, card.link) == ("", "", "", "")
    assert (card.person_number, card.linked_number) == (card.number, "")
    assert not hasattr(card, "ethnic_code")


def test_a_card_of_2023_is_read_without_address_issuer_and_ethnic_code() -> None:
    card = of_2023()

    assert (card.name, card.english_name) == ("马可样", "SPECIMEN, MARCO")
    assert (card.number, card.nationality) == ("999999198001010054", "UTO")
    assert card.renewal_count == "00"
    assert (card.address, card.issuer, card.pass_number) == ("", "", "")
    assert card.person_number == card.number
    assert not hasattr(card, "ethnic_code")


def test_number_and_country_of_2017_stand_side_by_side() -> None:
    assert block(OF_2017)[122:158].decode("utf-16-le") == "UTO990088022902UTO"


@pytest.mark.parametrize("kind", [OF_2017, OF_2023])
def test_without_a_chinese_name_the_english_one_is_registered(kind: CardKind) -> None:
    card = parse_text_block(block(kind, name=""))

    assert card.name == card.english_name == FIELDS[kind]["english_name"]


def test_the_two_parts_of_an_english_name_are_joined_before_they_are_trimmed() -> None:
    name = "SPECIMEN-OF-A-VERY-LONG-NAME, ANNA MARIA LUISE"
    assert (name[34], len(name)) == (" ", 46)

    raw = block(OF_2023, english_name=name)

    assert raw[120:122] == b" \0"
    assert raw[220:242].decode("utf-16-le") == "MARIA LUISE"
    assert of_2023(english_name=name).english_name == name


def test_a_character_may_lie_across_the_two_parts_of_a_name() -> None:
    name = "S" * 34 + "\U00010400" + "N" * 10

    assert of_2023(english_name=name).english_name == name


@pytest.mark.parametrize(
    "name",
    [
        "O'SPECIMEN, ANNA-LUISE J.",
        "O’SPECIMEN ANNA",
        "SPECIMEN S/O DEMO",
        "SPECIMEN @ DEMO (ANNA)",
        "Specimén, Ānna",
        "NULL, NONE",
    ],
)
@pytest.mark.parametrize("kind", [OF_2017, OF_2023])
def test_an_english_name_may_have_what_passports_have(kind: CardKind, name: str) -> None:
    assert parse_text_block(block(kind, english_name=name)).english_name == name


def test_the_link_to_the_old_number_is_kept_as_read() -> None:
    assert of_2023(link="9a7").link == "9a7"
    assert of_2023(link="907").linked_number == "UTO800101907"
    assert (of_2023(link="").link, of_2023(link="").linked_number) == ("", "")


def test_three_zeros_link_nobody() -> None:
    """The first card of everybody from one country who was born on one day has them."""
    assert (of_2023(link="000").link, of_2023(link="000").linked_number) == ("000", "")
    assert of_2023(link="010").linked_number == "UTO800101010"


# ---------------------------------------------------------------- what cannot be


@pytest.mark.parametrize(
    ("kind", "field", "value", "code"),
    [
        (PERMIT, "name", "", "empty"),
        (PERMIT, "address", "", "empty"),
        (PERMIT, "issuer", "", "empty"),
        (PERMIT, "sex", "3", "content"),
        (PERMIT, "number", "81990019960409002", "content"),
        (PERMIT, "pass_number", "卡已锁定", "content"),
        (PERMIT, "pass_number", "H9900 012", "content"),
        (PERMIT, "issue_count", "一", "content"),
        (PERMIT, "valid_to", "", "empty"),
        (OF_2017, "english_name", "", "empty"),
        (OF_2017, "english_name", "安娜样", "content"),
        (OF_2017, "english_name", "SPECIMEN 2", "content"),
        (OF_2017, "english_name", "卡密码已锁定(1604)", "content"),
        (OF_2017, "english_name", "read error", "content"),
        (OF_2017, "english_name", "-", "content"),
        (OF_2017, "name", "读卡失败", "content"),
        (OF_2017, "number", "", "empty"),
        (OF_2017, "number", "UTO99008802290", "content"),
        (OF_2017, "number", "990099008802290", "content"),
        (OF_2017, "nationality", "", "empty"),
        (OF_2017, "nationality", "UT", "content"),
        (OF_2017, "office", "公安", "content"),
        (OF_2017, "birth_date", "19890229", "content"),
        (OF_2023, "english_name", "", "empty"),
        (OF_2023, "english_name", "示例省样本市测试路1号", "content"),
        (OF_2023, "name", "马可样1", "content"),
        (OF_2023, "number", "819900199604090027", "content"),
        (OF_2023, "number", "99999919800101005", "content"),
        (OF_2023, "nationality", "999", "content"),
        (OF_2023, "renewal_count", "零", "content"),
        (OF_2023, "link", "9\n7", "encoding"),
        (OF_2023, "birth_date", "", "empty"),
    ],
)
def test_a_field_that_cannot_be_is_refused_and_named(
    kind: CardKind, field: str, value: str, code: str
) -> None:
    with pytest.raises(FrameError) as caught:
        parse_text_block(block(kind, **{field: value}))

    assert (caught.value.code, caught.value.field) == (code, field)
    assert len(value) < 3 or value not in str(caught.value)


@pytest.mark.parametrize("kind", [PERMIT, OF_2017, OF_2023])
def test_dates_that_contradict_each_other_are_refused(kind: CardKind) -> None:
    assert code_of(parse_text_block, block(kind, valid_from="20500101")) == "dates"
    assert code_of(parse_text_block, block(kind, birth_date="20250101")) == "dates"


@pytest.mark.parametrize("kind", CardKind)
def test_a_card_without_end_has_no_last_day_whatever_its_kind(kind: CardKind) -> None:
    assert parse_text_block(block(kind, valid_to=frames.LONG_TERM)).valid_to is None


@pytest.mark.parametrize("kind", [OF_2017, OF_2023])
@pytest.mark.parametrize("last", ["x", "X", "\uff38", "\uff58"])
def test_small_and_wide_letters_of_a_number_mean_the_same(kind: CardKind, last: str) -> None:
    number = "99999919800101005" + last if kind is OF_2023 else "ｕtＯ990088022902"

    assert parse_text_block(block(kind, number=number)).number in (
        "99999919800101005X",
        "UTO990088022902",
    )


def test_a_field_with_more_than_its_units_is_refused_before_it_is_written() -> None:
    assert code_of(lambda: block(OF_2023, english_name="S" * 47)) == "too_long"
    assert code_of(lambda: block(PERMIT, pass_number="H990000120")) == "too_long"
    assert code_of(lambda: block(name="王" * 14 + "\U00020bb7")) == "too_long"


# ---------------------------------------------------------------- the newer address


def units(text: str) -> bytes:
    return text.ljust(35).encode("utf-16-le")


@pytest.mark.parametrize("kind", [RESIDENT, PERMIT])
def test_a_newer_address_takes_the_place_of_the_old(kind: CardKind) -> None:
    card = parse_text_block(block(kind))

    moved = with_new_address(card, units("示例省演示县样本镇 4 组"))

    assert moved.address == "示例省演示县样本镇 4 组"
    assert (moved.name, moved.number, moved.kind) == (card.name, card.number, kind)


@pytest.mark.parametrize("blank", [units(""), bytes(70), "\u3000".encode("utf-16-le") * 35])
def test_a_blank_newer_address_changes_nothing(blank: bytes) -> None:
    card = permit()

    assert with_new_address(card, blank) == card


@pytest.mark.parametrize("card", [of_2017(), of_2023()], ids=[OF_2017, OF_2023])
def test_a_card_without_an_address_gets_none(card: Foreigner2017Card | Foreigner2023Card) -> None:
    assert with_new_address(card, units("示例省演示县样本镇")) == card


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (b"", "length"),
        (units("")[:-2], "length"),
        (units("") + b" \0", "length"),
        (units("卡密码已锁定(1604)"), "content"),
        (units("示例省\n样本市"), "encoding"),
        (b"\x00\xd8" * 35, "encoding"),
    ],
)
def test_a_newer_address_that_cannot_be_one_is_refused(address: bytes, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        with_new_address(permit(), address)

    assert (caught.value.code, caught.value.field) == (code, "address")
