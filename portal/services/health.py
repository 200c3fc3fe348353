"""Is everything that the product needs alive? Each check is a function ``now -> Result``.

``settings.HEALTH_CHECKS`` names them, so that every app adds its own without being imported here.
"""

import logging
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from portal import blobs
from portal.celery import app
from portal.models import TreeHead
from portal.services import seal

log = logging.getLogger(__name__)

State = Literal["pass", "review", "block"]
ORDER: tuple[State, ...] = ("pass", "review", "block")
ROOM = 1024**3
# Less than one more picture may have.
FEW_PICTURES = 20 * 1024**2


@dataclass(frozen=True)
class Result:
    """One line of the health page; ``todo`` is empty where nothing is to be done."""

    name: str
    state: State
    text: str
    todo: str = ""


def run(now: datetime) -> list[Result]:
    """All results, in the order of the settings. A check that fails is itself a finding."""
    return [_result(path, now) for path in settings.HEALTH_CHECKS]


def worst(results: Iterable[Result]) -> State:
    return max((result.state for result in results), key=ORDER.index, default="pass")


def _result(path: str, now: datetime) -> Result:
    check = import_string(path)
    try:
        result: Result = check(now)
    except Exception:
        # One broken part must not hide the state of the others.
        log.exception("health check %s failed", path)
        name = path.rpartition(".")[2]
        return Result(name, "block", _("这项检查没有完成。"), _("请把日志交给系统管理员。"))
    return result


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def database(now: datetime) -> Result:
    name = _("数据库")
    if database_answers():
        return Result(name, "pass", _("连接正常。"))
    return Result(name, "block", _("数据库没有回应。"), _("请系统管理员检查数据库服务。"))


def broker(now: datetime) -> Result:
    """Where it is down nothing is lost: the sweep finds what no wake-up was heard for."""
    name = _("任务通道")
    try:
        with app.connection_for_write() as channel:
            channel.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        return Result(
            name,
            "review",
            _("任务通道连不上，照片和开通会慢一些，但不会丢失。"),
            _("请系统管理员检查消息服务。"),
        )
    return Result(name, "pass", _("连接正常。"))


def unsealed(now: datetime) -> Result:
    name = _("留痕封存")
    late = seal.unsealed_since(now=now)
    if late:
        text = _("%(count)s 条留痕等了超过 1 分钟还没有封存。") % {"count": late}
        return Result(name, "block", text, _("请系统管理员检查后台任务是否在运行。"))
    head = TreeHead.objects.order_by("-size").first()
    if head is None:
        return Result(name, "pass", _("还没有封存过留痕。"))
    text = _("最近一次封存：%(time)s，共 %(size)s 条。") % {
        "time": timezone.localtime(head.signed_at).strftime("%Y-%m-%d %H:%M:%S"),
        "size": head.size,
    }
    return Result(name, "pass", text)


def disk(now: datetime) -> Result:
    name = _("存储空间")
    free = shutil.disk_usage(settings.VAR).free
    text = _("剩余 %(size)s GB。") % {"size": f"{free / ROOM:.1f}"}
    if free < ROOM:
        return Result(name, "block", text, _("请系统管理员清理磁盘，否则照片存不下来。"))
    return Result(name, "pass", text)


def evidence(now: datetime) -> Result:
    """The storage of the pictures, which need not be this disk."""
    name = _("影像存储")
    try:
        left = blobs.room()
    except blobs.BlobUnavailable:
        text = _("影像存储没有回应，照片暂时存不了、看不了；已经存好的和拍好的都不会丢失。")
        return Result(name, "block", text, _("请系统管理员检查存储的空间和连接。"))
    if left is None:
        return Result(name, "pass", _("连接正常。"))
    if left < FEW_PICTURES:
        text = _("影像存储满了，照片存不下来；已经存好的不受影响。")
        return Result(name, "block", text, _("请系统管理员清理或扩大磁盘，系统会自动继续。"))
    return Result(name, "pass", _("还可以存 %(size)s GB。") % {"size": f"{left / ROOM:.1f}"})
