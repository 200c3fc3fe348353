from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.frames import Card, CardKind, parse_text_block, with_new_address
from outlets.models import Bridge, Outlet
from portal.fields import BlindIndexField, EncryptedBinaryField, EncryptedTextField
from registration.rules.document import Lane
from registration.stated import Paper, from_text, from_zone


class Role(models.TextChoices):
    """In what role a person takes part in an application."""

    HOLDER = "holder", _("机主")
    PROXY = "proxy", _("受托人")
    GUARDIAN = "guardian", _("监护人")
    HANDLER = "handler", _("经办人")
    TRANSFEROR = "transferor", _("原机主")
    END_USER = "end_user", _("使用人")


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
    MRZ = "mrz", _("机读区，校验位全部相符")
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
    Trust.MRZ: _("从照片上的机读区读出，校验位全部相符；不能证明证件是真的，姓名没有校验位。"),
    Trust.SIGHTED: _("没有芯片可读，由人眼核对证件；不能证明证件是真的。"),
}


CHIP_KINDS = [kind.value for kind in CardKind]


class Identity(models.Model):
    """One person's document: read from its chip, from its zone, or sighted.

    The raw block, as the bridge signed it or the decoding service opened it, or the lines of the
    zone, is what is kept (encrypted); every field is derived from it, so there is no field that a
    form, an API or an administrator could edit (CV-02). What no machine gives is in ``stated``,
    typed once. A database trigger holds the other columns.
    """

    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="+")
    challenge = models.OneToOneField(Challenge, on_delete=models.PROTECT, related_name="identity")
    lane = models.CharField(max_length=10, choices=[(lane.value, lane.value) for lane in Lane])
    # Of a chip only: which program signed, with which reader, how often before.
    bridge = models.ForeignKey(Bridge, null=True, on_delete=models.PROTECT, related_name="+")
    # "" where the vendor's service does not tell its SAM id.
    sam_id = models.CharField(max_length=60)
    counter = models.BigIntegerField(null=True)
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
    # Of a chip: the hash that the bridge signed.
    block_sha256 = models.CharField(max_length=64)
    # Without a chip: the fields that were typed, as JSON, and a keyed hash of block and fields.
    # A plain hash of so few characters could be tried out.
    stated = EncryptedTextField(null=True)
    stated_index = BlindIndexField(blank=True, db_index=False)
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
                condition=models.Q(trust__in=("L1", "L0", "mrz", "sighted")),
                name="trust_is_never_typed",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    lane="chip",
                    card_type__in=CHIP_KINDS,
                    trust__in=("L1", "L0"),
                    bridge__isnull=False,
                    counter__isnull=False,
                    stated__isnull=True,
                    stated_index="",
                )
                & ~models.Q(envelope="")
                | models.Q(
                    lane=models.F("trust"),
                    bridge__isnull=True,
                    counter__isnull=True,
                    stated__isnull=False,
                    envelope="",
                )
                & ~models.Q(card_type__in=CHIP_KINDS)
                & ~models.Q(stated_index=""),
                name="a_document_with_a_chip_is_never_typed",
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
    def card(self) -> Card | Paper:
        """The document's fields, in clear. Reading them for a person to see is an audited event."""
        if self.lane == Lane.MRZ:
            day = timezone.localdate(self.received_at)
            return from_zone(self.card_type, self.block, self.stated or "{}", day)
        if self.lane == Lane.SIGHTED:
            return from_text(self.card_type, self.stated or "{}")
        card = parse_text_block(self.block)
        return with_new_address(card, self.address_block) if self.address_block else card

    @property
    def is_as_read(self) -> bool:
        """Of a chip; ``services.paper.is_as_captured`` for the other lanes."""
        return sha256(self.block).hexdigest() == self.block_sha256
