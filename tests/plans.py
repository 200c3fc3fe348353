"""How PostgreSQL goes about the queries of a page."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client

# Writing a session down is no reading, and a savepoint has no plan.
READS = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
NAME = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Scan:
    """A table that is read from one end to the other."""

    table: str
    statement: str


@dataclass(frozen=True)
class Step:
    """A table as it is read: by which index and with which condition within it, and how many rows
    were fetched for nothing."""

    table: str
    index: str
    condition: str
    removed: int
    is_whole: bool


def whole_tables(client: Client, address: str) -> list[Scan]:
    """Those that the page at this address reads whole, for whatever query of it."""
    with statements() as said:
        answer = client.get(address)
    assert answer.status_code == 200
    reads = [(sql, values) for sql, values in said if READS.match(sql)]
    assert reads
    return [scan for read in reads for scan in scans(*read)]


def scans(statement: str, values: Any = None) -> list[Scan]:
    nodes = _explained(f"EXPLAIN (FORMAT JSON) {statement}", values)
    return [Scan(node["Relation Name"], statement) for node in nodes if _is_whole(node)]


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is said to the database meanwhile, with its values; of a prepared statement the log of
    queries tells the text without them."""
    said: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, values: Any, *rest: Any) -> Any:
        said.append((sql, values))
        return execute(sql, values, *rest)

    with connection.execute_wrapper(note):
        yield said


def run(statement: str, values: Any = None) -> list[Step]:
    """Carries the statement out, and tells how."""
    nodes = _explained(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
    return [
        Step(
            node["Relation Name"],
            node.get("Index Name", ""),
            node.get("Index Cond", ""),
            node.get("Rows Removed by Filter", 0),
            _is_whole(node),
        )
        for node in nodes
        if "Relation Name" in node
    ]


def run_as_kept(statement: str, values: dict[str, Any]) -> list[Step]:
    """The same by the plan that a prepared statement comes to have, which knows no values."""
    names = list(dict.fromkeys(NAME.findall(statement)))
    numbered = NAME.sub(lambda name: f"${names.index(name[1]) + 1}", statement).replace("%%", "%")
    given = ", ".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE kept AS {numbered}")
        try:
            return run(f"EXECUTE kept({given})", [values[name] for name in names])
        finally:
            cursor.execute("DEALLOCATE kept")
            cursor.execute("SET LOCAL plan_cache_mode = auto")


def _explained(statement: str, values: Any = None) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    plan = row[0] if not isinstance(row[0], str) else json.loads(row[0])
    return _nodes(plan[0]["Plan"])


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _is_whole(node: dict[str, Any]) -> bool:
    return bool(node["Node Type"] == "Seq Scan")
