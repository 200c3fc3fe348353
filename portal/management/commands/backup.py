from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.services import backup


class Command(BaseCommand):
    help = (
        "make: copy database, pictures and keyring into a folder. check: is it whole? "
        "restore: bring it back into an empty database. The master key is never in it."
    )
    # A restore begins without tables.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["make", "check", "restore"])
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        try:
            if options["action"] == "make":
                told = backup.make(folder, now=timezone.now())
            else:
                told = getattr(backup, options["action"])(folder)
        except backup.Unfit as reason:
            raise CommandError(str(reason)) from None
        count = told["pictures"]
        pictures = "a bucket's, not here" if count is None else f"{count}"
        self.stdout.write(f"{told['engine']} of {told['made_at']}, pictures: {pictures}")
