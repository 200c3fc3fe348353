"""What was accepted against what is stored: the difference must be nothing."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from registration.bench.visits import Ledger

# What a row of each kind is called in the ledger, once for every time it is stored.
STORED = {
    "log-ins": """
        SELECT DISTINCT username FROM portal_auditentry a JOIN portal_user u ON a.actor_id = u.id
        WHERE action = 'login'""",
    "card reads": "SELECT application_id FROM registration_party WHERE role = 'holder'",
    "submits": """
        SELECT subject_id FROM portal_auditentry WHERE action = 'application.submitted'""",
    "decisions": "SELECT subject_id FROM portal_auditentry WHERE action = 'review.decided'",
}
PICTURES = """
SELECT application_id, kind, original, view FROM registration_photo WHERE replaced_at IS NULL
"""
# Each of them is nothing, whoever was told what.
NEVER = {
    "submits without a place": """
        SELECT count(*) FROM registration_application a WHERE status IN
        ('submitted', 'in_review', 'approved', 'active') AND service = 'new_mobile'
        AND EXISTS (SELECT 1 FROM registration_party p WHERE p.application_id = a.id)
        AND NOT EXISTS (SELECT 1 FROM registration_slot s WHERE s.application_id = a.id)""",
    "decisions without their row": """
        SELECT (SELECT count(*) FROM portal_auditentry WHERE action = 'review.decided')
        - (SELECT count(*) FROM registration_decision)""",
    "lines ordered twice": """
        SELECT count(*) FROM (SELECT application_id FROM registration_carrierorder
        WHERE command = 'open' GROUP BY 1 HAVING count(*) > 1) twice""",
    "numbers given twice": """
        SELECT count(*) FROM (SELECT number_index FROM registration_application
        WHERE number_index <> '' AND status IN ('submitted', 'in_review', 'approved', 'active')
        GROUP BY 1 HAVING count(*) > 1) twice""",
}


@dataclass(frozen=True)
class Line:
    what: str
    accepted: int
    stored: int
    lost: int
    twice: int

    @property
    def difference(self) -> int:
        return self.lost + self.twice


def balance(ledger: Ledger, database: dict[str, str], blobs: Path) -> list[Line]:
    """A line for each kind, and one for each thing that must never be."""
    with psycopg.connect(**database) as connection:  # type: ignore[arg-type]
        lines = [
            line(kind, ledger.accepted[kind], [pk for (pk,) in connection.execute(sql)])
            for kind, sql in STORED.items()
        ]
        pictures = [
            (application, kind)
            for application, kind, *files in connection.execute(PICTURES)
            if any(name and (blobs / name).is_file() for name in files)
        ]
        lines.append(line("pictures", ledger.accepted["pictures"], pictures))
        for what, sql in NEVER.items():
            row = connection.execute(sql).fetchone()
            lines.append(Line(what, 0, 0, 0, row[0] if row else 0))
    return lines


def line(what: str, accepted: Iterable[Hashable], stored: Iterable[Hashable]) -> Line:
    told, counted = set(accepted), Counter(stored)
    lost = sum(1 for each in told if not counted[each])
    twice = sum(count - 1 for each, count in counted.items() if each in told)
    return Line(what, len(told), sum(1 for each in told if counted[each]), lost, twice)


def as_table(lines: list[Line]) -> str:
    head = ["", "accepted", "stored", "lost", "twice"]
    rows = [
        [line.what, f"{line.accepted:,}", f"{line.stored:,}", f"{line.lost}", f"{line.twice}"]
        for line in lines
    ]
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    told = [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in [head, *rows]
    ]
    return "\n".join(told)
