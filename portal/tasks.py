from axes.models import AccessAttempt
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from portal.services import seal as sealer
from portal.sessions import SessionStore


@shared_task
def seal() -> None:
    """Seal until nothing is left; every few seconds there is little."""
    while sealer.seal(now=timezone.now()):
        pass


@shared_task
def tidy() -> None:
    """Sessions that ran out and failed log-ins that no longer count are of use to nobody."""
    SessionStore.clear_expired()
    AccessAttempt.objects.filter(
        attempt_time__lt=timezone.now() - settings.AXES_COOLOFF_TIME
    ).delete()
