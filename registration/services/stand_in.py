"""Somebody, a place, a case and a moment that do not exist: what stands in a query that is compiled
once (portal.prepared) where each time something else will stand."""

from datetime import UTC, datetime
from typing import Any, Final

from outlets.models import Channel, Post
from portal.models import User

NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
NOWHERE: Final = "-"
KIND: Final = "?"
# As large as columns of the database can hold, and each another.
ROW: Final = 2_000_000_001
CLAIM_NO: Final = 2_000_000_002
CHANNEL: Final = 2_000_000_003
NOBODY: Final = 2_000_000_004

NAMES: Final[dict[Any, str]] = {
    NOBODY: "user",
    f"{NOWHERE}%": "below",
    CHANNEL: "channel",
    NEVER: "now",
    ROW: "row",
    CLAIM_NO: "claim_no",
    KIND: "kind",
}

# What of a verifier decides how the query reads, and not only what stands in it.
Kind = tuple[bool, tuple[str, ...]]


def user(kind: Kind = (False, ())) -> User:
    """With a post, of a verifier of this kind."""
    has_only_verified, lacks = kind
    knows = {f"knows_{skill}": False for skill in lacks}
    channel = Channel(pk=CHANNEL, path=NOWHERE)
    somebody = User(pk=NOBODY)
    somebody.post = Post(pk=ROW, channel=channel, **knows)
    somebody.post.has_only_verified = has_only_verified
    return somebody


def kind(user: User) -> Kind:
    return user.post.has_only_verified, user.post.lacks


def values(user: User, now: datetime | None = None) -> dict[str, Any]:
    """What is to stand there of a user who holds a post; a query takes what it asks for."""
    channel = user.post.channel
    return {"user": user.pk, "below": f"{channel.path}%", "channel": channel.pk, "now": now}
