"""Does the set-up of docs/deploy.md work, here and now, with real servers?"""

from typing import Any

from django.core.management import BaseCommand, CommandError

from registration.bench import prodcheck, server
from registration.bench.browser import GaveUp, Refused
from registration.bench.ground import NotReady, ground
from registration.management.commands.gameday import MISSING

ORIGIN = "https://shiming.example"


class Command(BaseCommand):
    help = "照部署文档装一套真的，走一遍业务 · boots the documented set-up and works in it"
    # It boots a set-up of its own; the product's need not exist.
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        try:
            with ground(self.say, origin=ORIGIN) as place:
                prodcheck.run(place, self.say)
        except server.NotInstalled:
            raise CommandError(MISSING) from None
        except (NotReady, Refused, GaveUp, prodcheck.Wrong) as found:
            raise CommandError(f"不对 · wrong: {type(found).__name__}: {found}") from None

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
