"""What a stand-in remembers: its rows, and the first answer that each key got."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KEPT = """
CREATE TABLE IF NOT EXISTS kept_answers (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL
)
"""


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, object]

    @classmethod
    def no(cls, status: int, code: str, text: str) -> "Answer":
        return cls(status, {"code": code, "text": text})


class Ledger:
    """One SQLite connection behind one lock: commands happen one after the other."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(
            path or ":memory:", check_same_thread=False, isolation_level=None, timeout=5
        )
        self._db.row_factory = sqlite3.Row
        # Survives a kill, if not a power cut, and costs a clerk no wait for the disk.
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
        with self.transaction() as db:
            db.execute(KEPT)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def once(
        self,
        key: str,
        path: str,
        body: dict[str, str],
        act: Callable[[sqlite3.Connection], Answer],
    ) -> tuple[Answer, bool]:
        """Do `act` unless the key was seen before. Returns the key's first answer, and whether
        this was the first time. What was done and what was said commit together."""
        request = hashlib.sha256(json.dumps([path, body], sort_keys=True).encode()).hexdigest()
        with self.transaction() as db:
            row = db.execute(
                "SELECT request, status, body FROM kept_answers WHERE key = ?", [key]
            ).fetchone()
            if row is None:
                answer = act(db)
                db.execute(
                    "INSERT INTO kept_answers VALUES (?, ?, ?, ?)",
                    [key, request, answer.status, json.dumps(answer.body)],
                )
                return answer, True
        if row["request"] != request:
            return Answer.no(422, "key_reused", "同一个幂等键用在了两个不同的请求上"), False
        return Answer(row["status"], json.loads(row["body"])), False

    def close(self) -> None:
        with self._lock:
            self._db.close()
