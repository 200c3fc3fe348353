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
