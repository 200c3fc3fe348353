"""A demo carrier: `python -m portal.fakes.carrier [--port 17531] [--state FILE]`.

GET  /v1/numbers?outlet=CODE&count=12   -> {"numbers": [...]}                free ones, any order
POST /v1/reservations          {number} -> 201 {"number", "expires_at"}
POST /v1/reservations/release  {number} -> 200 {"number"}
POST /v1/lines          {number, iccid} -> 201 {"number", "order_no", "opened_at"}

A no is {"code", "text"}: 404 number_unknown, 409 number_taken, 409 not_reserved,
422 iccid_invalid, 422 key_reused. Each POST needs an Idempotency-Key; the same key gives the
first answer again.
"""

import re
import sqlite3
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from stdnum import luhn

from portal.fakes import server
from portal.fakes.ledger import Answer, Ledger

POOL = [f"{prefix}{tail:04d}" for prefix in ("1700000", "1380000") for tail in range(2500)]
MOST_NUMBERS = 50
HOLD_SECONDS = 24 * 3600

NUMBERS = """
CREATE TABLE IF NOT EXISTS numbers (
    number TEXT PRIMARY KEY, held_until REAL NOT NULL DEFAULT 0, iccid TEXT, order_no TEXT
)
"""

UNKNOWN = Answer.no(404, "number_unknown", "号码池里没有这个号码")
TAKEN = Answer.no(409, "number_taken", "该号码已被占用")
NOT_RESERVED = Answer.no(409, "not_reserved", "该号码没有预占，或预占已过期")
ICCID_INVALID = Answer.no(422, "iccid_invalid", "SIM 卡号（ICCID）不正确")
BAD_REQUEST = Answer.no(400, "bad_request", "请求缺少必需的字段")


class DemoCarrier:
    title = "演示运营商"

    def __init__(self, state: Path | None, hold_seconds: float) -> None:
        self._hold_seconds = hold_seconds
        self._ledger = Ledger(state)
        with self._ledger.transaction() as db:
            db.execute(NUMBERS)
            db.executemany(
                "INSERT OR IGNORE INTO numbers (number) VALUES (?)", [[each] for each in POOL]
            )

    def summary(self) -> str:
        with self._ledger.transaction() as db:
            opened, reserved = db.execute(
                "SELECT sum(order_no IS NOT NULL), sum(order_no IS NULL AND held_until > ?)"
                " FROM numbers",
                [time.time()],
            ).fetchone()
        free = len(POOL) - opened - reserved
        return f"可选 {free} 个号码，预占 {reserved} 个，已开通 {opened} 个。"

    def look(self, path: str, query: dict[str, str]) -> Answer | None:
        if path != "/v1/numbers":
            return None
        count = query.get("count", "12")
        if not query.get("outlet") or not re.fullmatch("[0-9]{1,3}", count):
            return BAD_REQUEST
        with self._ledger.transaction() as db:
            rows = db.execute(
                "SELECT number FROM numbers WHERE order_no IS NULL AND held_until <= ?"
                " ORDER BY random() LIMIT ?",
                [time.time(), min(int(count), MOST_NUMBERS)],
            ).fetchall()
        return Answer(200, {"numbers": [number for (number,) in rows]})

    def act(self, path: str, body: dict[str, str], key: str) -> tuple[Answer, bool] | None:
        verb = {
            "/v1/reservations": self._reserve,
            "/v1/reservations/release": self._release,
            "/v1/lines": self._open,
        }.get(path)
        if verb is None:
            return None
        return self._ledger.once(key, path, body, lambda db: verb(db, body))

    def wrong(self, path: str) -> Answer | None:
        return TAKEN if path == "/v1/lines" else None

    def close(self) -> None:
        self._ledger.close()

    def _reserve(self, db: sqlite3.Connection, body: dict[str, str]) -> Answer:
        number, now = body.get("number", ""), time.time()
        if not _find(db, number):
            return UNKNOWN
        rows = db.execute(
            "UPDATE numbers SET held_until = ?"
            " WHERE number = ? AND order_no IS NULL AND held_until <= ?",
            [now + self._hold_seconds, number, now],
        )
        if not rows.rowcount:
            return TAKEN
        return Answer(201, {"number": number, "expires_at": _text(now + self._hold_seconds)})

    def _release(self, db: sqlite3.Connection, body: dict[str, str]) -> Answer:
        number = body.get("number", "")
        found = _find(db, number)
        if not found:
            return UNKNOWN
        if found["order_no"]:
            return TAKEN
        db.execute("UPDATE numbers SET held_until = 0 WHERE number = ?", [number])
        return Answer(200, {"number": number})

    def _open(self, db: sqlite3.Connection, body: dict[str, str]) -> Answer:
        number, iccid, now = body.get("number", ""), body.get("iccid", ""), time.time()
        found = _find(db, number)
        if not found:
            return UNKNOWN
        if not re.fullmatch("[0-9]{19,20}", iccid) or not luhn.is_valid(iccid):
            return ICCID_INVALID
        if found["order_no"]:
            return TAKEN
        if found["held_until"] <= now:
            return NOT_RESERVED
        order_no = f"{datetime.now(UTC):%Y%m%d}-{found['rowid']:06d}"
        db.execute(
            "UPDATE numbers SET iccid = ?, order_no = ? WHERE number = ?",
            [iccid, order_no, number],
        )
        return Answer(201, {"number": number, "order_no": order_no, "opened_at": _text(now)})


def main(argv: list[str] | None = None) -> int:
    parser = server.parser(DemoCarrier.title, port=17531)
    parser.add_argument("--state", type=Path, help="SQLite file; without it all is forgotten")
    parser.add_argument("--hold-seconds", type=float, default=HOLD_SECONDS)
    options = parser.parse_args(argv)
    return server.run(lambda: DemoCarrier(options.state, options.hold_seconds), options)


def _find(db: sqlite3.Connection, number: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT rowid, held_until, order_no FROM numbers WHERE number = ?", [number]
    ).fetchone()
    return row


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    sys.exit(main())
