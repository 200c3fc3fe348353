from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registration.management import rules_page


class Command(BaseCommand):
    help = "规则说明 docs/rules.md：由代码生成 · the page on the rules, made of the code"
    # It reads code only; no database need exist.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="write the file; else print it")

    def handle(self, *args: Any, write: bool, **options: Any) -> None:
        if write:
            rules_page.PAGE.write_text(rules_page.text(), "utf-8")
        else:
            self.stdout.write(rules_page.text(), ending="")
