from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registration.models.photo import Photo


class PhotoStep(models.Model):
    """One thing that a worker finds out about a stored picture. The row is the queue."""

    class Name(models.TextChoices):
        TEXT = "text", _("识别文字")
        LIKENESS = "likeness", _("比对重复使用")
        SCREEN = "screen", _("查看是否翻拍屏幕")

    class Status(models.TextChoices):
        WAITING = "waiting", _("等待")
        DONE = "done", _("完成")
        FAILED = "failed", _("没有做成")

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="steps")
    name = models.CharField(max_length=12, choices=Name.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["photo", "name"], name="a_picture_is_studied_once"),
        )
        indexes = (
            models.Index(fields=["due_at"], condition=Q(status="waiting"), name="photo_step_due"),
        )

    def __str__(self) -> str:
        return f"step {self.name} of photo {self.photo_id}: {self.status}"
