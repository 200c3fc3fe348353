"""What happened is written down in the same transaction as the change that it tells of.

An entry waits for nobody: it is numbered and signed afterwards, by ``services.seal``.
"""

import json
from datetime import datetime
from typing import Any, Final

from django.db import connection, models

from portal.models import AuditEntry, User

COLUMNS: Final = "(at, action, actor_id, subject_type, subject_id, detail)"


def record(
    action: str,
    *,
    subject: models.Model | None = None,
    by: User | None,
    now: datetime,
    **detail: Any,
) -> None:
    """Write one entry. ``detail`` holds ids, counts and codes: never a name, a document number,
    a telephone number or free text that a person typed."""
    entry = (
        connection.ops.adapt_datetimefield_value(now),
        action,
        by.pk if by else None,
        subject._meta.label_lower if subject else "",
        subject.pk if subject else None,
        json.dumps(detail),
    )
    # Not through the model: every verb writes one, and the way there takes twice as long.
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {AuditEntry._meta.db_table} {COLUMNS} "  # noqa: S608
            "VALUES (%s, %s, %s, %s, %s, %s)",
            entry,
        )


def insert_from(
    rows: str, action: str, *, subject: type[models.Model], at: str, by: str, **detail: str
) -> str:
    """SQL (PostgreSQL) that writes an entry for each of ``rows``, the rows that another part of
    the same statement has changed: where the way to the database and back is most of the cost.

    ``at``, ``by`` and ``detail`` name columns of ``rows``, whose ``id`` is the subject's.
    """
    facts = ", ".join(f"'{name}', {column}" for name, column in detail.items())
    return (
        f"INSERT INTO {AuditEntry._meta.db_table} {COLUMNS} "  # noqa: S608
        f"SELECT {at}, '{action}', {by}, '{subject._meta.label_lower}', id, "
        f"jsonb_build_object({facts}) FROM {rows}"
    )
