from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# The left rail: name of the page, icon, word, where its pages lie, who else has it. Five at most.
RAIL: tuple[tuple[str, str, Any, tuple[str, ...], set[str]], ...] = (
    ("report", "chart", _("总览"), ("/report/", "/appeals/"), {"inspector"}),
    ("channels", "tree", _("渠道"), ("/channels/", "/outlets/", "/policies/"), set()),
    ("staff", "users", _("人员"), ("/staff/",), set()),
    ("readers", "reader", pgettext_lazy("rail", "读卡"), ("/readers/",), set()),
    ("health", "heart", _("健康"), ("/health/",), {"inspector"}),
)
MANAGERS = {"manager", "administrator"}


def chrome(request: HttpRequest) -> dict[str, Any]:
    """What the frame around every page needs."""
    post = getattr(request, "post", None)
    return {
        "carrier_name": settings.CARRIER_NAME,
        "bridge_port": settings.BRIDGE_PORT,
        "bridge_floor": settings.BRIDGE_FLOOR,
        "idle_seconds": int(settings.IDLE_LOCK.total_seconds()),
        "post": post,
        "rail": _rail(request.path, post.role) if post else [],
    }


def _rail(path: str, role: str) -> list[dict[str, Any]]:
    return [
        {"url": reverse(name), "icon": icon, "label": label, "current": path.startswith(places)}
        for name, icon, label, places, others in RAIL
        if role in MANAGERS | others
    ]
