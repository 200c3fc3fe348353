"""Statements that PostgreSQL has read before.

Django sends each statement as one text, the values in it, and the server takes that text apart and
plans it every time. Whoever runs the same few statements all day sends the values apart from the
text: after the fifth time the server knows it (``env.POSTGRES_OPTIONS``).

Only for verbs that look for rows by their keys. A plan that is kept is one for any value, and a
path's beginning (``LIKE``) can be searched in an index only by who knows it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor


@contextmanager
def prepared() -> Iterator[None]:
    """What is asked inside is prepared; elsewhere than on PostgreSQL nothing changes. Also put
    above a verb: ``@prepared()``."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    wire: Any = connection.connection
    before, wire.cursor_factory = wire.cursor_factory, ServerBindingCursor
    try:
        yield
    finally:
        wire.cursor_factory = before
