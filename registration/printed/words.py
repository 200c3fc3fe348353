"""Longer texts on a page: an address, an authority, a unit's name."""

import re
from difflib import SequenceMatcher
from typing import Final

from registration.printed import fold
from registration.printed.text import Spot, Text

# Below this likeness a text is another one; above it a character or two may be misread.
_ANOTHER: Final = 0.4
# Of less text nothing can be said, nor of what is so much shorter: a line of it was overlooked.
_ENOUGH: Final = 6
_WHOLE: Final = 0.7


def letters(text: Text) -> Text:
    """Over the ends of lines: an address has two or three."""
    return text.keep(str.isalnum)


def anywhere(text: Text, words: str) -> Spot | None:
    return letters(text).where(fold.letters(words))


def after(text: Text, labels: str, ends: str) -> Spot | None:
    """What stands between one of the labels and what comes next."""
    found = re.search(rf"(?:{labels})[:.]*(.*?)(?:{ends}|$)", letters(text).text)
    if found is None or not found.group(1):
        return None
    return letters(text).spot(*found.span(1))


def is_another(expected: str, read: str) -> bool:
    a, b = fold.letters(expected), fold.letters(read)
    if min(len(a), len(b)) < _ENOUGH or len(b) < len(a) * _WHOLE:
        return False
    return SequenceMatcher(None, a, b, autojunk=False).ratio() < _ANOTHER
