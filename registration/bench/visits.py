"""A clerk's and a verifier's day over HTTP; what the site accepted goes into a ledger."""

import itertools
import re
import time
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from stdnum import luhn

from outlets.bridge import envelope
from outlets.bridge.adapter import Read, Source
from outlets.bridge.key import Enrolment
from outlets.bridge.people import PEOPLE, Person
from registration import specimens
from registration.bench.browser import PAUSE, Browser, GaveUp, Refused, inputs
from registration.bench.people import Clerk

CARD, FACE = (520, 328), (330, 440)
ONE_DAY = timedelta(days=1)
_serial = itertools.count()


class Ledger:
    """What was accepted, by kind: what a person was told is done."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.accepted: dict[str, list[Hashable]] = defaultdict(list)
        self.refused: list[str] = []

    def add(self, kind: str, what: Hashable) -> None:
        with self._lock:
            self.accepted[kind].append(what)

    def note(self, refusal: Refused) -> None:
        with self._lock:
            self.refused.append(str(refusal))


class Counter:
    """One clerk with a reader. Every customer is somebody else and wants a new number."""

    def __init__(self, browser: Browser, clerk: Clerk, ledger: Ledger) -> None:
        self.browser, self.clerk, self.ledger = browser, clerk, ledger
        self.reads = 0
        self.enrolment = Enrolment(
            folder=Path(),
            key=Ed25519PrivateKey.from_private_bytes(clerk.key),
            kid=clerk.kid,
            outlet="",
            origin=browser.origin,
        )

    def serve(self) -> int:
        """A customer from the first question to the submit; the application's number. Raises
        Refused, GaveUp."""
        person = customer()
        begun = self.browser.post("/counter/new/", accept="text/html")
        pk = int(re.findall(r"/counter/(\d+)/", begun.headers["Location"])[0])
        here = f"/counter/{pk}"
        said = {"customer": "self", "holder_kind": "self", "service": "new_mobile"}
        self.browser.post(f"{here}/answer/", said)
        self._number(here)
        self.browser.post(f"{here}/iccid/", {"iccid": iccid(pk)})
        self._read(here, pk, person)
        self._photos(here, pk, person)
        self._sign(here, pk, person)
        return pk

    def _number(self, here: str) -> None:
        page = self.browser.get(f"{here}/numbers/").text
        self.browser.post(
            f"{here}/number/", {"number": re.findall(r'data-number="(\d+)"', page)[0]}
        )

    def _read(self, here: str, pk: int, person: Person) -> None:
        asked = self.browser.post(f"{here}/read/holder/challenge/").json()
        read = Read(Source.CHIP, {"block": person.block(), "wlt": person.photo()})
        self.reads += 1
        signed = envelope.sign(
            read,
            enrolment=self.enrolment,
            counter=self.reads,
            challenge=asked["challenge"],
            origin=self.browser.origin,
            reader="serial",
            sam_id=f"05.01-20260101-{self.clerk.outlet:010d}-0000000099",
            card_type="resident",
            now=datetime.now(UTC),
        )
        answer = self.browser.send(f"{here}/read/holder/take/", json=envelope.message(signed, read))
        # The answer to the first try was lost on its way: the read counts all the same.
        if answer.status_code >= 400 and "已经" not in answer.text:
            raise Refused(answer)
        self.ledger.add("card reads", pk)

    def _photos(self, here: str, pk: int, person: Person) -> None:
        for kind, drawn in pictures(person).items():
            self._upload(f"{here}/photos/{kind}/", "photo", drawn, source="camera")
            self.ledger.add("pictures", (pk, kind))

    def _sign(self, here: str, pk: int, person: Person) -> None:
        page = self._ready(f"{here}/sign/")
        said = dict.fromkeys(re.findall(r'type="radio"[^>]*name="(\w+)"', page), "yes")
        said |= dict.fromkeys(re.findall(r'name="(\w+)"[^>]*type="radio"', page), "yes")
        drawn = specimens.signature(person.name, (360, 160))
        said["shown"] = inputs(page, "shown")[0]
        self._upload(f"{here}/signature/", "signature", drawn, **said)
        self.browser.post(f"{here}/submit/", {"key": inputs(page, "key")[0]})
        self.ledger.add("submits", pk)

    def _ready(self, path: str) -> str:
        """The page to sign on, once a worker has made the pictures."""
        while True:
            page = self.browser.get(path).text
            if inputs(page, "shown"):
                return page
            if time.monotonic() > self.browser.deadline:
                raise GaveUp(path)
            time.sleep(PAUSE)

    def _upload(self, path: str, field: str, drawn: bytes, **said: str) -> None:
        self.browser.post(path, said, files={field: ("p.jpg", drawn, "image/jpeg")})


class Desk:
    """One verifier: approves what can be approved, sends back what cannot."""

    def __init__(self, browser: Browser, ledger: Ledger) -> None:
        self.browser, self.ledger = browser, ledger

    def work(self) -> bool:
        """One case; False if none waits. Raises Refused, GaveUp."""
        found = self.browser.send("/desk/claim/", accept="text/html")
        case = re.findall(r"/desk/(\d+)/", found.headers.get("Location", ""))
        if not case:
            return False
        here = f"/desk/{case[0]}/"
        page = self.browser.get(here).text
        tokens = inputs(page, "claim_no")
        if not tokens:
            return True  # somebody else's by now
        answer = self.browser.send(here + "decide/", _verdict(page, tokens), accept="text/html")
        if answer.status_code == 302:
            self.ledger.add("decisions", int(case[0]))
        elif answer.status_code != 409:
            raise Refused(answer)
        return True


def _verdict(page: str, tokens: list[str]) -> dict[str, object]:
    said: dict[str, object] = {"claim_no": tokens[-1]}
    if re.search(r'value="approve"[^>]*disabled', page):
        items, reasons = inputs(page, "items"), inputs(page, "return_reason")
        return said | {"verdict": "return", "items": items[:1], "return_reason": reasons[0]}
    questions = set(re.findall(r'name="((?:check|letter)_\w+)"', page))
    return said | {"verdict": "approve"} | dict.fromkeys(questions, "y")


def customer() -> Person:
    """Somebody who was not here before."""
    wang = PEOPLE["wang"]
    return replace(wang, birth_date=wang.birth_date - next(_serial) * ONE_DAY)


def pictures(person: Person) -> dict[str, bytes]:
    return {
        "id_front": specimens.id_front(person, CARD),
        "id_back": specimens.id_back(person, CARD),
        "live": specimens.live_photo(person, FACE),
    }


def iccid(serial: int) -> str:
    body = f"8986009966{serial:09d}"
    return body + str(luhn.calc_check_digit(body))
