"""What the tree shows of each node: how many outlets it has below, by status."""

from collections.abc import Iterable
from dataclasses import dataclass

from outlets.models import Channel, Outlet


@dataclass(frozen=True)
class Branch:
    """A node with its figures; an outlet counts itself."""

    channel: Channel
    open: int
    suspended: int
    closed: int


def branches(parent: Channel, children: Iterable[Channel]) -> list[Branch]:
    """Children of one node with their figures: one query, whatever hangs below."""
    children = list(children)
    if not children:
        return []
    tally = Outlet.objects.below(parent.path).tally(len(parent.path) + Channel.steplen)
    return [_branch(child, tally[child.path]) for child in children]


def whole(channel: Channel) -> Branch:
    """One node with all that hangs below it."""
    tally = Outlet.objects.below(channel.path).tally(len(channel.path))
    return _branch(channel, tally[channel.path])


def _branch(channel: Channel, counts: dict[str, int]) -> Branch:
    return Branch(
        channel,
        open=counts.get(Outlet.Status.OPEN, 0),
        suspended=counts.get(Outlet.Status.SUSPENDED, 0),
        closed=counts.get(Outlet.Status.CLOSED, 0),
    )
