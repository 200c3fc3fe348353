"""Which days are to be added up again; see ``services.rollup``."""

from datetime import datetime

from django.utils import timezone

from registration.models.rollup import StaleDay


def mark(outlet: int, at: datetime | None) -> None:
    """What is counted at this moment has changed at an outlet, given by its key; None: nothing is
    counted yet. Call it inside the transaction of the change."""
    if at is not None:
        StaleDay.objects.create(outlet_id=outlet, day=timezone.localdate(at))
