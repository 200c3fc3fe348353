from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from outlets.models import Channel, Post
from outlets.services import channel, staff


class Command(BaseCommand):
    help = "Make the head office and its first administrator; prints the first password once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="工号 · what the administrator logs in with")
        parser.add_argument("name", help="姓名 · the administrator's name")
        parser.add_argument("--head", default="总部", help="总部名称 · the head office's name")

    @transaction.atomic
    def handle(self, **options: Any) -> None:
        if Post.objects.exists():
            # From then on people are appointed in the browser, where it is seen who did it.
            raise CommandError("已有任职人员，请在“人员”页面任命 · appoint people in the browser")
        now = timezone.now()
        head = Channel.objects.filter(depth=1).first() or channel.add(
            None, kind=Channel.Kind.HEAD, name=options["head"], code="HQ", by=None, now=now
        )
        _user, password = staff.invite(
            username=options["username"],
            name=options["name"],
            channel=head,
            role=Post.Role.ADMINISTRATOR,
            by=None,
            now=now,
        )
        self.stdout.write(f"{options['username']}: {password}")
