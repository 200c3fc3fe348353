"""Files of evidence that no row names: a transaction that was rolled back after its file was
written, a worker that was killed between the two, a deletion that came while the storage was away.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any

from django.apps import apps
from django.db.models import F, QuerySet

from portal import blobs
from portal.fields import BlobField

# A file is written before its row. What is younger may still get one.
YOUNG = timedelta(days=1)
BATCH = 500


def find(now: datetime) -> Iterator[str]:
    """The names of the files that are older than a day and that no row names."""
    suspects = _passed_over(now)
    while batch := list(islice(suspects, BATCH)):
        # Asked for by name before anything is said of them: a database may sort otherwise.
        named = {name for rows in _columns() for name in rows.filter(name__in=batch)}
        yield from (name for name in batch if name not in named)


def _passed_over(now: datetime) -> Iterator[str]:
    """Both sides come in the order of names and are compared as they pass, so that ten million
    need no memory."""
    named = merge(*(rows.order_by("name").iterator(chunk_size=2_000) for rows in _columns()))
    known = next(named, "")
    for name, written_at in blobs.walk():
        while known and known < name:
            known = next(named, "")
        if name != known and written_at < now - YOUNG:
            yield name


def _columns() -> Iterator[QuerySet[Any, str]]:
    """Every column that holds names of files, as ``name``."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, BlobField):
                rows = model._base_manager.exclude(**{field.name: ""}).order_by()
                yield rows.annotate(name=F(field.name)).values_list("name", flat=True)
