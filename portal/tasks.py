from celery import shared_task
from django.utils import timezone

from portal.services import seal as sealer


@shared_task
def seal() -> None:
    """Seal until nothing is left; every few seconds there is little."""
    while sealer.seal(now=timezone.now()):
        pass
