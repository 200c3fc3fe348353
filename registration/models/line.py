import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outlets.models import Placed, ScopedQuerySet, path_index
from portal.fields import BlindIndexField, EncryptedTextField
from portal.states import Moving
from registration.models.application import Application

LIMIT = 5  # active mobile numbers per person and carrier (NL-01, C-01)


class Slot(models.Model):
    """一证五户: one of a person's five places, taken at submit, freed when nothing comes of it."""

    person_key = BlindIndexField()
    place = models.PositiveSmallIntegerField()
    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="slot")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person_key", "place"], name="five_lines_per_person_place"
            ),
            models.CheckConstraint(
                condition=Q(place__gte=1, place__lte=LIMIT), name="a_person_has_five_places"
            ),
        )

    def __str__(self) -> str:
        return f"slot {self.place}"


class Line(Placed, Moving):
    """号码: a number that the carrier opens, or has opened, for a registered person.

    ``application`` is the one that opened it, or the first that was about it here; later ones find
    it by its number.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("开通中")
        ACTIVE = "active", _("正常")
        FAILED = "failed", _("未能开通")
        QUARANTINE = "quarantine", _("已销号，冷冻中")
        CLOSED = "closed", _("已销号")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        Status.PENDING: (Status.ACTIVE, Status.FAILED),
        Status.FAILED: (Status.PENDING,),
        Status.ACTIVE: (Status.QUARANTINE,),
        Status.QUARANTINE: (Status.CLOSED,),
    }
    # A number has one line that is not over.
    OVER = (Status.FAILED, Status.QUARANTINE, Status.CLOSED)

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="line")
    person_key = BlindIndexField()
    number_index = BlindIndexField()
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    order_no = models.CharField(max_length=60, blank=True)
    # Empty for a number that was in use before it was seen here.
    opened_at = models.DateTimeField(null=True)
    # Until when an ended number is given to nobody (C-07).
    quarantine_until = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["number_index"],
                condition=~Q(status__in=("failed", "quarantine", "closed")),
                name="one_line_per_number",
            ),
            models.CheckConstraint(
                condition=Q(quarantine_until__isnull=False) | ~Q(status="quarantine"),
                name="a_quarantine_has_an_end",
            ),
        )
        indexes = (
            path_index("line_by_path"),
            models.Index(
                fields=["opened_at"],
                condition=Q(opened_at__isnull=False),
                name="line_by_day",
            ),
            models.Index(
                fields=["quarantine_until"],
                condition=Q(status="quarantine"),
                name="line_in_quarantine",
            ),
        )

    def __str__(self) -> str:
        return f"line {self.pk} {self.status}"


class CarrierOrder(Moving):
    """Outbox: a command for the carrier's system, sent until it answers. ``key`` makes a
    repeat harmless there."""

    class Command(models.TextChoices):
        OPEN = "open", _("开通")
        INSTALL = "install", _("装机")
        MOVE = "move", _("移机")
        TRANSFER = "transfer", _("过户")
        REISSUE = "reissue", _("补换卡")
        CLOSE = "close", _("销号")
        REGISTER = "register", _("登记")
        RELEASE = "release", _("退还号码")

    class Status(models.TextChoices):
        DUE = "due", _("待发送")
        DONE = "done", _("完成")
        REJECTED = "rejected", _("被拒绝")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {Status.DUE: (Status.DONE, Status.REJECTED)}

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="orders")
    command = models.CharField(max_length=10, choices=Command.choices)
    number = EncryptedTextField()
    # A release after this moment would free what by then is somebody else's.
    held_until = models.DateTimeField(null=True)
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DUE)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    problem = models.CharField(max_length=60, blank=True)
    order_no = models.CharField(max_length=60, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(status="due") & ~Q(command="release"),
                name="a_line_is_ordered_once_at_a_time",
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], condition=Q(status="due"), name="carrier_order_due"),
        )

    def __str__(self) -> str:
        return f"{self.command} {self.status}"
