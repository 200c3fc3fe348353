"""拍照一次合格率: of the pictures taken first, how many needed no second one."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Exists, F, FloatField, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from outlets.models import Channel
from registration import quality
from registration.models.photo import Photo
from registration.services.question import Question

MOST_ROWS = 10
BY_OUTLET = "application__outlet__channel__name"
BY_CLERK = "taken_by__name"
BY_CAMERA = "camera"
BY_PLACE = "application__channel_path"


@dataclass(frozen=True)
class Yield:
    """``good`` of ``first``: made ready without a hint, and not taken again on the spot."""

    name: str
    first: int
    good: int

    @property
    def rate(self) -> float | None:
        return self.good / self.first if self.first else None


def yields(question: Question, by: str) -> list[Yield]:
    """The worst first; one query however many pictures there are. ``by``: one of BY_..."""
    rows = (
        _first_shots(question)
        .order_by()
        .values(name=F(by))
        .annotate(first=Count("pk"), good=Count("pk", filter=Q(is_good=True)))
        .annotate(share=Cast("good", FloatField()) / Cast("first", FloatField()))
        .order_by("share", "-first", "name")
    )
    return [Yield(row["name"], row["first"], row["good"]) for row in rows[:MOST_ROWS]]


class Shots:
    """The same of every node and every clerk below one, for a table with a row for each; one
    query."""

    def __init__(self, question: Question) -> None:
        self._first: Counter[str | int] = Counter()
        self._good: Counter[str | int] = Counter()
        rows = _first_shots(question).order_by().values(BY_PLACE, "taken_by")
        counted = rows.annotate(first=Count("pk"), good=Count("pk", filter=Q(is_good=True)))
        for row in counted:
            keys: tuple[str | int, ...] = (*_and_above(row[BY_PLACE]), row["taken_by"])
            for key in keys:
                self._first[key] += row["first"]
                self._good[key] += row["good"]

    def of(self, name: str, key: str | int) -> Yield:
        """``key``: a channel's path, or a clerk's id."""
        return Yield(name, self._first[key], self._good[key])


def _and_above(path: str) -> Iterator[str]:
    step = Channel.steplen
    return (path[:end] for end in range(step, len(path) + 1, step))


def _first_shots(question: Question) -> QuerySet[Photo]:
    # The next of its kind came at the moment that it was replaced.
    again = Photo.objects.filter(
        application=OuterRef("application"),
        kind=OuterRef("kind"),
        attempt=2,
        taken_at=OuterRef("replaced_at"),
    )
    is_good = Q(status=Photo.Status.READY, hint="") & ~Exists(again)
    period = question.period
    return (
        Photo.objects.filter(attempt=1, taken_at__gte=period.since, taken_at__lt=period.until)
        .filter(application__channel_path__startswith=question.channel.path)
        .filter(question.at_outlets("application__outlet__"))
        .exclude(status=Photo.Status.RECEIVED)
        .exclude(kind__in=quality.UNJUDGED)
        .annotate(is_good=is_good)
    )
