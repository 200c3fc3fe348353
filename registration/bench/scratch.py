"""A database of its own for one run, and a process that works in it and nowhere else."""

import secrets
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import django
import environ
import psycopg
from django.conf import settings
from django.core.management import call_command

from portal import env


@contextmanager
def database(server: str) -> Iterator[str]:
    """The URL of a new database on ``server`` (a postgres:// URL), dropped at the end."""
    name = f"shiming_bench_{secrets.token_hex(4)}"
    with psycopg.connect(**address(server), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def run(url: str, work: Callable[..., Any], *arguments: Any) -> Any:
    """Call ``work`` in a fresh process whose default database is ``url``, with all its tables.

    ``work`` and what it is given and gives back must be picklable. The caller's own connections
    are not touched, whatever database they lead to.
    """
    fresh = ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), initializer=_enter, initargs=(url,)
    )
    with fresh as pool:
        return pool.submit(work, *arguments).result()


def version(url: str) -> str:
    with psycopg.connect(**address(url)) as connection:
        number = connection.info.server_version
    return f"PostgreSQL {number // 10000}.{number % 10000}"


def address(url: str) -> dict[str, Any]:
    """What psycopg.connect takes."""
    parts = environ.Env.db_url_config(url)
    names = {
        "HOST": "host",
        "PORT": "port",
        "USER": "user",
        "PASSWORD": "password",
        "NAME": "dbname",
    }
    found = {ours: parts[theirs] for theirs, ours in names.items() if parts.get(theirs)}
    return {**found, **parts.get("OPTIONS", {})}


def _enter(url: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C is told by the command, once
    settings.DATABASES["default"] = env.database(url)  # before anything connects
    django.setup()
    call_command("migrate", verbosity=0, skip_checks=True)
