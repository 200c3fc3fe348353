"""JIEYU 捷宇: a WebSocket that answers {"type": 4}. Field names from the vendor's page script."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from outlets.frames import Card, CardKind
from tests.outlets.vendors.desk import Desk, Mode, broken, dotted, sex_name
from tests.outlets.vendors.http_service import HUGE_BYTES

NOT_CONNECTED, TIMED_OUT, FAILED, DEVICE_ERROR = -3, -2, -5, -7
FIRST_PART = 35


class JieyuService:
    def __init__(self) -> None:
        self.desk = Desk()
        self.server: Server | None = None

    @property
    def url(self) -> str:
        assert self.server
        return f"ws://127.0.0.1:{self.server.socket.getsockname()[1]}"

    def talk(self, connection: ServerConnection) -> None:
        # The pen and the screen report on the same line.
        connection.send(json.dumps({"type": 90, "ret": 0}))
        for order in connection:
            self.desk.asked.append(str(order))
            self.answer(connection)

    def answer(self, connection: ServerConnection) -> None:
        text = json.dumps({"type": 4} | self.read(), ensure_ascii=False)
        match self.desk.mode:
            case Mode.SLOW:
                self.desk.dawdle()
                connection.send(text)
            case Mode.HALF_WAY:
                connection.socket.close()
            case Mode.CUT_OFF:
                connection.send(text[: len(text) // 2])
            case Mode.HUGE:
                connection.send('{"type":4,"ret":0,"x":"' + " " * HUGE_BYTES + '"}')
            case Mode.GBK:
                connection.send(text.encode("gbk"), text=True)
            case Mode.BOM:
                connection.send("\ufeff" + text)
            case Mode.JSONP:
                connection.send(f"callback({text})")
            case Mode.BROKEN_JSON:
                connection.send(broken(text))
            case _:
                connection.send(text)

    def read(self) -> dict[str, Any]:
        match self.desk.mode:
            case Mode.BUSY:
                return {"ret": DEVICE_ERROR, "msg": "设备忙"}
            case Mode.NOT_CONNECTED:
                return {"ret": NOT_CONNECTED}
            case Mode.FAILED:
                return {"ret": FAILED}
        if self.desk.card is None:
            return {"ret": TIMED_OUT}
        return {"ret": 0} | self.card(self.desk.card)

    def card(self, card: Card) -> dict[str, Any]:
        days = dotted(card)
        kinds = {CardKind.RESIDENT: "01"}
        wrong = self.desk.mode is Mode.WRONG_TYPE
        return {
            "name": "" if card.name == card.english_name else card.name,
            "sex": sex_name(card),
            "nation": self.desk.ethnic_name(),
            "birth": days["birth"],
            "addr": card.address,
            "id_num": card.number,
            "depart": getattr(card, "office", "") or card.issuer,
            "validityTime": f"{days['first']}-{days['last']}",
            "base64_ID": self.desk.portrait,
            "cardType": "99" if wrong else kinds.get(card.kind, ""),
            "passNum": card.pass_number,
            "issuances": getattr(card, "issue_count", "") or getattr(card, "renewal_count", ""),
            "enName": card.english_name[:FIRST_PART].rstrip(),
            "enName2": card.english_name[FIRST_PART:],
            "countryCode": card.nationality,
            "oldCardNo": card.link,
        }

    def refuse(self, connection: ServerConnection, request: Any) -> Any:
        if self.desk.mode is Mode.HTTP_500:
            return connection.respond(500, "Internal Server Error\n")
        if self.desk.mode is Mode.ANOTHER_PROGRAM:
            return connection.respond(200, "<title>Apache Tomcat</title>\n")
        if self.desk.mode is Mode.REDIRECT:
            answer = connection.respond(302, "")
            answer.headers["Location"] = f"{self.url}/elsewhere"
            return answer
        return None


@contextmanager
def running(service: JieyuService) -> Iterator[JieyuService]:
    def talk(connection: ServerConnection) -> None:
        try:
            service.talk(connection)
        except (ConnectionClosed, OSError):
            return

    with serve(
        talk, "127.0.0.1", 0, process_request=service.refuse, max_size=None, compression=None
    ) as server:
        service.server = server
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield service
        finally:
            service.desk.close()
            server.shutdown()
    thread.join(5)
