"""Who comes in, who leaves, who re-enters a locked screen: all of it is written down."""

from datetime import datetime

from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.db import transaction

from portal.models import User
from portal.services import audit, session


def spelled(username: str) -> str:
    """The user name as it is stored: people type it in any case. Unknown ones stay as typed, so
    that the failures of one spelling are not counted apart from those of another."""
    stored = User.objects.filter(username__iexact=username).values_list("username", flat=True)
    return stored.first() or username


def entered(user: User, *, now: datetime) -> None:
    audit.record("login", subject=user, by=user, now=now)


def left(user: User, *, now: datetime) -> None:
    audit.record("logout", subject=user, by=user, now=now)


def failed(username: str, *, now: datetime, locked: bool) -> None:
    """A wrong password. What was typed is not kept where it is no user: often it is a password."""
    user = User.objects.filter(username=username).first()
    audit.record("login.failed", subject=user, by=None, now=now, known=bool(user), locked=locked)


def locked(user: User, *, now: datetime) -> None:
    audit.record("locked", subject=user, by=user, now=now)


def unlocked(user: User, address: str | None, *, now: datetime) -> None:
    """The right password: earlier slips at this counter no longer count."""
    reset(ip=address, username=user.username)
    audit.record("unlocked", subject=user, by=user, now=now)


def unlock_failed(user: User, *, now: datetime) -> None:
    audit.record("unlock.failed", subject=user, by=None, now=now)


def vouched(user: User, address: str | None, *, now: datetime) -> None:
    """Somebody typed the right password at a colleague's screen: earlier slips do not count."""
    reset(ip=address, username=user.username)
    audit.record("vouched", subject=user, by=user, now=now)


def vouch_failed(username: str, *, now: datetime, locked: bool) -> None:
    user = User.objects.filter(username=username).first()
    audit.record("vouch.failed", subject=user, by=None, now=now, known=bool(user), locked=locked)


def opens_again_at(username: str, address: str | None) -> datetime | None:
    """When a user name that failed too often may be tried again from this address."""
    attempts = AccessAttempt.objects.filter(username=username, ip_address=address)
    last = attempts.order_by("-attempt_time").values_list("attempt_time", flat=True).first()
    return last + settings.AXES_COOLOFF_TIME if last else None


@transaction.atomic
def change_password(user: User, password: str, *, keep: str, now: datetime) -> None:
    """A new password ends the user's other sessions; ``keep`` is the key of this one."""
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record("password.changed", subject=user, by=user, now=now)
    session.end_others(user, keep=keep, now=now)
