"""The figures of a run, as a table for people and as one line of JSON for machines."""

import json
import os
import platform
import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from registration.bench.crew import Shift

TITLES = {
    "what": "what",
    "clients": "clients",
    "rows": "rows",
    "ours_per_s": "ours/s",
    "floor_per_s": "floor/s",
    "ratio": "ratio",
    "p50_ms": "p50 ms",
    "p95_ms": "p95 ms",
    "double": "double",
    "lost": "lost",
    "memory_mb": "MB after sets",
}


@dataclass(frozen=True)
class Run:
    """Several rounds of one bench with so many clients. ``ratio``: our time over the floor's,
    the median of the rounds; the percentiles are of our single pieces of work. ``what`` is
    measured, where one bench measures several things. ``memory_mb``: the most that a client held,
    by the number of pieces it had done."""

    clients: int
    rows: int
    ratio: float
    ours_per_s: float
    floor_per_s: float
    p50_ms: float
    p95_ms: float
    double: int | None = None
    lost: int | None = None
    what: str | None = None
    memory_mb: dict[int, int] | None = None

    @classmethod
    def of(
        cls,
        pairs: list[tuple[Shift, Shift]],
        *,
        clients: int,
        rows: int,
        what: str | None = None,
        **more: Any,
    ) -> "Run":
        """``pairs``: our shift and the floor's, round by round."""
        times = sorted(seconds for ours, _ in pairs for seconds in ours.times)
        return cls(
            clients=clients,
            rows=rows,
            ratio=_round(statistics.median(f.per_second / o.per_second for o, f in pairs)),
            ours_per_s=_round(statistics.median(ours.per_second for ours, _ in pairs)),
            floor_per_s=_round(statistics.median(floor.per_second for _, floor in pairs)),
            p50_ms=_round(1000 * times[len(times) // 2]),
            p95_ms=_round(1000 * times[len(times) * 95 // 100]),
            what=what,
            **more,
        )

    def facts(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}


def as_json(bench: str, runs: list[Run], *, database: str, today: date) -> str:
    """One object. Of several runs it tells the worst, and all of them under ``runs``.

    Of runs of several things it tells the worst of the first: that is what the bench is for.
    """
    worst = max((run for run in runs if run.what == runs[0].what), key=lambda run: run.ratio)
    facts = {"bench": bench, **worst.facts()}
    for name in ("double", "lost"):
        if name in facts:
            facts[name] = sum(run.facts()[name] for run in runs)
    facts |= {"machine": machine(database), "date": today.isoformat()}
    if len(runs) > 1:
        facts["runs"] = [run.facts() for run in runs]
    return json.dumps(facts, ensure_ascii=False)


def as_table(runs: list[Run], *, database: str) -> str:
    shown = [name for name in TITLES if name in runs[0].facts()]
    lines = [[TITLES[name] for name in shown]]
    lines += [[_cell(run.facts()[name]) for name in shown] for run in runs]
    widths = [max(len(line[place]) for line in lines) for place in range(len(shown))]
    rows = [
        "  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)) for line in lines
    ]
    return "\n".join([*rows, machine(database)])


def _cell(value: str | float | dict[int, int]) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{pieces:,}: {megabytes}" for pieces, megabytes in value.items())
    return value if isinstance(value, str) else f"{value:,}"


def machine(database: str = "") -> str:
    """Processor, cores and database: a figure without them says nothing."""
    parts = (_processor(), f"{os.cpu_count()} cores", database)
    return ", ".join([*filter(None, parts), f"Python {platform.python_version()}"])


def _processor() -> str:
    for name in _lines(Path("/proc/cpuinfo")):
        key, _, value = name.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def _lines(path: Path) -> Iterable[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


def _round(value: float) -> float:
    """Three digits are more than the machine can promise."""
    return float(f"{value:.3g}") if value < 1000 else float(round(value))
