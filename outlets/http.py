"""Requests of staff who hold a post, and the right that a role gives."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from outlets.models import Outlet, Post
from outlets.services import outlet
from portal.models import User
from portal.refusal import Refusal


class StaffRequest(HttpRequest):
    """A signed-in request; ``post`` is the active one of the ``posts`` held today."""

    user: User
    post: Post | None
    posts: list[Post]


class NoPost(Refusal):
    status = 403
    text = _("你今天没有任何在任的岗位。")
    todo = _("请联系渠道经理任命后再登录。")


class WrongRole(Refusal):
    status = 403
    text = _("你现在的岗位不能使用这个页面。")
    todo = _("如果你有别的岗位，请在右上角切换。")


View = Callable[..., HttpResponseBase]


def for_role(*roles: str) -> Callable[[View], View]:
    """Let only these roles in. A clerk's outlet must also be open: a suspended one stops its
    clerks at the next click."""

    def guard(view: View) -> View:
        @wraps(view)
        def checked(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            post = request.post
            if post is None:
                raise NoPost
            if post.role not in roles:
                raise WrongRole
            if post.role == Post.Role.CLERK:
                outlet.check_open(outlet_of(post))
            return view(request, *args, **kwargs)

        checked.roles = roles  # type: ignore[attr-defined]
        return checked

    return guard


def outlet_of(post: Post) -> Outlet:
    """The outlet where a clerk works; it came with the post."""
    row: Outlet = post.channel.outlet
    return row
