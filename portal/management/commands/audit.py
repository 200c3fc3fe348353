from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.models import AuditEntry, TreeHead
from portal.services import seal


class Command(BaseCommand):
    help = "Verify the audit: name the first row that was changed, removed or slipped in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        fault = seal.verify()
        if fault:
            raise CommandError(f"audit is NOT intact, first fault: {fault}", returncode=1)
        head = TreeHead.objects.order_by("-size").first()
        unsealed = AuditEntry.objects.filter(leaf__isnull=True).count()
        if head:
            # Whoever writes the root down elsewhere can later prove that nothing was cut off.
            self.stdout.write(f"audit intact: {head.size} entries, root {bytes(head.root).hex()}")
        self.stdout.write(f"not sealed yet: {unsealed}")
