from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from outlets.models import Outlet, Placed, Post, ScopedQuerySet, path_index
from portal.fields import EncryptedTextField
from portal.models import User
from portal.states import Moving
from registration.models.application import Application


class ReviewQuerySet(ScopedQuerySet):
    def open_to(self, verifier: User) -> "ReviewQuerySet":
        """Rows that this verifier may judge: in scope, and not their own work.

        Never what they captured or stood by at, nor anything of an outlet where they are or ever
        were a clerk, nor what they have judged already.
        """
        rows = self.visible_to(verifier).exclude(captured_by=verifier)
        rows = rows.exclude(seen_by=verifier).exclude(seen_by_too=verifier)
        if verifier.post and verifier.post.has_only_verified:
            return rows
        posts = Post.objects.filter(user=verifier, role=Post.Role.CLERK)
        outlets = Outlet.objects.filter(channel__in=posts.values("channel"))
        witnessed = Application.objects.filter(assisted_by=verifier)
        return rows.exclude(outlet__in=outlets).exclude(application__in=witnessed)

    def waiting(self) -> "ReviewQuerySet":
        return self.filter(status=Review.Status.OPEN)

    def standing(self) -> "ReviewQuerySet":
        """One row a round: the one from which followed what became of the case."""
        return self.filter(stands=True)

    def with_effect(self) -> "ReviewQuerySet":
        """Somebody waits for these; what is looked at afterwards can wait."""
        return self.filter(Q(stands=True) | Q(cause=Review.Cause.FOUR_EYES))

    def free(self, now: datetime) -> "ReviewQuerySet":
        """Open rows that nobody holds; a lease that ran out is free again."""
        return self.waiting().filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))

    def for_all(self, now: datetime) -> "ReviewQuerySet":
        """Without what is still kept for the verifier who sent it back."""
        return self.filter(Q(kept_until__isnull=True) | Q(kept_until__lte=now))

    def offered_to(self, verifier: User, now: datetime) -> "ReviewQuerySet":
        return self.for_all(now) | self.kept_for(verifier)

    def kept_for(self, verifier: User) -> "ReviewQuerySet":
        return self.filter(kept_for=verifier)

    def coming_to(self, verifier: User) -> "ReviewQuerySet":
        """What goes before all else: their own work that comes back, or was given to them. A gold
        case waits for its turn as any other."""
        return self.kept_for(verifier).exclude(kind=Review.Kind.GOLD)

    def in_turn_for(self, verifier: User, now: datetime) -> "ReviewQuerySet":
        return self.filter(
            Q(kept_until__isnull=True)
            | Q(kept_until__lte=now)
            | Q(kind=Review.Kind.GOLD, kept_for=verifier)
        )

    def reserved_by(self, verifier: User, now: datetime) -> "ReviewQuerySet":
        """What comes next for this verifier, kept for a minute while its pictures are fetched."""
        rows = self.waiting().kept_for(verifier)
        return rows.filter(reserved_at__isnull=False, kept_until__gt=now)

    def held_by(self, verifier: User, now: datetime) -> "ReviewQuerySet":
        return self.waiting().filter(claimed_by=verifier, lease_until__gt=now)

    def not_put_back_by(self, verifier: User) -> "ReviewQuerySet":
        """Without the cases whose last holder was this verifier and released them."""
        return self.exclude(claimed_by=verifier, lease_until__isnull=True)

    def in_order(self) -> "ReviewQuerySet":
        return self.order_by("-priority", "due_at", "queued_at", "pk")


class Review(Placed, Moving):
    """A row of the queue: one look at one round of one application, waiting for one decision.

    ``claim_no`` is the fencing token: it rises with every claim, a decision names it, and a late
    one is refused.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("待审核")
        DECIDED = "decided", _("已审核")
        LAPSED = "lapsed", _("未复核")

    class Kind(models.TextChoices):
        FIRST = "first", _("首审")
        SECOND = "second", _("复核")
        THIRD = "third", _("第三人复核")
        GOLD = "gold", _("标准单")

    class Cause(models.TextChoices):
        """Why somebody looks again. What four eyes must see takes effect only afterwards."""

        FOUR_EYES = "four_eyes", _("双人审核")
        RISK = "risk", _("有风险提示")
        TIER = "tier", _("按网点类型抽查")
        CLERK = "clerk", _("新营业员")
        OUTLET = "outlet", _("网点一次通过率低")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        Status.OPEN: (Status.DECIDED, Status.LAPSED),
        Status.DECIDED: (Status.OPEN,),  # taken back within a few seconds
        Status.LAPSED: (),
    }

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="reviews")
    round = models.PositiveSmallIntegerField()
    kind = models.CharField(
        max_length=10, choices=Kind.choices, default=Kind.FIRST, db_default=Kind.FIRST
    )
    # What became of the case followed from this row. Of a round exactly one stands: the first
    # look, or the third where four eyes saw something else.
    stands = models.BooleanField(default=True, db_default=True)
    cause = models.CharField(
        max_length=10, choices=Cause.choices, blank=True, default="", db_default=""
    )
    # Who judged this round before. Plain columns, because every claim asks; no index finds by them.
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    seen_by_too = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    # A look that nobody waits for is not worth it for ever.
    expires_at = models.DateTimeField(null=True)
    # Of a gold case: what is right.
    known_verdict = models.CharField(max_length=10, blank=True, default="", db_default="")
    known_reason = models.CharField(max_length=20, blank=True, default="", db_default="")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    priority = models.SmallIntegerField(default=0)
    # By when it is to be decided, in the desk's working time (ST-06).
    due_at = models.DateTimeField()
    # What was sent back and comes again is first its verifier's.
    kept_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    kept_until = models.DateTimeField(null=True)
    # Kept for a minute only, for who is about to be ready for it (services.ahead).
    reserved_at = models.DateTimeField(null=True)
    # When the clerk handed this round in; the queue opens once the online check has answered.
    submitted_at = models.DateTimeField()
    queued_at = models.DateTimeField()
    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="+")
    captured_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    claim_no = models.PositiveIntegerField(default=0)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["application", "round"],
                condition=Q(stands=True),
                name="one_review_per_round",
            ),
            models.UniqueConstraint(
                fields=["application", "round", "kind"],
                condition=~Q(kind="gold"),
                name="one_look_of_each_kind",
            ),
            models.UniqueConstraint(
                fields=["application", "kept_for"],
                condition=Q(kind="gold"),
                name="one_gold_case_per_verifier",
            ),
            models.CheckConstraint(
                condition=Q(kind="gold", kept_for__isnull=False, stands=False)
                & ~Q(known_verdict="")
                | ~Q(kind="gold") & Q(known_verdict=""),
                name="a_gold_case_has_its_answer",
            ),
            models.UniqueConstraint(
                fields=["kept_for"],
                condition=Q(reserved_at__isnull=False, status="open"),
                name="one_case_reserved_per_verifier",
            ),
        )
        indexes = (
            models.Index(
                fields=["-priority", "due_at", "queued_at", "id"],
                condition=Q(status="open"),
                name="review_queue",
            ),
            # A verifier's past cases grow for ever; the one in hand is found without them.
            models.Index(fields=["claimed_by"], condition=Q(status="open"), name="review_in_hand"),
            models.Index(
                fields=["kept_for"],
                condition=Q(status="open", kept_for__isnull=False),
                name="review_kept",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(status="open", expires_at__isnull=False),
                name="review_expires",
            ),
            path_index("review_by_path", "queued_at"),
        )

    def __str__(self) -> str:
        return f"review {self.pk} round {self.round}"

    @property
    def has_effect(self) -> bool:
        """Whether what becomes of the case may follow from it."""
        return self.stands or self.cause == self.Cause.FOUR_EYES


class Decision(models.Model):
    """What one verifier decided in one review; a constraint keeps it to one."""

    class Verdict(models.TextChoices):
        APPROVE = "approve", _("通过")
        RETURN = "return", _("退回")
        REFUSE = "refuse", _("拒绝")

    class Check(models.TextChoices):
        """What the verifier looks at, each answered with yes or no."""

        SAME_PERSON = "same_person", _("现场照与身份证是同一人")
        PAPERS_CLEAR = "papers_clear", _("证件正反面清晰、完整")
        DATA_AGREES = "data_agrees", _("影像文字与芯片信息一致")
        # Asked only where a document has no chip.
        TYPED_AGREES = "typed_agrees", _("机读和录入的内容与影像一致")
        FORMER_HOLDER = "former_holder", _("原机主现场照与其证件是同一人")
        PROOF_HOLDS = "proof_holds", _("号码使用凭证与勾选的一致")
        LETTER_TERM = "letter_term", _("委托书的期限和权限与登记的一致")
        GUARDIANSHIP = "guardianship", _("监护关系证明与双方证件一致")
        HELP = "help", _("特殊协助属实，是客户本人的意思")
        # Asked only of a unit's order, and of a number of one.
        UNIT_PAPERS = "unit_papers", _("单位证件清晰、有公章，与单位资料一致")
        UNIT_LETTER = "unit_letter", _("授权书写明经办人、业务和期限，盖有公章")
        END_USER = "end_user", _("使用人与单位订单相符")
        SITE = "site", _("装机地址与单位订单相符")

    class Reason(models.TextChoices):
        """Why a customer is refused (RF-01) or work returned; REGULATION.md, reason codes."""

        REFUSED_DOC = "REFUSED_DOC", _("客户拒绝出示证件")
        REFUSED_DATA = "REFUSED_DATA", _("客户拒绝提供登记资料")
        IMPERSONATION = "IMPERSONATION", _("冒用他人证件")
        FORGED = "FORGED", _("证件伪造或变造")
        ONLINE_MISMATCH = "ONLINE_MISMATCH", _("联网核验不一致")
        ABNORMAL = "ABNORMAL", _("异常办卡")
        BLACKLISTED = "BLACKLISTED", _("在联合惩戒期内")
        IMAGE_UNREADABLE = "IMAGE_UNREADABLE", _("影像不清晰，看不清文字")
        FACE_MISMATCH = "FACE_MISMATCH", _("现场照与证件不是同一人")
        WRONG_PICTURE = "WRONG_PICTURE", _("照片放错位置或不是该证件")
        LETTER_DEFECT = "LETTER_DEFECT", _("委托书缺项或与证件不符")
        OTHER = "OTHER", _("其他（请写明）")

    REFUSALS = (
        Reason.REFUSED_DOC,
        Reason.REFUSED_DATA,
        Reason.IMPERSONATION,
        Reason.FORGED,
        Reason.ONLINE_MISMATCH,
        Reason.ABNORMAL,
        Reason.BLACKLISTED,
    )
    RETURNS = (
        Reason.IMAGE_UNREADABLE,
        Reason.FACE_MISMATCH,
        Reason.WRONG_PICTURE,
        Reason.LETTER_DEFECT,
        Reason.OTHER,
    )

    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="decision")
    claim_no = models.PositiveIntegerField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    note = EncryptedTextField(null=True)
    # What the clerk must redo: photo kinds; "holder", "proxy" for a read; "letter_points".
    items = models.JSONField(default=list)
    # Which checks and which points of the letter the verifier answered with yes.
    checks = models.JSONField(default=list)
    letter_points = models.JSONField(default=list)
    # Of each of these a keyed hash of what the yes rests on (services.rework): a next round may
    # begin with it.
    basis = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    # Of a unit's order: the numbers that the verifier had before them, and those sent back.
    numbers = models.JSONField(default=list)
    numbers_back = models.JSONField(default=list)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(db_index=True)
    # Until then the verifier can take it back, and nothing has followed from it.
    settled_at = models.DateTimeField(null=True)
    # Whether others who looked at the same found the same; None: nobody did, or they do not agree.
    was_right = models.BooleanField(null=True)
    judged_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["decided_by"],
                condition=Q(was_right__isnull=False),
                name="decision_judged",
            ),
            models.Index(
                fields=["decided_at"],
                condition=Q(settled_at__isnull=True),
                name="decision_unsettled",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(verdict="approve") | ~Q(reason=""),
                name="a_return_or_refusal_has_a_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.verdict} of {self.review_id}"
