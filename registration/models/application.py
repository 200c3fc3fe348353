from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outlets.models import Outlet, Placed, ScopedQuerySet, path_index
from portal.fields import BlindIndexField, EncryptedTextField
from portal.models import User
from portal.states import Moving
from registration.models.identity import Identity, Role
from registration.rules import plan
from registration.rules import service as services
from registration.rules.document import DOCUMENTS
from registration.rules.ownership import CATEGORIES, REGISTERED, UNREGISTERED
from registration.rules.plan import HOLDER_KINDS, HolderKind
from registration.rules.service import SERVICES, Line, Service

# Of a row's id.
MOST_DIGITS = 18


def service_choices() -> list[tuple[str, Promise]]:
    return [(service.code, _(service.label)) for service in SERVICES.values()]


def holder_choices() -> list[tuple[str, Promise]]:
    return [(kind.code, _(kind.here)) for kind in HOLDER_KINDS.values()]


def category_choices() -> list[tuple[str, Promise]]:
    return [(category.code, _(category.label)) for category in CATEGORIES.values()]


def _codes(trait: str) -> list[str]:
    """The services with this trait."""
    return [service.code for service in SERVICES.values() if getattr(service, trait)]


def _is_shot() -> models.Q:
    """Whether as many pages are ``shot`` as the end user's document asks for; a chip for none."""
    enough = models.Q(documents={})
    for document in DOCUMENTS.values():
        pages = len(document.pages) + len(document.papers)
        enough |= models.Q(documents__end_user=document.kind, shot__gte=pages)
    return enough


class LetterPoint(models.TextChoices):
    """The six points that a letter of authority must state (PX-02)."""

    PRINCIPAL_NAME = "principal_name", _("写明委托人姓名")
    PROXY_NAME = "proxy_name", _("写明受托人姓名")
    BOTH_NUMBERS = "both_numbers", _("写明双方证件号码")
    BUSINESS = "business", _("写明委托办理的业务")
    PRINCIPAL_SIGNED = "principal_signed", _("委托人已签名")
    PROXY_SIGNED = "proxy_signed", _("受托人已签名")


class Assistance(models.TextChoices):
    """Why a customer cannot do the ordinary steps (CV-12): no more than the verifier needs."""

    SIGHT = "sight", _("视力障碍")
    HANDS = "hands", _("不能书写")
    SPEECH = "speech", _("听力或言语障碍")
    AGE = "age", _("年老行动不便")
    ILLNESS = "illness", _("因病不便")
    OTHER = "other", _("其他不便")


class ApplicationQuerySet(ScopedQuerySet):
    def at_counter_of(self, user: User) -> "ApplicationQuerySet":
        """Of the clerk's own outlet; a sub-agent that hangs below it is another shop."""
        if user.post is None:
            return self.none()
        here: ApplicationQuerySet = self.visible_to(user).filter(
            outlet__channel=user.post.channel_id
        )
        return here

    def drafts(self) -> "ApplicationQuerySet":
        return self.filter(status=Application.Status.DRAFT).order_by("-touched_at")

    def returned(self) -> "ApplicationQuerySet":
        return self.filter(status=Application.Status.RETURNED).order_by("-touched_at")

    def overdue(self, now: datetime) -> "ApplicationQuerySet":
        """Drafts that nobody touched for so long that their numbers are given back.

        A number of an order waits for its end user as long as the unit's letter is good.
        """
        drafts = self.filter(status=Application.Status.DRAFT)
        lying = models.Q(order__isnull=True, touched_at__lt=now - settings.DRAFT_LIFE)
        too_late = models.Q(order__unit__letter_until__lt=timezone.localdate(now))
        orphaned = models.Q(order__status__in=("refused", "abandoned"))
        return drafts.filter(lying | too_late | orphaned)

    def open(self) -> "ApplicationQuerySet":
        """Those that the counter may still change."""
        return self.filter(status__in=Application.EDITABLE)

    def live(self) -> "ApplicationQuerySet":
        return self.exclude(status__in=(Application.Status.REFUSED, Application.Status.ABANDONED))

    def with_user(self) -> "ApplicationQuerySet":
        """Numbers of an order, each with whether its end user's document was read."""
        read = Party.objects.filter(application=models.OuterRef("pk"), role=Role.END_USER)
        found: ApplicationQuerySet = self.annotate(has_user=models.Exists(read))
        return found

    def complete(self) -> "ApplicationQuerySet":
        """Numbers of an order that lack nothing of their own."""
        lacking = models.Q(
            models.Q(service__in=_codes("has_card"), iccid="")
            | models.Q(service__in=_codes("has_user"), has_user=False)
            | models.Q(service__in=_codes("has_address"), address__isnull=True)
        )
        shot = models.Q(photos__replaced_at=None, photos__status="ready")
        found: ApplicationQuerySet = self.with_user().annotate(
            shot=models.Count("photos", filter=shot)
        )
        return found.exclude(number_index="").exclude(lacking).filter(_is_shot(), redo=[])

    def called(self, reference: str) -> "Application | None":
        """The one with this number on its slip."""
        _day, _dash, serial = reference.partition("-")
        if not (serial.isascii() and serial.isdigit() and len(serial) <= MOST_DIGITS):
            return None
        found: Application | None = self.filter(pk=int(serial)).first()
        return found if found and found.reference == reference else None

    def of_their_own(self) -> "ApplicationQuerySet":
        """Without the numbers of units' orders, which the order stands for."""
        found: ApplicationQuerySet = self.filter(order__isnull=True)
        return found

    def to_erase(self) -> "ApplicationQuerySet":
        """What came to nothing and still has its data, however young; not while the carrier has
        yet to hear that the number is free, for the order names it, nor while an appeal against
        it, or against the unit's order that it is of, waits for its answer."""
        return (
            self.filter(status__in=("refused", "abandoned"), legal_hold_at=None, erased_at=None)
            .exclude(orders__status="due")
            .exclude(appeals__outcome="")
            .exclude(order__appeals__outcome="")
        )


class Application(Placed, Moving):
    """受理单: what one customer asks for at one counter."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SUBMITTED = "submitted", _("已提交，核验中")
        IN_REVIEW = "in_review", _("审核中")
        RETURNED = "returned", _("退回待改")
        REFUSED = "refused", _("已拒绝")
        APPROVED = "approved", _("已通过，办理中")
        ACTIVE = "active", _("已办结")
        ABANDONED = "abandoned", _("已放弃")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        Status.DRAFT: (Status.SUBMITTED, Status.ABANDONED, Status.REFUSED),
        Status.SUBMITTED: (Status.IN_REVIEW,),
        Status.IN_REVIEW: (Status.APPROVED, Status.RETURNED, Status.REFUSED),
        Status.RETURNED: (Status.SUBMITTED, Status.ABANDONED, Status.REFUSED),
        Status.APPROVED: (Status.ACTIVE, Status.RETURNED),
    }
    EDITABLE = (Status.DRAFT, Status.RETURNED)
    FINAL = (Status.ACTIVE, Status.REFUSED, Status.ABANDONED)

    class Standing(models.TextChoices):
        """Whether somebody is registered with a number that is in use."""

        REGISTERED = REGISTERED, _("已实名登记")
        UNREGISTERED = UNREGISTERED, _("未实名登记")

    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="applications")
    service = models.CharField(
        _("业务"),
        max_length=20,
        choices=service_choices,
    )
    holder_kind = models.CharField(
        max_length=10,
        choices=holder_choices,
        default="self",
    )
    # The unit's order that this is a number of.
    order = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="numbers")
    # The kind of document of a role, where the clerk chose one that has no chip.
    documents = models.JSONField(default=dict)
    # Roles whose document is shot because policy wanted it when it was chosen.
    pictured = models.JSONField(default=list)
    status = models.CharField(
        _("状态"), max_length=10, choices=Status.choices, default=Status.DRAFT
    )
    clerk = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    # The last time; what comes back and is handed in again is still the same submission.
    submitted_at = models.DateTimeField(null=True)
    first_submitted_at = models.DateTimeField(null=True)
    # Made by the page; a second submit with the same key gets the first answer.
    submit_key = models.UUIDField(null=True, unique=True)
    round = models.PositiveSmallIntegerField(default=0)

    number = EncryptedTextField(null=True)
    number_index = BlindIndexField(blank=True)
    # Until when the carrier holds the number for us.
    held_until = models.DateTimeField(null=True)
    iccid = models.CharField(max_length=20, blank=True)
    # The SIM card that the carrier has packed with the number; "" where any blank card will do.
    reserved_iccid = models.CharField(max_length=20, blank=True)
    # What the carrier said of the customer's own number when it was named; "" of a pool's.
    standing = models.CharField(max_length=12, choices=Standing.choices, blank=True)
    category = models.CharField(max_length=12, choices=category_choices, blank=True)
    is_barred = models.BooleanField(default=False)
    # Where a fixed line is installed or moved to.
    address = EncryptedTextField(null=True)
    # What the customer showed or knew of a number that nobody is registered with (SC-08).
    proofs = models.JSONField(default=list)

    letter_points = models.JSONField(default=list)
    # The letter's last day, and the service that the clerk found it to cover (PX-03).
    letter_until = models.DateField(null=True)
    letter_scope = models.CharField(max_length=20, blank=True)
    # 特殊协助: who above the outlet is there and says so, and why it is needed (CV-12).
    assisted_reason = models.CharField(max_length=10, choices=Assistance.choices, blank=True)
    assisted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    assisted_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    # Since then nobody waits for the result at the counter.
    customer_left_at = models.DateTimeField(null=True)
    # What a returned application still has to redo: photo kinds; "holder", "proxy" for a read.
    redo = models.JSONField(default=list)
    # Forged or borrowed papers: somebody may have to judge them, so nothing is erased (RF-03),
    # until an appeal is upheld (RF-06).
    legal_hold_at = models.DateTimeField(null=True)
    # Pictures and personal data are gone; the Erasure has the proof.
    erased_at = models.DateTimeField(null=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(status__in=("draft", "abandoned", "refused"))
                | models.Q(submitted_at__isnull=False, submit_key__isnull=False),
                name="what_left_the_counter_was_submitted",
            ),
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=True)
                | models.Q(
                    status__in=("refused", "abandoned"),
                    legal_hold_at__isnull=True,
                    number__isnull=True,
                    number_index="",
                ),
                name="only_what_came_to_nothing_is_erased",
            ),
            # What is done leaves its number to the next application for it.
            models.UniqueConstraint(
                fields=["number_index"],
                condition=~models.Q(number_index="")
                & ~models.Q(status__in=("active", "refused", "abandoned")),
                name="one_live_application_per_number",
            ),
            models.UniqueConstraint(
                fields=["iccid"],
                condition=~models.Q(iccid="")
                & ~models.Q(status__in=("active", "refused", "abandoned")),
                name="one_live_application_per_sim_card",
            ),
            models.CheckConstraint(
                condition=models.Q(holder_kind="numbered", order__isnull=False)
                | (~models.Q(holder_kind="numbered") & models.Q(order__isnull=True)),
                name="a_unit_s_number_is_of_an_order",
            ),
            models.CheckConstraint(
                condition=~models.Q(holder_kind="unit") | models.Q(number__isnull=True),
                name="an_order_has_no_number_itself",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    assisted_reason="", assisted_by__isnull=True, assisted_at__isnull=True
                )
                | (
                    ~models.Q(assisted_reason="")
                    & models.Q(assisted_by__isnull=False, assisted_at__isnull=False)
                ),
                name="help_has_a_reason_and_a_witness",
            ),
        )
        indexes = (
            path_index("application_by_path", "-made_at"),
            path_index("application_by_submission", "first_submitted_at"),
            # For lists of a large part of the tree, newest first. Of a province thirty rows are
            # passed over for each that is shown: by what stands in the index itself.
            models.Index(
                fields=["-first_submitted_at", "-id"],
                include=["channel_path", "order"],
                condition=models.Q(first_submitted_at__isnull=False),
                name="application_newest",
            ),
            models.Index(fields=["outlet", "status", "-touched_at"], name="application_counter"),
            models.Index(
                fields=["touched_at"],
                condition=models.Q(status__in=("draft", "submitted")),
                name="application_unfinished",
            ),
            models.Index(
                fields=["channel_path", "touched_at"],
                condition=models.Q(
                    status__in=("refused", "abandoned"),
                    legal_hold_at__isnull=True,
                    erased_at__isnull=True,
                ),
                name="application_to_erase",
            ),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The number on the slip: the day in Shanghai and the row's id, 20261122-000123."""
        return f"{timezone.localtime(self.made_at):%Y%m%d}-{self.pk:06d}"

    @property
    def is_editable(self) -> bool:
        return self.status in self.EDITABLE

    @property
    def asked(self) -> Service:
        return services.asked(self.service, self.category)

    @property
    def is_fixed(self) -> bool:
        return services.line_of(self.number or "") == Line.FIXED

    @property
    def has_other_card(self) -> bool:
        """Whether its SIM card is not the one that is packed with its number."""
        return bool(self.iccid and self.reserved_iccid and self.iccid != self.reserved_iccid)

    @property
    def takes_place(self) -> bool:
        """Whether it takes one of the holder's five places; a fixed line does not (C-01)."""
        return self.asked.takes_place and not self.is_fixed

    @property
    def needs_proof(self) -> bool:
        """Whether the customer shows that the number is his, as nobody is registered with it."""
        return self.standing == UNREGISTERED and self.asked.takes_proof

    @property
    def holder(self) -> HolderKind:
        return HOLDER_KINDS[self.holder_kind]

    @property
    def has_letter(self) -> bool:
        return self.holder.has_letter

    @property
    def photos_due(self) -> tuple[str, ...]:
        """The pictures this application needs; the live one is of the person present (PX-04)."""
        papers = self._unit_papers
        return plan.photos_due(self.asked, self.holder, self.documents, self.pictured, papers)

    @property
    def _unit_papers(self) -> tuple[str, ...]:
        if not self.holder.is_order or not hasattr(self, "unit"):
            return ()
        return tuple(self.unit.papers)

    @property
    def photos_wanted(self) -> tuple[str, ...]:
        """What is due, and what may be taken besides."""
        return (*self.photos_due, *self.photos_optional)

    @property
    def photos_optional(self) -> tuple[str, ...]:
        return ("mark",) if self.is_assisted else ()

    @property
    def redoable(self) -> tuple[str, ...]:
        """What can be asked for again: exactly what the counter can do again."""
        letter = ("letter_points",) if self.has_letter else ()
        unit = ("unit",) if self.holder.is_order else ()
        signature = ("signature",) if self.holder.signs else ()
        card = ("iccid",) if self.asked.has_card else ()
        address = ("address",) if self.asked.has_address else ()
        proofs = ("proofs",) if self.needs_proof else ()
        roles = (role.value for role in self.roles_due)
        mine = (*self.photos_wanted, *signature, *roles, *letter, *unit, *address, *proofs)
        return (*mine, "number", *card)

    @property
    def is_assisted(self) -> bool:
        return self.assisted_at is not None

    @property
    def letter_covers(self) -> bool:
        """Whether the clerk found the service on the letter."""
        return self.letter_scope == self.service

    @property
    def letter_is_checked(self) -> bool:
        """All six points, the term and the scope were found on the paper."""
        points = len(self.letter_points) == len(LetterPoint)
        return points and self.letter_until is not None and self.letter_covers

    @property
    def roles_due(self) -> tuple[Role, ...]:
        return tuple(Role(role) for role in plan.roles_due(self.asked, self.holder))


class Party(models.Model):
    """当事人: an identity in a role. One signed read is one party of one application."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="parties")
    identity = models.OneToOneField(Identity, on_delete=models.PROTECT, related_name="party")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["application", "role"], name="one_party_per_role"),
        )

    def __str__(self) -> str:
        return f"{self.role} of application {self.application_id}"
