"""A demo 人像比对: `python -m portal.fakes.face [--port 17535]`.

POST /v1/comparisons {present, document} -> 200 {"result": "alike|unsure|differs|no_face|several",
"score", "threshold", "engine"}; both pictures are JPEGs in base64, score and threshold are numbers
(no score where there were not two faces), and it is alike exactly when the score reaches the
threshold.

It sees nothing: every two JPEGs are alike, and differ in mode `wrong`. A no is {"code", "text"}:
422 not_a_picture. Each POST needs an Idempotency-Key; the same key gives the first answer again. It
keeps nothing on disk.
"""

import base64
import binascii
import sqlite3
import sys

from portal.fakes import server
from portal.fakes.ledger import Answer, Ledger

JPEG_START = b"\xff\xd8\xff"
THRESHOLD = 80.0
ENGINE = "DEMO 1.0"

NO_PICTURE = Answer.no(422, "not_a_picture", "两张图片须为 JPEG")


class DemoFace:
    title = "演示人像比对"
    # Two pictures of a megabyte each.
    longest_body = 3 * 1024 * 1024

    def __init__(self) -> None:
        self._ledger = Ledger(None)

    def summary(self) -> str:
        return "并不真的比对：两张都是照片就答相似，“拒绝”时答差别较大。"

    def look(self, path: str, query: dict[str, str]) -> Answer | None:
        return None

    def act(self, path: str, body: dict[str, str], key: str) -> tuple[Answer, bool] | None:
        if path != "/v1/comparisons":
            return None
        return self._ledger.once(key, path, body, lambda db: _compare(db, body))

    def wrong(self, path: str) -> Answer | None:
        return _answer("differs", 12.5) if path == "/v1/comparisons" else None

    def close(self) -> None:
        self._ledger.close()


def main(argv: list[str] | None = None) -> int:
    parser = server.parser(DemoFace.title, port=17535)
    return server.run(DemoFace, parser.parse_args(argv))


def _compare(_db: sqlite3.Connection, body: dict[str, str]) -> Answer:
    pictures = (_picture(body, name) for name in ("present", "document"))
    return _answer("alike", 91.25) if all(pictures) else NO_PICTURE


def _picture(body: dict[str, str], name: str) -> bool:
    try:
        sent = base64.b64decode(body.get(name, ""), validate=True)
    except binascii.Error:
        return False
    return sent.startswith(JPEG_START)


def _answer(result: str, score: float) -> Answer:
    said = {"result": result, "score": score, "threshold": THRESHOLD, "engine": ENGINE}
    return Answer(200, said)


if __name__ == "__main__":
    sys.exit(main())
