from django.db import models

from portal.fields import EncryptedTextField
from registration.models.photo import Photo


class PhotoText(models.Model):
    """What a machine read on a picture: its lines as ``services.text`` packs them. A guess that
    stands beside what the chip said, never in its place."""

    photo = models.OneToOneField(Photo, on_delete=models.CASCADE, related_name="text")
    lines = EncryptedTextField()
    engine = models.CharField(max_length=40)
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"text of photo {self.photo_id}"
