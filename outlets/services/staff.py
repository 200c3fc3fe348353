from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.models import Channel, Post
from outlets.services import right
from outlets.services.code import readable
from outlets.services.right import NotYours
from portal.models import Session, User
from portal.refusal import Refusal
from portal.services import audit, person


class NotYourRole(NotYours):
    text = _("你不能任免这个角色。")
    todo = _("渠道经理可以任免本级以下的渠道经理和营业员；其他角色请联系管理员。")


class NameTaken(Refusal):
    text = _("这个工号已经有人使用。")
    todo = _("请换一个工号，或直接任命现有人员。")


class WrongNode(Refusal):
    text = _("营业员只能任职于网点。")
    todo = _("请选择一个网点。")


class AlreadyHeld(Refusal):
    text = _("此人已在该节点担任这个角色。")


class EndMissing(Refusal):
    text = _("检查人员的任职必须有截止日期。")
    todo = _("请填写任职止。")


class EndsInThePast(Refusal):
    text = _("任职止不能早于今天。")


class Yourself(Refusal):
    text = _("不能调动或解除自己的任职。")
    todo = _("请由上一级渠道经理或另一位管理员办理。")


class AlreadyEnded(Refusal):
    text = _("这段任职已经结束。")
    todo = _("请刷新页面看最新情况。")


@transaction.atomic
def invite(
    *,
    username: str,
    name: str,
    channel: Channel,
    role: str,
    by: User | None,
    now: datetime,
    until: date | None = None,
) -> tuple[User, str]:
    """Make an account with its first post. Returns the user and a first password to hand over."""
    if User.objects.filter(username__iexact=username).exists():
        raise NameTaken
    password = readable()
    try:
        with transaction.atomic():
            user = User.objects.create_user(username, name, password)
    except IntegrityError:
        raise NameTaken from None
    audit.record("user.invited", subject=user, by=by, now=now)
    appoint(user, channel=channel, role=role, by=by, now=now, until=until)
    return user, password


@transaction.atomic
def note_document(user: User, *, number: str, by: User, now: datetime) -> None:
    """Remember who the user is as a customer, so that a clerk cannot be a proxy at his own
    counter (PX-07). Only the keyed hash is kept, never the number. Who may end the user's posts
    may note it."""
    held = Post.objects.held_by(user, timezone.localdate(now))
    if user == by or not any(may_give(by, post.channel, post.role, now=now) for post in held):
        raise NotYourRole
    user.person_key = person.key(number)
    user.save(update_fields=["person_key"])
    audit.record("user.document_noted", subject=user, by=by, now=now)


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
    """Give a user a role at a node from today on; an inspector's is always dated."""
    today = timezone.localdate(now)
    _check_right(by, channel, role, now)
    if role == Post.Role.CLERK and channel.kind != Channel.Kind.OUTLET:
        raise WrongNode
    if role == Post.Role.INSPECTOR and until is None:
        raise EndMissing
    if until is not None and until < today:
        raise EndsInThePast
    if Post.objects.held(today).filter(user=user, channel=channel, role=role).exists():
        raise AlreadyHeld
    try:
        with transaction.atomic():
            post = Post.objects.create(
                user=user,
                channel=channel,
                role=role,
                from_date=today,
                until_date=until,
                appointed_by=by,
            )
    except IntegrityError:
        raise AlreadyHeld from None
    audit.record("post.given", subject=post, by=by, now=now, role=role)
    return post


@transaction.atomic
def dismiss(post: Post, *, by: User | None, now: datetime) -> None:
    """End a post now: it shows nothing from here on, and the user's sessions end at once."""
    if by and post.user_id == by.pk:
        raise Yourself
    _check_right(by, post.channel, post.role, now)
    today = timezone.localdate(now)
    still_held = Post.objects.filter(
        Q(until_date__isnull=True) | Q(until_date__gte=today), pk=post.pk
    )
    if not still_held.update(until_date=today - timedelta(days=1), ended_by=by):
        raise AlreadyEnded
    end_sessions(post.user)
    audit.record("post.ended", subject=post, by=by, now=now, role=post.role)


@transaction.atomic
def transfer(post: Post, *, to: Channel, by: User | None, now: datetime) -> Post:
    """Move a post to another node: the old one ends, the new one begins, today."""
    if to.pk == post.channel_id:
        raise AlreadyHeld
    dismiss(post, by=by, now=now)
    until = post.until_date
    new = appoint(post.user, channel=to, role=post.role, by=by, now=now, until=until)
    # What its holder knows, the move has not changed.
    new.knows_foreign, new.knows_units = post.knows_foreign, post.knows_units
    new.save(update_fields=["knows_foreign", "knows_units"])
    return new


def end_sessions(user: User) -> int:
    ended, _rows = Session.objects.filter(user=user).delete()
    return ended


def may_give(by: User | None, channel: Channel, role: str, *, now: datetime) -> bool:
    """Whether ``by`` may give, or end, this role at this node."""
    return by is None or any(_gives(post, channel, role) for post in right.posts_of(by, now))


def _gives(post: Post, channel: Channel, role: str) -> bool:
    """An administrator gives every role at his node and below; a manager clerks there, and
    managers only below it."""
    if not channel.path.startswith(post.channel.path):
        return False
    if post.role == Post.Role.ADMINISTRATOR:
        return True
    below = channel.pk != post.channel_id
    gives = (Post.Role.CLERK, Post.Role.MANAGER) if below else (Post.Role.CLERK,)
    return post.role == Post.Role.MANAGER and role in gives


def _check_right(by: User | None, channel: Channel, role: str, now: datetime) -> None:
    right.check(by, channel, now=now)
    if not may_give(by, channel, role, now=now):
        raise NotYourRole
