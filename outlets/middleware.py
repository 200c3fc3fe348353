from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from outlets.models import Post
from portal.models import User

KEY = "post"


class HoldPost:
    """Give every signed-in request its active post: the chosen one while it is held, else the
    first; None when the user holds none today."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        held: list[Post] = []
        post = None
        if isinstance(request.user, User):
            # Read at every request: a post that ended yesterday shows nothing today.
            held = list(Post.objects.held_by(request.user, timezone.localdate()))
            chosen = request.session.get(KEY)
            post = next((one for one in held if one.pk == chosen), held[0] if held else None)
            request.user.post = post
        request.post = post  # type: ignore[attr-defined]
        request.posts = held  # type: ignore[attr-defined]
        return self.get_response(request)
