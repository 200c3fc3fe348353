from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from portal.fields import EncryptedTextField
from registration.models.review import Review


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
