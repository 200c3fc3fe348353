from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.fields import BlindIndexField, EncryptedTextField
from portal.states import Moving


class Claim(Moving):
    """申报: what somebody sent by text message from an unregistered number (BF-06).

    It is a claim and nothing more: no row of it ever becomes an identity. It helps the counter to
    see whether who comes is who wrote.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("已申报，待到厅核验")
        REPLACED = "replaced", _("被新的申报代替")
        SETTLED = "settled", _("已到厅登记")

    MOVES = {Status.OPEN: (Status.REPLACED, Status.SETTLED)}

    # The gateway's own number of the message: sent twice, it counts once.
    message = models.CharField(max_length=80, unique=True)
    number = EncryptedTextField()
    number_index = BlindIndexField()
    name = EncryptedTextField()
    document = EncryptedTextField()
    document_index = BlindIndexField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    received_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["number_index"],
                condition=models.Q(status="open"),
                name="one_open_claim_per_number",
            ),
        )

    def __str__(self) -> str:
        return f"claim {self.pk} {self.status}"
