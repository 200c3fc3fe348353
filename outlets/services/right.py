"""Who may act on which part of the tree.

``by`` is None for the installation itself (demo, commands). For a person the active post counts;
outside a request, where none was chosen, every post held on the day.
"""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.models import Channel, Post
from portal.models import User
from portal.refusal import Refusal

MANAGES = (Post.Role.MANAGER, Post.Role.ADMINISTRATOR)


class NotYours(Refusal):
    text = _("这不在你的管理范围内。")
    todo = _("请联系上一级渠道经理。")


class OwnNode(NotYours):
    """An outlet's own manager does not lift the outlet's own suspension."""

    text = _("这是你自己任职的节点，要由上一级来处理。")


def posts_of(user: User, now: datetime) -> list[Post]:
    if user.post:
        return [user.post]
    return list(Post.objects.held_by(user, timezone.localdate(now)))


def manages(by: User | None, channel: Channel, *, now: datetime) -> bool:
    """Whether the channel is a node where ``by`` manages, or below one."""
    return by is None or any(
        post.role in MANAGES and channel.path.startswith(post.channel.path)
        for post in posts_of(by, now)
    )


def check(by: User | None, channel: Channel, *, now: datetime) -> None:
    """Raises NotYours unless ``by`` manages the node."""
    if not manages(by, channel, now=now):
        raise NotYours


def check_above(by: User | None, channel: Channel, *, now: datetime) -> None:
    """Raises NotYours, or OwnNode if ``by`` manages the node but none above it."""
    check(by, channel, now=now)
    if by and all(
        post.channel_id == channel.pk or not channel.path.startswith(post.channel.path)
        for post in posts_of(by, now)
        if post.role in MANAGES
    ):
        raise OwnNode
