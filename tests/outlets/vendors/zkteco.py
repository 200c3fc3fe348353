"""ZKTeco 中控 ZKIDROnline: what it calls JSON, with the path of the picture as Windows has it."""

from outlets.frames import Card
from tests.outlets.vendors.desk import UNKNOWN_TYPE, Mode, compact, sex_name
from tests.outlets.vendors.http_service import HttpService, as_json

# ret, from the vendor's own page script.
NOT_OPENED, NO_CARD, FAILED, OTHER_ERROR, TIMED_OUT = 1, 10, 11, 30, 100


class ZKTecoService(HttpService):
    def answer(self, method: str, path: str) -> str | None:
        match method, path:
            case "GET", "/ZKIDROnline/info":
                return as_json({"ret": 0, "data": {"start": True}})
            case "GET", "/ZKIDROnline/ScanReadIdCardInfo":
                return self.read()
        return None

    def read(self) -> str:
        match self.desk.mode:
            case Mode.BUSY:
                return as_json({"ret": OTHER_ERROR, "msg": "设备正忙"})
            case Mode.NOT_CONNECTED:
                return as_json({"ret": NOT_OPENED, "dev": "1"})
            case Mode.FAILED:
                return as_json({"ret": FAILED, "dev": "1"})
        if self.desk.card is None:
            return as_json({"ret": NO_CARD, "dev": "1"})
        return self.card(self.desk.card)

    def card(self, card: Card) -> str:
        """Written by hand, as the vendor does."""
        days = compact(card)
        fields = {
            "Name": card.name,
            "Sex": sex_name(card),
            "Nation": self.desk.ethnic_name(),
            "Birthday": days["birth"],
            "Address": card.address,
            "IDNumber": card.number,
            "IDIssued": card.issuer,
            "IssuedData": days["first"],
            "ValidDate": days["last"],
            "Other": "",
            "CardNumber": "",
            "PhotoName": r"C:\Program Files (x86)\ZKIDROnline\bin\zp.bmp",
            "Base64Photo": self.desk.portrait,
        }
        text = ",\n".join(f'"{name}":"{value}"' for name, value in fields.items())
        kind = UNKNOWN_TYPE if self.desk.mode is Mode.WRONG_TYPE else "0"
        # No comma before it: so the vendor.
        return f'{{"ret":0,"Certificate":{{{text}\n"CardType": "{kind}"}}}}'
