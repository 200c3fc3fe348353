"""Text blocks of every kind, field by field, for tests that spoil one of them."""

from collections.abc import Callable

import pytest

from outlets import frames
from outlets.frames import CardKind, FrameError

FIELDS = {
    CardKind.RESIDENT: {
        "name": "王样本",
        "sex": "1",
        "ethnic_code": "01",
        "birth_date": "19900314",
        "address": "示例省样本市测试路1号",
        "number": "991101199003140010",
        "issuer": "样本市公安局",
        "valid_from": "20180601",
        "valid_to": "20380601",
    },
    CardKind.PERMIT: {
        "name": "何港样",
        "sex": "2",
        "birth_date": "19960409",
        "address": "示例省样本市测试路11号",
        "number": "819900199604090027",
        "issuer": "样本市公安局",
        "valid_from": "20240305",
        "valid_to": "20290305",
        "pass_number": "H99000012",
        "issue_count": "01",
    },
    CardKind.FOREIGNER_2017: {
        "english_name": "SPECIMEN, ANNA",
        "sex": "2",
        "number": "UTO990088022902",
        "nationality": "UTO",
        "name": "",
        "valid_from": "20210520",
        "valid_to": "20310520",
        "birth_date": "19880229",
        "version": "01",
        "office": "9900",
    },
    CardKind.FOREIGNER_2023: {
        "name": "马可样",
        "sex": "1",
        "renewal_count": "00",
        "birth_date": "19800101",
        "english_name": "SPECIMEN, MARCO",
        "number": "999999198001010054",
        "valid_from": "20240115",
        "valid_to": "20340115",
        "nationality": "UTO",
        "link": "907",
    },
}
RESIDENT, PERMIT, OF_2017, OF_2023 = FIELDS
MARKERS = {RESIDENT: b" \0", PERMIT: b"J\0", OF_2017: b"I\0", OF_2023: b"Y\0"}


def block(kind: CardKind = RESIDENT, /, padding: str = " ", **fields: str) -> bytes:
    return frames.build_text_block(FIELDS[kind] | fields, kind, padding)


def code_of(call: Callable[..., object], *args: object) -> str:
    with pytest.raises(FrameError) as caught:
        call(*args)
    return caught.value.code
