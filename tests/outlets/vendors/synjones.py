"""Synjones 新中新 web API (manual V3.3.4): GET /api/ReadMsg, /api/GetSAMID, /api/Version."""

from typing import Any

from outlets.frames import Card, CardKind
from tests.outlets.vendors.desk import SAM_ID, UNKNOWN_TYPE, Mode, compact, sex_name
from tests.outlets.vendors.http_service import HttpService, as_json

CARD_TYPES = {
    CardKind.RESIDENT: "0",
    CardKind.FOREIGNER_2017: "1",
    CardKind.PERMIT: "2",
    CardKind.FOREIGNER_2023: "3",
}
NO_FINGERPRINT = ("FpDescribe", "FpData", "FpFingerName1", "FpQuality1", "FpRegResult1")


class SynjonesService(HttpService):
    def answer(self, method: str, path: str) -> str | None:
        match method, path:
            case "GET", "/api/ReadMsg":
                return as_json(self.read())
            case "GET", "/api/GetSAMID":
                return as_json(self.sam_id())
            case "GET", "/api/Version":
                return as_json({"retcode": "0", "retmsg": "v3.3.4", "errmsg": ""})
        return None

    def sam_id(self) -> dict[str, Any]:
        match self.desk.mode:
            case Mode.BUSY:
                return failure("", "读卡器正忙，请稍候")
            case Mode.NOT_CONNECTED:
                return failure("0x1", "未连接读卡器")
        return {"retcode": "0", "retmsg": SAM_ID, "errmsg": ""}

    def read(self) -> dict[str, Any]:
        match self.desk.mode:
            case Mode.BUSY:
                return failure("", "读卡器正忙，请稍候")
            case Mode.NOT_CONNECTED:
                return failure("0x1 0x0", "未连接读卡器")
            case Mode.FAILED:
                return failure("0x33 0x0", "读卡失败")
        if self.desk.card is None:
            return failure("0x41 0x0", "读卡失败")
        return self.desk.said(self.card(self.desk.card))

    def card(self, card: Card) -> dict[str, Any]:
        days = compact(card)
        count = getattr(card, "issue_count", "") or getattr(card, "renewal_count", "")
        wrong = self.desk.mode is Mode.WRONG_TYPE
        return {
            "code": "0",
            "retcode": "0x90 0x1",
            "retmsg": "操作成功||相片解码解码正确",
            "errmsg": "",
            "name": "" if card.name == card.english_name else card.name,
            "sex": sex_name(card),
            "nation": f"某国/{card.nationality}" if card.nationality else self.desk.ethnic_name(),
            "born": days["birth"],
            "address": card.address,
            "cardno": card.number,
            "userlifeb": days["first"],
            "userlifee": days["last"],
            "police": getattr(card, "office", "") or getattr(card, "issuer", ""),
            "photobase64": self.desk.portrait,
            **dict.fromkeys(NO_FINGERPRINT, ""),
            "CardType": UNKNOWN_TYPE if wrong else CARD_TYPES[card.kind],
            "EngName": card.english_name,
            "CertVol": getattr(card, "version", ""),
            "PassID": card.pass_number or "000000000",
            "IssuesTimes": count,
            "Reserved": card.link,
            "frontImg": "",
            "backImg": "",
        }


def failure(retcode: str, retmsg: str) -> dict[str, Any]:
    return {"code": "-1", "retcode": retcode, "retmsg": retmsg, "errmsg": ""}
