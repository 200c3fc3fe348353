from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outlets.models import Outlet
from portal.fields import BlindIndexField
from registration.likeness import Level, Sort
from registration.models.photo import Photo


class PictureHash(models.Model):
    """What a picture looks like (registration.likeness), so that it is known again. It goes with
    the picture when what came to nothing is erased."""

    photo = models.OneToOneField(Photo, on_delete=models.CASCADE, related_name="looks")
    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="+", db_index=False)
    sort = models.CharField(
        max_length=6, choices=[(Sort.PERSON.value, _("现场照")), (Sort.PAPER.value, _("文书"))]
    )
    # Who acts for the customer in this application, "" when nobody does.
    proxy_key = BlindIndexField(blank=True, db_index=False)
    taken_at = models.DateTimeField()
    coarse = models.BinaryField(max_length=32)
    fine = models.BinaryField(max_length=128)

    class Meta:
        # A look reads one outlet's or one proxy's last weeks, whatever the size of the table.
        indexes = (
            models.Index(fields=["outlet", "sort", "taken_at"], name="picture_hash_by_outlet"),
            models.Index(
                fields=["proxy_key", "sort", "taken_at"],
                condition=~Q(proxy_key=""),
                name="picture_hash_by_proxy",
            ),
        )

    def __str__(self) -> str:
        return f"hash of photo {self.photo_id}"


class Likeness(models.Model):
    """Two pictures that seem to be one: ``photo`` came after ``other``. ``distance`` is in bits of
    256. Stored, because the rules judge again long after the window has moved on."""

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="likenesses")
    other = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="+")
    level = models.CharField(
        max_length=5, choices=[(Level.ALARM.value, _("同一张")), (Level.LOOK.value, _("相似"))]
    )
    distance = models.PositiveSmallIntegerField()
    found_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["photo", "other"], name="a_likeness_is_found_once"),
        )

    def __str__(self) -> str:
        return f"photos {self.photo_id} and {self.other_id}: {self.level}"
