from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.states import Moving
from registration.models.application import Application


class PhotoQuerySet(models.QuerySet["Photo"]):
    def current(self) -> "PhotoQuerySet":
        return self.filter(replaced_at__isnull=True)


class Photo(Moving):
    """证照影像: one picture as received (encrypted), and the watermarked copy that people see."""

    class Kind(models.TextChoices):
        ID_FRONT = "id_front", _("身份证正面")
        ID_BACK = "id_back", _("身份证背面")
        LIVE = "live", _("本人现场照")
        PROXY_ID_FRONT = "proxy_id_front", _("受托人身份证正面")
        PROXY_ID_BACK = "proxy_id_back", _("受托人身份证背面")
        PROXY_LIVE = "proxy_live", _("受托人现场照")
        LETTER = "letter", _("委托书")
        SIGNATURE = "signature", _("客户签名")

    class Status(models.TextChoices):
        RECEIVED = "received", _("处理中")
        READY = "ready", _("合格")
        REJECTED = "rejected", _("请重拍")

    class Source(models.TextChoices):
        CAMERA = "camera", _("现场拍摄")
        FILE = "file", _("文件上传")
        SCREEN = "screen", _("屏幕签名")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        Status.RECEIVED: (Status.READY, Status.REJECTED),
    }
    # A gallery picture of a person proves nothing (CV-04).
    CAMERA_ONLY = (Kind.LIVE, Kind.PROXY_LIVE)

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="photos")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RECEIVED)
    source = models.CharField(max_length=10, choices=Source.choices)
    sha256 = models.CharField(max_length=64)
    original = models.CharField(max_length=80)
    view = models.CharField(max_length=80, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=200, blank=True)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    replaced_at = models.DateTimeField(null=True)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["application", "kind"],
                condition=Q(replaced_at__isnull=True),
                name="one_current_photo_per_kind",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=("live", "proxy_live")) | Q(source="camera"),
                name="a_live_photo_comes_from_a_camera",
            ),
        )
        indexes = (
            models.Index(fields=["taken_at"], condition=Q(status="received"), name="photo_waiting"),
            models.Index(
                fields=["application"], condition=~Q(original=""), name="photo_with_original"
            ),
        )

    def __str__(self) -> str:
        return f"photo {self.pk} ({self.kind})"
