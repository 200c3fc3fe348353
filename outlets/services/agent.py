"""Which version the program on a counter PC must have."""

import re
from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from outlets.services.envelope import SignedRead, UntrustedRead

_VERSION: Final = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})", re.ASCII)


class OutdatedBridge(UntrustedRead):
    code = "outdated_bridge"
    text = _("这台电脑的读卡程序版本太旧，不能再开始新的受理。")
    todo = _("请打开“读卡程序下载”页，按说明换上新版本，再读一次。")


def is_outdated(agent: str) -> bool:
    """Whether a version is below the floor; one that cannot be read is."""
    return _numbers(agent) < _numbers(settings.BRIDGE_FLOOR)


def check_agent(read: SignedRead, *, begun_at: datetime, has_party: bool) -> None:
    """Raises OutdatedBridge. What was begun before the floor came in force, or has a card read
    into it already, may still be finished with the old program."""
    if has_party or not is_outdated(read.agent):
        return
    if settings.BRIDGE_FLOOR_FROM and begun_at < settings.BRIDGE_FLOOR_FROM:
        return
    raise OutdatedBridge


def _numbers(version: str) -> tuple[int, ...]:
    found = _VERSION.fullmatch(version)
    return tuple(int(number) for number in found.groups()) if found else ()
