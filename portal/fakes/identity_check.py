"""A demo 联网核验: `python -m portal.fakes.identity_check [--port 17532]`.

POST /v1/checks {name, number} -> 200 {"result": "match|mismatch|not_found", "reference"}

On file is everybody whose number cannot be a person's and is right in itself: the made-up region
99 (residents; 999 a foreigner of 2023), 8199, 8299 and 8399 (permits), each with its check digit,
and UTO with twelve digits (a foreigner of 2017). To show the other answers: a name that ends in
不符 does not match, one that ends in 查无 is not found. It keeps nothing on disk.
"""

import hashlib
import re
import sys

from stdnum.iso7064 import mod_11_2

from portal.fakes import server
from portal.fakes.ledger import Answer, Ledger

WITH_CHECK_DIGIT = r"(99[0-9]{2}|8[123]99)[0-9]{13}[0-9X]"
WITHOUT = r"UTO[0-9]{12}"


class DemoIdentityCheck:
    title = "演示联网核验"
    longest_body = server.LONGEST_BODY

    def __init__(self) -> None:
        self._ledger = Ledger(None)

    def summary(self) -> str:
        return "姓名以“不符”结尾的答不一致，以“查无”结尾的答库中无此号。"

    def look(self, path: str, query: dict[str, str]) -> Answer | None:
        return None

    def act(self, path: str, body: dict[str, str], key: str) -> tuple[Answer, bool] | None:
        if path != "/v1/checks":
            return None
        name, number = body.get("name", ""), body.get("number", "")
        if not name or not number:
            return Answer.no(400, "bad_request", "须有姓名和证件号码"), False
        return self._ledger.once(key, path, body, lambda db: _answer(_judge(name, number), key))

    def wrong(self, path: str) -> Answer | None:
        return _answer("mismatch", "wrong") if path == "/v1/checks" else None

    def close(self) -> None:
        self._ledger.close()


def main(argv: list[str] | None = None) -> int:
    parser = server.parser(DemoIdentityCheck.title, port=17532)
    return server.run(DemoIdentityCheck, parser.parse_args(argv))


def _judge(name: str, number: str) -> str:
    if name.endswith("查无") or not _is_on_file(number):
        return "not_found"
    return "mismatch" if name.endswith("不符") else "match"


def _is_on_file(number: str) -> bool:
    if re.fullmatch(WITHOUT, number):
        return True
    return bool(re.fullmatch(WITH_CHECK_DIGIT, number)) and mod_11_2.is_valid(number)


def _answer(result: str, key: str) -> Answer:
    # From the key, not from the person, and the same after a restart.
    reference = "LW" + hashlib.sha256(key.encode()).hexdigest()[:16].upper()
    return Answer(200, {"result": result, "reference": reference})


if __name__ == "__main__":
    sys.exit(main())
