from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal import env
from portal.services import keys


class Command(BaseCommand):
    help = (
        "init: make the keyring. rotate: add a data key and encrypt every row under it. "
        "rewrap: wrap the keys under SHIMING_NEW_MASTER_KEY (or _FILE)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["init", "rotate", "rewrap"])

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, options["action"])()

    def init(self) -> None:
        keys.ensure()
        self.stdout.write("keyring is there")

    def rotate(self) -> None:
        self.stdout.write(f"new data key: {keys.rotate()}")
        for column, rows in keys.reencrypt():
            self.stdout.write(f"{column}: {rows} rows encrypted anew")

    def rewrap(self) -> None:
        new = env.text("SHIMING_NEW_MASTER_KEY", "")
        if not new:
            raise CommandError("set SHIMING_NEW_MASTER_KEY or SHIMING_NEW_MASTER_KEY_FILE")
        keys.rewrap(new)
        self.stdout.write("keys wrapped; set SHIMING_MASTER_KEY to the new key and restart")
