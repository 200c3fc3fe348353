"""What the demo carrier knows of numbers in use: who is registered, who is not, and its commands.

A document number is kept as a digest: enough to compare, nothing to read.
"""

import hashlib
import re
import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from stdnum import luhn

from portal.fakes.ledger import Answer

LINES = """
CREATE TABLE IF NOT EXISTS lines (
    number TEXT PRIMARY KEY, document TEXT NOT NULL DEFAULT '', category TEXT NOT NULL DEFAULT '',
    is_barred INTEGER NOT NULL DEFAULT 0, is_closed INTEGER NOT NULL DEFAULT 0
)
"""
# Registered with the made-up people of outlets.bridge.people (wang, li, zhang, zhao, chen, liu,
# dili), and a fixed line of the first.
REGISTERED = {
    "13800009001": "991101199003140010",
    "13800009002": "991101198711020023",
    "13800009003": "991101197908250039",
    "13800009004": "991121199505300040",
    "13800009005": "991101200112080059",
    "13800009006": "991101195101200074",
    "13800009007": "99113119931011008X",
    "06008009001": "991101199003140010",
    # What the demo's two weeks change.
    "13800009011": "991101198711020023",
    "13800009012": "991101197908250039",
    "13800009013": "991101195101200074",
    "13800009014": "991101197908250039",
}
# Sold without a real name, one of each sort (BF-02); the last is stopped for it.
UNREGISTERED = {
    "13800009101": ("temporary", 0),
    "13800009102": ("incomplete", 0),
    "13800009103": ("other_user", 0),
    "13800009104": ("group", 0),
    "13800009105": ("temporary", 1),
    # What the demo's two weeks register.
    "13800009111": ("incomplete", 0),
    "13800009112": ("other_user", 1),
}
# An address that ends so has no cable.
NO_CABLE = "无资源"

UNKNOWN = Answer.no(404, "number_unknown", "没有这个号码")
TAKEN = Answer.no(409, "number_taken", "该号码已被占用")
NOT_RESERVED = Answer.no(409, "not_reserved", "该号码没有预占，或预占已过期")
NOT_REGISTERED = Answer.no(409, "not_registered", "该号码还没有实名登记")
ALREADY = Answer.no(409, "already_registered", "该号码已经实名登记")
ICCID_INVALID = Answer.no(422, "iccid_invalid", "SIM 卡号（ICCID）不正确")
ADDRESS_INVALID = Answer.no(422, "address_invalid", "该地址没有线路资源")

Body = Mapping[str, str]
Verb = Callable[[sqlite3.Connection, Body, float], Answer | None]


def create(db: sqlite3.Connection) -> None:
    db.execute(LINES)
    known = [(number, digest(document), "", 0) for number, document in REGISTERED.items()]
    known += [(number, "", *how) for number, how in UNREGISTERED.items()]
    db.executemany(
        "INSERT OR IGNORE INTO numbers (number, order_no) VALUES (?, 'DEMO')",
        [[number] for number, *_ in known],
    )
    db.executemany(
        "INSERT OR IGNORE INTO lines (number, document, category, is_barred) VALUES (?, ?, ?, ?)",
        known,
    )


def look_up(db: sqlite3.Connection, body: Body) -> Answer:
    number = body.get("number", "")
    line = _line(db, number)
    standing, category, is_barred = "unknown", "", 0
    if line is not None:
        category, is_barred = line["category"], line["is_barred"]
        standing = "unregistered" if category else "registered"
    state = "barred" if is_barred else "normal"
    said: dict[str, object] = {"number": number, "standing": standing}
    return Answer(200, said | {"category": category, "state": state})


def match(db: sqlite3.Connection, body: Body) -> Answer:
    number, document = body.get("number", ""), body.get("document", "")
    line = _line(db, number)
    agrees = line is not None and document and line["document"] == digest(document)
    return Answer(200, {"number": number, "result": "match" if agrees else "mismatch"})


def order(db: sqlite3.Connection, command: str, body: Body, now: float) -> Answer:
    """Carry out a command of ``COMMANDS``."""
    number = body.get("number", "")
    found = db.execute("SELECT rowid FROM numbers WHERE number = ?", [number]).fetchone()
    if found is None:
        return UNKNOWN
    refusal = COMMANDS[command](db, body, now)
    if refusal:
        return refusal
    done_at = datetime.fromtimestamp(now, UTC)
    order_no = f"{done_at:%Y%m%d}-{found['rowid']:06d}-{command}"
    db.execute("UPDATE numbers SET order_no = ? WHERE number = ?", [order_no, number])
    said: dict[str, object] = {"number": number, "order_no": order_no}
    return Answer(201, said | {"done_at": f"{done_at:%Y-%m-%dT%H:%M:%SZ}"})


def digest(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest() if document else ""


def _open(db: sqlite3.Connection, body: Body, now: float) -> Answer | None:
    return _bad_iccid(body) or _begin(db, body, now)


def _install(db: sqlite3.Connection, body: Body, now: float) -> Answer | None:
    return _bad_address(body) or _begin(db, body, now)


def _begin(db: sqlite3.Connection, body: Body, now: float) -> Answer | None:
    number = body["number"]
    found = db.execute("SELECT * FROM numbers WHERE number = ?", [number]).fetchone()
    if found["order_no"]:
        return TAKEN
    if found["held_until"] <= now:
        return NOT_RESERVED
    db.execute("UPDATE numbers SET iccid = ? WHERE number = ?", [body.get("iccid"), number])
    db.execute(
        "INSERT INTO lines (number, document) VALUES (?, ?)",
        [number, digest(body.get("document", ""))],
    )
    return None


def _move(db: sqlite3.Connection, body: Body, now: float) -> Answer | None:
    return _bad_address(body) or _unless_registered(db, body)


def _transfer(db: sqlite3.Connection, body: Body, now: float) -> Answer | None:
    refusal = _unless_registered(db, body)
    if not refusal:
        _hold(db, body)
    return refusal


def _reissue(db: sqlite3.Connection, body: Body, now: float) -> Answer | None:
    if refusal := _bad_iccid(body):
        return refusal
    if _line(db, body["number"]) is None:
        return UNKNOWN
    db.execute("UPDATE numbers SET iccid = ? WHERE number = ?", [body["iccid"], body["number"]])
    return None


def _close(db: sqlite3.Connection, body: Body, now: float) -> Answer | None:
    refusal = _unless_registered(db, body)
    if not refusal:
        db.execute("UPDATE lines SET is_closed = 1 WHERE number = ?", [body["number"]])
    return refusal


def _register(db: sqlite3.Connection, body: Body, now: float) -> Answer | None:
    line = _line(db, body["number"])
    if line is None:
        return UNKNOWN
    if not line["category"]:
        return ALREADY
    # Service is restored with it (BF-15).
    _hold(db, body)
    return None


COMMANDS: dict[str, Verb] = {
    "open": _open,
    "install": _install,
    "move": _move,
    "transfer": _transfer,
    "reissue": _reissue,
    "close": _close,
    "register": _register,
}


def _line(db: sqlite3.Connection, number: str) -> sqlite3.Row | None:
    line: sqlite3.Row | None = db.execute(
        "SELECT * FROM lines WHERE number = ? AND NOT is_closed", [number]
    ).fetchone()
    return line


def _hold(db: sqlite3.Connection, body: Body) -> None:
    db.execute(
        "UPDATE lines SET document = ?, category = '', is_barred = 0 WHERE number = ?",
        [digest(body.get("document", "")), body["number"]],
    )


def _unless_registered(db: sqlite3.Connection, body: Body) -> Answer | None:
    line = _line(db, body["number"])
    if line is None:
        return UNKNOWN
    return NOT_REGISTERED if line["category"] else None


def _bad_iccid(body: Body) -> Answer | None:
    iccid = body.get("iccid", "")
    is_good = re.fullmatch("[0-9]{19,20}", iccid) and luhn.is_valid(iccid)
    return None if is_good else ICCID_INVALID


def _bad_address(body: Body) -> Answer | None:
    address = body.get("address", "")
    return ADDRESS_INVALID if not address or address.endswith(NO_CABLE) else None
