from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.fields import BlobField, EncryptedTextField
from portal.states import Moving
from registration.models.application import Application
from registration.models.identity import Role
from registration.rules import plan
from registration.rules.document import page_label

# A gallery picture of a person proves nothing (CV-04).
LIVE = ("live", "proxy_live", "guardian_live", "handler_live", "transferor_live")

CAMERA_NAME = 80


def label(application: Application, kind: str) -> str:
    """What this kind of picture shows in this application: of a passport the data page."""
    role = plan.shown_by(kind)
    page = kind.removeprefix(f"{role}_")
    named = page_label(application.documents.get(role, ""), page)
    if not named:
        return str(Photo.Kind(kind).label)
    whose = "" if role == Role.HOLDER else str(Role(role).label)
    return f"{whose}{_(named)}"


class PhotoQuerySet(models.QuerySet["Photo"]):
    def current(self) -> "PhotoQuerySet":
        return self.filter(replaced_at__isnull=True)

    def seen_at(self, moment: datetime) -> "PhotoQuerySet":
        """Those that were current then."""
        still = Q(replaced_at__isnull=True) | Q(replaced_at__gt=moment)
        return self.filter(still, taken_at__lte=moment)


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
        GUARDIAN_ID_FRONT = "guardian_id_front", _("监护人证件正面")
        GUARDIAN_ID_BACK = "guardian_id_back", _("监护人证件背面")
        GUARDIAN_LIVE = "guardian_live", _("监护人现场照")
        GUARDIANSHIP = "guardianship", _("监护关系证明")
        GUARDIAN_CONSENT = "guardian_consent", _("监护人同意书")
        HANDLER_ID_FRONT = "handler_id_front", _("经办人证件正面")
        HANDLER_ID_BACK = "handler_id_back", _("经办人证件背面")
        HANDLER_LIVE = "handler_live", _("经办人现场照")
        TRANSFEROR_ID_FRONT = "transferor_id_front", _("原机主证件正面")
        TRANSFEROR_ID_BACK = "transferor_id_back", _("原机主证件背面")
        TRANSFEROR_LIVE = "transferor_live", _("原机主现场照")
        END_USER_ID_FRONT = "end_user_id_front", _("使用人证件正面")
        END_USER_ID_BACK = "end_user_id_back", _("使用人证件背面")
        LICENCE = "licence", _("营业执照")
        INSTITUTION = "institution", _("事业单位法人证书")
        SOCIAL = "social", _("社会团体法人登记证书")
        ORG_CODE = "org_code", _("组织机构代码证")
        INTRODUCTION = "introduction", _("介绍信")
        DIPLOMATIC_NOTE = "diplomatic_note", _("照会")
        UNIT_LETTER = "unit_letter", _("单位授权书")
        NAME_LIST = "name_list", _("使用人名单")
        UNIT_CERTIFICATE = "unit_certificate", _("单位证明")
        OWNERSHIP = "ownership", _("号码使用凭证")
        MARK = "mark", _("客户手印或记号")
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

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="photos")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RECEIVED)
    source = models.CharField(max_length=10, choices=Source.choices)
    sha256 = models.CharField(max_length=64)
    original = BlobField(max_length=80)
    view = BlobField(max_length=80, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=200, blank=True)
    # What registration.quality measured, in numbers, what it would say to the clerk, and what the
    # picture looks like (services.likeness).
    quality = models.JSONField(default=dict)
    hint = models.CharField(max_length=20, blank=True)
    # As the browser names the device; "" for a file or where it has no name.
    camera = models.CharField(max_length=CAMERA_NAME, blank=True)
    # Of its kind since the application was last at the counter: 1 is the first.
    attempt = models.PositiveSmallIntegerField(default=1)
    # A live photo whose file says that something else made it than the counter's camera page.
    made_elsewhere = models.BooleanField(default=False)
    # The lines of the zone, where the page has one: all check digits fit.
    mrz = EncryptedTextField(null=True)
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
                condition=~Q(kind__in=LIVE) | Q(source="camera"),
                name="a_live_photo_comes_from_a_camera",
            ),
        )
        indexes = (
            models.Index(fields=["taken_at"], condition=Q(status="received"), name="photo_waiting"),
            models.Index(
                fields=["application"], condition=~Q(original=""), name="photo_with_original"
            ),
            # How often the first picture will do.
            models.Index(fields=["taken_at"], condition=Q(attempt=1), name="photo_first_shot"),
            # Whether the same letter was shown before.
            models.Index(fields=["sha256"], condition=Q(kind="letter"), name="letter_by_picture"),
            # Whether the same file was some person's picture before.
            models.Index(fields=["sha256"], condition=Q(kind__in=LIVE), name="live_by_picture"),
        )

    def __str__(self) -> str:
        return f"photo {self.pk} ({self.kind})"
