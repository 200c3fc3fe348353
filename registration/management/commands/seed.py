"""Fill PostgreSQL with a made-up country of any size, to judge pages and plans on."""

import argparse
import time
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from outlets.demo import PASSWORD
from portal.services import keys
from registration.seeding import fill
from registration.seeding.fill import Amount


class Command(BaseCommand):
    help = "装入大量虚构的数据（PostgreSQL） · fill the database with a made-up country"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--applications", type=_positive, default=100_000)
        parser.add_argument("--outlets", type=_positive, default=10_000)
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same rows")
        parser.add_argument(
            "--add", action="store_true", help="even where there are outlets already"
        )

    def handle(self, **options: Any) -> None:
        self._check_place()
        # A keyring that several hosts share is never made by accident.
        if settings.KEYRING_FILE.is_relative_to(settings.VAR):
            keys.ensure()
        amount = Amount(options["applications"], options["outlets"], options["seed"])
        self._began = time.monotonic()
        try:
            accounts = fill.fill(amount, now=timezone.now(), tell=self._tell, add=options["add"])
        except fill.NotEmpty:
            raise CommandError(
                "数据库里已有网点，没有装入；确实要加在旁边，请加 --add。\n"
                "There are outlets in this database already; --add puts more beside them."
            ) from None
        self._tell("完成 · done")
        self.stdout.write(
            f"账号（密码都是 {PASSWORD}）· accounts, one password for all: {' '.join(accounts)}"
        )

    def _check_place(self) -> None:
        if settings.SECURE:
            raise CommandError(
                "装入的账号密码人人知道，不能装入对外的站点（SHIMING_ORIGIN 是 https）。\n"
                "Everybody knows the password of the accounts: not for a public site."
            )
        if connection.vendor != "postgresql":
            raise CommandError(
                "只能装入 PostgreSQL：请把 SHIMING_DATABASE 设为 postgres://…；"
                "要少量数据，请用 manage.py demo。\n"
                "PostgreSQL only: set SHIMING_DATABASE to postgres://…; for a little data use "
                "manage.py demo."
            )

    def _tell(self, text: str) -> None:
        self.stdout.write(f"{time.monotonic() - self._began:6.0f} s  {text}")
        self.stdout.flush()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("1, 2, 3, …")
    return number
