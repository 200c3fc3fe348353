import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.fields import BlindIndexField
from registration.models.application import Application
from registration.models.identity import Identity


class OwnershipCheck(models.Model):
    """机主核对: whether a number is registered with a document. The carrier compares (SC-08).

    One for each read and number: a new read, or another number, is asked anew.
    """

    class Result(models.TextChoices):
        WAITING = "waiting", _("等待核对")
        UNAVAILABLE = "unavailable", _("运营商系统暂不可用，自动重试中")
        MATCH = "match", _("与登记的机主一致")
        MISMATCH = "mismatch", _("与登记的机主不一致")

    OPEN = (Result.WAITING, Result.UNAVAILABLE)

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="ownership_checks"
    )
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="+")
    number_index = BlindIndexField()
    result = models.CharField(max_length=12, choices=Result.choices, default=Result.WAITING)
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["identity", "number_index"], name="ownership_is_asked_once_a_read"
            ),
        )
        indexes = (
            models.Index(
                fields=["due_at"],
                condition=Q(result__in=("waiting", "unavailable")),
                name="ownership_check_due",
            ),
        )

    def __str__(self) -> str:
        return f"ownership check {self.pk}: {self.result}"
