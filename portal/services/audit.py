"""What happened is written down in the same transaction as the change that it tells of.

An entry waits for nobody: it is numbered and signed afterwards, by ``services.seal``.
"""

from datetime import datetime
from typing import Any

from django.db import models

from portal.models import AuditEntry, User


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
    AuditEntry.objects.create(
        at=now,
        action=action,
        actor=by,
        subject_type=subject._meta.label_lower if subject else "",
        subject_id=subject.pk if subject else None,
        detail=detail,
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
        f"INSERT INTO {AuditEntry._meta.db_table} "  # noqa: S608
        "(at, action, actor_id, subject_type, subject_id, detail) "
        f"SELECT {at}, '{action}', {by}, '{subject._meta.label_lower}', id, "
        f"jsonb_build_object({facts}) FROM {rows}"
    )
