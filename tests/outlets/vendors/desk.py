"""What lies on an emulated reader and what is wrong with its service today."""

import base64
from enum import StrEnum
from threading import Event
from typing import Any

from outlets import frames
from outlets.bridge.adapters import ethnic
from outlets.bridge.people import Person
from outlets.frames import Card, Sex

# Begins and ends as a JPEG does and is none: nobody decodes it here.
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 9 + b"\xff\xd9"
BMP = b"BM" + (38862).to_bytes(4, "little") + bytes(38856)
SAM_ID = "05.01-20260105-0000000042-3141592653"
ERROR_TEXT = "卡密码已锁定(1604)"
UNKNOWN_TYPE = "9"

ETHNIC_NAMES = {code: name for name, code in ethnic.CODES.items()}


class Mode(StrEnum):
    GOOD = "good"
    # What the vendor's program says of its reader.
    BUSY = "busy"
    NOT_CONNECTED = "not connected"
    FAILED = "failed"
    # How it puts a good answer.
    JSONP = "jsonp"
    BROKEN_JSON = "broken json"
    GBK = "gbk"
    BOM = "bom"
    # What is wrong with the fields.
    WRONG_TYPE = "wrong type"
    ERROR_TEXT = "error text"
    # What is wrong with the service.
    CUT_OFF = "cut off"
    HALF_WAY = "half way"
    SLOW = "slow"
    HTTP_500 = "http 500"
    REDIRECT = "redirect"
    HUGE = "huge"
    ANOTHER_PROGRAM = "another program"


class Desk:
    """``portrait`` is the text of the picture field; ``asked`` are the questions that came in.

    ``changes`` are what another version of the service says of a card, None for nothing at all.
    """

    def __init__(self) -> None:
        self.card: Card | None = None
        self.mode = Mode.GOOD
        self.portrait = base64.b64encode(JPEG).decode()
        self.asked: list[str] = []
        self.changes: dict[str, Any] = {}
        self.slow_seconds = 5.0
        self._closed = Event()

    def lay(self, person: Person) -> None:
        self.card = frames.parse_text_block(person.block())

    def dawdle(self) -> None:
        self._closed.wait(self.slow_seconds)

    def close(self) -> None:
        """Nobody dawdles any longer."""
        self._closed.set()

    def lift(self) -> None:
        self.card = None

    # -------------------------------------------------------------- a card in a vendor's words

    def said(self, card: dict[str, Any]) -> dict[str, Any]:
        said = card | self.changes
        return {key: value for key, value in said.items() if value is not None}

    def ethnic_name(self) -> str:
        if self.mode is Mode.ERROR_TEXT:
            return ERROR_TEXT
        return ETHNIC_NAMES.get(getattr(self.card, "ethnic_code", ""), "")


def sex_name(card: Card) -> str:
    return {Sex.MALE: "男", Sex.FEMALE: "女"}[card.sex]


def compact(card: Card) -> dict[str, str]:
    """The dates as eight digits, the last one perhaps 长期."""
    last = f"{card.valid_to:%Y%m%d}" if card.valid_to else frames.LONG_TERM
    return {
        "birth": f"{card.birth_date:%Y%m%d}",
        "first": f"{card.valid_from:%Y%m%d}",
        "last": last,
    }


def dotted(card: Card) -> dict[str, str]:
    """As 2018.06.01, the way they are printed on the card."""
    return {
        key: text if text == frames.LONG_TERM else f"{text[:4]}.{text[4:6]}.{text[6:]}"
        for key, text in compact(card).items()
    }


def broken(text: str) -> str:
    """A good object as ZKTeco would write it: a path with backslashes, a comma forgotten."""
    return (
        text.rstrip()[:-1] + r',"PhotoName":"C:\Program Files\CardReader\zp.bmp"' + ' "Spare":""}'
    )
