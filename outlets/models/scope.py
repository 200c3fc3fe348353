"""The only door: what a user sees hangs below the channel of the post that they hold now."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Substr

from portal.models import User

# No node has so many children.
LAST_STEP = "ZZZZZ"


class ScopedQuerySet(models.QuerySet[Any]):
    """Rows that know their place in the channel tree."""

    path_field = "channel_path"

    def below(self, path: str) -> Self:
        """Rows at or below a channel path; one indexed prefix, the same cost at every level."""
        return self.filter(**{f"{self.path_field}__startswith": path})

    def along(self, path: str) -> Self:
        """The rows of ``below``, for a list in the tree's order: one index finds and sorts them.

        A prefix is searched by another index, and sorted afterwards. Treebeard orders paths in the
        same way.
        """
        return self.filter(
            **{f"{self.path_field}__gte": path, f"{self.path_field}__lte": path + LAST_STEP}
        )

    def visible_to(self, user: User) -> Self:
        """Rows below the user's active post; none without one."""
        return self.below(user.post.channel.path) if user.post else self.none()


class Placed(models.Model):
    """A row that carries its outlet's channel path, so that scope needs no join.

    ``services.channel.move`` re-stamps every subclass when a subtree moves.
    """

    channel_path = models.CharField(max_length=120, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def restamp(cls, old: str, new: str) -> None:
        """The node at ``old`` hangs at ``new`` from now on, and all that is below it."""
        cls._base_manager.filter(channel_path__startswith=old).update(
            channel_path=Concat(Value(new), Substr(F("channel_path"), len(old) + 1))
        )


def path_index(
    name: str, *then: str, path: str = "channel_path", condition: Q | None = None
) -> models.Index:
    """An index with the channel path first, fit for prefix search in every PostgreSQL locale."""
    return models.Index(
        fields=[path, *then],
        opclasses=["varchar_pattern_ops", *("" for _ in then)],
        name=name,
        condition=condition,
    )
