"""What vendors send, made ours: texts, fields and portraits. No service is needed."""

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlets import frames
from outlets.bridge.adapter import ReaderError
from outlets.bridge.adapters import ethnic, fields, reply, trouble
from outlets.bridge.adapters.trouble import Trouble
from outlets.bridge.people import PEOPLE
from outlets.frames import CardKind
from tests.outlets.vendors.desk import BMP, ERROR_TEXT, JPEG

WANG = PEOPLE["wang"]
FIELDS = {
    "name": WANG.name,
    "sex": "男",
    "ethnic_code": "汉",
    "birth_date": "1990-03-14",
    "address": WANG.address,
    "number": WANG.number,
    "issuer": WANG.issuer,
    "valid_from": "2018.06.01",
    "valid_to": "2038年6月1日",
}


def card_of(declared: str = "0", **changes: str) -> Any:
    return frames.parse_text_block(fields.parts_of(declared, FIELDS | changes)["block"])


# ---------------------------------------------------------------- texts


@pytest.mark.parametrize(
    "body",
    [
        b'{"ret": 0}',
        b'\xef\xbb\xbf{"ret": 0}',
        b'cb({"ret": 0})',
        b' /**/ jQuery190_12.cb( {"ret": 0} ) ;\n',
        b"/**/ typeof cb === 'function' && cb({\"ret\": 0});",
        b"window['cb']({\"ret\": 0})",
        b'{"ret": 0,}',
        b'{"ret": 0\n "Path": "C:\\Windows\\zp.bmp"}',
        b'{"Path": "C:\\Users\\dir\\zp.bmp", "ret": 0}',
        b'{"Sex": "x" "ret": 0}',
        b'{"a": {"b": 1} "ret": 0}',
        b'{"a": "two\nlines\tand a tab", "ret": 0}',
    ],
)
def test_what_vendors_call_json_is_understood(body: bytes) -> None:
    assert reply.read(body)["ret"] == 0


def test_gbk_and_utf8_give_the_same_text() -> None:
    text = json.dumps({"name": WANG.name}, ensure_ascii=False)

    assert reply.read(text.encode()) == reply.read(text.encode("gb18030"))


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"<html>", b'{"a": ', b'{"a": "b', b"\xff\xff\xff", b"[" * 100_000],
)
def test_what_is_no_object_is_damaged(body: bytes) -> None:
    with pytest.raises(Trouble) as failed:
        reply.read(body)

    assert failed.value.code == "damaged"


def test_a_reply_that_was_cut_off_is_never_completed() -> None:
    whole = json.dumps({"code": "0", "address": WANG.address, "n": 1}, ensure_ascii=False).encode()

    for size in range(len(whole)):
        with pytest.raises(Trouble):
            reply.read(whole[:size])


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_damaged(body: bytes) -> None:
    with suppress(Trouble):
        assert isinstance(reply.read(body), dict)


@pytest.mark.parametrize(
    ("value", "text"),
    [(19900314, "19900314"), (1.0, "1"), (" 王 \u3000", "王"), (None, ""), (True, ""), ({}, "")],
)
def test_a_field_is_text_whatever_its_type(value: object, text: str) -> None:
    assert reply.text_of(value) == text


def test_a_key_is_found_whatever_its_case() -> None:
    assert reply.pick({"CardNO": 12, "Name": "王"}, {"number": "cardno", "name": "name"}) == {
        "number": "12",
        "name": "王",
    }


def test_an_object_inside_may_be_written_as_text() -> None:
    inside = {"name": WANG.name}

    assert reply.part_of({"card": inside}, "card") == inside
    assert reply.part_of({"card": json.dumps(inside)}, "card") == inside
    assert reply.part_of({"name": WANG.name, "card": ""}, "card")["name"] == WANG.name
    with pytest.raises(Trouble, match="damaged"):
        reply.part_of({"card": "读卡失败"}, "card")


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("读卡器正忙，请稍候", "service_busy"),
        ("读卡中", "service_busy"),
        ("未连接读卡器", "unplugged"),
        ("没有找到读卡器", "unplugged"),
        ("端口打开失败", "unplugged"),
        ("设备未连接", "unplugged"),
        ("没有找到卡", None),
        ("寻卡失败", None),
        ("请放卡", None),
        ("超时", None),
        ("未检测到身份证读卡器设备，请将读卡器连接至电脑！", "unplugged"),
        ("未检测到二代身份证阅读器！", "unplugged"),
        ("找不到读卡器", "unplugged"),
        ("USB设备不存在", "unplugged"),
        ("未检测到身份证，请将身份证放置于感应区域", None),
        ("未检测到身份证，请放在读卡器上", None),
        ("未检测到身份证请放到读卡器上", None),
        ("未检测到身份证或身份证放置不正确", None),
        ("检测不到身份证", None),
        ("请将身份证放入读卡器", None),
        ("没有放置身份证", None),
        ("无身份证", None),
        ("卡认证失败", None),
        ("设备正在使用中", "service_busy"),
        ("无法识别的卡", "failed"),
        ("读卡失败", "failed"),
        ("", "failed"),
    ],
)
def test_a_vendors_sentence_is_understood(sentence: str, code: str | None) -> None:
    meant = trouble.of_sentence(sentence)

    assert (meant and meant.code) == code


# ---------------------------------------------------------------- fields


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("19900314", "19900314"),
        ("1990-03-14", "19900314"),
        ("1990.03.14", "19900314"),
        ("1990/3/4", "19900304"),
        ("1990年3月14日", "19900314"),
        ("1990年03月04日", "19900304"),
        ("1990-03-14 00:00:00", "19900314"),
        ("1990-03-14T00:00:00Z", "19900314"),
        ("1990-03-14T00:00:00.000+08:00", "19900314"),
        ("1990/3/14 0:00:00", "19900314"),
        # The fourteenth in China, written in another time zone: refused, and never the thirteenth.
        ("1990-03-13T16:00:00.000Z", "1990-03-13T16:00:00.000Z"),
        ("1990-03-13 16:00:00", "1990-03-13 16:00:00"),
        ("1990-03-14T00:00:00-07:00", "1990-03-14T00:00:00-07:00"),
        ("长期", "长期"),
        ("长期有效", "长期"),
        ("19900314失败", "19900314失败"),
        ("199003141", "199003141"),
        ("", ""),
    ],
)
def test_a_day_is_eight_digits_however_it_is_written(text: str, day: str) -> None:
    assert fields.day(text) == day


@pytest.mark.parametrize(
    "validity",
    [
        "2018.06.01-2038.06.01",
        "20180601-20380601",
        "2018年6月1日至2038年6月1日",
        "2018-06-01~2038-06-01",
    ],
)
def test_a_validity_in_one_field_is_taken_apart(validity: str) -> None:
    card = card_of(valid_from="", valid_to="", validity=validity)

    assert (card.valid_from, card.valid_to) == (WANG.valid_from, WANG.valid_to)


def test_a_validity_without_end_stays_without_end() -> None:
    assert card_of(valid_from="", valid_to="", validity="2018.06.01-长期").valid_to is None


@pytest.mark.parametrize("sex", ["1", "男", "男性", "M", "male", "男/M"])
def test_a_man_is_a_man_however_he_is_written(sex: str) -> None:
    assert card_of(sex=sex).sex is frames.Sex.MALE


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("汉", "01"),
        ("汉族", "01"),
        ("1", "01"),
        ("05", "05"),
        ("维吾尔", "05"),
        ("达斡尔", "31"),
        ("德昂", "46"),
        ("高山族", "23"),
        ("其他", "97"),
        ("穿青人", ethnic.UNKNOWN),
        ("编码错误", ethnic.UNKNOWN),
        ("97", "97"),
        ("57", "57"),
        ("", ethnic.UNKNOWN),
    ],
)
def test_an_ethnic_name_is_a_code_and_an_unknown_one_costs_no_read(label: str, code: str) -> None:
    assert card_of(ethnic_code=label).ethnic_code == code


@pytest.mark.parametrize(
    "changes",
    [
        {"ethnic_code": ERROR_TEXT},
        {"ethnic_code": "读卡失败"},
        {"name": ERROR_TEXT},
        {"name": ""},
        {"name": "王" * 16},
        {"sex": "Failed"},
        {"sex": ""},
        {"birth_date": "19900230"},
        {"valid_to": "error"},
        {"number": "12345"},
        {"address": ""},
        {"address": "读取失败"},
        {"address": "路" * 36},
    ],
)
def test_fields_that_make_no_card_are_refused_without_being_told(changes: dict[str, str]) -> None:
    with pytest.raises(ReaderError) as failed:
        card_of(**changes)

    assert failed.value.code == "card_damaged"
    assert WANG.name not in str(failed.value)
    assert not any(text and text in str(failed.value) for text in changes.values())
    assert failed.value.__cause__ is None


@pytest.mark.parametrize("declared", ["9", "x", "99"])
def test_an_unknown_type_of_card_is_refused(declared: str) -> None:
    with pytest.raises(ReaderError) as failed:
        card_of(declared)

    assert failed.value.code == "wrong_card"


@pytest.mark.parametrize("declared", ["", "0", " "])
def test_an_old_service_that_takes_a_foreigner_for_a_resident_is_found_out(declared: str) -> None:
    """It shows the English name where a resident card has its address."""
    with pytest.raises(ReaderError, match="升级") as failed:
        card_of(declared, address="ZHENGJIAN, YANGBEN", ethnic_code="00")

    assert failed.value.code == "wrong_card"


@pytest.mark.parametrize("declared", ["", "0", "1", "3"])
@pytest.mark.parametrize("key", ["foreign", "resident_foreigner"])
def test_a_foreigners_number_says_which_card_it_is_whatever_the_service_calls_it(
    declared: str, key: str
) -> None:
    person = PEOPLE[key]

    card = card_of(
        declared,
        number=person.number,
        nationality=person.nationality,
        english_name=person.english_name,
        birth_date=f"{person.birth_date:%Y%m%d}",
        address="",
    )

    assert (card.kind, card.number) == (person.kind, person.number)


@pytest.mark.parametrize("declared", ["", "0"])
def test_a_permits_number_says_what_it_is(declared: str) -> None:
    hongkong = PEOPLE["hk"]

    card = card_of(declared, number=hongkong.number)

    assert card.kind is CardKind.PERMIT


@pytest.mark.parametrize(
    ("text", "number"),
    [("H99000012", "H99000012"), ("H9900001201", "H99000012"), ("000000000", ""), ("-", "")],
)
def test_the_permit_number_that_stays_for_life_is_kept(text: str, number: str) -> None:
    card = card_of("2", number=PEOPLE["hk"].number, pass_number=text)

    assert card.pass_number == number


def test_the_nationality_comes_from_the_number_where_only_a_country_is_named() -> None:
    foreigner = frames.parse_text_block(PEOPLE["foreign"].block())

    card = card_of(
        "1",
        number=foreigner.number,
        nationality="某国",
        name="",
        english_name=foreigner.english_name,
        office="受理机关",
    )

    assert card.nationality == foreigner.number[:3]
    assert card.office == ""


# ---------------------------------------------------------------- portraits

BASE64 = base64.b64encode(JPEG).decode()


@pytest.mark.parametrize(
    "text",
    [
        BASE64,
        f"data:image/jpeg;base64,{BASE64}",
        "\r\n".join(BASE64[i : i + 76] for i in range(0, len(BASE64), 76)),
        BASE64.rstrip("="),
    ],
)
def test_a_jpeg_is_taken_however_it_is_wrapped(text: str) -> None:
    assert fields.portrait(text) == {"jpeg": JPEG}


@pytest.mark.parametrize(
    "picture",
    [b"", BMP, b"\x89PNG\r\n", JPEG[:-2], b"\xff\xd8\xff" + bytes(64 * 1024) + b"\xff\xd9"],
)
def test_any_other_picture_is_left_out(picture: bytes) -> None:
    assert fields.portrait(base64.b64encode(picture).decode()) == {}


def test_a_portrait_as_the_chip_has_it_is_its_own_part() -> None:
    assert fields.portrait(base64.b64encode(WANG.photo()).decode()) == {"wlt": WANG.photo()}
