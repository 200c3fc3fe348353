"""Choosing a node by search: the same few lines wherever a node is asked for."""

from typing import Any

from django.db.models import Q, QuerySet

from outlets.forms.channel import SearchForm
from outlets.http import StaffRequest
from outlets.models import Channel
from outlets.views.trail import trails

MOST = 20


def choices(request: StaffRequest, allowed: QuerySet[Channel]) -> dict[str, Any]:
    """What ``outlets/channel/_picker.html`` shows: the first nodes of ``allowed`` that match."""
    q = SearchForm(request.GET).wanted["q"]
    matching = allowed.filter(matches(q)) if q else allowed
    found = list(matching.select_related("outlet").order_by("path")[: MOST + 1])
    above = trails(request.user, found)
    return {
        "q": q,
        "choices": [(channel, above[channel.pk]) for channel in found[:MOST]],
        "more": len(found) > MOST,
    }


def matches(q: str, prefix: str = "") -> Q:
    """Nodes whose name, code or agent code has ``q``; ``prefix`` leads to the channel."""
    return (
        Q(**{f"{prefix}name__icontains": q})
        | Q(**{f"{prefix}code__icontains": q})
        | Q(**{f"{prefix}outlet__agent_code__icontains": q})
    )
