"""How PostgreSQL goes about the queries of a page."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

# Writing a session down is no reading, and a savepoint has no plan.
READS = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Scan:
    """A table that is read from one end to the other."""

    table: str
    statement: str


def whole_tables(client: Client, address: str) -> list[Scan]:
    """Those that the page at this address reads whole, for whatever query of it."""
    with CaptureQueriesContext(connection) as found:
        answer = client.get(address)
    assert answer.status_code == 200
    statements = [query["sql"] for query in found if READS.match(query["sql"])]
    assert statements
    return [scan for statement in statements for scan in scans(statement)]


def scans(statement: str) -> list[Scan]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
        row = cursor.fetchone()
    plan = row[0] if not isinstance(row[0], str) else json.loads(row[0])
    return [Scan(table, statement) for table in _whole(plan[0]["Plan"])]


def _whole(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for below in node.get("Plans", ()):
        yield from _whole(below)
