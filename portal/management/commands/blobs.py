from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal import blobs
from portal.services import audit, orphans


class Command(BaseCommand):
    help = (
        "sweep: list the files of evidence that no row names; with --delete they go. "
        "renew: encrypt every file that lies under an old data key under the current one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["sweep", "renew"])
        parser.add_argument("--delete", action="store_true", help="sweep: delete what was found")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, options["action"])(**options)
        except blobs.BlobUnavailable as away:
            raise CommandError(f"{away}", returncode=1) from away

    def sweep(self, *, delete: bool, **_: Any) -> None:
        now, count = timezone.now(), 0
        for name in orphans.find(now):
            self.stdout.write(name)
            if delete:
                blobs.delete(name)
            count += 1
        if delete and count:
            audit.record("blobs.swept", by=None, now=now, count=count)
        done = "deleted" if delete else "found; nothing was deleted"
        self.stdout.write(f"{count} files without a row {done}")

    def renew(self, **_: Any) -> None:
        changed = 0
        for name, _at in blobs.walk():
            if not blobs.NAME.fullmatch(name):
                continue
            try:
                changed += blobs.renew(name)
            except blobs.BlobMissing:
                continue  # deleted meanwhile
        self.stdout.write(f"{changed} files encrypted anew")
