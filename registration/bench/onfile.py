"""The ratios on file (docs/figures.json) and what a fresh run may differ from them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registration.bench.figures import Run

FILE = Path(__file__).resolve().parent.parent.parent / "docs" / "figures.json"
# So much over the ratio on file is a regression; two runs on one machine differ by less.
WORSE = 1.2


@dataclass(frozen=True)
class Held:
    """One figure against the one on file; ``on_file`` is None where there is none yet. ``bench``:
    its name, and what it measured where it measures several things."""

    bench: str
    clients: int
    rows: int
    ratio: float
    on_file: float | None

    @property
    def is_worse(self) -> bool:
        return self.on_file is not None and self.ratio > WORSE * self.on_file

    @property
    def change(self) -> str:
        return f"{self.ratio / self.on_file - 1:+.0%}" if self.on_file else "new"


def read(file: Path | None = None) -> dict[str, Any]:
    """``ratios`` by name; none before the first figure was put on file."""
    file = file or FILE
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {"ratios": {}}
    return found


def name(bench: str, clients: int, rows: int) -> str:
    """How a figure is called on file: of another size it is another figure."""
    return f"{bench} {clients} x {rows}"


def hold(bench: str, runs: list[Run], ratios: dict[str, float]) -> list[Held]:
    return [_held(f"{bench} {run.what}" if run.what else bench, run, ratios) for run in runs]


def _held(bench: str, run: Run, ratios: dict[str, float]) -> Held:
    on_file = ratios.get(name(bench, run.clients, run.rows))
    return Held(bench, run.clients, run.rows, run.ratio, on_file)


def write(told: list[Held], machine: str, day: str, file: Path | None = None) -> None:
    """What was measured takes the place of what was on file; the rest stays."""
    file = file or FILE
    ratios = read(file)["ratios"]
    ratios |= {name(one.bench, one.clients, one.rows): one.ratio for one in told}
    kept = {"measured": day, "machine": machine, "ratios": dict(sorted(ratios.items()))}
    file.write_text(json.dumps(kept, indent=2) + "\n")


def as_table(told: list[Held]) -> str:
    rows = [["bench", "clients", "rows", "ratio", "on file", "", ""]]
    rows += [
        [
            one.bench,
            f"{one.clients}",
            f"{one.rows:,}",
            f"{one.ratio}",
            "-" if one.on_file is None else f"{one.on_file}",
            one.change,
            "WORSE" if one.is_worse else "",
        ]
        for one in told
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
