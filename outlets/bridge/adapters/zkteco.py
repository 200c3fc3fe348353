"""ZKTeco 中控: ZKIDROnline on this PC. ``ret`` 0 is success.

Its JSON is not JSON: the path of the picture has single backslashes, and newer versions put a
``CardType`` after the picture without a comma between.
"""

from typing import Final

from outlets.bridge.adapters import reply, trouble
from outlets.bridge.adapters.fields import Fields
from outlets.bridge.adapters.reply import part_of, text_of
from outlets.bridge.adapters.service import PROBE_SECONDS, VendorService
from outlets.bridge.adapters.trouble import Trouble

_READ: Final = "/ZKIDROnline/ScanReadIdCardInfo?OP-DEV=1&CMD-URL=4&REPEAT=1&READTYPE=1"
# From the vendor's own page script: 10 no card found and 100 time-out are no trouble yet.
_NO_CARD: Final = frozenset({10, 100})
_TROUBLES: Final = {1: "unplugged", 2: "unplugged", 11: "failed", 20: "self_test"}
_NAMES: Final = {
    "name": "Name",
    "sex": "Sex",
    "ethnic_code": "Nation",
    "birth_date": "Birthday",
    "address": "Address",
    "number": "IDNumber",
    "issuer": "IDIssued",
    "valid_from": "IssuedData",
    "valid_to": "ValidDate",
    "portrait": "Base64Photo",
    "english_name": "EngName",
    "nationality": "Nation",
    "pass_number": "PassID",
    "count": "IssuesTimes",
    "version": "CertVol",
    "office": "IDIssued",
    "link": "Reserved",
}


class ZKTeco(VendorService):
    name = "zkteco"
    title = "中控"
    urls = ("http://127.0.0.1:24010",)

    def probe(self) -> str | None:
        answer = reply.read(self.line.get("/ZKIDROnline/info", PROBE_SECONDS))
        if reply.number_of(answer.get("ret")) is None:
            raise Trouble("service_strange")
        return None

    def ask(self, seconds: float) -> tuple[str, Fields] | None:
        answer = reply.read(self.line.get(_READ, seconds))
        status = reply.number_of(answer.get("ret"))
        if status in _NO_CARD:
            return None
        if status in _TROUBLES:
            raise Trouble(_TROUBLES[status])
        if status != 0:
            problem = trouble.of_sentence(reply.sentences(answer, "msg", "message", "data"))
            if problem:
                raise problem
            return None
        card = part_of(answer, "Certificate")
        return text_of(card.get("CardType", answer.get("CardType"))), reply.pick(card, _NAMES)
