from outlets.models.channel import Channel
from outlets.models.outlet import Outlet, Tier
from outlets.models.reader import Bridge, EnrolmentCode, Reader
from outlets.models.scope import Placed, ScopedQuerySet, path_index
from outlets.models.staff import Post

__all__ = [
    "Bridge",
    "Channel",
    "EnrolmentCode",
    "Outlet",
    "Placed",
    "Post",
    "Reader",
    "ScopedQuerySet",
    "Tier",
    "path_index",
]
