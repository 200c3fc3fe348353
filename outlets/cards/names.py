"""Names: compared on a folded copy, stored as read, never normalised (no NFKC)."""

import unicodedata
from typing import Final

# The separator of a name is U+00B7 (notice of the State Ethnic Affairs Commission and others,
# 2016). Systems and keyboards write instead: bullet operator, bullet, katakana middle dot and its
# half-width form, black circle, hyphenation point, dot operator, full stop, full-width full stop.
SEPARATOR: Final = "\u00b7"
_FORMS: Final = "\u2219\u2022\u30fb\uff65\u25cf\u2027\u22c5.\uff0e"
_FOLDED: Final = dict.fromkeys(map(ord, _FORMS), SEPARATOR)


def folded(name: str) -> str:
    """The copy of a name that is compared: every form of the separator becomes U+00B7."""
    return name.translate(_FOLDED)


def same_name(a: str, b: str) -> bool:
    return folded(a) == folded(b)


def is_private(text: str) -> bool:
    """Whether a character stands in a private use area, inside or outside the basic plane."""
    return not text.isprintable() and any(unicodedata.category(one) == "Co" for one in text)
