"""Pages that begin behind a row, not after so many rows: the first one and the thousandth cost the
same, and nothing is counted.

An address names that row by its id alone, never by what it is sorted by: that may be a name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet

SIZE = 50
MOST_DIGITS = 18  # of a row's id


@dataclass(frozen=True)
class Page:
    """``before`` is the id of the first row where there are rows before it, ``after`` of the last
    one where more follow; else None."""

    rows: Sequence[Any]
    before: int | None = None
    after: int | None = None

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def has_other_pages(self) -> bool:
        return self.before is not None or self.after is not None

    def showing(self, rows: Sequence[Any]) -> "Page":
        """The same place in the list, with something else made of its rows."""
        return replace(self, rows=rows)


def page(rows: QuerySet[Any], order: Sequence[str], asked: Mapping[str, str]) -> Page:
    """``order`` as for order_by, of columns that are never NULL; "pk" makes it one order. ``asked``
    is the query of a URL: ``after`` or ``before``. What names no row of the list is the first page.
    """
    order = (*order, "-pk" if order[-1].startswith("-") else "pk")
    if place := _place(rows, order, asked.get("before", "")):
        turned = [_turned(name) for name in order]
        found = _beyond(rows, turned, place)
        # Fewer than a whole page lie before it: that is the first page, and shown whole.
        if len(found) > SIZE:
            shown = found[SIZE - 1 :: -1]
            return Page(shown, before=shown[0].pk, after=shown[-1].pk)
        place = None
    else:
        place = _place(rows, order, asked.get("after", ""))
    found = _beyond(rows, order, place)
    shown = found[:SIZE]
    return Page(
        shown,
        before=shown[0].pk if place and shown else None,
        after=shown[-1].pk if len(found) > SIZE else None,
    )


def _place(rows: QuerySet[Any], order: Sequence[str], pk: str) -> tuple[Any, ...] | None:
    if not (pk.isascii() and pk.isdigit() and len(pk) <= MOST_DIGITS):
        return None
    names = [name.removeprefix("-") for name in order]
    # The order of the list is of no use to one row, and costs the planner a decision.
    place: tuple[Any, ...] | None = rows.filter(pk=int(pk)).order_by().values_list(*names).first()
    return place


def _beyond(rows: QuerySet[Any], order: Sequence[str], place: tuple[Any, ...] | None) -> list[Any]:
    """A page and one row more, from behind the place on."""
    if place:
        rows = rows.filter(_is_beyond(order, place))
    return list(rows.order_by(*order)[: SIZE + 1])


def _is_beyond(order: Sequence[str], place: tuple[Any, ...]) -> Q:
    beyond, same = Q(), dict[str, Any]()
    for name, value in zip(order, place, strict=True):
        field, than = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        beyond |= Q(**same, **{f"{field}__{than}": value})
        same[field] = value
    # Said by the rest already, but an index is entered by it.
    first, than = order[0].removeprefix("-"), "lte" if order[0].startswith("-") else "gte"
    return Q(**{f"{first}__{than}": place[0]}) & beyond


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"
