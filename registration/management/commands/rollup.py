from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from registration.models import RolledDay
from registration.services import rollup


class Command(BaseCommand):
    help = "The counts that reports are made from: add all up anew, or prove them by the rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["rebuild", "prove"])
        parser.add_argument("--day", type=date.fromisoformat, help="only this day: 2026-11-27")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "rebuild":
            self._rebuild(options["day"])
        else:
            self._prove(options["day"])

    def _rebuild(self, day: date | None) -> None:
        """Whoever looks meanwhile gets the same figures, from the rows."""
        now = timezone.now()
        if day is None:
            rollup.forget()
        days = rollup.missing(now=now) if day is None else [day]
        for one in days:
            rollup.fold_day(one, now=now)
        self.stdout.write(f"{len(days)} days added up")

    def _prove(self, day: date | None) -> None:
        now = timezone.now()
        # Of today more comes in between two counts.
        before = RolledDay.objects.filter(day__lt=timezone.localdate(now))
        rolled = RolledDay.objects.filter(day=day) if day else before
        days = list(rolled.order_by("day").values_list("day", flat=True))
        wrong = {one: rollup.prove(one, now=now) for one in days}
        for one, count in wrong.items():
            if count:
                self.stdout.write(f"{one}  {count} counts differed from the rows, put right")
        if any(wrong.values()):
            raise CommandError("the roll-ups were NOT right", returncode=1)
        self.stdout.write(f"{len(days)} days proved")
