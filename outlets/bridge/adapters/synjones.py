"""Synjones 新中新: its web API on this PC (its manual V3.3.4 of 2023-11).

GET /api/ReadMsg answers in one flat object, code "0" for success. ``retcode`` holds two numbers:
the reader's (0x90 read, 0x1 not connected, 0x41 no card) and the picture's. Versions before 3.2.1
have no code, and a picture that could not be decoded is no reason to turn a read card away: so a
card was read if either says so. Parallel calls hear that the reader is busy.
"""

import re
from typing import Final

from outlets.bridge.adapters import reply, trouble
from outlets.bridge.adapters.fields import Fields
from outlets.bridge.adapters.reply import Reply, text_of
from outlets.bridge.adapters.service import PROBE_SECONDS, VendorService
from outlets.bridge.adapters.trouble import Trouble

# JPEG of quality 100 is the default and 101 would be a BMP; waitTime in seconds.
_READ: Final = "/api/ReadMsg?waitTime=1&PhotoQuality=90"
_SAM_ID: Final = re.compile(r"\d\d\.\d\d-\d{8}-\d{10}-\d{10}")
_READ_WELL: Final = 0x90
_NOT_CONNECTED: Final = 0x1
_NO_CARD: Final = 0x41
_NAMES: Final = {
    "name": "name",
    "sex": "sex",
    "ethnic_code": "nation",
    "birth_date": "born",
    "address": "address",
    "number": "cardno",
    "issuer": "police",
    "valid_from": "userlifeb",
    "valid_to": "userlifee",
    "portrait": "photobase64",
    "english_name": "EngName",
    "nationality": "nation",
    "pass_number": "PassID",
    "count": "IssuesTimes",
    "version": "CertVol",
    "office": "police",
    "link": "Reserved",
}


class Synjones(VendorService):
    name = "synjones"
    title = "新中新"
    sees_reader = True
    tells_sam_id = True
    # 8080 is where older versions listen.
    urls = ("http://127.0.0.1:8989", "http://127.0.0.1:8080")

    def probe(self) -> str | None:
        answer = reply.read(self.line.get("/api/GetSAMID", PROBE_SECONDS))
        if "retcode" not in answer:
            raise Trouble("service_strange")
        for value in answer.values():
            found = _SAM_ID.search(text_of(value))
            if found:
                return found[0]
        problem = _problem(answer)
        if problem and problem.code in ("unplugged", "service_busy"):
            raise problem
        return None

    def ask(self, seconds: float) -> tuple[str, Fields] | None:
        answer = reply.read(self.line.get(_READ, seconds))
        if text_of(answer.get("code")) != "0" and _status(answer) != _READ_WELL:
            problem = _problem(answer)
            if problem:
                raise problem
            return None
        return text_of(answer.get("CardType")), reply.pick(answer, _NAMES)


def _status(answer: Reply) -> int | None:
    return reply.number_of(text_of(answer.get("retcode")).partition(" ")[0])


def _problem(answer: Reply) -> Trouble | None:
    status = _status(answer)
    if status == _NO_CARD:
        return None
    if status == _NOT_CONNECTED:
        return Trouble("unplugged")
    return trouble.of_sentence(reply.sentences(answer, "retmsg", "errmsg"))
