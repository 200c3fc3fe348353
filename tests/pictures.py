"""The address of a picture as it stands on a page of this viewer."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.test import Client
from django.utils import timezone

from outlets.models import Post
from portal.models import User
from registration.models import Photo
from registration.views import picture


def address(client: Client, user: User, photo: Photo, now: datetime | None = None) -> str:
    """``client`` is signed in as ``user``."""
    post = Post.objects.held_by(user, timezone.localdate()).first()
    request: Any = SimpleNamespace(user=user, session=client.session, post=post)
    return picture.address(request, photo, now or timezone.now())


def look(client: Client, user: User, photo: Photo) -> Any:
    return client.get(address(client, user, photo))
