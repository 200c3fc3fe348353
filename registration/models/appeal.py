from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outlets.models import Placed, ScopedQuerySet, path_index
from portal.fields import EncryptedTextField
from registration.models.application import Application


class AppealQuerySet(ScopedQuerySet):
    def open(self) -> "AppealQuerySet":
        return self.filter(outcome="")

    def of(self, application: Application) -> "AppealQuerySet":
        """Against this refusal; a number that was refused with its order has the order's."""
        found: AppealQuerySet = self.filter(application__in=(application.pk, application.order_id))
        return found


class Appeal(Placed):
    """申诉: a customer does not accept a refusal (Anti-Fraud Law, article 32; RF-06).

    ``words`` and ``answer`` are "" once the application was erased.
    """

    class Way(models.TextChoices):
        """How it came."""

        HOTLINE = "hotline", _("客服热线")
        OFFICE = "office", _("到公司或营业厅提出")
        REGULATOR = "regulator", _("12300 转来")

    class Outcome(models.TextChoices):
        UPHELD = "upheld", _("申诉成立")
        REJECTED = "rejected", _("申诉不成立")

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="appeals")
    way = models.CharField(max_length=10, choices=Way.choices)
    words = EncryptedTextField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    # The last day for the answer, by the policy of the day on which it came.
    due_date = models.DateField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    answer = EncryptedTextField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(outcome=""),
                name="one_open_appeal_per_application",
            ),
            models.CheckConstraint(
                condition=Q(
                    outcome="",
                    answer__isnull=True,
                    decided_by__isnull=True,
                    decided_at__isnull=True,
                )
                | Q(
                    outcome__in=("upheld", "rejected"),
                    answer__isnull=False,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="an_appeal_is_answered_whole_or_not_at_all",
            ),
        )
        indexes = (path_index("appeal_open_by_path", "due_date", condition=Q(outcome="")),)

    def __str__(self) -> str:
        return f"appeal {self.pk} against application {self.application_id}"

    def is_late(self, today: date) -> bool:
        return not self.outcome and self.due_date < today
