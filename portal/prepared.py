"""Queries that are asked all day: written in the words of the models, compiled once.

To write the SQL of a query of four tables takes Django longer than PostgreSQL takes to answer it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import OperationalError, connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import QuerySet

LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Prepared:
    """``sql`` has a name for each value that differs from one time to the next.

    ``is_planned_once``: for rows that are found by key, whatever the values. What is found by a
    place in the tree is planned each time: without the place no index on it is of use.
    """

    sql: str
    compiler: Any
    converters: dict[int, Any]
    is_planned_once: bool

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """As ``values_list`` would give them."""
        if any(isinstance(value, int) and abs(value) > LARGEST for value in values.values()):
            return []  # an address may name any number; no column holds it
        with cursor() if self.is_planned_once else connection.cursor() as asked:
            asked.execute(self.sql, {name: _adapted(value) for name, value in values.items()})
            found = asked.fetchall()
        if not self.converters:
            return list(found)
        return [tuple(row) for row in self.compiler.apply_converters(found, self.converters)]

    def first(self, **values: Any) -> tuple[Any, ...] | None:
        return next(iter(self.rows(**values)), None)

    def rows_at_first(self, **values: Any) -> list[tuple[Any, ...]]:
        """The same, as the first statement of a request: it finds out itself whether the
        connection still stands. Asking that before is a way to the server and back."""
        if connection.connection is None or connection.in_atomic_block:
            return self.rows(**values)
        connection.health_check_done = True  # type: ignore[attr-defined]
        try:
            return self.rows(**values)
        except OperationalError:
            connection.close()
            return self.rows(**values)


def prepare(
    rows: QuerySet[Any, Any], names: Mapping[Any, str], *, is_planned_once: bool
) -> Prepared:
    """``rows`` are of ``values_list``; ``names`` by the values that stand in for them there."""
    compiler = rows.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    shown = [column for column, _sql, _alias in compiler.select[: compiler.col_count]]
    converters = compiler.get_converters(shown)
    return Prepared(named(sql, params, names), compiler, converters, is_planned_once)


def named(sql: str, params: tuple[Any, ...], names: Mapping[Any, str]) -> str:
    """What differs by name, the models' constants as they are: the planner sees that an index on
    some of the rows fits."""
    known = {_adapted(value): name for value, name in names.items()}
    told = tuple(
        f"%({known[value]})s" if _is_in(value, known) else literal(value) for value in params
    )
    return sql.replace("%%", "%%%%") % told


@contextmanager
def throughout() -> Iterator[None]:
    """Whatever is asked inside has its statements prepared; also above a verb: ``@throughout()``.

    Only for verbs that look for rows by their keys: a plan that is kept is one for any value, and
    a path's beginning can be searched in an index only by who knows it.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    wire: Any = connection.connection
    before, wire.cursor_factory = wire.cursor_factory, ServerBindingCursor
    try:
        yield
    finally:
        wire.cursor_factory = before


def cursor() -> Any:
    """One whose statements are prepared: taking a long text apart can take longer than running it.
    Django's own cursors send everything as text anew."""
    with throughout():
        return connection.cursor()


def _is_in(value: Any, known: Mapping[Any, str]) -> bool:
    # True and 1 are the same key.
    return not isinstance(value, bool) and value in known


def _adapted(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value


def literal(value: Any) -> str:
    """A constant as it stands in a statement with names; raises TypeError."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        raise TypeError(type(value))  # needs a name
    quoted = str(value).replace("'", "''").replace("%", "%%")
    return f"'{quoted}'"
