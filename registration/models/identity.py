from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from outlets.frames import Card, parse_text_block
from outlets.models import Bridge, Outlet
from portal.fields import BlindIndexField, EncryptedBinaryField


class Role(models.TextChoices):
    """In what role a person takes part in an application."""

    HOLDER = "holder", _("机主")
    PROXY = "proxy", _("受托人")


class Challenge(models.Model):
    """A random number that asks for one read: for this clerk, session, outlet, application, role.

    Spent when an Identity names it; ``Identity.challenge`` is unique, so it cannot be spent twice.
    """

    nonce = models.CharField(max_length=43, unique=True)
    application = models.ForeignKey(
        "registration.Application", on_delete=models.CASCADE, related_name="challenges"
    )
    role = models.CharField(max_length=10, choices=Role.choices)
    clerk = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    session_hash = models.CharField(max_length=64)
    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"challenge {self.pk}"


class CannotChange(Exception):
    """What a chip said is not edited by anyone; a correction is a new read (CV-02)."""


class IdentityQuerySet(models.QuerySet["Identity"]):
    def update(self, **values: Any) -> int:
        raise CannotChange


class Identity(models.Model):
    """One person's document as read from its chip.

    The raw block is what the bridge signed and what is kept (encrypted); every field is derived
    from it, so there is no field that a form, an API or an administrator could edit (CV-02).
    A database trigger holds the other columns.
    """

    class Trust(models.TextChoices):
        # READER.md section 6: what level 0 proves is only that our enrolled program said so.
        BRIDGE = "L0", _("已登记的读卡程序读出")

    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="+")
    challenge = models.OneToOneField(Challenge, on_delete=models.PROTECT, related_name="identity")
    bridge = models.ForeignKey(Bridge, on_delete=models.PROTECT, related_name="+")
    sam_id = models.CharField(max_length=60)
    counter = models.BigIntegerField()
    card_type = models.CharField(max_length=12)
    trust = models.CharField(max_length=4, choices=Trust.choices, default=Trust.BRIDGE)

    block = EncryptedBinaryField()
    photo = EncryptedBinaryField()
    block_sha256 = models.CharField(max_length=64)
    envelope = models.TextField()  # the signed JWS: hashes only, no personal data
    number_index = BlindIndexField()
    person_key = BlindIndexField()

    read_at = models.DateTimeField()
    received_at = models.DateTimeField()

    objects = IdentityQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["bridge", "counter"], name="a_read_counter_rises"),
        )

    def __str__(self) -> str:
        return f"identity {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise CannotChange
        super().save(*args, **kwargs)

    @property
    def card(self) -> Card:
        """The document's fields, in clear. Reading them for a person to see is an audited event."""
        return parse_text_block(self.block)

    @property
    def is_as_read(self) -> bool:
        return sha256(self.block).hexdigest() == self.block_sha256
