"""A demo carrier: `python -m portal.fakes.carrier [--port 17531] [--state FILE] [--packed]`.

GET  /v1/numbers?outlet=CODE&count=12&kind=mobile|fixed -> {"numbers": [...]}  free ones, any order
POST /v1/reservations          {number} -> 201 {"number", "expires_at"[, "iccid"]}
POST /v1/reservations/release  {number} -> 200 {"number"}
POST /v1/lines/look_up         {number} -> 200 {"number", "standing", "category", "state"}
POST /v1/lines/match {number, document} -> 200 {"number", "result": "match|mismatch"}
POST /v1/lines/COMMAND    {number, ...} -> 201 {"number", "order_no", "done_at"}

`iccid` is the card packed with a mobile number; only with --packed, else any blank card will do.
COMMAND is open {iccid}, install {address}, move {address}, transfer, reissue {iccid}, close or
register; name and document, where given, are the holder's from then on.

A no is {"code", "text"}: 404 number_unknown, 409 number_taken, not_reserved, not_registered or
already_registered, 422 iccid_invalid, address_invalid or key_reused. Each POST needs an
Idempotency-Key; the same key gives the first answer again.
"""

import re
import sqlite3
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from stdnum import luhn

from portal.fakes import lines, server
from portal.fakes.ledger import Answer, Ledger
from portal.fakes.lines import NOT_REGISTERED, TAKEN, UNKNOWN

POOL = [f"{prefix}{tail:04d}" for prefix in ("1700000", "1380000") for tail in range(2500)]
# Area code 0600 is nobody's.
FIXED_POOL = [f"0600800{tail:04d}" for tail in range(500)]
KINDS = {"mobile": "1%", "fixed": "0%"}
MOST_NUMBERS = 50
HOLD_SECONDS = 24 * 3600
LINES = "/v1/lines/"

NUMBERS = """
CREATE TABLE IF NOT EXISTS numbers (
    number TEXT PRIMARY KEY, held_until REAL NOT NULL DEFAULT 0, iccid TEXT, order_no TEXT
)
"""

BAD_REQUEST = Answer.no(400, "bad_request", "请求缺少必需的字段")


class DemoCarrier:
    title = "演示运营商"
    longest_body = server.LONGEST_BODY

    def __init__(self, state: Path | None, hold_seconds: float, *, packed: bool = False) -> None:
        self._hold_seconds = hold_seconds
        self._packed = packed
        self._ledger = Ledger(state)
        with self._ledger.transaction() as db:
            db.execute(NUMBERS)
            db.executemany(
                "INSERT OR IGNORE INTO numbers (number) VALUES (?)",
                [[each] for each in (*POOL, *FIXED_POOL)],
            )
            lines.create(db)

    def summary(self) -> str:
        with self._ledger.transaction() as db:
            opened, reserved, free = db.execute(
                "SELECT sum(order_no IS NOT NULL), sum(order_no IS NULL AND held_until > ?1),"
                " sum(order_no IS NULL AND held_until <= ?1) FROM numbers",
                [time.time()],
            ).fetchone()
        return f"可选 {free} 个号码，预占 {reserved} 个，在用 {opened} 个。"

    def look(self, path: str, query: dict[str, str]) -> Answer | None:
        if path != "/v1/numbers":
            return None
        count, kind = query.get("count", "12"), KINDS.get(query.get("kind", "mobile"))
        if not query.get("outlet") or not re.fullmatch("[0-9]{1,3}", count) or kind is None:
            return BAD_REQUEST
        with self._ledger.transaction() as db:
            rows = db.execute(
                "SELECT number FROM numbers WHERE order_no IS NULL AND held_until <= ?"
                " AND number LIKE ? ORDER BY random() LIMIT ?",
                [time.time(), kind, min(int(count), MOST_NUMBERS)],
            ).fetchall()
        return Answer(200, {"numbers": [number for (number,) in rows]})

    def act(self, path: str, body: dict[str, str], key: str) -> tuple[Answer, bool] | None:
        command = path.removeprefix(LINES)
        if path.startswith(LINES) and command in lines.COMMANDS:
            return self._ledger.once(
                key, path, body, lambda db: lines.order(db, command, body, time.time())
            )
        verb = {
            "/v1/reservations": self._reserve,
            "/v1/reservations/release": self._release,
            "/v1/lines/look_up": lines.look_up,
            "/v1/lines/match": lines.match,
        }.get(path)
        if verb is None:
            return None
        return self._ledger.once(key, path, body, lambda db: verb(db, body))

    def wrong(self, path: str) -> Answer | None:
        command = path.removeprefix(LINES)
        if command in ("open", "install"):
            return TAKEN
        return NOT_REGISTERED if command in lines.COMMANDS else None

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
        said: dict[str, object] = {"number": number}
        if self._packed and number.startswith("1"):
            said["iccid"] = packed_card(number)
        return Answer(201, said | {"expires_at": _text(now + self._hold_seconds)})

    def _release(self, db: sqlite3.Connection, body: dict[str, str]) -> Answer:
        number = body.get("number", "")
        found = _find(db, number)
        if not found:
            return UNKNOWN
        if found["order_no"]:
            return TAKEN
        db.execute("UPDATE numbers SET held_until = 0 WHERE number = ?", [number])
        return Answer(200, {"number": number})


def main(argv: list[str] | None = None) -> int:
    parser = server.parser(DemoCarrier.title, port=17531)
    parser.add_argument("--state", type=Path, help="SQLite file; without it all is forgotten")
    parser.add_argument("--hold-seconds", type=float, default=HOLD_SECONDS)
    parser.add_argument("--packed", action="store_true", help="each mobile number has its card")
    options = parser.parse_args(argv)
    return server.run(
        lambda: DemoCarrier(options.state, options.hold_seconds, packed=options.packed), options
    )


def packed_card(number: str) -> str:
    """The SIM card that lies in one envelope with the number."""
    body = f"89860099{number}"
    return body + str(luhn.calc_check_digit(body))


def _find(db: sqlite3.Connection, number: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT held_until, order_no FROM numbers WHERE number = ?", [number]
    ).fetchone()
    return row


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    sys.exit(main())
