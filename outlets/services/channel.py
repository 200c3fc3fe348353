from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.apps import apps
from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext_lazy as _
from psycopg.errors import LockNotAvailable

from outlets.models import Channel, Outlet, Placed, Post
from outlets.services import right
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit

# As many levels as Placed.channel_path holds; each takes Channel.steplen characters.
DEEPEST = 24


class WrongPlace(Refusal):
    text = _("这一层级不能放在那里。")
    todo = _("总部下设省，省下设地市，地市下设区县；网点可以放在省、地市、区县或上级代理网点之下。")


class BelowItself(Refusal):
    text = _("不能把节点移到它自己的下级。")
    todo = _("请选择另一个上级。")


class AlreadyThere(Refusal):
    text = _("它现在就在这个上级之下。")
    todo = _("请选择另一个上级。")


class TooDeep(Refusal):
    text = _("层级太深，不能再往下设。")
    todo = _("请选择更靠上的上级。")


class ParentClosed(Refusal):
    text = _("上级代理网点已经关闭。")
    todo = _("请选择一个仍在营业的上级。")


class CodeTaken(Refusal):
    text = _("这个编码已经有节点在用。")
    todo = _("请核对后换一个编码。")


class Unauthorised(Refusal):
    """CH-04: a sub-agent without the carrier's leave is refused."""

    text = _("网点之下再设网点属于下级代理，须先登记授权。")
    todo = _("请填写授权人、授权日期和授权文件号。")


class MoveUnauthorised(Unauthorised):
    todo = _("请先在这个网点的页面登记授权人、授权日期和授权文件号，再移动。")


@dataclass(frozen=True)
class Subtree:
    """What hangs below a node, itself included. ``posts`` are those held on the day."""

    nodes: int
    outlets: int
    posts: int


@transaction.atomic
def add(
    parent: Channel | None, *, kind: str, name: str, code: str, by: User | None, now: datetime
) -> Channel:
    """Hang a new node below ``parent`` (None makes the head office)."""
    hold_tree()
    if parent is not None:
        parent = Channel.objects.get(pk=parent.pk)
        right.check(by, parent, now=now)
        check_place(parent, kind)
    elif Channel.objects.exists():
        raise WrongPlace
    if Channel.objects.filter(code=code).exists():
        raise CodeTaken
    fields = {"kind": kind, "name": name, "code": code}
    try:
        with transaction.atomic():
            channel: Channel = (
                Channel.objects.add_child(parent, fields)
                if parent
                else Channel.objects.add_root(fields)
            )
    except IntegrityError:
        raise CodeTaken from None
    audit.record("channel.added", subject=channel, by=by, now=now, kind=kind)
    return channel


def add_outlet_nodes(places: Iterable[tuple[Channel, str, str]]) -> list[Channel]:
    """Hang many outlets' nodes, given as (parent, name, code), with few queries; same order.

    For an import that holds the tree and has checked every place; the caller writes the audit.
    """
    parents: dict[int, Channel] = {}
    steps: dict[int, int] = {}
    nodes = []
    for parent, name, code in places:
        if parent.pk not in parents:
            parents[parent.pk] = parent
            youngest = Channel.objects.get_children(parent).last()
            steps[parent.pk] = youngest._get_lastpos_in_path() if youngest else 0
        steps[parent.pk] += 1
        parents[parent.pk].numchild += 1
        nodes.append(
            Channel(
                path=Channel._get_path(parent.path, parent.depth + 1, steps[parent.pk]),
                depth=parent.depth + 1,
                kind=Channel.Kind.OUTLET,
                name=name,
                code=code,
            )
        )
    for parent in parents.values():
        Channel.objects.filter(pk=parent.pk).update(numchild=parent.numchild)
    made: list[Channel] = Channel.objects.bulk_create(nodes, batch_size=500)
    return made


@transaction.atomic
def rename(channel: Channel, *, name: str, by: User, now: datetime) -> None:
    right.check(by, channel, now=now)
    channel.name = name
    channel.save(update_fields=["name"])
    audit.record("channel.renamed", subject=channel, by=by, now=now)


@transaction.atomic
def move(channel: Channel, to: Channel, *, by: User | None, now: datetime) -> Channel:
    """Hang a subtree below ``to`` and re-stamp every row that carries a path below it.

    An outlet that comes to hang below an outlet is a sub-agent from then on, and needs its
    authorisation recorded before.
    """
    hold_tree()
    channel, to = Channel.objects.get(pk=channel.pk), Channel.objects.get(pk=to.pk)
    right.check_above(by, channel, now=now)
    right.check(by, to, now=now)
    _check_move(channel, to)
    _mark_sub_agent(channel, below_outlet=to.kind == Channel.Kind.OUTLET)
    old = channel.path
    Channel.objects.move(channel, to, pos="last-child")
    moved: Channel = Channel.objects.get(pk=channel.pk)
    for model in apps.get_models():
        if issubclass(model, Placed):
            model.restamp(old, moved.path)
    audit.record("channel.moved", subject=moved, by=by, now=now, old=old, new=moved.path)
    return moved


def weigh(channel: Channel, *, today: date) -> Subtree:
    """How much would move with this node."""
    return Subtree(
        nodes=Channel.objects.below(channel.path).count(),
        outlets=Outlet.objects.below(channel.path).count(),
        posts=Post.objects.below(channel.path).held(today).count(),
    )


class TreeBusy(Exception):
    """Somebody holds the tree."""


def hold_tree(*, wait: bool = True) -> None:
    """One change of the tree at a time, until the transaction ends: a node that is added while
    its branch moves would be left behind, and two additions would take the same place.

    Whoever only names the root in a row of their own does not wait. Raises TreeBusy, but only
    without ``wait`` and where the database locks rows.
    """
    root = Channel.objects.select_for_update(no_key=True, nowait=not wait).filter(depth=1)
    try:
        list(root.values_list("pk"))
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise TreeBusy from None
        raise


def check_place(parent: Channel, kind: str, levels: int = 1) -> None:
    """Raises WrongPlace, TooDeep or ParentClosed unless ``levels`` of nodes fit below ``parent``,
    the highest being of this kind."""
    if kind not in Channel.BELOW[Channel.Kind(parent.kind)]:
        raise WrongPlace
    if parent.depth + levels > DEEPEST:
        raise TooDeep
    if Outlet.objects.filter(channel=parent, status=Outlet.Status.CLOSED).exists():
        raise ParentClosed


def _check_move(channel: Channel, to: Channel) -> None:
    if to.path.startswith(channel.path):
        raise BelowItself
    if channel.is_child_of(to):
        raise AlreadyThere
    deepest = Channel.objects.below(channel.path).order_by("-depth").first()
    check_place(to, channel.kind, levels=deepest.depth - channel.depth + 1)


def _mark_sub_agent(channel: Channel, *, below_outlet: bool) -> None:
    outlet = Outlet.objects.filter(channel=channel).first()
    if outlet is None:
        return
    if below_outlet and not outlet.is_authorised:
        raise MoveUnauthorised
    Outlet.objects.filter(pk=outlet.pk).update(is_sub_agent=below_outlet)
