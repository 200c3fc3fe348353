"""How this app's pages are entered: by managers, through what their post lets them see."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from outlets.http import StaffRequest, for_role
from outlets.models import Channel
from outlets.services.right import MANAGES
from portal import keyset

manages = for_role(*MANAGES)


def channel_or_404(request: StaffRequest, pk: int) -> Channel:
    channel: Channel = get_object_or_404(
        Channel.objects.visible_to(request.user).select_related("outlet"), pk=pk
    )
    return channel


def named(request: StaffRequest, name: str) -> Channel | None:
    """The visible node whose id is in the query; None without one, 404 for any other."""
    value = request.GET.get(name, "")
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise Http404
    return channel_or_404(request, int(value))


def page_of(request: HttpRequest, rows: QuerySet[Any], *order: str) -> keyset.Page:
    return keyset.page(rows, order, request.GET)


def own_node(request: StaffRequest) -> Channel:
    """Where the active post is: the top of what its holder sees."""
    return channel_or_404(request, request.user.post.channel_id)
