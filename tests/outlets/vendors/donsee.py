"""Donsee 东信 (EST): POST /card=idcard."""

from typing import Any

from outlets.frames import Card, Sex
from tests.outlets.vendors.desk import ERROR_TEXT, UNKNOWN_TYPE, Mode, compact, sex_name
from tests.outlets.vendors.http_service import HttpService, as_json


class DonseeService(HttpService):
    def answer(self, method: str, path: str) -> str | None:
        return as_json(self.read()) if (method, path) == ("POST", "/card=idcard") else None

    def read(self) -> dict[str, Any]:
        match self.desk.mode:
            case Mode.BUSY:
                return {"code": -1, "message": "设备忙"}
            case Mode.NOT_CONNECTED:
                return {"code": -1, "message": "打开读卡器失败"}
            case Mode.FAILED:
                return {"code": -1, "message": "读卡失败"}
        if self.desk.card is None:
            return {"code": -1, "message": "寻卡失败"}
        return {
            "code": 0,
            "message": "成功",
            "IDCardInfo": self.desk.said(self.card(self.desk.card)),
        }

    def card(self, card: Card) -> dict[str, Any]:
        days = compact(card)
        broken = self.desk.mode is Mode.ERROR_TEXT
        return {
            "name": card.name,
            "sex": sex_name(card),
            "sexCode": "1" if card.sex is Sex.MALE else "2",
            "nationCode": ERROR_TEXT if broken else getattr(card, "ethnic_code", ""),
            "birthday": int(days["birth"]),
            "address": card.address,
            "cardID": card.number,
            "issueOrgan": card.issuer,
            "validStart": days["first"],
            "validEnd": days["last"],
            "appendMsg": "",
            "strIDUID": "",
            "photoBase64": self.desk.portrait,
            "photoBase64_Z": "",
            "photoBase64_F": "",
            **({"cardType": UNKNOWN_TYPE} if self.desk.mode is Mode.WRONG_TYPE else {}),
        }
