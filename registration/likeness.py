"""Whether two pictures are the same one, however they were packed: hashes of what is seen.

256 bits find a picture again, 1,024 confirm it: papers of one form and people before one wall look
alike in the first and differ in the second. Measured on specimens (docs/performance.md). A new
picture of the same person or card is another picture: its number and its face tell, not this.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any

# The picture as a square of so many dots: its DCT holds both hashes.
_SIDE = 64
_COARSE, _FINE = 16, 32
COARSE_BYTES = _COARSE**2 // 8
# Shades of grey around the mean; an empty page has no look of its own.
_LEAST_CONTRAST = 4.0


class Sort(StrEnum):
    """What is compared with what: people's pictures with people's, whoever they are."""

    PERSON = "person"
    PAPER = "paper"


class Level(StrEnum):
    ALARM = "alarm"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Print:
    """``coarse``: 32 bytes, ``fine``: 128 bytes."""

    coarse: bytes
    fine: bytes


# Bits of ``coarse`` that may differ. Above LOOK nothing is fetched.
ALARM, LOOK = 30, 44
# Bits of ``fine`` that may differ for an alarm. Two letters on one printed form are as near as 54
# (docs/performance.md), two people at one counter as 168; a picture cut by 1 % is 134 away.
CONFIRM = {Sort.PERSON: 150, Sort.PAPER: 40}


def of(bgr: Any) -> Print | None:
    """Of rows and columns of blue, green and red, some hundred of each, in a millisecond; None:
    there is nothing to see there."""
    cv2, np = _tools()
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    dots = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    if float(dots.std()) < _LEAST_CONTRAST:
        return None
    waves = cv2.dct(dots)
    return Print(_bits(np, waves, _COARSE), _bits(np, waves, _FINE))


def distance(one: bytes, other: bytes) -> int:
    """How many bits differ; two hashes of one length."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def level(sort: str, one: Print, other: Print) -> Level | None:
    """How surely they are the same picture. Papers are alike by nature: of them only an alarm
    says anything."""
    apart = distance(one.coarse, other.coarse)
    if apart <= ALARM and distance(one.fine, other.fine) <= CONFIRM[Sort(sort)]:
        return Level.ALARM
    return Level.LOOK if sort == Sort.PERSON and apart <= LOOK else None


def _bits(np: Any, waves: Any, side: int) -> bytes:
    """One bit for each of the lowest waves: whether it is stronger than most. The first is the
    mean, which every change of light moves."""
    low = waves[:side, :side].ravel()
    stronger = low > np.median(low[1:])
    stronger[0] = False
    return bytes(np.packbits(stronger))


def _tools() -> tuple[Any, Any]:
    # Not at the top: only workers need them.
    return import_module("cv2"), import_module("numpy")
