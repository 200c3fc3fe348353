"""What slows a COPY down is taken off the tables and put on again: the database proves then, for
all rows together, what it would have asked for each."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models

MEMORY = "512MB"  # for the sorting of an index

# Foreign keys first: what they point at is never taken off.
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = ANY (%s::text[]::regclass[]) AND contype IN ('f', 'u')
ORDER BY contype, conname
"""
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = ANY (%s::text[]::regclass[]) AND NOT indisprimary
    AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
ORDER BY 1
"""


@contextmanager
def bare(tables: Iterable[type[models.Model]], tell: Callable[[str], None]) -> Iterator[None]:
    """Inside, these have neither indexes but their keys nor foreign keys. In a transaction: if
    anything goes wrong, all of it is there as before.

    Raises IntegrityError at the end, where a row breaks a rule.
    """
    models_ = list(dict.fromkeys(tables))
    names = [model._meta.db_table for model in models_]
    _run("SET CONSTRAINTS ALL IMMEDIATE")  # nothing may be pending on a table that changes
    constraints, indexes = _ask(CONSTRAINTS, names), _ask(INDEXES, names)
    for table, name, _definition in constraints:
        _run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _definition in indexes:
        _run(f"DROP INDEX {name}")
    yield
    _run(f"SET LOCAL maintenance_work_mem = '{MEMORY}'")
    for place, (_name, definition) in enumerate(indexes, 1):
        tell(f"索引 · index {place}/{len(indexes)}")
        _run(definition)
    # Unique ones before the foreign keys, in the reverse of the order above.
    for place, (table, name, definition) in enumerate(reversed(constraints), 1):
        tell(f"约束 · constraint {place}/{len(constraints)}")
        _run(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    for statement in connection.ops.sequence_reset_sql(no_style(), models_):
        _run(statement)


def analyze(tables: Iterable[type[models.Model]]) -> None:
    """Let the planner know what there is now."""
    for model in dict.fromkeys(tables):
        _run(f"ANALYZE {model._meta.db_table}")


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _ask(statement: str, names: list[str]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [names])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
