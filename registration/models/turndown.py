from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from registration.models.application import Application
from registration.rules.turndown import TURNDOWNS


def code_choices() -> list[tuple[str, Promise]]:
    return [(one.code, _(one.label)) for one in TURNDOWNS.values()]


class Turndown(models.Model):
    """无法办理: the customer was sent away at the counter, for a coded reason (RF-01).

    What a verifier refuses is a Decision with the same codes.
    """

    application = models.OneToOneField(
        Application, on_delete=models.CASCADE, related_name="turndown"
    )
    code = models.CharField(max_length=20, choices=code_choices)
    # As it was cited to the customer.
    article = models.CharField(max_length=80)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(code="") & ~models.Q(article=""),
                name="nobody_is_sent_away_without_a_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} for application {self.application_id}"
