"""The text block of an ID card's chip: 256 bytes in, a frozen dataclass out.

UTF-16LE in fixed-width fields, padded with U+0020. Only the resident card is read here: a block
with any other type marker is refused and never taken for a resident card. Import these names
from outlets.frames, which adds what the reader says around them.

Whatever the bytes, nothing but FrameError is raised, and its text never holds a field's value.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

TEXT_BYTES: Final = 256


def gettext_noop(text: str) -> str:
    """Mark a word for makemessages; this leaf does not know Django, its caller translates."""
    return text


# Offset and size in bytes. Slice on UTF-16 units first and decode afterwards: a character outside
# the basic plane takes two of a name's fifteen units.
_LAYOUT: Final = {
    "name": (0, 30),
    "sex": (30, 2),
    "ethnic_code": (32, 4),
    "birth_date": (36, 16),
    "address": (52, 70),
    "number": (122, 36),
    "issuer": (158, 30),
    "valid_from": (188, 16),
    "valid_to": (204, 16),
}
_TITLES: Final = {
    "name": "姓名",
    "sex": "性别",
    "ethnic_code": "民族",
    "birth_date": "出生日期",
    "address": "住址",
    "number": "公民身份号码",
    "issuer": "签发机关",
    "valid_from": "有效期开始",
    "valid_to": "有效期截止",
}
_MARKER: Final = slice(248, 250)
_PADDING: Final = " \0\u3000"
LONG_TERM: Final = "长期"

# Some readers put the text of a failure where a field should be.
_ERROR_TEXT: Final = re.compile(
    r"错误|失败|锁定|无效|\b(?:error|fail(?:ed|ure)?|null|none|undefined|timeout)\b", re.IGNORECASE
)
_NOT_IN_A_NAME: Final = re.compile(r"[0-9０-９()（）\[\]{}<>=:：;；/\\?？!！|#]")
_WIDE: Final = {0xFF10 + i: 0x30 + i for i in range(10)} | {0xFF38: 0x58, 0xFF58: 0x58, 0x78: 0x58}

_READ_AGAIN: Final = "；请把身份证拿起来，重新放好再读一次。"
_OTHER_CARD: Final = "；请重新读一次，还是这样就请客户换一张有效的证件。"
_SENTENCES: Final = {
    "preamble": "读卡器的回答没有以正确的帧头开始" + _READ_AGAIN,
    "truncated": "读卡器的回答不完整" + _READ_AGAIN,
    "length": "读卡器的回答长度不对" + _READ_AGAIN,
    "checksum": "读卡器的回答校验和不对" + _READ_AGAIN,
    "status": "读卡器没有完成这个命令" + _READ_AGAIN,
    "layout": "读卡器的回答里没有完整的文字和照片" + _READ_AGAIN,
    "photo": "芯片照片的格式不对" + _READ_AGAIN,
    "sam_id": "读卡器编号的格式不对；请重新插拔读卡器。",
    "block_length": "芯片文字的长度不是 256 字节" + _READ_AGAIN,
    "card_type": "这不是居民身份证，或者是还不支持的证件；请使用居民身份证。",
    "encoding": "芯片里的文字无法识别" + _OTHER_CARD,
    "empty": "芯片里缺少内容" + _OTHER_CARD,
    "content": "芯片里的内容不正常" + _OTHER_CARD,
    "dates": "芯片里的日期互相矛盾" + _OTHER_CARD,
}


class FrameError(ValueError):
    """The bytes are not what they should be.

    ``code`` is a key of the sentences above; ``field`` names the field of the card, if one is at
    fault. Neither they nor the text, a sentence for the clerk, ever contain what the card says.
    """

    def __init__(self, code: str, field: str = "") -> None:
        self.code = code
        self.field = field
        super().__init__((f"{_TITLES[field]}：" if field else "") + _SENTENCES[code])


class Sex(StrEnum):
    """GB/T 2261.1. Anything else on a card is refused: "not male" does not mean female."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"
    UNSTATED = "unstated"

    @property
    def label(self) -> str:
        return _SEX_LABELS[self]


_SEX_CODES: Final = {
    "1": Sex.MALE,
    "2": Sex.FEMALE,
    "0": Sex.UNKNOWN,
    "9": Sex.UNSTATED,
}
_SEX_LABELS: Final = {
    Sex.MALE: gettext_noop("男"),
    Sex.FEMALE: gettext_noop("女"),
    Sex.UNKNOWN: gettext_noop("未知"),
    Sex.UNSTATED: gettext_noop("未说明"),
}


@dataclass(frozen=True)
class Card:
    """A resident card as its chip has it; the repr shows nothing of the person.

    ``valid_to`` is None for 长期; the last day itself is still valid. ``number`` has 17 digits and
    a digit or X; whether its check digit and birth date agree is a rule's business.
    """

    name: str
    sex: Sex
    ethnic_code: str
    birth_date: date
    address: str
    number: str
    issuer: str
    valid_from: date
    valid_to: date | None
    kind: str = "resident"

    def __repr__(self) -> str:
        return f"Card({self.kind})"

    @property
    def has_private_characters(self) -> bool:
        """Whether a rare character stands in a private code point: kept as read, never mapped."""
        text = self.name + self.address + self.issuer
        return any(unicodedata.category(character) == "Co" for character in text)


def parse_text_block(block: bytes) -> Card:
    """Read the 256 bytes of a resident card. Raises FrameError for anything else."""
    block = bytes(block)
    if len(block) != TEXT_BYTES:
        raise FrameError("block_length")
    if block[_MARKER] != b" \0":
        raise FrameError("card_type")
    text = {field: _text(block, field) for field in _LAYOUT}
    for field in ("name", "issuer", "address"):
        _check_prose(text[field], field)
    if text["sex"] not in _SEX_CODES:
        raise FrameError("content", "sex")
    number = text["number"].translate(_WIDE)
    _match(r"[0-9]{2}", text["ethnic_code"], "ethnic_code")
    _match(r"[0-9]{17}[0-9X]", number, "number")
    birth_date = _date(text["birth_date"], "birth_date")
    valid_from = _date(text["valid_from"], "valid_from")
    forever = text["valid_to"] == LONG_TERM
    valid_to = None if forever else _date(text["valid_to"], "valid_to")
    if birth_date > valid_from or (valid_to is not None and valid_from > valid_to):
        raise FrameError("dates")
    return Card(
        name=text["name"],
        sex=_SEX_CODES[text["sex"]],
        ethnic_code=text["ethnic_code"],
        birth_date=birth_date,
        address=text["address"],
        number=number,
        issuer=text["issuer"],
        valid_from=valid_from,
        valid_to=valid_to,
    )


def build_text_block(fields: dict[str, str], marker: str = " ", padding: str = " ") -> bytes:
    """The reverse, for emulators and tests: raw texts (dates YYYYMMDD), padded, not checked."""
    block = bytearray(padding.encode("utf-16-le") * (TEXT_BYTES // 2))
    for field, (offset, size) in _LAYOUT.items():
        raw = fields[field].encode("utf-16-le", "surrogatepass")
        if len(raw) > size:
            raise ValueError(f"{field} takes more than {size} bytes")
        block[offset : offset + len(raw)] = raw
    block[_MARKER] = marker.encode("utf-16-le")
    return bytes(block)


def _text(block: bytes, field: str) -> str:
    offset, size = _LAYOUT[field]
    # surrogatepass joins pairs and lets a lone half through instead of raising: a
    # UnicodeDecodeError would carry the card's bytes into every traceback.
    text = block[offset : offset + size].decode("utf-16-le", "surrogatepass").strip(_PADDING)
    if any(_is_not_text(character) for character in text):
        raise FrameError("encoding", field)
    if not text:
        raise FrameError("empty", field)
    return text


def _is_not_text(character: str) -> bool:
    """Lone surrogates, controls, invisible format characters, line breaks and noncharacters.

    Unassigned code points pass: Unicode grows faster than the tables of a Python release.
    """
    point = ord(character)
    return (
        unicodedata.category(character) in {"Cs", "Cc", "Cf", "Zl", "Zp"}
        or point == 0xFFFD
        or point & 0xFFFE == 0xFFFE
        or 0xFDD0 <= point <= 0xFDEF
    )


def _check_prose(text: str, field: str) -> None:
    if _ERROR_TEXT.search(text) or (field == "name" and _NOT_IN_A_NAME.search(text)):
        raise FrameError("content", field)


def _match(pattern: str, text: str, field: str) -> None:
    if not re.fullmatch(pattern, text):
        raise FrameError("content", field)


def _date(text: str, field: str) -> date:
    _match(r"[0-9]{8}", text, field)
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    try:
        return date(year, month, day)
    except ValueError:
        pass
    # Raised outside the handler: the original names the value it could not take.
    raise FrameError("content", field)
