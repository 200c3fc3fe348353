from django.conf import settings
from django.db import models

from portal.fields import EncryptedTextField
from registration.models.application import Application


class Note(models.Model):
    """备注: what one verifier leaves for the next on a case; the counter never sees it."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="notes")
    text = EncryptedTextField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"note {self.pk} on application {self.application_id}"
