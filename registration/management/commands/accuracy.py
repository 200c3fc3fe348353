"""The tables of docs/pictures.md, measured: how well damaged pictures are read and judged."""

import argparse
from typing import Any

from django.core.management import BaseCommand
from django.utils import timezone

from registration.bench import accuracy, figures, screens

PEOPLE = 20


class Command(BaseCommand):
    help = "识别准确率：样本照片在五种损坏程度下的读取结果 · how well damaged pictures are read"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--people", type=int, default=PEOPLE, help="cards and letters for each strength"
        )

    def handle(self, **options: Any) -> None:
        self.stdout.write(accuracy.tables(options["people"]))
        self.stdout.write(f"\n{screens.table()}")
        self.stdout.write(f"\n{timezone.localdate()}, {figures.machine()}")
