"""Counts that were added up before anybody asks: of each outlet's day, and of each node's.

What a report needs can be had from the rows alone; these spare it reading them. They are made by
``services.rollup`` and by nobody else.
"""

from collections.abc import Collection
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from outlets.models import Channel, Outlet, Placed, path_index


class Counts(models.Model):
    """What was done; the names are those of ``services.tally``.

    ``detail`` holds how often each reason was given (``returns``, ``refusals``) and how many
    decisions took how long (``took``, by the number of the bucket; see ``services.tally``).
    """

    NUMBERS: ClassVar[tuple[str, ...]] = (
        "submitted",
        "flagged",
        "refused_reads",
        "decided",
        "first_decided",
        "first_approved",
        "opened",
        "real_name",
    )
    DETAILS: ClassVar[tuple[str, ...]] = ("returns", "refusals", "took")

    submitted = models.IntegerField(default=0)
    flagged = models.IntegerField(default=0)
    refused_reads = models.IntegerField(default=0)
    decided = models.IntegerField(default=0)
    first_decided = models.IntegerField(default=0)
    first_approved = models.IntegerField(default=0)
    opened = models.IntegerField(default=0)
    real_name = models.IntegerField(default=0)
    detail = models.JSONField(default=dict)

    class Meta:
        abstract = True

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(getattr(self, name) for name in self.NUMBERS)

    def add(self, other: "Counts", sign: int = 1) -> None:
        """Take another's in, or with ``sign`` -1 out."""
        for name in self.NUMBERS:
            setattr(self, name, getattr(self, name) + sign * getattr(other, name))
        for name, theirs in other.detail.items():
            ours = self.detail.setdefault(name, {})
            for key, count in theirs.items():
                ours[key] = ours.get(key, 0) + sign * count
                if not ours[key]:
                    del ours[key]
            if not ours:
                del self.detail[name]

    def agrees(self, other: "Counts") -> bool:
        return self.numbers == other.numbers and self.detail == other.detail


class DayCount(Placed, Counts):
    """What one clerk did at one outlet on one day in Shanghai; numbers that were opened are told
    of nobody."""

    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="+")
    clerk = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    day = models.DateField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["day", "outlet", "clerk"], name="a_clerk_s_day_is_counted_once"
            ),
            models.UniqueConstraint(
                fields=["day", "outlet"],
                condition=Q(clerk__isnull=True),
                name="nobody_s_day_is_counted_once",
            ),
        )
        indexes = (path_index("day_count_by_path", "day"),)

    def __str__(self) -> str:
        return f"outlet {self.outlet_id} on {self.day}"


class NodeCount(Placed, Counts):
    """What was done at and below the node with this path, in a day or in a month; ``day`` is the
    first of it."""

    class Span(models.TextChoices):
        DAY = "day"
        MONTH = "month"

    span = models.CharField(max_length=5, choices=Span.choices)
    day = models.DateField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["channel_path", "span", "day"],
                opclasses=["varchar_pattern_ops", "", ""],
                name="a_node_s_span_is_counted_once",
            ),
        )
        indexes = (models.Index(fields=["span", "day"], name="node_count_by_day"),)

    def __str__(self) -> str:
        return f"{self.channel_path} {self.span} {self.day}"

    @classmethod
    def put(cls, rows: Collection[Self]) -> None:
        """Store these, over those that are there already."""
        for row in rows:
            row.pk = None  # the constraint finds it
        cls._base_manager.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["channel_path", "span", "day"],
            update_fields=[*cls.NUMBERS, "detail"],
        )

    @classmethod
    def restamp(cls, old: str, new: str) -> None:
        """What moves takes its counts along: those above the old place lose them, those above the
        new one get them."""
        moved = list(cls._base_manager.filter(channel_path=old))
        super().restamp(old, new)
        before, after = set(above(old)), set(above(new))
        cls._shift(moved, before - after, -1)
        cls._shift(moved, after - before, 1)

    @classmethod
    def _shift(cls, moved: Collection[Self], paths: Collection[str], sign: int) -> None:
        found = {
            (row.channel_path, row.span, row.day): row
            for row in cls._base_manager.filter(channel_path__in=paths)
        }
        for path in paths:
            for row in moved:
                key = path, row.span, row.day
                if key not in found:
                    found[key] = cls(channel_path=path, span=row.span, day=row.day)
                found[key].add(row, sign)
        cls.put(found.values())


class RolledDay(models.Model):
    """A day that is added up. ``wrong``: how many counts the last proof found to differ from the
    rows; they were put right then."""

    day = models.DateField(unique=True)
    folded_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)
    wrong = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.day)


class StaleDay(models.Model):
    """Something that is counted has changed at this outlet since its day was added up.

    Written with the change, in its transaction. There may be many for one day: a row that two
    transactions share would make the second wait for the first.
    """

    outlet = models.ForeignKey(Outlet, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()

    class Meta:
        indexes = (models.Index(fields=["day"], name="stale_day_by_day"),)

    def __str__(self) -> str:
        return f"outlet {self.outlet_id} on {self.day}"


def above(path: str) -> list[str]:
    """The paths of the nodes above this one, the head office's first."""
    return [path[:end] for end in range(Channel.steplen, len(path), Channel.steplen)]
