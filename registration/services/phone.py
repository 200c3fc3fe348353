"""The outlet's phone as a camera: one phone, one application, a few minutes, pictures only."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.models import Post
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application
from registration.models.phone import PhoneLink, PhoneLinkQuerySet
from registration.models.photo import LIVE, Photo
from registration.services import application as applications
from registration.services import photo

LIFE = timedelta(minutes=5)
BYTES = 32


class LinkEnded(Refusal):
    """Answered as a login that ended: the phone's page keeps what it has not sent yet."""

    status = 401
    text = _("这个二维码已经失效。")
    todo = _("请在电脑上再点“用手机拍”，用手机扫新的二维码。没传完的照片都已保留。")


class CounterLocked(LinkEnded):
    text = _("柜台电脑已锁定，手机先不能拍。")
    todo = _("请在电脑上解锁后继续。没传完的照片都已保留。")


class AnotherPhone(Refusal):
    text = _("这个二维码已经被另一部手机用过。")
    todo = _("每个二维码只能用一部手机。请在电脑上点“换一个”，再扫新的二维码。")


class TooMany(Refusal):
    text = _("这个二维码传的照片太多了。")
    todo = _("请在电脑上点“换一个”，再扫新的二维码。")


def secret() -> str:
    """256 random bits, as text for a URL or a cookie."""
    return secrets.token_urlsafe(BYTES)


@transaction.atomic
def make(
    application: Application, *, by: User, session_key: str, now: datetime
) -> tuple[PhoneLink, str]:
    """A link and its token, which is told once and not kept. It ends the one before.
    Raises NotEditable."""
    held = applications.lock(application)
    end(held, by=by, now=now)
    token = secret()
    link = PhoneLink.objects.create(
        application=held,
        round=held.round,
        outlet=held.outlet,
        made_by=by,
        session_id=session_key,
        token_hash=_hash(token),
        made_at=now,
        expires_at=now + LIFE,
    )
    audit.record("phone.linked", subject=link, by=by, now=now, application=held.pk)
    return link, token


@transaction.atomic
def end(application: Application, *, by: User, now: datetime) -> None:
    """Whatever link there is takes no more pictures. Twice is once."""
    for link in PhoneLink.objects.filter(application=application, closed_at=None):
        if PhoneLink.objects.filter(pk=link.pk, closed_at=None).update(closed_at=now):
            audit.record("phone.ended", subject=link, by=by, now=now, application=application.pk)


@transaction.atomic
def open_by(token: str, phone: str, *, now: datetime) -> PhoneLink:
    """Bind the link to the phone that holds the secret ``phone``. The same phone may ask again,
    for its first answer may have been lost. Raises LinkEnded, CounterLocked, AnotherPhone."""
    mine = _hash(phone)
    link = _rows(now).filter(token_hash=_hash(token)).first()
    if link is None:
        raise LinkEnded
    _check(link, now)
    if link.phone_hash == mine:
        return link
    # Of two phones that scan at the same moment one wins.
    free = PhoneLink.objects.filter(pk=link.pk, phone_hash="", closed_at=None)
    if not free.update(phone_hash=mine, opened_at=now):
        raise AnotherPhone
    link.refresh_from_db(fields=["phone_hash", "opened_at"])
    audit.record("phone.opened", subject=link, by=None, now=now, application=link.application_id)
    return link


def of_phone(phone: str, now: datetime) -> PhoneLink:
    """What this phone may take pictures for now. Raises LinkEnded, CounterLocked."""
    link = _rows(now).filter(phone_hash=_hash(phone)).order_by("-opened_at").first()
    if link is None:
        raise LinkEnded
    _check(link, now)
    return link


def newest(application: Application) -> PhoneLink | None:
    return PhoneLink.objects.filter(application=application).order_by("-pk").first()


def is_live(link: PhoneLink, now: datetime) -> bool:
    """Whether it still takes pictures, as far as its own row and its session tell."""
    if link.closed_at or link.expires_at <= now:
        return False
    return PhoneLink.objects.live(now).filter(pk=link.pk).exists()


def take(
    link: PhoneLink,
    kind: str,
    data: bytes,
    *,
    source: str,
    counted: str = "",
    camera: str = "",
    now: datetime,
) -> Photo:
    """A picture from the phone, in the name of the clerk who showed the code. ``source`` as the
    page says it: of a paper the phone's own camera is one too, a person is shot in the page.
    Raises LinkEnded, TooMany and what ``photo.receive`` raises."""
    live = PhoneLink.objects.live(now).filter(pk=link.pk)
    if not live.filter(uploads__lt=PhoneLink.MOST_UPLOADS).update(uploads=F("uploads") + 1):
        raise TooMany if live.exists() else LinkEnded
    return photo.receive(
        link.application,
        kind,
        data,
        source=source if kind in LIVE else Photo.Source.CAMERA,
        counted=counted,
        camera=camera,
        by=link.made_by,
        phone=link.pk,
        now=now,
    )


def _rows(now: datetime) -> PhoneLinkQuerySet:
    rows: PhoneLinkQuerySet = PhoneLink.objects.live(now).select_related(
        "application__outlet__channel", "outlet", "made_by", "session"
    )
    return rows


def _check(link: PhoneLink, now: datetime) -> None:
    """What can change around a link: the outlet, the clerk's post, the screen of the PC."""
    posts = Post.objects.held_by(link.made_by, timezone.localdate(now))
    here = posts.filter(role=Post.Role.CLERK, channel=link.outlet.channel_id)
    if not link.outlet.is_open or not here.exists():
        raise LinkEnded
    if link.session is None or link.session.get_decoded().get("locked"):
        raise CounterLocked


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
