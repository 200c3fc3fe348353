"""What the health page says of work that waits; see ``portal.services.health``."""

from datetime import datetime, timedelta
from itertools import islice

from django.utils.translation import gettext as _

from portal.services.health import Result, State
from registration.models import (
    Application,
    CarrierOrder,
    FaceCheck,
    OnlineCheck,
    Photo,
    PhotoStep,
    RolledDay,
)
from registration.services import erasure, rollup

# A worker answers in seconds; outside systems may take a few tries.
PHOTO_LATE = timedelta(minutes=1)
OUTSIDE_LATE = timedelta(minutes=10)
# A submitted case waits a minute for it and then goes on.
STUDY_LATE = timedelta(minutes=5)
# It is tried every hour; a storage may be away for a while.
ERASURE_LATE = timedelta(days=2)
ERASURES_COUNTED = 1_000
# Until the next proof has been.
PROOF_TOLD = timedelta(days=1)


def photos(now: datetime) -> Result:
    late = Photo.objects.current().filter(
        status=Photo.Status.RECEIVED, taken_at__lt=now - PHOTO_LATE
    )
    return _waiting(
        _("照片处理"),
        late.count(),
        _("%(count)s 张照片等待处理超过 1 分钟。"),
        _("请系统管理员检查后台任务是否在运行。"),
        "block",
    )


def studies(now: datetime) -> Result:
    late = PhotoStep.objects.filter(
        status=PhotoStep.Status.WAITING,
        due_at__lt=now - STUDY_LATE,
        photo__replaced_at__isnull=True,
    )
    return _waiting(
        _("照片识别"),
        late.count(),
        _("%(count)s 项照片识别和比对等待超过 5 分钟。"),
        _("可以继续受理，审核员要自己看这些照片。请系统管理员检查识别任务（study）是否在运行。"),
        "review",
    )


def faces(now: datetime) -> Result:
    late = FaceCheck.objects.filter(
        result__in=FaceCheck.OPEN,
        application__status__in=(Application.Status.SUBMITTED, Application.Status.IN_REVIEW),
        application__submitted_at__lt=now - OUTSIDE_LATE,
    )
    return _waiting(
        _("人脸比对"),
        late.count(),
        _("%(count)s 次人脸比对超过 10 分钟没有结果，系统会自动重试。"),
        _("可以继续受理，由审核员人工核对。请系统管理员检查识别任务（study）和比对服务。"),
        "review",
    )


def identity_checks(now: datetime) -> Result:
    late = OnlineCheck.objects.filter(
        result__in=OnlineCheck.OPEN,
        application__status=Application.Status.SUBMITTED,
        application__submitted_at__lt=now - OUTSIDE_LATE,
    )
    return _waiting(
        _("联网核验"),
        late.count(),
        _("%(count)s 个身份等待核验超过 10 分钟，系统会自动重试。"),
        _("可以继续受理，但暂时不能审核通过。请系统管理员联系核验服务。"),
        "review",
    )


def carrier_orders(now: datetime) -> Result:
    late = CarrierOrder.objects.filter(
        status=CarrierOrder.Status.DUE, attempts__gte=3, command=CarrierOrder.Command.OPEN
    )
    return _waiting(
        _("号码开通"),
        late.count(),
        _("%(count)s 个号码多次开通未得到回应，系统会自动重试。"),
        _("可以继续受理。请系统管理员联系运营商业务系统。"),
        "review",
    )


def erasures(now: datetime) -> Result:
    late = sum(1 for _pk in islice(erasure.due(now, late=ERASURE_LATE), ERASURES_COUNTED))
    return _waiting(
        _("到期删除"),
        late,
        _("%(count)s 张没有办成的受理单过了期限还没有删除影像和证件资料。"),
        _("请系统管理员检查后台任务和影像存储。"),
        "block",
    )


def rollups(now: datetime) -> Result:
    """What the last proof found; where counts are not there yet, reports read the rows."""
    name = _("报表汇总")
    wrong = RolledDay.objects.filter(wrong__gt=0, proved_at__gt=now - PROOF_TOLD).count()
    if wrong:
        text = _("核对时有 %(count)s 天的汇总与逐单统计不符，已经改正。") % {"count": wrong}
        return Result(name, "review", text, _("请把日志交给系统管理员。"))
    if left := len(rollup.missing(now=now)):
        text = _("还有 %(count)s 天没有汇总，报表会慢一些，数字不受影响。") % {"count": left}
        return Result(name, "pass", text)
    return Result(name, "pass", _("没有积压。"))


def _waiting(name: str, count: int, text: str, todo: str, state: State) -> Result:
    if not count:
        return Result(name, "pass", _("没有积压。"))
    return Result(name, state, text % {"count": count}, todo)
