"""What the machine read on the pictures beside what should stand there, for the verifier's eyes."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from portal import masking
from registration.models import Application, Party, Photo, PhotoStep
from registration.models.photo import label
from registration.printed import Compared, State
from registration.rules import plan
from registration.rules.document import PICTURED
from registration.services import text as texts

# The fields of a document that have a row in the people's table, and the row.
ROWS = {
    "name": "name",
    "birth_date": "birth_date",
    "number": "number",
    "pass_number": "pass_number",
    "address": "address",
    "issuer": "issuer",
    "validity": "validity",
    "valid_to": "validity",
}
# Hardly an address is longer; what is misread may be.
LONGEST = 80


@dataclass(frozen=True)
class Piece:
    """A stretch of text. ``is_off``: here the two readings part."""

    text: str
    is_off: bool


@dataclass(frozen=True)
class Point:
    """Something that should stand on a picture. ``number`` counts the differences of the case from
    1, in the order in which they are shown; 0 is none.

    ``box``: left, top, right and bottom as fractions of the picture's sides, "" where its place is
    not known. ``where`` says in words which characters differ.
    """

    key: str
    kind: str
    row: str
    label: str
    state: State
    expected: tuple[Piece, ...]
    read: tuple[Piece, ...]
    where: str
    box: str
    number: int = 0

    @property
    def differs(self) -> bool:
        return self.state == State.DIFFERS

    @property
    def is_given(self) -> bool:
        """Whether it says something of its own: a date, one of the words that will do."""
        return self.state == State.MATCH and self.read != self.expected


@dataclass(frozen=True)
class Paper:
    """A picture that shows more than one person's document does, point by point."""

    label: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Seen:
    """All points: ``people`` by role and row of the table, the others by ``papers``. ``waiting``
    and ``failed`` are the pictures that are not read yet, and those that could not be. ``turned``:
    the kinds of picture that were read on their side, and the degrees to the right that bring each
    upright."""

    points: tuple[Point, ...]
    people: Mapping[str, Mapping[str, tuple[Point, ...]]]
    papers: tuple[Paper, ...]
    waiting: Sequence[str]
    failed: Sequence[str]
    turned: Mapping[str, int]

    @property
    def differing(self) -> int:
        return self._count(State.DIFFERS)

    @property
    def matching(self) -> int:
        return self._count(State.MATCH)

    @property
    def unread(self) -> int:
        return self._count(State.UNREAD)

    def differing_on(self, kind: str) -> int:
        return sum(point.differs and point.kind == kind for point in self.points)

    def _count(self, state: State) -> int:
        return sum(point.state == state for point in self.points)


def seen(application: Application, kinds: Iterable[str], parties: Iterable[Party]) -> Seen:
    """What was read on the pictures of these kinds, in this order; ``parties`` with identities. As
    many queries for ten points as for one."""
    compared = texts.compared(application, parties)
    found = {photo.kind: (photo, fields) for photo, fields in compared}
    points: list[Point] = []
    people: dict[str, dict[str, tuple[Point, ...]]] = {}
    papers = []
    for kind in (kind for kind in kinds if kind in found):
        rows = ROWS if _is_document(application, kind) else {}
        shown = _numbered(_points(*found[kind], rows), after=sum(point.differs for point in points))
        points += shown
        cells = people.setdefault(plan.shown_by(kind), {})
        for point in (point for point in shown if point.row):
            cells[point.row] = (*cells.get(point.row, ()), point)
        if apart := tuple(point for point in shown if not point.row):
            papers.append(Paper(label(application, kind), apart))
    waiting, failed = _unstudied(application)
    turned = {
        kind: 360 - 90 * fields[0].turns
        for kind, (_photo, fields) in found.items()
        if fields[0].turns
    }
    return Seen(tuple(points), people, tuple(papers), waiting, failed, turned)


def _unstudied(application: Application) -> tuple[list[str], list[str]]:
    """What the pictures are called that are still to be read, and those that could not be."""
    steps = PhotoStep.objects.filter(
        photo__application=application, photo__replaced_at=None, name=PhotoStep.Name.TEXT
    )
    kinds: dict[str, list[str]] = {}
    for status, kind in steps.order_by("photo_id").values_list("status", "photo__kind"):
        kinds.setdefault(status, []).append(label(application, kind))
    return kinds.get(PhotoStep.Status.WAITING, []), kinds.get(PhotoStep.Status.FAILED, [])


def _is_document(application: Application, kind: str) -> bool:
    """Whether this picture shows a page of somebody's document."""
    role = plan.shown_by(kind)
    return kind in (*plan.pages_of(role, application.documents), plan.picture(role, PICTURED))


def _points(photo: Photo, compared: Iterable[Compared], rows: Mapping[str, str]) -> list[Point]:
    return [
        Point(
            key=f"{photo.kind}-{place}",
            kind=photo.kind,
            row=rows.get(one.field, ""),
            label=_(one.label),
            state=one.state,
            expected=_pieces(one.expected, set(one.at)),
            read=_pieces(one.read[:LONGEST], _off(one)),
            where=_where(one) if one.state == State.DIFFERS else "",
            box=" ".join(f"{side:.4f}" for side in one.box) if one.box else "",
        )
        for place, one in enumerate(compared)
    ]


def _numbered(points: list[Point], after: int) -> list[Point]:
    count = itertools.count(after + 1)
    return [replace(point, number=next(count)) if point.differs else point for point in points]


def _off(one: Compared) -> set[int]:
    """The places of what was read that are not as they should be; none where little is."""
    if one.state != State.DIFFERS or len(one.read) == len(one.expected):
        return set(one.at)
    read = one.read[:LONGEST]
    found = SequenceMatcher(None, one.expected, read, autojunk=False)
    alike = {
        place
        for _i, first, size in found.get_matching_blocks()
        for place in range(first, first + size)
    }
    return set(range(len(read))) - alike if 2 * len(alike) > len(read) else set()


def _pieces(text: str, off: set[int]) -> tuple[Piece, ...]:
    """The text as the page writes it, a number in groups, cut where right and wrong meet."""
    spread = masking.group_number(text) if _is_number(text) else text
    marked, place = [], 0
    for char in spread:
        is_gap = char == " " and text[place : place + 1] != " "
        marked.append((char, not is_gap and place in off))
        place += not is_gap
    runs = itertools.groupby(marked, key=lambda each: each[1])
    return tuple(Piece("".join(char for char, _off in run), is_off) for is_off, run in runs)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isalnum()


def _where(one: Compared) -> str:
    """Which characters differ, counted from 1 as a person counts them."""
    if not one.at:
        return _("内容不同")
    runs: list[list[int]] = []
    for place in sorted(one.at):
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    if len(runs) > 3:
        return _("多处不同")
    spans = (f"{run[0] + 1}" if len(run) == 1 else f"{run[0] + 1}–{run[-1] + 1}" for run in runs)
    places = _("、").join(spans)
    if one.expected.isascii():
        return _("第%(places)s位不同") % {"places": places}
    return _("第%(places)s字不同") % {"places": places}
