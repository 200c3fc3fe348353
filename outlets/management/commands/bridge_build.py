from typing import Any

from django.core.management.base import BaseCommand

from outlets.services import program


class Command(BaseCommand):
    help = "把读卡程序做成一个文件供下载 · make the reader program that the portal offers"

    def handle(self, **options: Any) -> None:
        """Does nothing while the file is newer than its sources."""
        if program.build():
            offered = program.offered()
            self.stdout.write(f"{offered.path}\nSHA-256 {offered.sha256}")
