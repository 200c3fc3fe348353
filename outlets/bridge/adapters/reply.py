"""A vendor's reply, made readable: bytes in, a dictionary out, nothing ever evaluated.

What really comes: UTF-8 with or without a byte order mark, GBK, JSON wrapped
in a JSONP callback, ZKTeco's file paths with single backslashes and a comma that is missing.
A general repairing parser would also finish a reply that was cut off in the middle of an address,
so only these known faults are mended here, and everything else is Damaged.
"""

import json
import re
from typing import Any, Final

from outlets.bridge.adapters.trouble import Trouble

Reply = dict[str, Any]

# cb({…}); and what frameworks make of it: /**/ typeof cb === 'function' && cb({…});
_JSONP: Final = re.compile(r"""[^{("]*\(\s*(\{.*\})\s*\)[\s;]*""", re.DOTALL)
_LONE_BACKSLASH: Final = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})?')
# A value has ended and the next key begins, with nothing or only white space between.
_MISSING_COMMA: Final = re.compile(r'(?<=["}\]\dle])\s*(?="[A-Za-z]\w*"\s*:)')
_SPARE_COMMA: Final = re.compile(r",(?=\s*[}\]])")


def read(body: bytes) -> Reply:
    """Raises Trouble("damaged"); neither it nor its text holds anything of the reply."""
    text = _decode(body).strip("\ufeff \t\r\n\0")
    wrapped = _JSONP.fullmatch(text)
    if wrapped:
        text = wrapped[1]
    for candidate in (text, _mended(text)):
        try:
            # strict=False: line breaks and tabs inside a text.
            reply = json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
        if isinstance(reply, dict):
            return reply
    raise Trouble("damaged")


def _decode(body: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Trouble("damaged")


def _mended(text: str) -> str:
    text = _LONE_BACKSLASH.sub(lambda found: found[0] if found[1] else r"\\", text)
    text = _MISSING_COMMA.sub(",", text)
    return _SPARE_COMMA.sub("", text)


def text_of(value: object) -> str:
    """A field as text, whatever type the vendor gave it today; "" for what is no single value."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip(" \t\r\n\0\u3000")


def pick(card: Reply, names: dict[str, str]) -> dict[str, str]:
    """Our name of a field to its text; of several vendor's names the first that has one.

    Versions of one service differ in the case of their keys: cardno, CardNo.
    """
    folded = {key.casefold(): value for key, value in card.items()}
    return {
        ours: next(filter(None, (text_of(folded.get(name)) for name in theirs.split())), "")
        for ours, theirs in ((ours, theirs.casefold()) for ours, theirs in names.items())
    }


def sentences(reply: Reply, *names: str) -> str:
    """What a failed reply says in words."""
    return " ".join(text_of(reply.get(name)) for name in names)


def number_of(value: object) -> int | None:
    """A code that is sometimes a number, sometimes a text: 0, "0", "-1", "0x90"."""
    try:
        return int(text_of(value), 0)
    except ValueError:
        return None


def part_of(reply: Reply, name: str) -> Reply:
    """The inner object of this name, perhaps as text; the reply itself from services that leave the
    nesting out. Raises Trouble("damaged")."""
    inner = reply.get(name) or reply
    if isinstance(inner, str):
        return read(inner.encode())
    return inner if isinstance(inner, dict) else {}
