from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Count, Q, Sum
from django.db.models.functions import Substr
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet

from outlets.models.scope import ScopedQuerySet, path_index

# The shape of a node's and an agent's code, for forms and imports.
CODE = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9_-]*\Z", _("只能用字母、数字、- 和 _，并以字母或数字开头。")
)


NO_OUTLET = ~Q(kind="outlet")
BRANCH = NO_OUTLET | Q(numchild__gt=0)


class ChannelQuerySet(ScopedQuerySet, MP_NodeQuerySet):
    path_field = "path"

    def tree(self) -> "ChannelQuerySet":
        return self.order_by("path")

    def outlets_by_child(self, channel: "Channel") -> dict[str, int]:
        """How many outlets hang below each child of a node, by the child's path.

        Told by the nodes that have something below them, which are few: what hangs below one is
        counted there, and what of it is no outlet is a node of these again.
        """
        key = Substr("path", 1, len(channel.path) + Channel.steplen)
        branches = self.below(channel.path).filter(BRANCH, depth__gt=channel.depth).order_by()
        inner = Count("pk", filter=NO_OUTLET & Q(depth__gt=channel.depth + 1))
        counts = branches.annotate(key=key).values("key").annotate(outlets=Sum("numchild") - inner)
        return dict(counts.values_list("key", "outlets"))


class ChannelManager(MP_NodeManager.from_queryset(ChannelQuerySet)):  # type: ignore[misc]
    """Treebeard's manager names its own queryset class; ours must be the one that comes out."""

    def get_queryset(self) -> ChannelQuerySet:
        return ChannelQuerySet(self.model, using=self._db).order_by("path")


class Channel(MP_Node):
    """A node of the one tree: everything a person may see hangs below a node."""

    class Kind(models.TextChoices):
        HEAD = "head", _("总部")
        PROVINCE = "province", _("省")
        CITY = "city", _("地市")
        DISTRICT = "district", _("区县")
        OUTLET = "outlet", _("网点")

    # What may hang below what; an outlet below an outlet is a sub-agent (CH-04).
    BELOW = {
        Kind.HEAD: (Kind.PROVINCE,),
        Kind.PROVINCE: (Kind.CITY, Kind.OUTLET),
        Kind.CITY: (Kind.DISTRICT, Kind.OUTLET),
        Kind.DISTRICT: (Kind.OUTLET,),
        Kind.OUTLET: (Kind.OUTLET,),
    }

    name = models.CharField(_("名称"), max_length=80)
    code = models.CharField(_("编码"), max_length=20, unique=True)
    kind = models.CharField(_("层级"), max_length=10, choices=Kind.choices)

    steplen = 5
    objects = ChannelManager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind="head", depth=1)
                | ~models.Q(kind="head") & ~models.Q(depth=1),
                name="the_head_office_is_the_root",
            ),
        )
        indexes = (
            # The children of a high node, without all that hangs below them.
            models.Index(fields=["depth", "path"], name="channel_by_level"),
            path_index("channel_by_branch", path="path", condition=BRANCH),
        )

    def __str__(self) -> str:
        return self.name
