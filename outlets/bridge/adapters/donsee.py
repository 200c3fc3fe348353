"""Donsee 东信 (EST): its service on this PC.

POST /card=idcard, ``code`` 0 is success, the card is in ``IDCardInfo``.
The word for the sex is taken before its code: of the code nobody says which numbering it follows.
There is no harmless question: each one makes the reader look for a card. So the service is only
known to be there by its open port until a card is asked for.
"""

from typing import Final

from outlets.bridge.adapters import reply, trouble
from outlets.bridge.adapters.fields import Fields
from outlets.bridge.adapters.reply import part_of, text_of
from outlets.bridge.adapters.service import PROBE_SECONDS, VendorService

_NAMES: Final = {
    "name": "name",
    "sex": "sex sexCode",
    "ethnic_code": "nationCode nation",
    "birth_date": "birthday",
    "address": "address",
    "number": "cardID",
    "issuer": "issueOrgan",
    "valid_from": "validStart",
    "valid_to": "validEnd",
    "portrait": "photoBase64",
    "english_name": "enName",
    "nationality": "countryCode nation",
    "pass_number": "passNum",
    "count": "issuances",
    "office": "issueOrgan",
}


class Donsee(VendorService):
    name = "donsee"
    title = "东信"
    urls = ("http://127.0.0.1:38088",)

    def probe(self) -> str | None:
        with self.line.connected(PROBE_SECONDS):
            return None

    def ask(self, seconds: float) -> tuple[str, Fields] | None:
        answer = reply.read(self.line.post("/card=idcard", seconds))
        if reply.number_of(answer.get("code")) != 0:
            problem = trouble.of_sentence(reply.sentences(answer, "message", "msg"))
            if problem:
                raise problem
            return None
        card = part_of(answer, "IDCardInfo")
        return text_of(card.get("cardType")), reply.pick(card, _NAMES)
