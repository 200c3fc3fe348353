import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal import blobs
from portal.services import seal
from registration.models import Application
from registration.services import evidence

# 20261122-000123 as on the slip, or the row's id alone.
REFERENCE = re.compile(r"(?:\d{8}-)?0*(\d{1,18})")


class Command(BaseCommand):
    help = "Verify the evidence of an application: pictures, reads and the audit agree."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify"])
        parser.add_argument("application", help="its number as on the slip: 20261122-000123")

    def handle(self, *args: Any, **options: Any) -> None:
        application = self._find(options["application"])
        broken = 0
        try:
            for item in evidence.verify(application):
                self.stdout.write(f"{item.state:<12}{item.what}")
                broken += item.state in evidence.BROKEN
        except blobs.BlobUnavailable as away:
            raise CommandError(f"not verified: {away}", returncode=1) from away
        if fault := seal.verify():
            raise CommandError(f"audit is NOT intact, first fault: {fault}", returncode=1)
        if broken:
            raise CommandError(f"evidence is NOT intact: {broken}", returncode=1)
        self.stdout.write("evidence intact, audit intact")

    def _find(self, text: str) -> Application:
        found = REFERENCE.fullmatch(text)
        rows = Application.objects.filter(pk=found[1]) if found else Application.objects.none()
        row: Application | None = rows.first()
        if row is None or text not in (row.reference, str(row.pk)):
            raise CommandError(f"no application {text}")
        return row
