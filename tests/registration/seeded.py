"""A seeded PostgreSQL for the tests of one file: committed, and emptied at its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from registration.seeding import fill
from registration.seeding.fill import Amount

# Pages ask the clock: what is seeded ends today.
NOW = timezone.now()


def no_word(text: str) -> None:
    """Nobody watches."""


@contextmanager
def seeded(blocker: Any, applications: int, outlets: int) -> Iterator[None]:
    """``blocker``: pytest-django's ``django_db_blocker``, of a database that is set up."""
    with blocker.unblock():
        fill.fill(Amount(applications, outlets), now=NOW, tell=no_word)
    try:
        yield
    finally:
        with blocker.unblock():
            call_command("flush", verbosity=0, interactive=False)
