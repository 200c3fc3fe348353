"""Card readers: which one a program may read with, where each was seen, what a read spends.

Also the face of what other stages need of signed reads and of the programs that make them.
"""

import re
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outlets.models import Bridge, Outlet, Reader
from outlets.services import bridge as bridges
from outlets.services import right
from outlets.services.agent import OutdatedBridge, check_agent
from outlets.services.bridge import (
    CODE_LIFE,
    GRACE,
    BadCode,
    BadKey,
    contest,
    end,
    enrol,
    issue_code,
    see,
    settle,
)
from outlets.services.envelope import (
    BridgeRevoked,
    SignedRead,
    UntrustedRead,
    WrongOutlet,
    WrongPage,
    verify,
)
from outlets.services.rotation import CLOCK_SKEW
from portal.models import User
from portal.services import audit

__all__ = [
    "CODE_LIFE",
    "BadCode",
    "BadKey",
    "BridgeRevoked",
    "KeyRotated",
    "OutdatedBridge",
    "ReplayedRead",
    "SignedRead",
    "UntrustedRead",
    "WrongClock",
    "WrongOutlet",
    "WrongPage",
    "WrongReader",
    "check_agent",
    "check_clock",
    "contest",
    "end",
    "enrol",
    "issue_code",
    "leave",
    "rebind",
    "seen_elsewhere",
    "settle",
    "spend_counter",
    "verify",
]

# As the module itself says it; some vendor services tell a serial number of their own instead.
REAL_SAM_ID: Final = re.compile(r"[0-9]{2}\.[0-9]{2}-[0-9]{8}-[0-9]{10}-[0-9]{10}")


class KeyRotated(BridgeRevoked):
    code = "rotated_key"
    text = _("这次读卡是用已经换掉的密钥签的，未被采用。")
    todo = _("请重新启动这台电脑上的读卡程序，再读一次；仍然不行请渠道经理查看网点页面。")


class ReplayedRead(UntrustedRead):
    code = "replayed_read"
    text = _("这次读卡已经用过，不能再用。")


class WrongReader(UntrustedRead):
    code = "wrong_reader"
    text = _("这不是这台电脑登记的读卡器，读卡未被采用。")
    todo = _("请接回原来的读卡器；确实换了读卡器，请渠道经理在网点页面点“换读卡器”。")


class WrongClock(UntrustedRead):
    code = "bad_clock"
    text = _("这台电脑的时钟与服务器相差超过 10 分钟，读卡未被采用。")
    todo = _("请校准电脑时间后重读。")


def spend_counter(read: SignedRead, *, now: datetime) -> None:
    """Raise the bridge's counter to this read's; the same or a lower one is a replay.

    Also notes which reader was used, and binds it to a bridge that has none. Call inside the
    transaction that stores the read. Raises ReplayedRead, WrongReader, BridgeRevoked, KeyRotated.
    """
    used = {
        "counter": read.counter,
        "read_at": now,
        "agent": read.agent,
        "sam_id": read.sam_id,
        "reader_name": read.reader,
    }
    alive = Q(status=Bridge.Status.ACTIVE)
    alive |= Q(status=Bridge.Status.ROTATED, rotated_at__gt=now - GRACE)
    rows = Bridge.objects.filter(alive, pk=read.bridge.pk, counter__lt=read.counter)
    # Compare and set: two first reads cannot bind two readers.
    if not read.bridge.is_bound and rows.filter(UNBOUND).update(**used):
        _bind_newest(read)
        audit.record(
            "bridge.reader_bound",
            subject=read.bridge,
            by=None,
            now=now,
            sam_id=read.sam_id,
            reader=read.reader,
        )
    elif not rows.filter(_bound_to(read)).update(**used):
        raise _why_not(read, now)
    if read.sam_id:
        see(read.bridge.outlet, read.sam_id, now)


UNBOUND: Final = Q(sam_id="", reader_name="")


def _bind_newest(read: SignedRead) -> None:
    """A key that was exchanged before it had a reader and the one that took its place have the
    same reader. Raises WrongReader."""
    newest = Bridge.objects.filter(pk=bridges.newest(read.bridge).pk)
    bound = {"sam_id": read.sam_id, "reader_name": read.reader}
    if not newest.filter(UNBOUND).update(**bound) and not newest.filter(_bound_to(read)).exists():
        raise WrongReader


def _bound_to(read: SignedRead) -> Q:
    """A SAM id tells a reader whatever the adapter; without one the adapter must be the same."""
    if read.sam_id:
        return Q(sam_id=read.sam_id)
    return Q(sam_id="", reader_name=read.reader)


def _why_not(read: SignedRead, now: datetime) -> UntrustedRead:
    row = Bridge.objects.get(pk=read.bridge.pk)
    if row.status in (Bridge.Status.RETIRED, Bridge.Status.REVOKED):
        return BridgeRevoked()
    if row.rotated_at and row.rotated_at <= now - GRACE:
        return KeyRotated()
    if row.counter >= read.counter:
        return ReplayedRead()
    return WrongReader()


def check_clock(read: SignedRead, *, now: datetime) -> None:
    if abs(now - read.read_at) > CLOCK_SKEW:
        raise WrongClock


@transaction.atomic
def rebind(bridge: Bridge, *, reason: str, by: User | None, now: datetime) -> None:
    """Let go of the reader: the next read binds the one that is plugged in then."""
    bridges.check_reason(by, bridge, reason, now=now)
    bridge = bridges.newest(bridge)
    Bridge.objects.filter(pk=bridge.pk).update(sam_id="", reader_name="")
    audit.record(
        "bridge.reader_freed",
        subject=bridge,
        by=by,
        now=now,
        sam_id=bridge.sam_id,
        reader=bridge.reader_name,
    )


@transaction.atomic
def leave(reader: Reader, *, by: User | None, now: datetime) -> None:
    """A manager says that the reader went elsewhere: its sighting here counts no more."""
    right.check(by, reader.outlet.channel, now=now)
    if Reader.objects.filter(pk=reader.pk, left_at__isnull=True).update(left_at=now):
        audit.record("reader.left", subject=reader, by=by, now=now, sam_id=reader.sam_id)


def seen_elsewhere(sam_id: str, outlet: Outlet, since: datetime) -> bool:
    """Whether another outlet's program read with the same reader since then.

    Only a real SAM id tells one reader from another; for any other text the answer is no.
    """
    if not REAL_SAM_ID.fullmatch(sam_id):
        return False
    seen = Reader.objects.filter(sam_id=sam_id, seen_at__gte=since, left_at__isnull=True)
    return bool(seen.exclude(outlet=outlet).exists())
