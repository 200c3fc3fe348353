"""The demo organisation with two weeks of work, for an empty database."""

import argparse
import time
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from outlets import demo as organisation
from outlets.models import Outlet
from outlets.services import reader
from portal.models import User
from registration.demo import load, travel
from registration.models import Application


class Command(BaseCommand):
    help = "空数据库装入演示机构和两周的业务 · load the demo organisation into an empty database"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--accounts", action="store_true", help="只列出演示账号 · only list the demo accounts"
        )
        parser.add_argument(
            "--enrolment-code",
            action="store_true",
            help="只发一个演示柜台的登记码 · only issue a code for the demo counter's program",
        )
        parser.add_argument("--cases", type=int, default=load.CASES, help=argparse.SUPPRESS)
        parser.add_argument(
            "--carrier-state",
            type=Path,
            default=settings.VAR / "carrier.sqlite3",
            help="演示运营商的数据文件 · where the demo carrier keeps its numbers",
        )

    def handle(self, **options: Any) -> None:
        if options["accounts"]:
            self._list_accounts()
        elif options["enrolment_code"]:
            self._issue_code()
        else:
            self._load(options["cases"], options["carrier_state"])

    def _load(self, cases: int, carrier_state: Path) -> None:
        if settings.SECURE:
            raise CommandError(
                "演示账号的密码人人知道，不能装入对外的站点（SHIMING_ORIGIN 是 https）。\n"
                "Everybody knows the password of the demo accounts: not for a public site."
            )
        began = time.monotonic()
        try:
            load.load(now=timezone.now(), carrier_state=carrier_state, cases=cases)
        except load.NotEmpty:
            self.stdout.write("数据库里已有数据，没有装入演示。 · The database is not empty.")
            return
        self.stdout.write(
            f"演示机构已装入：{Outlet.objects.count()} 个网点，"
            f"{Application.objects.count()} 张受理单（{time.monotonic() - began:.0f} 秒）"
            " · the demo organisation is loaded"
        )
        folder = settings.VAR / "demo-specimens"
        travel.lay_out(folder)
        self.stdout.write(
            f"样本护照和通行证的图片（在自有营业厅用“没有芯片的证件”上传）：{folder}"
            " · specimen passports and permits to upload at the own hall"
        )

    def _list_accounts(self) -> None:
        if not organisation.is_loaded():
            return
        self.stdout.write(
            f"演示账号（密码都是 {organisation.PASSWORD}）· demo accounts, one password for all:"
        )
        places = {shop.code: shop.name for shop in organisation.SHOPS}
        places |= {code: name for _, _, code, name in organisation.NODES}
        for account in organisation.ACCOUNTS:
            words = (account.username, account.name, account.role.label, places[account.at])
            self.stdout.write("  " + "".join(_padded(str(word), 20) for word in words).rstrip())

    def _issue_code(self) -> None:
        outlet = Outlet.objects.filter(channel__code=organisation.COUNTER).first()
        if outlet is None:
            raise CommandError(
                "数据库里没有演示网点，请加 --no-demo 启动。\n"
                "There is no demo outlet in this database: start with --no-demo."
            )
        manager = User.objects.filter(username="manager").first()
        code = reader.issue_code(outlet, by=manager, now=timezone.now())
        self.stdout.write(code)


def _padded(word: str, width: int) -> str:
    """Chinese characters take two columns of a terminal."""
    taken = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in word)
    return word + " " * max(1, width - taken)
