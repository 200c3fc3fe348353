from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from outlets.models.outlet import Outlet
from outlets.models.scope import ScopedQuerySet
from portal.states import Moving

# The bridge's adapters (outlets/bridge/adapters) in the words of the trade.
READER_NAMES = {
    "serial": _("串口读卡器"),
    "cloud": _("云解码读卡器"),
    "synjones": _("新中新读卡服务"),
    "zkteco": _("中控读卡服务"),
    "huashi": _("华视读卡服务"),
    "donsee": _("东信读卡服务"),
    "jieyu": _("捷宇读卡服务"),
}


def reader_name(adapter: str) -> str:
    """One that is younger than this portal goes by its own name."""
    return str(READER_NAMES.get(adapter, adapter))


class AtOutletQuerySet(ScopedQuerySet):
    path_field = "outlet__channel__path"


class BridgeQuerySet(AtOutletQuerySet):
    def with_seen_at(self) -> Self:
        """When it read last or, if it never did, when it came."""
        found: Self = self.annotate(seen_at=Coalesce("read_at", "enrolled_at"))
        return found

    def current(self) -> Self:
        """One row for each program: the keys that it used before stay behind its newest."""
        return self.exclude(status=Bridge.Status.ROTATED)


class Bridge(Moving):
    """The enrolled program on a counter PC, known by its Ed25519 public key.

    The program changes its key every month; each key is a row, so that what an old one signed can
    still be verified.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("在用")
        RETIRED = "retired", _("停用")
        REVOKED = "revoked", _("吊销")
        ROTATED = "rotated", _("已换新密钥")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        Status.ACTIVE: (Status.RETIRED, Status.REVOKED, Status.ROTATED),
        Status.RETIRED: (Status.REVOKED,),
        Status.ROTATED: (Status.RETIRED, Status.REVOKED),
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
    # The one reader that may read here: its SAM id, or the name of the adapter where the vendor's
    # service does not tell one. Both empty: the next read binds it.
    sam_id = models.CharField(_("SAM 号"), max_length=60, blank=True)
    reader_name = models.CharField(_("读卡方式"), max_length=20, blank=True)
    rotated_from = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="successor"
    )
    # When a new key took this one's place.
    rotated_at = models.DateTimeField(null=True)
    rotations = models.PositiveIntegerField(default=0)
    # Since when somebody else seems to use the same key.
    contested_at = models.DateTimeField(null=True)

    objects = BridgeQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(status="rotated") | Q(rotated_at__isnull=False),
                name="a_rotated_key_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="active") | Q(rotated_at__isnull=True),
                name="a_key_in_use_is_not_rotated",
            ),
            models.CheckConstraint(
                condition=Q(rotated_from__isnull=True) | ~Q(rotated_from=F("pk")),
                name="a_key_follows_another_one",
            ),
        )
        indexes = (
            # The list of all programs, as BridgeQuerySet.with_seen_at has it.
            models.Index(
                F("status"),
                Coalesce("read_at", "enrolled_at").desc(),
                F("id").desc(),
                name="bridge_by_last_read",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kid[:8]} {self.host}".strip()

    @property
    def is_bound(self) -> bool:
        return bool(self.sam_id or self.reader_name)

    @property
    def is_contested(self) -> bool:
        """Whether somebody must find out who else uses this key: of one that ended, nobody."""
        return self.contested_at is not None and self.status == self.Status.ACTIVE


class Reader(models.Model):
    """A card reader that was seen at an outlet, known by the id of its security module (SAM)."""

    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="readers")
    sam_id = models.CharField(_("SAM 号"), max_length=60)
    seen_at = models.DateTimeField()
    # When a manager said that it went elsewhere; a later read here brings it back.
    left_at = models.DateTimeField(null=True)

    objects = AtOutletQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["outlet", "sam_id"], name="one_row_per_reader"),
        )
        indexes = (
            # Where else was this reader lately?
            models.Index(
                fields=["sam_id", "seen_at"],
                condition=Q(left_at__isnull=True),
                name="readers_by_sam_id",
            ),
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
