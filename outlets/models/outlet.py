from collections import Counter, defaultdict
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Substr
from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc

from outlets.models.channel import Channel
from outlets.models.scope import ScopedQuerySet
from portal.states import Moving


class Tier(models.TextChoices):
    """渠道类型, from the carrier's own hall to a news-stand (CH-01)."""

    OWN_HALL = "own_hall", _("自有营业厅")
    PARTNER_HALL = "partner_hall", _("合作营业厅")
    FRANCHISE_STORE = "franchise_store", _("专营店")
    AGENT_POINT = "agent_point", _("特约代理点")
    ENDPOINT = "endpoint", _("末梢渠道")


def check_licence(number: str) -> None:
    """Since 2015 a licence's number is the unified social credit code (GB 32100, UD-10): 18
    characters with a check character. Older numbers are shorter and pass as they are."""
    if len(number) == 18 and not uscc.is_valid(number):
        raise ValidationError(_("统一社会信用代码的校验位不对，请核对营业执照。"))


class OutletQuerySet(ScopedQuerySet):
    path_field = "channel__path"

    def tally(self, prefix: int) -> dict[str, Counter[str]]:
        """How many outlets of each status, by the first ``prefix`` characters of their path: one
        query counts all branches below a node."""
        rows = (
            self.annotate(branch=Substr("channel__path", 1, prefix))
            .values("branch", "status")
            .annotate(number=Count("pk"))
            .order_by()
        )
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for row in rows:
            counts[row["branch"]][row["status"]] += row["number"]
        return counts


class Outlet(Moving):
    """A selling point (网点); its place in the tree is its ``channel``."""

    class Status(models.TextChoices):
        OPEN = "open", _("营业")
        SUSPENDED = "suspended", _("暂停")
        CLOSED = "closed", _("关闭")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        Status.OPEN: (Status.SUSPENDED, Status.CLOSED),
        Status.SUSPENDED: (Status.OPEN, Status.CLOSED),
    }

    channel = models.OneToOneField(Channel, on_delete=models.PROTECT, related_name="outlet")
    tier = models.CharField(_("渠道类型"), max_length=20, choices=Tier.choices)
    agent_code = models.CharField(_("代理商编码"), max_length=20, unique=True)
    address = models.CharField(_("地址"), max_length=200)
    licence = models.CharField(
        _("营业执照号"), max_length=30, blank=True, validators=[check_licence]
    )
    opens_at = models.TimeField(_("开门"), default="09:00")
    closes_at = models.TimeField(_("关门"), default="21:00")

    status = models.CharField(_("状态"), max_length=10, choices=Status.choices, default=Status.OPEN)
    status_at = models.DateTimeField(null=True)
    status_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    status_reason = models.CharField(_("原因"), max_length=200, blank=True)

    is_sub_agent = models.BooleanField(_("下级代理"), default=False)
    authorised_by = models.CharField(_("授权人"), max_length=60, blank=True)
    authorised_date = models.DateField(_("授权日期"), null=True, blank=True)
    authorisation = models.CharField(_("授权文件号"), max_length=80, blank=True)

    objects = OutletQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(is_sub_agent=False)
                | (~Q(authorised_by="") & ~Q(authorisation="") & Q(authorised_date__isnull=False)),
                name="a_sub_agent_has_a_recorded_authorisation",
            ),
        )
        indexes = (models.Index(fields=["status", "tier"], name="outlet_by_status"),)

    def __str__(self) -> str:
        return self.channel.name

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def is_authorised(self) -> bool:
        """Whether the carrier's leave to be a sub-agent is recorded in full (CH-04)."""
        return bool(self.authorised_by and self.authorised_date and self.authorisation)
