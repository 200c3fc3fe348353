from django.db import models

from registration.models.application import Application


class Erasure(models.Model):
    """Proof of what was erased of an application that came to nothing, when and why (RF-07).

    ``pictures_digest`` is the SHA-256 over the hashes of the pictures as received, sorted, one a
    line; their rows keep the single hashes. ``record`` is a keyed hash of the reason together with
    the documents and the number: with a document in hand it can be shown that it was this one.
    """

    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, related_name="erasure"
    )
    erased_at = models.DateTimeField()
    # The policy in force on that day.
    after_days = models.PositiveSmallIntegerField()
    pictures = models.PositiveSmallIntegerField()
    pictures_digest = models.CharField(max_length=64)
    people = models.PositiveSmallIntegerField()
    record = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"erasure of application {self.application_id}"
