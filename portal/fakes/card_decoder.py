"""A demo 解码服务 for cloud readers: `python -m portal.fakes.card_decoder [--port 17534]`.

POST /v1/decodings {cipher, challenge} -> 200 {"challenge", "block", "photo", "address", "sam_id",
"reference"}; cipher, block, photo and address are base64.

A no is {"code", "text"}: 409 challenge_mismatch (sealed for another question), 409 spent (decoded
before under another key), 422 broken. Each POST needs an Idempotency-Key; the same key gives the
first answer again. It keeps nothing on disk.
"""

import base64
import binascii
import hashlib
import sqlite3
import sys

from portal.fakes import cipher, server
from portal.fakes.ledger import Answer, Ledger

SPENT_CIPHERS = "CREATE TABLE IF NOT EXISTS spent (cipher TEXT PRIMARY KEY)"

MISMATCH = Answer.no(409, "challenge_mismatch", "这段密文不是为这次读卡做的")
SPENT = Answer.no(409, "spent", "这段密文已经解过")
BROKEN = Answer.no(422, "broken", "密文不完整，或不是已登记的读卡器加密的")


class DemoCardDecoder:
    title = "演示解码服务"
    longest_body = server.LONGEST_BODY

    def __init__(self) -> None:
        self._ledger = Ledger(None)
        with self._ledger.transaction() as db:
            db.execute(SPENT_CIPHERS)

    def summary(self) -> str:
        with self._ledger.transaction() as db:
            (decoded,) = db.execute("SELECT count(*) FROM spent").fetchone()
        return f"已解码 {decoded} 次。每段密文只解一次，只为它所属的那次读卡解。"

    def look(self, path: str, query: dict[str, str]) -> Answer | None:
        return None

    def act(self, path: str, body: dict[str, str], key: str) -> tuple[Answer, bool] | None:
        if path != "/v1/decodings":
            return None
        if not body.get("cipher") or not body.get("challenge"):
            return Answer.no(400, "bad_request", "须有密文和随机数"), False
        return self._ledger.once(key, path, body, lambda db: _decode(db, body, key))

    def wrong(self, path: str) -> Answer | None:
        return BROKEN if path == "/v1/decodings" else None

    def close(self) -> None:
        self._ledger.close()


def _decode(db: sqlite3.Connection, body: dict[str, str], key: str) -> Answer:
    challenge = body["challenge"]
    try:
        sealed = base64.b64decode(body["cipher"], validate=True)
    except binascii.Error:
        return BROKEN
    if not cipher.is_for(sealed, challenge):
        return MISMATCH if sealed[:1] == cipher.VERSION else BROKEN
    try:
        card = cipher.unseal(sealed, challenge)
    except cipher.Broken:
        return BROKEN
    mark = hashlib.sha256(sealed).hexdigest()
    if db.execute("SELECT 1 FROM spent WHERE cipher = ?", [mark]).fetchone():
        return SPENT
    db.execute("INSERT INTO spent VALUES (?)", [mark])
    # From the key, not from the card, and the same after a restart.
    reference = "JM" + hashlib.sha256(key.encode()).hexdigest()[:16].upper()
    sam_id = base64.b64decode(card.pop("sam_id")).decode()
    return Answer(200, {"challenge": challenge, "sam_id": sam_id, "reference": reference, **card})


def main(argv: list[str] | None = None) -> int:
    parser = server.parser(DemoCardDecoder.title, port=17534)
    return server.run(DemoCardDecoder, parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
