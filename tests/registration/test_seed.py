"""``manage.py seed``: the same rows every time, all or nothing, and only where it may."""

import hashlib
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction

from outlets.models import Channel, Outlet
from portal.fields import EncryptedField
from portal.models import AuditEntry, User
from registration.models import Application
from registration.seeding import fill, tables
from registration.seeding.fill import TABLES, Amount
from tests.cast import Cast
from tests.registration.seeded import NOW, no_word

# What is different every time, besides the nonces of ciphers: it is salted.
SECRET = {"password"}


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_same_seed_gives_the_same_rows_and_another_one_others() -> None:
    first = _digests(Amount(60, 20))
    again = _digests(Amount(60, 20))
    other = _digests(Amount(60, 20, seed=2))

    assert first == again
    assert first[Application] != other[Application]


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_database_with_outlets_is_filled_only_on_demand(cast: Cast) -> None:
    with pytest.raises(CommandError, match="--add"):
        call_command("seed", applications=10, outlets=5, stdout=StringIO())
    assert Outlet.objects.count() == 4

    call_command("seed", applications=10, outlets=5, add=True, stdout=StringIO())

    assert Outlet.objects.count() == 9
    assert Channel.objects.find_problems() == ([], [], [], [], [])


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_public_site_is_never_filled(settings: Any) -> None:
    settings.SECURE = True

    with pytest.raises(CommandError, match="public site"):
        call_command("seed", applications=10, outlets=5, stdout=StringIO())

    assert not Outlet.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_fill_that_breaks_leaves_everything_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [model._meta.db_table for model in TABLES]
    before = tables._ask(tables.INDEXES, names)
    monkeypatch.setattr("registration.seeding.country.enrol", _broken)

    with pytest.raises(RuntimeError):
        fill.fill(Amount(10, 5), now=NOW, tell=no_word)

    assert tables._ask(tables.INDEXES, names) == before
    assert not User.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_command_tells_how_far_it_is_and_writes_down_that_it_ran() -> None:
    out = StringIO()

    call_command("seed", applications=10, outlets=5, stdout=out)

    assert "constraint 1/" in out.getvalue()
    assert "s-clerk" in out.getvalue()
    assert AuditEntry.objects.get().detail == {"applications": 10, "outlets": 5}


@pytest.mark.django_db
def test_on_sqlite_the_seeder_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "vendor", "sqlite")

    with pytest.raises(CommandError, match=r"SHIMING_DATABASE.*manage\.py demo"):
        call_command("seed", applications=10, outlets=5, stdout=StringIO())

    assert not Outlet.objects.exists()


def _digests(amount: Amount) -> dict[type[models.Model], str]:
    """Of every table as it is after a fill, which is taken back."""
    with transaction.atomic():
        fill.fill(amount, now=NOW, tell=no_word)
        found = {model: _digest(model) for model in TABLES}
        transaction.set_rollback(True)
    return found


def _digest(model: type[models.Model]) -> str:
    names = [
        field.attname
        for field in model._meta.concrete_fields
        if not isinstance(field, EncryptedField) and field.attname not in SECRET
    ]
    rows = list(model._base_manager.order_by("pk").values_list(*names))
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _broken(*args: object, **kwargs: object) -> None:
    raise RuntimeError("the machine went down")
