from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import models

from portal import crypto
from portal.fields import token_of
from registration.models import Identity
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def _tokens() -> list[bytes]:
    rows = models.QuerySet(Identity).annotate(token=token_of("block"))
    return [bytes(token) for token in rows.values_list("token", flat=True)]


@pytest.fixture
def own_keyring(tmp_path: Path, settings: Any) -> None:
    settings.KEYRING_FILE = tmp_path / "keyring.json"
    crypto.create(settings.KEYRING_FILE, crypto.master_key(settings.MASTER_KEY))


@pytest.mark.usefixtures("own_keyring")
def test_rotation_encrypts_every_row_anew_and_loses_nothing(cast: Cast) -> None:
    identity = cast.read(cast.draft()).identity
    name = identity.card.name

    call_command("keys", "rotate", verbosity=0)

    assert not any(crypto.stale(token) for token in _tokens())
    again = Identity.objects.get(pk=identity.pk)
    assert again.card.name == name
    assert again.is_as_read


@pytest.mark.usefixtures("own_keyring")
def test_a_new_master_key_opens_the_same_data(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    identity = cast.read(cast.draft()).identity
    new = crypto.new_master_key()
    monkeypatch.setenv("SHIMING_NEW_MASTER_KEY", new)

    call_command("keys", "rewrap")

    settings.MASTER_KEY = new
    assert Identity.objects.get(pk=identity.pk).is_as_read
