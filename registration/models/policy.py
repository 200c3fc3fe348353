from django.conf import settings
from django.db import models

from outlets.models import Channel


class PolicyRow(models.Model):
    """A policy's value at a node of the tree and below it, from a day on.

    Rows are only ever added: what was in force on any day can be told. ``value`` None withdraws
    what was set here, so that the node above counts again.
    """

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="policies")
    key = models.CharField(max_length=60)
    value = models.JSONField(null=True)
    from_date = models.DateField()
    reason = models.CharField(max_length=200)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="a_policy_is_set_for_a_reason"
            ),
        )
        indexes = (models.Index(fields=["channel", "from_date"], name="policy_by_node"),)

    def __str__(self) -> str:
        return f"{self.key} at {self.channel_id} from {self.from_date}"
