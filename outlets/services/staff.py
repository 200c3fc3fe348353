import secrets
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.models import Channel, Post
from portal.models import Session, User
from portal.refusal import Refusal
from portal.services import audit

MANAGE = (Post.Role.MANAGER, Post.Role.ADMINISTRATOR)


class NotYours(Refusal):
    text = _("这个岗位不在你的管理范围内。")
    todo = _("请联系上一级渠道经理。")


class NameTaken(Refusal):
    text = _("这个工号已经有人使用。")
    todo = _("请换一个工号，或直接任命现有人员。")


class WrongNode(Refusal):
    text = _("营业员只能任职于网点。")
    todo = _("请选择一个网点。")


class AlreadyHeld(Refusal):
    text = _("此人已在该节点担任这个角色。")


@transaction.atomic
def invite(
    *, username: str, name: str, channel: Channel, role: str, by: User | None, now: datetime
) -> tuple[User, str]:
    """Make an account with its first post. Returns the user and a first password to hand over."""
    if User.objects.filter(username__iexact=username).exists():
        raise NameTaken
    password = secrets.token_urlsafe(9)
    user = User.objects.create_user(username, name, password)
    audit.record("user.invited", subject=user, by=by, now=now)
    appoint(user, channel=channel, role=role, by=by, now=now)
    return user, password


@transaction.atomic
def appoint(
    user: User,
    *,
    channel: Channel,
    role: str,
    by: User | None,
    now: datetime,
    until: date | None = None,
) -> Post:
    """Give a user a role at a node from today on."""
    if role == Post.Role.CLERK and channel.kind != Channel.Kind.OUTLET:
        raise WrongNode
    if Post.objects.filter(user=user, channel=channel, role=role, until_date__isnull=True).exists():
        raise AlreadyHeld
    post = Post.objects.create(
        user=user,
        channel=channel,
        role=role,
        from_date=timezone.localdate(now),
        until_date=until,
        appointed_by=by,
    )
    audit.record("post.given", subject=post, by=by, now=now, role=role)
    return post


@transaction.atomic
def dismiss(post: Post, *, by: User, now: datetime) -> None:
    """End a post now: it shows nothing from here on, and the user's sessions end at once."""
    yesterday = timezone.localdate(now) - timedelta(days=1)
    Post.objects.filter(pk=post.pk).update(until_date=yesterday, ended_by=by)
    end_sessions(post.user)
    audit.record("post.ended", subject=post, by=by, now=now, role=post.role)


@transaction.atomic
def transfer(post: Post, *, to: Channel, by: User, now: datetime) -> Post:
    """Move a post to another node: the old one ends, the new one begins, today."""
    dismiss(post, by=by, now=now)
    return appoint(post.user, channel=to, role=post.role, by=by, now=now)


def end_sessions(user: User) -> int:
    ended, _rows = Session.objects.filter(user=user).delete()
    return ended
