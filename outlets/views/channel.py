from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from outlets.forms.channel import NodeForm, RenameForm, SearchForm
from outlets.http import StaffRequest
from outlets.models import Channel, Outlet, Post, Tier
from outlets.services import channel as channels
from outlets.services import right
from outlets.views.branch import branches, whole
from outlets.views.door import channel_or_404, manages, named, own_node, page_of
from outlets.views.picker import choices, matches
from outlets.views.trail import trail, trails


@manages
def tree(request: StaffRequest) -> HttpResponse:
    """The tree below the active post, or what a search finds in it."""
    wanted = SearchForm(request.GET).wanted
    context = {"wanted": wanted, "statuses": Outlet.Status.choices, "tiers": Tier.choices}
    if wanted["q"] or wanted["status"] or wanted["tier"] or wanted["node"]:
        context |= _found(request, wanted)
    else:
        context |= {"top": whole(own_node(request))} | _children(request, own_node(request))
    partial = request.headers.get("HX-Target") == "tree"
    template = "outlets/channel/_tree.html" if partial else "outlets/channel/tree.html"
    return render(request, template, context)


@manages
def show(request: StaffRequest, pk: int) -> HttpResponse:
    channel = channel_or_404(request, pk)
    if channel.kind == Channel.Kind.OUTLET:
        return redirect("outlet", pk=channel.outlet.pk)
    below = Channel.BELOW[Channel.Kind(channel.kind)]
    posts = Post.objects.below(channel.path).held(timezone.localdate())
    context = {
        "branch": whole(channel),
        "trail": trail(request.user, channel),
        "staff": posts.count(),
        "may_move": _may_move(request, channel),
        "takes_nodes": any(kind != Channel.Kind.OUTLET for kind in below),
        "takes_outlets": Channel.Kind.OUTLET in below,
    }
    context |= _children(request, channel)
    return render(request, "outlets/channel/show.html", context)


@manages
def children(request: StaffRequest, pk: int) -> HttpResponse:
    """One level of the tree, asked for when its branch is opened."""
    context = _children(request, channel_or_404(request, pk))
    return render(request, "outlets/channel/_children.html", context)


@manages
def add(request: StaffRequest, pk: int) -> HttpResponse:
    parent = channel_or_404(request, pk)
    form = NodeForm(parent, request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = channels.add(parent, **form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("已新增%(name)s。") % {"name": made.name})
        return redirect("channel", pk=made.pk)
    context = {"form": form, "channel": parent, "trail": trail(request.user, parent)}
    status = 422 if form.is_bound else 200
    return render(request, "outlets/channel/add.html", context, status=status)


@manages
def rename(request: StaffRequest, pk: int) -> HttpResponse:
    channel = channel_or_404(request, pk)
    data = request.POST if request.method == "POST" else None
    form = RenameForm(data, initial={"name": channel.name})
    if form.is_valid():
        channels.rename(
            channel, name=form.cleaned_data["name"], by=request.user, now=timezone.now()
        )
        messages.success(request, _("名称已改。"))
        return redirect("channel", pk=channel.pk)
    context = {"form": form, "channel": channel, "trail": trail(request.user, channel)}
    status = 422 if form.is_bound else 200
    return render(request, "outlets/channel/rename.html", context, status=status)


@manages
def move(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose the new parent by search, see what moves along, then do it."""
    channel = channel_or_404(request, pk)
    now = timezone.now()
    right.check_above(request.user, channel, now=now)
    to = named(request, "to")
    if request.method == "POST" and to:
        channels.move(channel, to, by=request.user, now=now)
        messages.success(
            request,
            _("%(name)s已移到%(to)s之下，人员的可见范围随之改变。")
            % {"name": channel.name, "to": to.name},
        )
        return redirect("channel", pk=channel.pk)
    context = {
        "channel": channel,
        "trail": trail(request.user, channel),
        "to": to,
        "to_trail": trail(request.user, to) if to else [],
        "weight": channels.weigh(channel, today=timezone.localdate(now)),
        "needs_leave": _needs_leave(channel),
    }
    context |= choices(request, _places_for(request, channel))
    return render(request, "outlets/channel/move.html", context)


def _children(request: StaffRequest, parent: Channel) -> dict[str, Any]:
    below = Channel.objects.get_children(parent).select_related("outlet")
    page = page_of(request, below, "path")
    return {"parent": parent, "page": page, "branches": branches(parent, page)}


def _found(request: StaffRequest, wanted: dict[str, Any]) -> dict[str, Any]:
    below = channel_or_404(request, wanted["node"]) if wanted["node"] else None
    top = below or request.user.post.channel
    found = Channel.objects.along(top.path).select_related("outlet")
    if wanted["q"]:
        found = found.filter(matches(wanted["q"]))
    if wanted["status"]:
        found = found.filter(outlet__status=wanted["status"])
    if wanted["tier"]:
        found = found.filter(outlet__tier=wanted["tier"])
    page = page_of(request, found, "path")
    above = trails(request.user, page)
    rows = [(channel, above[channel.pk]) for channel in page]
    return {"page": page, "found": rows, "below": below}


def _places_for(request: StaffRequest, channel: Channel) -> QuerySet[Channel]:
    """Where the node may hang: the kinds fit, not below itself, not where it is, not closed;
    below an outlet only with the authorisation of a sub-agent."""
    kinds = {kind for kind, below in Channel.BELOW.items() if channel.kind in below}
    if _needs_leave(channel):
        kinds.discard(Channel.Kind.OUTLET)
    places: QuerySet[Channel] = (
        Channel.objects.visible_to(request.user)
        .filter(kind__in=kinds)
        .exclude(path__startswith=channel.path)
        .exclude(path=channel.path[: -Channel.steplen])
        .exclude(outlet__status=Outlet.Status.CLOSED)
    )
    return places


def _needs_leave(channel: Channel) -> bool:
    return channel.kind == Channel.Kind.OUTLET and not channel.outlet.is_authorised


def _may_move(request: StaffRequest, channel: Channel) -> bool:
    return bool(channel.pk != request.user.post.channel_id)
