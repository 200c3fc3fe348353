"""Where a node stands: its ancestors, as far up as the viewer may see."""

from collections.abc import Iterable

from outlets.models import Channel
from portal.models import User


def trails(user: User, channels: Iterable[Channel]) -> dict[int, list[Channel]]:
    """For each node (by id) its visible ancestors, the highest first; one query for all."""
    paths = {channel.pk: list(_above(channel.path)) for channel in channels}
    wanted = {path for above in paths.values() for path in above}
    found = {
        channel.path: channel
        for channel in Channel.objects.visible_to(user).filter(path__in=wanted)
    }
    return {pk: [found[path] for path in above if path in found] for pk, above in paths.items()}


def trail(user: User, channel: Channel) -> list[Channel]:
    return trails(user, [channel])[channel.pk]


def _above(path: str) -> Iterable[str]:
    return (path[:end] for end in range(Channel.steplen, len(path), Channel.steplen))
