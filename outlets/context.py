from typing import Any

from django.http import HttpRequest


def posts(request: HttpRequest) -> dict[str, Any]:
    """The posts held today, for the menu that switches between them."""
    return {"posts": getattr(request, "posts", [])}
