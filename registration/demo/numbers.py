"""The demo carrier's numbers, taken without the network: its process starts after the demo.

What is held or opened here, the process finds in its file, so it offers none of these numbers to
a second customer and opens those whose cases are still being decided.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from stdnum import luhn

from portal.fakes.carrier import FIXED_POOL, HOLD_SECONDS, POOL, DemoCarrier
from portal.fakes.ledger import Answer
from portal.gateways.carrier import LineAnswer, Reservation
from registration.rules.service import Line as Kind


class Numbers:
    def __init__(self, state: Path) -> None:
        self._boss = DemoCarrier(state, HOLD_SECONDS)
        self._held = {
            Kind.MOBILE: self._hold_one_by_one(POOL),
            Kind.FIXED: self._hold_one_by_one(FIXED_POOL),
        }
        self._cards = 0

    def hold(self, kind: Kind = Kind.MOBILE) -> Reservation:
        """The next free number, held for a day from this very moment."""
        return next(self._held[kind])

    def order(self, command: str, number: str, *, at: datetime, **details: str) -> LineAnswer:
        answer = self._post(f"/v1/lines/{command}", number=number, **details)
        # Done by an earlier demo: the carrier keeps its file when the database is thrown away.
        return LineAnswer(str(answer.body.get("order_no", "DEMO")), at)

    def iccid(self) -> str:
        """20 digits with a check digit, as on a new SIM card."""
        self._cards += 1
        body = f"8986009900{self._cards:09d}"
        return body + str(luhn.calc_check_digit(body))

    def close(self) -> None:
        self._boss.close()

    def _hold_one_by_one(self, pool: list[str]) -> Iterator[Reservation]:
        for number in pool:
            answer = self._post("/v1/reservations", number=number)
            # Taken by an earlier demo: the carrier keeps its file when the database is thrown away.
            if answer.status == 201:
                yield Reservation(number, datetime.fromisoformat(str(answer.body["expires_at"])))

    def _post(self, path: str, **body: str) -> Answer:
        answered = self._boss.act(path, body, str(uuid.uuid4()))
        if answered is None:
            raise LookupError(path)
        return answered[0]
