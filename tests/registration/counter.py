"""A clerk at the counter as the browser is one: the same addresses, the same forms, in their order.

The clerk does what the pages ask for and nothing else; a ``Case`` says who comes and what is wrong.
"""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageDraw
from stdnum import luhn

from outlets.models import Outlet
from portal.celery import app
from portal.gateways import carrier, face, identity_check
from portal.models import User
from registration import imaging, marks, ocr, specimens, tasks
from registration.models import Application, LetterPoint
from tests.cast import Cast
from tests.registration.customers import ADDRESS, Shown
from tests.signing import sign_read, utc

WITH_CARD = ("new_mobile", "new_data_card", "reissue")
WITH_ADDRESS = ("fixed_install", "fixed_move")
JSON = {"Accept": "application/json"}
ORIGIN = "http://testserver"


@dataclass(frozen=True)
class Letter:
    """What the clerk finds on a letter of authority; good until so many days from now."""

    days: int | None = 0
    lacks: tuple[str, ...] = ()
    covers: bool = True


@dataclass
class Case:
    """``people`` by role. ``known`` is what the carrier says of the customer's own number and
    ``registered`` the document that it is registered with. ``leaves_out`` are things that the clerk
    forgets: kinds of picture, roles, "iccid", "number", "address", "signature". ``expected`` is the
    rule that stops it, or what stands in the refusal that comes before; "" lets it pass."""

    tier: str
    holder_kind: str
    service: str
    people: dict[str, Shown]
    expected: str = ""
    known: carrier.Lookup | None = None
    registered: str = ""
    is_fixed: bool = False
    policies: dict[str, Any] = field(default_factory=dict)
    letter: Letter = field(default_factory=Letter)
    says: dict[str, str] = field(default_factory=lambda: {"face": "yes", "guardian": "yes"})
    proofs: tuple[str, ...] = ("password", "tray")
    unit: dict[str, Any] = field(default_factory=dict)
    users: list[Shown] = field(default_factory=list)
    leaves_out: frozenset[str] = frozenset()
    is_clerk: str = ""


class Refused(Exception):
    """The portal's answer was a no, with its words."""


class Boss:
    """A carrier in the same process: as many numbers as anybody wants, and those of the cases."""

    def __init__(self) -> None:
        self.given = 0
        self.known: dict[str, tuple[carrier.Lookup, str]] = {}

    def fresh(self, is_fixed: bool) -> str:
        self.given += 1
        return f"0600{self.given:07d}" if is_fixed else f"170{self.given:08d}"

    def numbers(self, _outlet: str, count: int = 12, kind: str = "mobile") -> list[str]:
        return [self.fresh(kind == "fixed") for _place in range(count)]

    def reserve(self, number: str, _key: str) -> carrier.Reservation:
        return carrier.Reservation(number, timezone.now() + timedelta(days=1))

    def release(self, number: str, key: str) -> None:
        pass

    def look_up(self, number: str, _key: str) -> carrier.Lookup:
        unknown = carrier.Lookup(carrier.Standing.UNKNOWN)
        return self.known.get(number, (unknown, ""))[0]

    def matches(self, number: str, document: str, _key: str) -> bool:
        return self.known[number][1] == document


class Engine:
    """Every face is like every other."""

    def compare(self, _present: bytes, _document: bytes, _key: str) -> face.Answer:
        return face.Answer(face.Result.ALIKE, 0.87, 0.45, "SPECIMEN")


class Register:
    """The national check knows everybody."""

    def check(self, _name: str, _number: str, _key: str) -> identity_check.Answer:
        return identity_check.Answer(identity_check.Result.MATCH, "SAMPLE-1")


@cache
def picture(serial: int = 0) -> bytes:
    """The smallest that is taken; another one for each ``serial``."""
    out = io.BytesIO()
    image = Image.new("RGB", (imaging.MIN_SIDE, imaging.MIN_SIDE), "#dde3e8")
    ImageDraw.Draw(image).text((20, 20), "SPECIMEN\n" * 20, "#1d2630")
    image.save(out, "JPEG", comment=f"SPECIMEN {serial}".encode())
    return out.getvalue()


SIGNATURE = specimens.signature(size=(300, 130))


@dataclass
class Counter:
    """One clerk with one browser. ``zone`` is what stands on the page under the camera."""

    cast: Cast
    boss: Boss
    outlet: Outlet
    clerk: User
    capture: Callable[..., Any]
    letters: int = 0
    zone: tuple[str, ...] = ()
    key: str = ""
    client: Client = field(default_factory=Client)

    # The browser ---------------------------------------------------------------------------------

    def sign_in(self) -> None:
        self.client = self.cast.signed_in(self.clerk)

    def get(self, name: str, *args: object) -> Any:
        answer = self.client.get(reverse(name, args=args))
        assert answer.status_code == 200, (name, answer.status_code)
        return answer

    def post(self, name: str, *args: object, data: Any = None, **how: Any) -> Any:
        """What follows once it is committed, a worker does at once."""
        with self.capture(execute=True):
            answer = self.client.post(reverse(name, args=args), data or {}, headers=JSON, **how)
        assert answer.status_code < 500, (name, answer.status_code)
        if answer.status_code >= 400:
            raise Refused(_words(answer))
        return answer

    # The steps -----------------------------------------------------------------------------------

    def serve(self, case: Case) -> int:
        """Everything up to the submit. Raises Refused."""
        pk = self.begin(case)
        self.take_in(case, pk)
        return pk

    def begin(self, case: Case) -> int:
        self.sign_in()
        self.post("application_new")
        pk = Application.objects.latest("pk").pk
        answers = {"customer": _customer(case.holder_kind), "holder_kind": case.holder_kind}
        self.post("application_answer", pk, data=answers | {"service": case.service})
        return int(pk)

    def take_in(self, case: Case, pk: int) -> None:
        if case.holder_kind == "unit":
            self.unit(case, pk)
        else:
            self.start(case, pk)
        for role, shown in case.people.items():
            if role not in case.leaves_out:
                self.read(pk, role, shown)
        self.photos(case, pk)
        self.sign(case, pk)

    def start(self, case: Case, pk: int) -> None:
        if "number" not in case.leaves_out:
            self.number(case, pk)
        if case.service in WITH_CARD and "iccid" not in case.leaves_out:
            self.post("application_iccid", pk, data={"iccid": iccid(pk)})
        if case.service in WITH_ADDRESS and "address" not in case.leaves_out:
            self.post("application_address", pk, data={"address": ADDRESS})

    def number(self, case: Case, pk: int) -> None:
        if case.known is None:
            chosen = self.get("application_numbers", pk).context["choices"][0][0]
            self.post("application_number", pk, data={"number": chosen})
            return
        own = self.boss.fresh(case.is_fixed)
        self.boss.known[own] = (case.known, case.registered)
        self.post("application_own_number", pk, data={"number": f" {own[:4]}-{own[4:]} "})

    def read(self, pk: int, role: str, shown: Shown) -> None:
        if shown.card is None:
            self.sight(pk, role, shown)
            return
        asked = self.post("identity_challenge", pk, role).json()
        private_key, bridge = self.cast.enrolled(self.outlet)
        message = sign_read(
            private_key,
            challenge=asked["challenge"],
            counter=bridge.counter + 1,
            block=shown.card.block(),
            photo=shown.card.photo(),
            origin=ORIGIN,
            card_type=shown.card.kind,
            sam_id=self.cast.sam_id(self.outlet),
            read_at=utc(timezone.now()),
        )
        as_json = {"content_type": "application/json"}
        self.post("identity_take", pk, role, data=json.dumps(message), **as_json)

    def sight(self, pk: int, role: str, shown: Shown) -> None:
        """A paper: chosen from the list, its zone read from the picture, the rest typed."""
        self.post("identity_choose", pk, role, data={"kind": shown.kind})
        self.zone = shown.zone
        for slot in self.get("identity", pk, role).context["slots"]:
            self.photo(pk, slot.kind)
        self.post("identity_state", pk, role, data=shown.said)
        self.zone = ()

    def photos(self, case: Case, pk: int) -> None:
        page = self.get("photos", pk).context
        for slot in page["slots"]:
            if slot.state == "due" and slot.kind not in case.leaves_out:
                self.photo(pk, slot.kind)
        if page["application"].has_letter:
            self.post("letter", pk, data=_letter(case.letter))
        if page["proof"] is not None:
            self.post("proofs", pk, data={"proofs": list(case.proofs)})

    def photo(self, pk: int, kind: str) -> None:
        data = picture()
        if kind == "letter":
            self.letters += 1
            data = picture(self.letters)
        upload = SimpleUploadedFile("p.jpg", data, content_type="image/jpeg")
        self.post("photo_take", pk, kind, data={"photo": upload, "source": "camera"})

    def sign(self, case: Case, pk: int) -> None:
        page = self.get("application_sign", pk).context
        self.key = str(page["submit_form"]["key"].value())
        if "signature" in case.leaves_out:
            return
        form = page["consent_form"]
        answers = {name: case.says[name] for name in form.fields if name != "shown"}
        upload = SimpleUploadedFile("s.jpg", SIGNATURE, content_type="image/jpeg")
        said = answers | {"shown": form["shown"].value(), "signature": upload}
        self.post("application_signature", pk, data=said)

    def submit(self, pk: int) -> None:
        self.post("application_submit", pk, data={"key": self.key})

    # A unit's order ------------------------------------------------------------------------------

    def unit(self, case: Case, pk: int) -> None:
        self.post("order_unit", pk, data=case.unit)
        if case.users:
            self.post("order_add", pk, data={"count": len(case.users)})
        numbers = Application.objects.filter(order=pk).order_by("pk").values_list("pk", flat=True)
        for number, user in zip(numbers, case.users, strict=True):
            self.post("order_card", pk, data={"iccid": iccid(number)})
            self.read(number, "end_user", user)


def iccid(serial: int) -> str:
    body = f"8986009977{serial:09d}"
    return body + str(luhn.calc_check_digit(body))


def _words(answer: Any) -> str:
    """A refusal, or a page that is shown again with what is wrong in it."""
    if answer.headers["Content-Type"] == "application/json":
        said = answer.json()
        return f"{said['error']}{said['todo']}"
    return str(answer.content.decode())


def _customer(holder_kind: str) -> str:
    """The first way of being here of the same sort of customer, as the page sends it."""
    return {"proxy": "self", "teen": "guardian"}.get(holder_kind, holder_kind)


def _letter(letter: Letter) -> dict[str, Any]:
    points = [point for point in LetterPoint.values if point not in letter.lacks]
    data: dict[str, Any] = {"points": points}
    if letter.covers:
        data["covers"] = "on"
    if letter.days is not None:
        data["until"] = f"{_today() + timedelta(days=letter.days)}"
    return data


def _today() -> date:
    return timezone.localdate()


def outside(monkeypatch: pytest.MonkeyPatch, boss: Boss, counters: list[Counter]) -> None:
    """The carrier, the register and the worker, all in this process; equal pictures are worked on
    once, and what would be recognised on a page is what lies there."""
    monkeypatch.setattr(carrier, "client", lambda: boss)
    monkeypatch.setattr(identity_check, "client", Register)
    monkeypatch.setattr(face, "client", Engine)
    monkeypatch.setattr(imaging, "clean", lru_cache(32)(imaging.clean))
    monkeypatch.setattr(marks, "watermark", _once(marks.watermark))
    monkeypatch.setattr(ocr, "lines", lambda _jpeg: next(_zones(counters), []))
    monkeypatch.setattr(ocr, "read", lambda _rgb, *_how: ())
    monkeypatch.setattr(app, "send_task", _work)


def _once(mark: Callable[..., bytes]) -> Callable[..., bytes]:
    marked = lru_cache(32)(lambda picture, lines: mark(picture, list(lines)))
    return lambda picture, lines: marked(picture, tuple(lines))


def _zones(counters: list[Counter]) -> Iterator[list[str]]:
    return (list(counter.zone) for counter in counters if counter.zone)


def _work(task: str, kwargs: dict[str, int], **_how: object) -> None:
    getattr(tasks, task.removeprefix("registration.tasks."))(**kwargs)
