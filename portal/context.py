from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# The left rail: name of the page, icon, word, where its pages lie. Five entries at most.
RAIL = (
    ("report", "chart", _("总览"), ("/report/",)),
    ("channels", "tree", _("渠道"), ("/channels/", "/outlets/")),
    ("staff", "users", _("人员"), ("/staff/",)),
    ("readers", "reader", pgettext_lazy("rail", "读卡"), ("/readers/",)),
    ("health", "heart", _("健康"), ("/health/",)),
)
RAIL_ROLES = {"manager", "administrator"}


def chrome(request: HttpRequest) -> dict[str, Any]:
    """What the frame around every page needs."""
    post = getattr(request, "post", None)
    return {
        "carrier_name": settings.CARRIER_NAME,
        "bridge_port": settings.BRIDGE_PORT,
        "idle_seconds": int(settings.IDLE_LOCK.total_seconds()),
        "post": post,
        "rail": _rail(request.path) if post and post.role in RAIL_ROLES else [],
    }


def _rail(path: str) -> list[dict[str, Any]]:
    rail = []
    for name, icon, label, places in RAIL:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        rail.append({"url": url, "icon": icon, "label": label, "current": path.startswith(places)})
    return rail
