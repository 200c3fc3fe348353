"""What a case asks of its verifier, who has it, and for what there is nobody.

Everybody has every skill until a supervisor says otherwise, so that a single shop sets up nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from outlets.models import Channel, Post
from outlets.models.staff import PostQuerySet
from outlets.services import right
from portal.models import User
from portal.services import audit
from registration.models.application import Application, Party
from registration.models.review import Review
from registration.rules.document import FOREIGN

Skill = Post.Skill


@dataclass(frozen=True)
class Gap:
    """Skills that nobody has who gets cases, and which waiting cases that concerns."""

    needs: tuple[str, ...]
    cases: Q

    @property
    def key(self) -> str:
        return "without_" + "_".join(self.needs)


def needs(application: Application) -> tuple[str, ...]:
    """What has to be known to judge this round as it is now."""
    holder = application.holder
    found = {
        Skill.FOREIGN: _has_foreign(application),
        # A number that came later is judged beside its order.
        Skill.UNITS: holder.is_order or holder.is_numbered,
    }
    return tuple(skill.value for skill in Skill if found[skill])


def needed(application: Application) -> dict[str, bool]:
    """The same as columns of a review."""
    known = needs(application)
    return {f"needs_{skill.value}": skill.value in known for skill in Skill}


def renew(application: Application) -> None:
    """Something has joined what waits for its verifier."""
    waiting = Review.objects.waiting().filter(application=application)
    if waiting.exists():
        waiting.update(**needed(application))


def _has_foreign(application: Application) -> bool:
    """Whether anybody on its page has such a document."""
    seen = Q(application=application)
    if application.holder.is_order:
        seen |= Q(application__in=application.numbers.live())
    return Party.objects.filter(seen, identity__card_type__in=FOREIGN).exists()


@transaction.atomic
def put(post: Post, skill: str, *, knows: bool, by: User, now: datetime) -> bool:
    """Grant a skill or take it; what is in hand is finished. False: it was so already. Raises
    NotYours."""
    right.check(by, post.channel, now=now)
    rows = Post.objects.filter(pk=post.pk, role=Post.Role.VERIFIER)
    if not rows.filter(**{f"knows_{skill}": not knows}).update(**{f"knows_{skill}": knows}):
        return False
    if not knows:
        # What would come to them first is anybody's now.
        kept = Review.objects.waiting().coming_to(post.user).filter(**{f"needs_{skill}": True})
        kept.update(kept_for=None, kept_until=None, reserved_at=None)
    action = "post.skill_granted" if knows else "post.skill_taken"
    audit.record(action, subject=post, by=by, now=now, skill=skill)
    return True


def takers(today: date) -> PostQuerySet:
    """Verifiers who get cases."""
    held = Post.objects.held(today).filter(role=Post.Role.VERIFIER, paused_at__isnull=True)
    posts: PostQuerySet = held
    return posts


def gaps(by: User, *, now: datetime) -> list[Gap]:
    """Where in this part of the tree nobody gets what needs this; one query, none of the cases."""
    here = by.post.channel.path if by.post else ""
    above = [here[:end] for end in range(Channel.steplen, len(here), Channel.steplen)]
    near = Q(channel__path__in=above) | Q(channel__path__startswith=here)
    columns = ("channel__path", *(f"knows_{skill.value}" for skill in Skill))
    rows = takers(timezone.localdate(now)).filter(near).order_by().values(*columns).distinct()
    posts = list(rows)
    found = []
    for wanted in _combinations():
        knowing = [row for row in posts if all(row[f"knows_{skill}"] for skill in wanted)]
        paths = _highest({row["channel__path"] for row in knowing})
        # Mostly somebody at the top knows everything, and no case is asked.
        if not any(here.startswith(path) for path in paths):
            found.append(Gap(wanted, _beyond(wanted, paths)))
    return found


def _combinations() -> Iterator[tuple[str, ...]]:
    for many in range(1, len(Skill) + 1):
        yield from combinations(Skill.values, many)


def _highest(paths: set[str]) -> list[str]:
    """Without those that lie below others of them."""
    kept: list[str] = []
    for path in sorted(paths):
        if not kept or not path.startswith(kept[-1]):
            kept.append(path)
    return kept


def _beyond(wanted: tuple[str, ...], paths: list[str]) -> Q:
    """What needs exactly this, and lies below none of the paths."""
    exactly = {f"needs_{skill.value}": skill.value in wanted for skill in Skill}
    found = Q(**exactly)
    for path in paths:
        found &= ~Q(channel_path__startswith=path)
    return found
