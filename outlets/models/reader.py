from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outlets.models.outlet import Outlet
from outlets.models.scope import ScopedQuerySet
from portal.states import Moving


class BridgeQuerySet(ScopedQuerySet):
    path_field = "outlet__channel__path"


class Bridge(Moving):
    """The enrolled program on a counter PC, known by its Ed25519 public key."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("在用")
        RETIRED = "retired", _("停用")
        REVOKED = "revoked", _("吊销")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        Status.ACTIVE: (Status.RETIRED, Status.REVOKED),
        Status.RETIRED: (Status.REVOKED,),
    }

    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="bridges")
    kid = models.CharField(max_length=16, unique=True)
    public_key = models.BinaryField(max_length=32)
    host = models.CharField(_("电脑名"), max_length=80, blank=True)
    agent = models.CharField(_("版本"), max_length=20)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    status_reason = models.CharField(_("原因"), max_length=200, blank=True)
    # The highest counter seen; a read with one that is not above it is a replay.
    counter = models.BigIntegerField(default=0)
    enrolled_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = BridgeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.kid[:8]} {self.host}".strip()


class Reader(models.Model):
    """A card reader, known by the id of its security module (SAM)."""

    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="readers")
    sam_id = models.CharField(_("SAM 号"), max_length=60)
    seen_at = models.DateTimeField()

    objects = BridgeQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["outlet", "sam_id"], name="one_row_per_reader"),
        )

    def __str__(self) -> str:
        return self.sam_id


class EnrolmentCode(models.Model):
    """A one-time code that lets one program enrol at one outlet; only its hash is kept."""

    outlet = models.ForeignKey(Outlet, on_delete=models.CASCADE, related_name="+")
    code_hash = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["expires_at"], condition=Q(used_at__isnull=True), name="unused_codes"
            ),
        )

    def __str__(self) -> str:
        return f"enrolment code {self.pk}"
