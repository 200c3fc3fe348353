"""The keyring of this installation: made once, data keys rotated, rows encrypted anew."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from portal import crypto
from portal.fields import EncryptedField, token_of

BATCH = 500


def ensure() -> None:
    """Make the keyring if there is none. Only for a machine that keeps everything itself: where
    several hosts share a keyring, a missing one is a mistake and a new one would hide it."""
    if not settings.KEYRING_FILE.exists():
        crypto.create(settings.KEYRING_FILE, crypto.master_key(settings.MASTER_KEY))


def rotate() -> str:
    """Add a data key; everything written from now on uses it. Returns its id."""
    return crypto.add_data_key(settings.KEYRING_FILE, crypto.master_key(settings.MASTER_KEY))


def rewrap(new_master: str) -> None:
    """Wrap every key anew under ``new_master`` (base64). The settings must follow at once."""
    crypto.rewrap(
        settings.KEYRING_FILE, crypto.master_key(settings.MASTER_KEY), crypto.master_key(new_master)
    )


def reencrypt() -> Iterator[tuple[str, int]]:
    """Encrypt every field under the current data key, column by column; may be interrupted and
    run again. Yields (column, rows changed)."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedField):
                yield f"{model._meta.label}.{field.name}", _reencrypt(model, field.name)


def _reencrypt(model: type[models.Model], name: str) -> int:
    changed, after = 0, 0
    # The base queryset: an identity refuses update(), and here its clear value stays the same.
    rows: models.QuerySet[Any] = models.QuerySet(model)
    while True:
        batch = list(
            rows.filter(pk__gt=after, **{f"{name}__isnull": False})
            .annotate(token=token_of(name))
            .order_by("pk")[:BATCH]
        )
        if not batch:
            return changed
        for row in batch:
            token = row.token
            if crypto.stale(token):
                same = rows.annotate(token=token_of(name)).filter(pk=row.pk, token=token)
                changed += same.update(**{name: getattr(row, name)})
        after = batch[-1].pk
