"""Huashi 华视 (CVR): its service on this PC. ``resultFlag`` 0 is success.

The reader must be opened before it reads: GET /OpenDevice, /readcard, /CloseDevice. The card is
in ``resultContent`` or, from the HTTP service of some versions, in the reply itself. ``certType``
is the chip's own marker (space, I, J, Y). Gender is 1 or 0, as number or text, or 男 or 女: here 0
is a woman, on the chip it would be "unknown". The foreigner's number comes joined with the country:
PAK310080010103PAK.
"""

import contextlib
from typing import Final

from outlets.bridge.adapters import reply, trouble
from outlets.bridge.adapters.fields import Fields
from outlets.bridge.adapters.reply import Reply, part_of, text_of
from outlets.bridge.adapters.service import PROBE_SECONDS, VendorService
from outlets.bridge.adapters.trouble import Trouble

_CLOSE_SECONDS: Final = 0.5
_WOMAN: Final = "0"
_NAMES: Final = {
    "name": "partyName",
    "ethnic_code": "nation",
    "birth_date": "bornDay",
    "address": "certAddress",
    "number": "certNumber",
    "issuer": "certOrg",
    "valid_from": "effDate",
    "valid_to": "expDate",
    "portrait": "identityPic",
    "english_name": "engName",
    "nationality": "nation",
    "pass_number": "passNumber",
    "count": "issueCount",
    "version": "certVersion",
    "office": "certOrg",
    "link": "relation",
}


class Huashi(VendorService):
    name = "huashi"
    title = "华视"
    sees_reader = True
    urls = ("http://127.0.0.1:19196",)

    def __init__(self, url: str = "") -> None:
        super().__init__(url)
        self._open = False

    def probe(self) -> str | None:
        if self._open:
            # Opening it again and again does not please every version; a read notices a lost one.
            with self.line.connected(PROBE_SECONDS):
                return None
        self._open_device(PROBE_SECONDS)
        return None

    def _open_device(self, seconds: float) -> None:
        self._open = False
        answer = reply.read(self.line.get("/OpenDevice", seconds))
        if "resultFlag" not in answer:
            raise Trouble("service_strange")
        already = "已打开" in text_of(answer.get("errorMsg"))
        if reply.number_of(answer["resultFlag"]) != 0 and not already:
            problem = _problem(answer)
            busy = problem is not None and problem.code == "service_busy"
            raise Trouble("service_busy" if busy else "unplugged")
        self._open = True

    def ask(self, seconds: float) -> tuple[str, Fields] | None:
        if not self._open:
            self._open_device(seconds)
        answer = reply.read(self.line.get("/readcard", seconds))
        if reply.number_of(answer.get("resultFlag")) != 0:
            problem = _problem(answer)
            if problem is None:
                return None
            # Opened again before the next try, which then knows whether the reader is gone.
            self._open = False
            raise Trouble("failed") if problem.code == "unplugged" else problem
        card = part_of(answer, "resultContent")
        texts = reply.pick(card, _NAMES)
        gender = text_of(card.get("gender"))
        marker = card.get("certType")
        kind = marker if isinstance(marker, str) else ""
        return kind.strip() or kind[:1], texts | {"sex": "2" if gender == _WOMAN else gender}

    def close(self) -> None:
        if self._open:
            self._open = False
            with contextlib.suppress(Trouble):
                self.line.get("/CloseDevice", _CLOSE_SECONDS)
        super().close()


def _problem(answer: Reply) -> Trouble | None:
    return trouble.of_sentence(text_of(answer.get("errorMsg")))
