from importlib.metadata import PackageNotFoundError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outlets.bridge.build import NotPure
from outlets.services import program


class Command(BaseCommand):
    help = "把读卡程序做成一个文件供下载 · make the reader program that the portal offers"

    def handle(self, **options: Any) -> None:
        """Does nothing while the file is newer than its sources."""
        try:
            made = program.build()
        except (NotPure, PackageNotFoundError) as error:
            raise CommandError(
                f"读卡程序的文件没有做成 · the reader program could not be made: {error}"
            ) from None
        if made:
            offered = program.offered()
            self.stdout.write(f"{offered.path}\nSHA-256 {offered.sha256}")
