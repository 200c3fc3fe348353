import dataclasses
from dataclasses import dataclass
from enum import StrEnum

from registration.ocr import Box


class State(StrEnum):
    MATCH = "match"
    DIFFERS = "differs"
    UNREAD = "unread"


@dataclass(frozen=True)
class Compared:
    """One thing that a page should say. ``label`` is a Chinese source string for who shows it.

    ``expected`` is "" where it is only asked whether the page says it at all; ``read`` is "" where
    nothing was read that can be trusted. ``at``: the places in ``expected`` that differ, of a text
    of the same length. ``box``: where it stands on the picture, None where it was not found.
    ``turns``: so many quarters to the left bring the page upright.
    """

    field: str
    label: str
    state: State
    expected: str = dataclasses.field(repr=False)
    read: str = dataclasses.field(repr=False)
    at: tuple[int, ...] = ()
    box: Box | None = None
    turns: int = 0
