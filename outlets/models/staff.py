from collections.abc import Collection
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from outlets.models.channel import Channel
from outlets.models.scope import ScopedQuerySet
from portal.models import User


class PostQuerySet(ScopedQuerySet):
    path_field = "channel__path"

    def held(self, today: date) -> "PostQuerySet":
        return self.filter(in_force(today), user__is_active=True)

    def held_by(self, user: User, today: date) -> "PostQuerySet":
        """Each knows whether the user has ever held a post of another role."""
        held = self.held(today).filter(user=user).select_related("channel__outlet").order_by("pk")
        known: PostQuerySet = held.annotate(has_only_verified=has_only_verified(user))
        return known

    def knowing(self, skills: Collection[str]) -> "PostQuerySet":
        return self.filter(**{f"knows_{skill}": True for skill in skills})


def in_force(today: date, post: str = "") -> Q:
    """The posts of that day; both ends belong to the term. ``post`` leads to one, as "posts__"."""
    begun, until = Q((f"{post}from_date__lte", today)), f"{post}until_date"
    return begun & (Q((f"{until}__isnull", True)) | Q((f"{until}__gte", today)))


def has_only_verified(user: User | OuterRef) -> Combinable:
    others = Post.objects.filter(user=user).exclude(role=Post.Role.VERIFIER)
    return ~Exists(others)


class Post(models.Model):
    """任职: a user's role at a node of the tree, from one day until another."""

    class Role(models.TextChoices):
        CLERK = "clerk", _("营业员")
        MANAGER = "manager", _("渠道经理")
        VERIFIER = "verifier", _("审核员")
        PRIVACY = "privacy", _("个人信息保护负责人")
        INSPECTOR = "inspector", _("检查人员")
        ADMINISTRATOR = "administrator", _("管理员")

    class Skill(models.TextChoices):
        """What a verifier is taken to know until a supervisor says otherwise. ``knows_`` and, of
        a case, ``needs_`` stand before it in the names of the columns."""

        FOREIGN = "foreign", _("境外人员证件")
        UNITS = "units", _("单位订单")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="posts"
    )
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="posts")
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices)
    from_date = models.DateField(_("任职起"))
    until_date = models.DateField(_("任职止"), null=True, blank=True)
    appointed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    # What ``held_by`` says of it: who was never anything else has captured nothing.
    has_only_verified = False

    # Of a verifier: since then no new case is handed out, and who asked for that.
    paused_at = models.DateTimeField(null=True, editable=False)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    knows_foreign = models.BooleanField(default=True, db_default=True, editable=False)
    knows_units = models.BooleanField(default=True, db_default=True, editable=False)

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("from_date") - 1),
                name="a_post_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["user", "channel", "role"],
                condition=Q(until_date__isnull=True),
                name="one_open_post_per_user_role_and_channel",
            ),
        )
        indexes = (
            models.Index(fields=["role", "channel"], name="post_by_role"),
            models.Index(
                fields=["until_date"],
                condition=Q(until_date__isnull=False),
                name="post_by_end",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.channel}"

    @property
    def last_date(self) -> date | None:
        """The end to show: a post that was ended on its first day has none before it."""
        return self.until_date and max(self.until_date, self.from_date)

    @property
    def lacks(self) -> tuple[str, ...]:
        """The skills that its holder does not have."""
        known = {self.Skill.FOREIGN: self.knows_foreign, self.Skill.UNITS: self.knows_units}
        return tuple(skill.value for skill in self.Skill if not known[skill])

    def knows(self, skills: Collection[str]) -> bool:
        """Whether its holder has all of these."""
        return not set(self.lacks) & set(skills)
