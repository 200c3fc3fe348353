import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registration.models.application import Application
from registration.models.identity import Role
from registration.models.photo import Photo


class FaceCheck(models.Model):
    """人像比对: who stood at the counter against the portrait of their own document (PX-04, CV-05).

    One for each live photo and page. What an engine makes of a face on its way to a score is kept
    nowhere. ``page`` is the picture of the document at the time, None where none was taken;
    ``portrait`` is which of the two was compared, the chip's where it can be decoded.
    """

    class Result(models.TextChoices):
        WAITING = "waiting", _("等待比对")
        UNAVAILABLE = "unavailable", _("比对服务暂不可用，自动重试中")
        ALIKE = "alike", _("相似")
        UNSURE = "unsure", _("拿不准，请人工核对")
        DIFFERS = "differs", _("差别较大，请人工核对")
        NO_FACE = "no_face", _("没有找到可比对的人脸")
        SEVERAL = "several", _("现场照上不止一个人")
        NOT_COMPARED = "not_compared", _("没有本人同意，未做比对")

    class Portrait(models.TextChoices):
        CHIP = "chip", _("芯片照片")
        PAGE = "page", _("证件影像")

    OPEN = (Result.WAITING, Result.UNAVAILABLE)

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="face_checks"
    )
    role = models.CharField(max_length=10, choices=Role.choices)
    live = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="+")
    page = models.ForeignKey(Photo, null=True, on_delete=models.CASCADE, related_name="+")
    portrait = models.CharField(max_length=10, blank=True, choices=Portrait.choices)
    result = models.CharField(max_length=12, choices=Result.choices, default=Result.WAITING)
    score = models.FloatField(null=True)
    threshold = models.FloatField(null=True)
    engine = models.CharField(max_length=60, blank=True)
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["application", "role", "live", "page"],
                name="a_face_is_compared_once_with_a_page",
            ),
            models.UniqueConstraint(
                fields=["application", "role", "live"],
                condition=Q(page__isnull=True),
                name="a_face_is_compared_once_without_a_page",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True)
                | Q(threshold__isnull=False, checked_at__isnull=False) & ~Q(engine=""),
                name="a_score_names_engine_and_threshold",
            ),
        )
        indexes = (
            models.Index(
                fields=["due_at"],
                condition=Q(result__in=("waiting", "unavailable")),
                name="face_check_due",
            ),
        )

    def __str__(self) -> str:
        return f"face check {self.pk}: {self.result}"
