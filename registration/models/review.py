from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outlets.models import Outlet, Placed, Post, ScopedQuerySet, path_index
from portal.models import User
from portal.states import Moving
from registration.models.application import Application


class ReviewQuerySet(ScopedQuerySet):
    def open_to(self, verifier: User) -> "ReviewQuerySet":
        """Rows that this verifier may judge: in scope, and not their own work.

        Never what they captured or stood by at, nor anything of an outlet where they are or ever
        were a clerk, nor what they have judged already.
        """
        rows = self.visible_to(verifier).exclude(captured_by=verifier)
        rows = rows.exclude(seen_by=verifier).exclude(seen_by_too=verifier)
        if verifier.post and verifier.post.has_only_verified:
            return rows
        posts = Post.objects.filter(user=verifier, role=Post.Role.CLERK)
        outlets = Outlet.objects.filter(channel__in=posts.values("channel"))
        witnessed = Application.objects.filter(assisted_by=verifier)
        return rows.exclude(outlet__in=outlets).exclude(application__in=witnessed)

    def fit_for(self, verifier: User) -> "ReviewQuerySet":
        """Without what needs a skill that this verifier lacks; of one who has them all the rows,
        and their SQL, stay as they are. Not of what is in hand: that is finished."""
        lacks = verifier.post.lacks if verifier.post else ()
        return self.filter(**{f"needs_{skill}": False for skill in lacks}) if lacks else self

    def waiting(self) -> "ReviewQuerySet":
        return self.filter(status=Review.Status.OPEN)

    def standing(self) -> "ReviewQuerySet":
        """One row a round: the one from which followed what became of the case."""
        return self.filter(stands=True)

    def with_effect(self) -> "ReviewQuerySet":
        """Somebody waits for these; what is looked at afterwards can wait."""
        return self.filter(Q(stands=True) | Q(cause=Review.Cause.FOUR_EYES))

    def free(self, now: datetime) -> "ReviewQuerySet":
        """Open rows that nobody holds; a lease that ran out is free again."""
        return self.waiting().filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))

    def for_all(self, now: datetime) -> "ReviewQuerySet":
        """Without what is still kept for the verifier who sent it back."""
        return self.filter(Q(kept_until__isnull=True) | Q(kept_until__lte=now))

    def offered_to(self, verifier: User, now: datetime) -> "ReviewQuerySet":
        return self.for_all(now) | self.kept_for(verifier)

    def kept_for(self, verifier: User) -> "ReviewQuerySet":
        return self.filter(kept_for=verifier)

    def coming_to(self, verifier: User) -> "ReviewQuerySet":
        """What goes before all else: their own work that comes back, or was given to them. A gold
        case waits for its turn as any other."""
        return self.kept_for(verifier).exclude(kind=Review.Kind.GOLD)

    def in_turn_for(self, verifier: User, now: datetime) -> "ReviewQuerySet":
        return self.filter(
            Q(kept_until__isnull=True)
            | Q(kept_until__lte=now)
            | Q(kind=Review.Kind.GOLD, kept_for=verifier)
        )

    def reserved_by(self, verifier: User, now: datetime) -> "ReviewQuerySet":
        """What comes next for this verifier, kept for a minute while its pictures are fetched."""
        rows = self.waiting().kept_for(verifier)
        return rows.filter(reserved_at__isnull=False, kept_until__gt=now)

    def held_by(self, verifier: User, now: datetime) -> "ReviewQuerySet":
        return self.waiting().filter(claimed_by=verifier, lease_until__gt=now)

    def not_put_back_by(self, verifier: User) -> "ReviewQuerySet":
        """Without the cases whose last holder was this verifier and released them."""
        return self.exclude(claimed_by=verifier, lease_until__isnull=True)

    def in_order(self) -> "ReviewQuerySet":
        return self.order_by("-priority", "due_at", "queued_at", "pk")


class Review(Placed, Moving):
    """A row of the queue: one look at one round of one application, waiting for one decision.

    ``claim_no`` is the fencing token: it rises with every claim, a decision names it, and a late
    one is refused.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("待审核")
        DECIDED = "decided", _("已审核")
        LAPSED = "lapsed", _("未复核")

    class Kind(models.TextChoices):
        FIRST = "first", _("首审")
        SECOND = "second", _("复核")
        THIRD = "third", _("第三人复核")
        GOLD = "gold", _("标准单")

    class Cause(models.TextChoices):
        """Why somebody looks again. What four eyes must see takes effect only afterwards."""

        FOUR_EYES = "four_eyes", _("双人审核")
        RISK = "risk", _("有风险提示")
        TIER = "tier", _("按网点类型抽查")
        CLERK = "clerk", _("新营业员")
        OUTLET = "outlet", _("网点一次通过率低")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        Status.OPEN: (Status.DECIDED, Status.LAPSED),
        Status.DECIDED: (Status.OPEN,),  # taken back within a few seconds
        Status.LAPSED: (),
    }

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="reviews")
    round = models.PositiveSmallIntegerField()
    kind = models.CharField(
        max_length=10, choices=Kind.choices, default=Kind.FIRST, db_default=Kind.FIRST
    )
    # What became of the case followed from this row. Of a round exactly one stands: the first
    # look, or the third where four eyes saw something else.
    stands = models.BooleanField(default=True, db_default=True)
    cause = models.CharField(
        max_length=10, choices=Cause.choices, blank=True, default="", db_default=""
    )
    # Who judged this round before. Plain columns, because every claim asks; no index finds by them.
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    seen_by_too = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    # A look that nobody waits for is not worth it for ever.
    expires_at = models.DateTimeField(null=True)
    # Of a gold case: what is right.
    known_verdict = models.CharField(max_length=10, blank=True, default="", db_default="")
    known_reason = models.CharField(max_length=20, blank=True, default="", db_default="")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    # What its verifier has to know (Post.Skill).
    needs_foreign = models.BooleanField(default=False, db_default=False)
    needs_units = models.BooleanField(default=False, db_default=False)
    priority = models.SmallIntegerField(default=0)
    # By when it is to be decided, in the desk's working time (ST-06).
    due_at = models.DateTimeField()
    # What was sent back and comes again is first its verifier's.
    kept_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    kept_until = models.DateTimeField(null=True)
    # Kept for a minute only, for who is about to be ready for it (services.ahead).
    reserved_at = models.DateTimeField(null=True)
    # When the clerk handed this round in; the queue opens once the online check has answered.
    submitted_at = models.DateTimeField()
    queued_at = models.DateTimeField()
    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="+")
    captured_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    claim_no = models.PositiveIntegerField(default=0)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["application", "round"],
                condition=Q(stands=True),
                name="one_review_per_round",
            ),
            models.UniqueConstraint(
                fields=["application", "round", "kind"],
                condition=~Q(kind="gold"),
                name="one_look_of_each_kind",
            ),
            models.UniqueConstraint(
                fields=["application", "kept_for"],
                condition=Q(kind="gold"),
                name="one_gold_case_per_verifier",
            ),
            models.CheckConstraint(
                condition=Q(kind="gold", kept_for__isnull=False, stands=False)
                & ~Q(known_verdict="")
                | ~Q(kind="gold") & Q(known_verdict=""),
                name="a_gold_case_has_its_answer",
            ),
            models.UniqueConstraint(
                fields=["kept_for"],
                condition=Q(reserved_at__isnull=False, status="open"),
                name="one_case_reserved_per_verifier",
            ),
        )
        indexes = (
            # Needs at its end: what somebody cannot take is passed over in the index, however much
            # of it lies at the head of the queue.
            models.Index(
                fields=["-priority", "due_at", "queued_at", "id", "needs_units", "needs_foreign"],
                condition=Q(status="open"),
                name="review_turn",
            ),
            # A verifier's past cases grow for ever; the one in hand is found without them. With its
            # lease: by statistics who has just decided much seems to hold much, and a look through
            # the whole table seems to find it at once.
            models.Index(
                fields=["claimed_by", "lease_until"],
                condition=Q(status="open"),
                name="review_in_hand",
            ),
            # In order: of a plan that does not know the verifier, the queue's own index would seem
            # to come upon one of their cases soon enough.
            models.Index(
                fields=["kept_for", "-priority", "due_at", "queued_at", "id"],
                condition=Q(status="open", kept_for__isnull=False),
                name="review_kept",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(status="open", expires_at__isnull=False),
                name="review_expires",
            ),
            # Looks again are few, and stand anywhere in the queue (services.looks).
            models.Index(
                fields=["expires_at"],
                condition=Q(status="open", kind__in=("second", "third")),
                name="review_looks",
            ),
            path_index("review_by_path", "queued_at"),
        )

    def __str__(self) -> str:
        return f"review {self.pk} round {self.round}"

    @property
    def has_effect(self) -> bool:
        """Whether what becomes of the case may follow from it."""
        return self.stands or self.cause == self.Cause.FOUR_EYES

    @property
    def needs(self) -> tuple[str, ...]:
        """The skills that its verifier has to have."""
        needed = {Post.Skill.FOREIGN: self.needs_foreign, Post.Skill.UNITS: self.needs_units}
        return tuple(skill.value for skill in Post.Skill if needed[skill])
