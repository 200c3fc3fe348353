"""JIEYU 捷宇: its WebSocket on this PC.

Send {"type": 4}, hear {"type": 4, "ret": 0, …} with the card's fields in the same object.
``ret`` 0 is success; the other numbers are those of the vendor's page script. One connection a
question: the service keeps no state between them.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.sync.client import ClientConnection, connect

from outlets.bridge.adapter import ReaderError
from outlets.bridge.adapters import reply
from outlets.bridge.adapters.fields import Fields
from outlets.bridge.adapters.loopback import LONGEST_REPLY
from outlets.bridge.adapters.reply import Reply, text_of
from outlets.bridge.adapters.sentences import WRONG_CARD
from outlets.bridge.adapters.service import PROBE_SECONDS, VendorService
from outlets.bridge.adapters.trouble import Trouble

_READ_CARD: Final = 4
_TOO_BIG: Final = 1009
_NO_CARD: Final = frozenset({-2, -9})  # time-out, cancelled at the device
_TROUBLES: Final = {-3: "unplugged", -4: "unplugged"}
# Two numberings are met (0 to 3, and 01/07/13 in a C header) and neither is confirmed. They only
# tell an unknown card from a known one; which of the known it is, its fields say.
_KNOWN: Final = frozenset({"", "0", "1", "2", "3", "01", "7", "07", "13"})
_NAMES: Final = {
    "name": "name",
    "sex": "sex",
    "ethnic_code": "nation",
    "birth_date": "birth birthday",
    "address": "addr address",
    "number": "id_num cardNo",
    "issuer": "depart",
    "valid_from": "validStart",
    "valid_to": "validEnd",
    "validity": "validityTime",
    "portrait": "base64_ID",
    "english_name": "enName",
    "nationality": "countryCode nation",
    "pass_number": "passNum",
    "count": "issuances",
    "office": "depart",
}
# Units 1 to 35 of the English name are one field of the chip, 36 to 46 another.
_FIRST_NAME_PART: Final = 35
_LINK_UNITS: Final = 3


class Jieyu(VendorService):
    name = "jieyu"
    title = "捷宇"
    scheme = "ws"
    urls = ("ws://127.0.0.1:1919",)

    def probe(self) -> str | None:
        with self._connected(PROBE_SECONDS):
            return None

    def ask(self, seconds: float) -> tuple[str, Fields] | None:
        answer = self._answer(seconds)
        status = reply.number_of(answer.get("ret"))
        if status in _NO_CARD:
            return None
        if status != 0:
            raise Trouble(_TROUBLES.get(status or 0, "failed"))
        if text_of(answer.get("cardType")) not in _KNOWN:
            raise ReaderError("wrong_card", WRONG_CARD)
        texts = reply.pick(answer, _NAMES)
        rest, link = text_of(answer.get("enName2")), text_of(answer.get("oldCardNo"))
        if rest:
            texts["english_name"] = texts["english_name"].ljust(_FIRST_NAME_PART) + rest
        return "", texts | {"link": link if len(link) == _LINK_UNITS else ""}

    def _answer(self, seconds: float) -> Reply:
        until = time.monotonic() + seconds
        with self._connected(seconds) as connection:
            connection.send(json.dumps({"type": _READ_CARD}))
            while True:
                # As bytes: some versions put GBK into what should be UTF-8.
                message = connection.recv(max(0.0, until - time.monotonic()), decode=False)
                answer = reply.read(bytes(message))
                # Events of the pen and the screen come on the same line.
                if reply.number_of(answer.get("type", _READ_CARD)) == _READ_CARD:
                    return answer

    @contextmanager
    def _connected(self, seconds: float) -> Iterator[ClientConnection]:
        url = f"ws://{self.line.host}:{self.line.port}"
        try:
            with (
                self.line.connected(seconds) as sock,
                connect(
                    url,
                    sock=sock,
                    proxy=None,
                    open_timeout=seconds,
                    close_timeout=PROBE_SECONDS,
                    max_size=LONGEST_REPLY,
                ) as connection,
            ):
                yield connection
        except TimeoutError:
            raise Trouble("silent") from None
        except ConnectionClosed as closed:
            too_big = closed.sent is not None and closed.sent.code == _TOO_BIG
            raise Trouble("service_strange" if too_big else "damaged") from None
        except (InvalidHandshake, InvalidMessage, ValueError):
            raise Trouble("service_strange") from None
        except OSError:
            raise Trouble("damaged") from None
