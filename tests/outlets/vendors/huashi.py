"""Huashi 华视 (CVR): GET /OpenDevice, /readcard, /CloseDevice; nested or flat."""

from typing import Any

from outlets.frames import Card, CardKind, Sex
from tests.outlets.vendors.desk import Mode, compact
from tests.outlets.vendors.http_service import HttpService, as_json

CERT_TYPES = {CardKind.RESIDENT: " ", CardKind.FOREIGNER_2017: "I", CardKind.PERMIT: "J"}


class HuashiService(HttpService):
    def __init__(self, *, flat: bool = False) -> None:
        super().__init__()
        self.flat = flat
        self.open = False

    def answer(self, method: str, path: str) -> str | None:
        match method, path:
            case "GET", "/OpenDevice" if self.desk.mode is Mode.BUSY:
                return as_json(failure("设备正忙"))
            case "GET", "/OpenDevice" if self.desk.mode is Mode.NOT_CONNECTED:
                return as_json(failure("端口打开失败"))
            case "GET", "/OpenDevice" | "/CloseDevice":
                self.open = path == "/OpenDevice"
                return as_json({"resultFlag": 0, "errorMsg": "成功", "resultContent": {}})
            case "GET", "/readcard":
                return as_json(self.read())
        return None

    def read(self) -> dict[str, Any]:
        match self.desk.mode:
            case Mode.BUSY:
                return failure("设备正忙")
            case Mode.FAILED:
                return failure("读卡失败")
        if not self.open or self.desk.mode is Mode.NOT_CONNECTED:
            return failure("设备未连接")
        if self.desk.card is None:
            return failure("寻卡失败")
        content = self.card(self.desk.card)
        done = {"resultFlag": 0, "errorMsg": "读卡成功"}
        return done | (content if self.flat else {"resultContent": content})

    def card(self, card: Card) -> dict[str, Any]:
        days = compact(card)
        foreign = card.kind is CardKind.FOREIGNER_2017
        return {
            "certType": "K" if self.desk.mode is Mode.WRONG_TYPE else CERT_TYPES[card.kind],
            "partyName": card.name,
            "gender": 1 if card.sex is Sex.MALE else 0,
            "nation": "" if foreign else self.desk.ethnic_name(),
            "bornDay": days["birth"],
            "certAddress": card.address,
            "certNumber": card.number + (card.nationality if foreign else ""),
            "certOrg": card.issuer,
            "effDate": days["first"],
            "expDate": days["last"],
            "identityPic": self.desk.portrait,
            **({"engName": card.english_name} if foreign else {}),
        }


def failure(sentence: str) -> dict[str, Any]:
    return {"resultFlag": "-1", "errorMsg": sentence}
