"""The SIM card's number (ICCID, ITU-T E.118) in a bar code. JPEG in, digits out.

A carrier prints several codes on one card: the check digit decides which of them is the number.
"""

import io
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from PIL import Image
from stdnum import luhn

# Named, because looking for all of them takes six times as long.
_FORMATS = ("Code128", "QRCode", "DataMatrix")
# On a card of the size of a thumb there is no room for more; a hostile picture may hold hundreds.
_MOST_CODES = 16
_MOST_CHARACTERS = 60


def digits(text: str) -> str:
    """The 19 or 20 digits of an ICCID as a scanner or a person writes it: spaces, and the filler F
    of a card of 19. Raises ValueError for anything else, also for a wrong check digit."""
    found = "".join(text.split()).upper().rstrip("F") if len(text) <= _MOST_CHARACTERS else ""
    is_long = found.isascii() and found.isdigit() and len(found) in (19, 20)
    if not (is_long and luhn.is_valid(found)):
        raise ValueError("not an ICCID")
    return found


def iccids(jpeg: bytes) -> list[str]:
    """The numbers of the SIM cards on one of our own copies, each once; about 10 ms."""
    zxing = _zxing()
    grey = Image.open(io.BytesIO(jpeg), formats=("JPEG",)).convert("L")
    formats = [getattr(zxing.BarcodeFormat, name) for name in _FORMATS]
    codes = zxing.read_barcodes(grey, formats=formats)
    return sorted(set(_numbers(codes[:_MOST_CODES])))


def _numbers(codes: list[Any]) -> Iterator[str]:
    for code in codes:
        try:
            yield digits(code.text)
        except ValueError:
            continue


def _zxing() -> Any:
    # Not at the top: most processes never see a card.
    return import_module("zxingcpp")
