"""A day on which everything breaks, against the documented set-up on this machine."""

import argparse
from typing import Any

from django.core.management import BaseCommand, CommandError

from registration.bench import books, gameday, server
from registration.bench.faults import EVENTS
from registration.bench.gameday import Day, Load
from registration.bench.ground import NotReady, ground

# A refusal is an answer; this many are enough to see why.
SHOWN = 5
MISSING = (
    "没有 PostgreSQL 或 Valkey：请 pip install -r requirements-dev.txt\n"
    "No PostgreSQL or Valkey: pip install -r requirements-dev.txt"
)


class Command(BaseCommand):
    help = "演练：边办业务边弄坏各部分，核对有没有丢失 · break every part under load, count losses"
    # It boots a set-up of its own; the product's need not exist.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        usual = Load()
        parser.add_argument(
            "--faults",
            nargs="*",
            choices=list(EVENTS),
            default=usual.faults,
            metavar="FAULT",
            help=f"in this order: {', '.join(EVENTS)}",
        )
        for name, what in {
            "seconds": "of work between two faults",
            "clerks": "at counters",
            "verifiers": "at the desk",
            "crowd": "log in at nine o'clock",
            "open": "seconds that their pages stay open",
            "queued": "cases wait at the desk already",
        }.items():
            value = getattr(usual, name)
            parser.add_argument(
                f"--{name}", type=type(value), default=value, help=f"{what} ({value})"
            )

    def handle(self, **options: Any) -> None:
        load = Load(**{name: options[name] for name in Load.__dataclass_fields__})
        try:
            with ground(self.say) as place:
                day = gameday.play(place, load, self.say)
        except server.NotInstalled:
            raise CommandError(MISSING) from None
        except NotReady as part:
            raise CommandError(f"没有启动 · did not start: {part}") from None
        self.report(day)

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def report(self, day: Day) -> None:
        self.say("\n" + books.as_table(day.lines))
        self.say(f"\ntried again after a failure: {day.failures}, refused: {len(day.refused)}")
        for line in [*day.refused[:SHOWN], *day.broken]:
            self.say(f"  {line}")
        for kind in day.undone:
            self.say(f"  {kind}: not one")
        difference = sum(line.difference for line in day.lines)
        self.say(f"difference: {difference}")
        if not day.is_well:
            raise CommandError("有丢失、重复或没有完成的 · something was lost, doubled or not done")
