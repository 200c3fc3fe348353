from datetime import datetime

from django.apps import apps
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext_lazy as _

from outlets.models import Channel, Placed
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit


class WrongPlace(Refusal):
    text = _("这一层级不能放在那里。")
    todo = _("总部下设省，省下设地市，地市下设区县；网点可以放在省、地市、区县或上级代理网点之下。")


class BelowItself(Refusal):
    text = _("不能把节点移到它自己的下级。")
    todo = _("请选择另一个上级。")


@transaction.atomic
def add(
    parent: Channel | None, *, kind: str, name: str, code: str, by: User | None, now: datetime
) -> Channel:
    """Hang a new node below ``parent`` (None makes the head office)."""
    fields = {"kind": kind, "name": name, "code": code}
    if parent is None:
        channel: Channel = Channel.objects.add_root(fields)
    else:
        _check_place(parent, kind)
        # Treebeard reads the parent's child count: without a fresh row two additions collide.
        fresh = Channel.objects.select_for_update().get(pk=parent.pk)
        channel = Channel.objects.add_child(fresh, fields)
    audit.record("channel.added", subject=channel, by=by, now=now, kind=kind)
    return channel


@transaction.atomic
def rename(channel: Channel, *, name: str, by: User, now: datetime) -> None:
    channel.name = name
    channel.save(update_fields=["name"])
    audit.record("channel.renamed", subject=channel, by=by, now=now)


@transaction.atomic
def move(channel: Channel, to: Channel, *, by: User, now: datetime) -> Channel:
    """Hang a subtree below ``to`` and re-stamp every row that carries a path below it."""
    channel, to = Channel.objects.get(pk=channel.pk), Channel.objects.get(pk=to.pk)
    if to.path.startswith(channel.path):
        raise BelowItself
    _check_place(to, channel.kind)
    old = channel.path
    Channel.objects.move(channel, to, pos="last-child")
    moved: Channel = Channel.objects.get(pk=channel.pk)
    for model in apps.get_models():
        if issubclass(model, Placed):
            model._base_manager.filter(channel_path__startswith=old).update(
                channel_path=Concat(Value(moved.path), Substr(F("channel_path"), len(old) + 1))
            )
    audit.record("channel.moved", subject=moved, by=by, now=now, old=old, new=moved.path)
    return moved


def _check_place(parent: Channel, kind: str) -> None:
    if kind not in Channel.BELOW[Channel.Kind(parent.kind)]:
        raise WrongPlace
