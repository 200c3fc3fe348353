from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from outlets.models import Post
from outlets.sessions import SessionStore
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
            held = _held(request, request.user)
            chosen = request.session.get(KEY)
            post = next((one for one in held if one.pk == chosen), held[0] if held else None)
            request.user.post = post
        request.post = post  # type: ignore[attr-defined]
        request.posts = held  # type: ignore[attr-defined]
        return self.get_response(request)


def _held(request: HttpRequest, user: User) -> list[Post]:
    """Read at every request: a post that ended yesterday shows nothing today."""
    session = request.session
    if isinstance(session, SessionStore) and session.holder is user:
        return session.posts
    return list(Post.objects.held_by(user, timezone.localdate()))
