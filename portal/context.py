from typing import Any

from django.conf import settings
from django.http import HttpRequest


def chrome(request: HttpRequest) -> dict[str, Any]:
    """What the frame around every page needs."""
    return {
        "carrier_name": settings.CARRIER_NAME,
        "bridge_port": settings.BRIDGE_PORT,
        "idle_seconds": int(settings.IDLE_LOCK.total_seconds()),
        "post": getattr(request, "post", None),
    }
