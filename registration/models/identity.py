from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from outlets.frames import Card, parse_text_block, with_new_address
from outlets.models import Bridge, Outlet
from portal.fields import BlindIndexField, EncryptedBinaryField


class Role(models.TextChoices):
    """In what role a person takes part in an application."""

    HOLDER = "holder", _("机主")
    PROXY = "proxy", _("受托人")
    GUARDIAN = "guardian", _("监护人")
    HANDLER = "handler", _("经办人")
    TRANSFEROR = "transferor", _("原机主")


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


class Trust(models.TextChoices):
    """How far a read can be believed (docs/bridge.md). There is no level for typed data."""

    CLOUD = "L1", _("解码服务解开（L1）")
    BRIDGE = "L0", _("本店读卡程序这样说（L0）")
    SIGHTED = "sighted", _("人眼核对，没有芯片")

    @property
    def proves(self) -> str:
        """One sentence for the verifier: what it proves, and what it does not."""
        return str(PROVES[self])


PROVES = {
    Trust.CLOUD: _(
        "密文由解码服务解开，结果只有平台看到，柜台电脑改不了；不能证明持卡人就是证件本人。"
    ),
    Trust.BRIDGE: _(
        "本店已登记的读卡程序这样说，内容没有被改动或重复使用；不能证明当时卡在读卡器上。"
    ),
    Trust.SIGHTED: _("没有芯片可读，由人眼核对证件；不能证明证件是真的。"),
}


class Identity(models.Model):
    """One person's document as read from its chip.

    The raw block, as the bridge signed it or the decoding service opened it, is what is kept
    (encrypted); every field is derived from it, so there is no field that a form, an API or an
    administrator could edit (CV-02). A database trigger holds the other columns.
    """

    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="+")
    challenge = models.OneToOneField(Challenge, on_delete=models.PROTECT, related_name="identity")
    bridge = models.ForeignKey(Bridge, on_delete=models.PROTECT, related_name="+")
    # "" where the vendor's service does not tell its SAM id.
    sam_id = models.CharField(max_length=60)
    counter = models.BigIntegerField()
    # The bridge's adapter ("serial", "synjones", …), and an adapter.Source.
    reader = models.CharField(max_length=20)
    source = models.CharField(max_length=10)
    card_type = models.CharField(max_length=20)
    trust = models.CharField(max_length=10, choices=Trust.choices)
    # The decoding service's own number for this read.
    decode_reference = models.CharField(max_length=60, blank=True)

    block = EncryptedBinaryField()
    # The 70 bytes of command 30 03: they take the place of the block's address.
    address_block = EncryptedBinaryField(null=True)
    # WLT or JPEG; not every vendor gives one.
    photo = EncryptedBinaryField(null=True)
    block_sha256 = models.CharField(max_length=64)
    envelope = models.TextField()  # the signed JWS: hashes only, no personal data
    number_index = BlindIndexField()
    person_key = BlindIndexField()
    # number_index of the document that this one names: a residence permit's travel permit. Of a
    # 2023 foreigner's card only country, birth and link are known; the rule that makes the old
    # number of them is not published.
    link_index = BlindIndexField(blank=True)

    read_at = models.DateTimeField()
    received_at = models.DateTimeField()

    objects = IdentityQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["bridge", "counter"], name="a_read_counter_rises"),
            models.CheckConstraint(
                condition=models.Q(trust__in=("L1", "L0", "sighted")), name="trust_is_never_typed"
            ),
            models.CheckConstraint(
                condition=(models.Q(trust="L1", source="cipher") & ~models.Q(decode_reference=""))
                | (~models.Q(trust="L1") & ~models.Q(source="cipher")),
                name="only_what_was_decoded_is_cloud_trusted",
            ),
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
        card = parse_text_block(self.block)
        return with_new_address(card, self.address_block) if self.address_block else card

    @property
    def is_as_read(self) -> bool:
        return sha256(self.block).hexdigest() == self.block_sha256
