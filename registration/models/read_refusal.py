from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from outlets.models import Outlet, Placed, ScopedQuerySet, path_index
from registration.models.application import Application


class ReadRefusal(Placed):
    """A read that was not taken, and why. Nothing of the person on the card is kept.

    ``kid`` is the key that the message named; whether that key signed it is what was refused or
    not even looked at. Empty where it named none that we know.
    """

    class Code(models.TextChoices):
        # The codes of the refusals that verify, decode and take raise; no other is kept.
        UNTRUSTED = "untrusted_read", _("没有通过验证")
        WRONG_OUTLET = "wrong_outlet", _("其他网点的读卡程序")
        WRONG_ORIGIN = "wrong_origin", _("不是为这个网址做的读卡")
        WRONG_CHALLENGE = "wrong_challenge", _("借用了为别处要的读卡")
        SPENT = "spent_challenge", _("重复使用的读卡")
        REPLAYED = "replayed_read", _("序号没有上升，疑似重放")
        DEAD_KEY = "dead_key", _("已停用或吊销的密钥")
        ROTATED_KEY = "rotated_key", _("已经换掉的密钥")
        WRONG_READER = "wrong_reader", _("不是登记的读卡器")
        BAD_CLOCK = "bad_clock", _("电脑时钟不准")
        OUTDATED = "outdated_bridge", _("读卡程序版本过旧")
        UNREADABLE = "unreadable_card", _("证件内容无法识别")
        UNDECODED = "undecoded_read", _("解码服务不认")

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="read_refusals"
    )
    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="+")
    clerk = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=20, choices=Code.choices)
    kid = models.CharField(max_length=16, blank=True)
    at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = (
            path_index("read_refusal_by_path", "at"),
            models.Index(fields=["at"], name="read_refusal_by_day"),
        )

    def __str__(self) -> str:
        return f"{self.code} refused for application {self.application_id}"
