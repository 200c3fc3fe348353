from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from outlets.models import Outlet
from portal.models import Session
from registration.models.application import Application


class PhoneLinkQuerySet(models.QuerySet["PhoneLink"]):
    def live(self, now: datetime) -> "PhoneLinkQuerySet":
        """Neither run out nor ended; not of what left the counter since, though it be back."""
        return self.filter(
            closed_at=None,
            expires_at__gt=now,
            session__expire_date__gt=now,
            application__status__in=Application.EDITABLE,
            application__round=F("round"),
        )


class PhoneLink(models.Model):
    """手机拍照: lets one phone take the pictures of one application, for a few minutes.

    The token in the QR code and the phone's own secret are kept as SHA-256 only. ``session`` is the
    clerk's at the counter PC: signing out there, or a dismissal, takes the link away too.
    """

    # One link takes a whole set several times over; more is no customer at a counter.
    MOST_UPLOADS: ClassVar[int] = 60

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="phone_links"
    )
    # The application's when the link was made: what was handed in ends it.
    round = models.PositiveSmallIntegerField()
    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    session = models.ForeignKey(Session, null=True, on_delete=models.SET_NULL, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    # Of the phone that opened it; "" until then.
    phone_hash = models.CharField(max_length=64, blank=True)
    uploads = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = PhoneLinkQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(closed_at__isnull=True),
                name="one_open_phone_link_per_application",
            ),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True, phone_hash="")
                | (Q(opened_at__isnull=False) & ~Q(phone_hash="")),
                name="a_phone_link_is_opened_by_a_phone",
            ),
        )
        indexes = (
            models.Index(
                fields=["phone_hash"],
                condition=Q(closed_at__isnull=True) & ~Q(phone_hash=""),
                name="phone_link_by_phone",
            ),
        )

    def __str__(self) -> str:
        return f"phone link {self.pk} of application {self.application_id}"

    def seconds_left(self, now: datetime) -> int:
        return max(0, int((self.expires_at - now).total_seconds()))
