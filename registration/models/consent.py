from django.db import models

from registration.models.application import Application
from registration.models.photo import Photo


class Consent(models.Model):
    """What the customer was shown and answered, with the signature under it.

    ``kind`` and ``version`` name a text of ``rules.consent``. ``given`` False is a refusal, which
    only a question of its own can have. Signing again takes the place of what was signed before;
    the audit keeps both.
    """

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=20)
    version = models.CharField(max_length=20)
    given = models.BooleanField()
    signature = models.ForeignKey(Photo, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["application", "kind"], name="each_consent_is_answered_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(version=""), name="a_consent_names_its_text"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"
