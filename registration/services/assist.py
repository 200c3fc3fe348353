"""特殊协助: a customer cannot do the ordinary steps, and somebody above stands by (CV-12)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.models import Outlet, Post
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application
from registration.models.identity import Role
from registration.rules.policy import ASSISTED_TIERS
from registration.services import application as applications
from registration.services import policy


class NotHere(Refusal):
    status = 422
    text = _("本网点不能做特殊协助。")
    todo = _("请引导客户到营业厅，或者由营业厅派人上门办理。")


class ReadFirst(Refusal):
    status = 422
    text = _("还没有读机主的证件。")
    todo = _("请先读卡：上级确认的是这位客户在场。")


class NotAbove(Refusal):
    status = 422
    text = _("这个人不是本网点的上级渠道经理。")
    todo = _("请由管理本网点的渠道经理输入自己的工号和密码。")


class NotYourself(Refusal):
    status = 422
    text = _("不能由经办人自己确认。")
    todo = _("请由另一位渠道经理输入自己的工号和密码。")


def is_possible(outlet: Outlet, *, now: datetime) -> bool:
    """Whether help may be given at this outlet (policy assisted.tiers)."""
    values = policy.in_force(outlet.channel.path, timezone.localdate(now))
    return outlet.tier in ASSISTED_TIERS.of(values)


@transaction.atomic
def begin(
    application: Application, reason: str, *, supervisor: User, by: User, now: datetime
) -> None:
    """``supervisor``, who has just typed their password, says that they stand by.

    Raises NotHere, ReadFirst, NotYourself, NotAbove, NotEditable.
    """
    if not is_possible(application.outlet, now=now):
        raise NotHere
    if not application.parties.filter(role=Role.HOLDER).exists():
        raise ReadFirst
    if supervisor == by:
        raise NotYourself
    if not _is_above(supervisor, application.outlet, now=now):
        raise NotAbove
    applications.assist(application, reason, supervisor=supervisor, now=now)
    # Why somebody needs help is about their health: it is on the application, and goes with it.
    audit.record("application.assisted", subject=application, by=supervisor, now=now, clerk=by.pk)


@transaction.atomic
def end(application: Application, *, by: User, now: datetime) -> None:
    applications.unassist(application, now=now)
    audit.record("application.not_assisted", subject=application, by=by, now=now)


def _is_above(supervisor: User, outlet: Outlet, *, now: datetime) -> bool:
    """Whether the person manages the outlet or a node above it today."""
    posts = Post.objects.held_by(supervisor, timezone.localdate(now))
    managed = posts.filter(role=Post.Role.MANAGER).values_list("channel__path", flat=True)
    return any(outlet.channel.path.startswith(path) for path in managed)
