from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.models import Session, User
from portal.refusal import Refusal
from portal.services import audit


class Gone(Refusal):
    text = _("这个登录已经结束。")
    todo = _("请刷新列表。")


# What a user agent says it is. The order counts: most of them also claim to be Chrome and Safari.
BROWSERS: dict[str, str | Promise] = {
    "MicroMessenger": _("微信"),
    "QQBrowser": "QQ",
    "360": "360",
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "Chrom": "Chrome",
    "Safari": "Safari",
}
SYSTEMS: dict[str, str | Promise] = {
    "HarmonyOS": "HarmonyOS",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Macintosh": "macOS",
    "Linux": "Linux",
}


def described(device: str) -> str:
    """A user agent in two words, such as "Chrome · Windows"; empty for one that says nothing."""
    found = (
        next((name for mark, name in names.items() if mark in device), "")
        for names in (BROWSERS, SYSTEMS)
    )
    return " · ".join(str(word) for word in found if word)


def handle(key: str) -> str:
    """The name of a session on a page. The key itself opens the door and is never shown."""
    return sha256(key.encode()).hexdigest()[:20]


def live(user: User, now: datetime) -> list[Session]:
    """The user's sessions that still work, the last used one first."""
    return list(Session.objects.filter(user=user, expire_date__gt=now).order_by("-used_at"))


@transaction.atomic
def end(user: User, name: str, *, now: datetime) -> None:
    """End one of the user's own sessions; raises Gone where it is none of theirs."""
    rows = [row.pk for row in Session.objects.filter(user=user) if handle(row.pk) == name]
    if not rows:
        raise Gone
    Session.objects.filter(pk__in=rows).delete()
    audit.record("session.ended", subject=user, by=user, now=now, count=1)


@transaction.atomic
def end_others(user: User, *, keep: str | None, now: datetime) -> int:
    """End all of the user's sessions except the one with this key."""
    ended, _rows = Session.objects.filter(user=user).exclude(pk=keep).delete()
    if ended:
        audit.record("session.ended", subject=user, by=user, now=now, count=ended)
    return ended
