"""A counter of the demo: a clerk, a bridge with its key, and the steps of one customer's visit."""

import base64
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils import timezone

from outlets.bridge import AGENT, envelope, key
from outlets.bridge.adapter import Read, Source
from outlets.bridge.key import Enrolment
from outlets.bridge.people import Person
from outlets.models import Outlet
from outlets.services import reader
from portal.gateways.identity_check import Answer, Result
from portal.models import User
from registration import flow, intake
from registration.demo import faces, pictures, travel
from registration.demo.numbers import Numbers
from registration.demo.pictures import SMALL, Camera
from registration.models import (
    Application,
    Assistance,
    LetterPoint,
    OwnershipCheck,
    Photo,
    Role,
)
from registration.rules.document import DOCUMENTS
from registration.rules.ownership import REGISTERED, UNREGISTERED
from registration.rules.service import NEW_MOBILE, Service
from registration.services import application as applications
from registration.services import (
    assist,
    check,
    consent,
    identity,
    line,
    ownership,
    photo,
    sim,
    study,
)
from registration.specimens import Traveller, misprinted, stranger

SESSION = "demo"
STEP = timedelta(seconds=25)
LETTER_LIFE = timedelta(days=30)


@dataclass(frozen=True)
class Visit:
    """Who comes, and for what. ``proxy``: somebody else comes for them, with a letter;
    ``guardian``: of a child; ``witness`` stands by at one who is too old and ill to write;
    ``transferor``: who gives the number away. A traveller shows a document without a chip.
    ``number`` is the customer's own, where the service is about one, and ``category`` why nobody
    is registered with it. ``is_somebody_else``: than the card shows, who stands there.
    ``misprint``: which digit of the proxy's number is another one in the letter."""

    holder: Person | Traveller
    proxy: Person | None = None
    online: Result = Result.MATCH
    camera: Camera = SMALL
    service: Service = NEW_MOBILE
    guardian: Person | None = None
    witness: User | None = None
    transferor: Person | None = None
    number: str = ""
    category: str = ""
    is_somebody_else: bool = False
    misprint: int = 0

    @property
    def people(self) -> dict[str, Person]:
        all_of_them = {
            Role.HOLDER.value: None if isinstance(self.holder, Traveller) else self.holder,
            Role.PROXY.value: self.proxy,
            Role.GUARDIAN.value: self.guardian,
            Role.TRANSFEROR.value: self.transferor,
        }
        return {role: person for role, person in all_of_them.items() if person}

    @property
    def known(self) -> dict[str, object]:
        """What the carrier said of the customer's own number."""
        standing = UNREGISTERED if self.category else REGISTERED
        return {"standing": standing, "category": self.category}

    @property
    def holder_kind(self) -> str:
        if self.guardian:
            return "guardian"
        return "proxy" if self.proxy else "self"


@dataclass
class Counter:
    outlet: Outlet
    clerk: User
    enrolment: Enrolment
    sam_id: str
    reads: int = field(default=0)

    @classmethod
    def enrolled(cls, outlet: Outlet, clerk: User, *, by: User, now: datetime) -> "Counter":
        """A counter PC with a key of its own; the key is forgotten when the demo is loaded."""
        private = Ed25519PrivateKey.generate()
        public = key.public_bytes(private)
        bridge = reader.enrol(
            code=reader.issue_code(outlet, by=by, now=now),
            public_key=base64.b64encode(public).decode(),
            agent=AGENT,
            host=f"SPECIMEN-{outlet.channel.code}",
            now=now,
        )
        enrolment = Enrolment(
            folder=Path(), key=private, kid=bridge.kid, outlet=str(outlet), origin=settings.ORIGIN
        )
        return cls(outlet, clerk, enrolment, f"05.01-20250101-{outlet.pk:010d}-0000000099")

    def begin(self, visit: Visit, numbers: Numbers, *, at: datetime) -> Application:
        """A draft with a number and the holder's card."""
        application = applications.start(self.outlet, by=self.clerk, now=at)
        intake.answer(
            application,
            holder_kind=visit.holder_kind,
            service=visit.service.code,
            now=at + STEP,
        )
        if visit.number:
            line.name(application, visit.number, visit.known, by=self.clerk, now=at + STEP)
        else:
            line.put(
                application, numbers.hold(visit.service.lines[0]), by=self.clerk, now=at + STEP
            )
        if visit.service.has_card:
            sim.put(application, numbers.iccid(), now=at + STEP)
        if visit.service.has_address:
            applications.set_address(application, visit.holder.address, now=at + STEP)
        if isinstance(visit.holder, Traveller):
            self._show(application, visit.holder, visit, at=at + 2 * STEP)
        else:
            self.read(application, Role.HOLDER, visit.holder, at=at + 2 * STEP)
        return application

    def finish(self, application: Application, visit: Visit, *, at: datetime) -> None:
        """The other card, the pictures, the signature; handed in at ``at`` + 5 steps."""
        for role in application.roles_due[1:]:
            self.read(application, role, visit.people[role], at=at)
        if application.needs_proof:
            ownership.tick(application, ["password", "card"], now=at + STEP)
        taken = set(application.photos.current().values_list("kind", flat=True))
        for kind in application.photos_due:
            if kind in taken:
                continue
            self.take(application, kind, visit, at=at + STEP)
        if visit.proxy:
            self._check_letter(application, at=at + 2 * STEP)
        if visit.witness:
            self._help(application, visit, at=at + 3 * STEP)
        else:
            self._sign(application, visit, at=at + 3 * STEP)
        self.develop(application, at=at + 4 * STEP)

    def take(self, application: Application, kind: str, visit: Visit, *, at: datetime) -> None:
        photo.receive(
            application,
            kind,
            self._draw(application, kind, visit),
            source=Photo.Source.CAMERA,
            by=self.clerk,
            now=at,
        )

    def redo(self, application: Application, visit: Visit, *, at: datetime) -> None:
        """Everything that the verifier asked for."""
        for item in list(application.redo):
            if item == "letter_points":
                self._check_letter(application, at=at)
            else:
                self.take(application, item, visit, at=at)
        application.refresh_from_db()
        self.develop(application, at=at)

    def _sign(self, application: Application, visit: Visit, *, at: datetime) -> None:
        intake.sign(
            application,
            self._draw(application, Photo.Kind.SIGNATURE, visit),
            shown=consent.name(application, now=at),
            answers={"face": True, "guardian": True},
            by=self.clerk,
            now=at,
        )

    def _help(self, application: Application, visit: Visit, *, at: datetime) -> None:
        """A mark instead of a signature, while somebody stands by."""
        assert visit.witness is not None  # noqa: S101 - who calls has asked
        assist.begin(application, Assistance.AGE, supervisor=visit.witness, by=self.clerk, now=at)
        self.take(application, Photo.Kind.MARK, visit, at=at)

    @staticmethod
    def _check_letter(application: Application, *, at: datetime) -> None:
        applications.check_letter(
            application,
            LetterPoint.values,
            until=timezone.localdate(at) + LETTER_LIFE,
            covers=True,
            now=at,
        )

    def develop(self, application: Application, *, at: datetime) -> None:
        """The worker's part: the marked copies."""
        for row in application.photos.current().filter(status=Photo.Status.RECEIVED):
            intake.develop(row, now=at)

    @staticmethod
    def _studied(application: Application, visit: Visit, *, at: datetime) -> datetime:
        """When the pictures have been studied. What is long decided is not; a worker studies what
        waits today once it runs, and the case has not waited for that."""
        if visit.camera == SMALL:
            study.forget(application)
            return at
        return at + study.PATIENCE

    def submit(self, application: Application, visit: Visit, *, at: datetime) -> None:
        """Hand in, and let the national check answer a few seconds later."""
        application.refresh_from_db()
        flow.submit(application, by=self.clerk, key=uuid.uuid4(), now=at)
        after = at + timedelta(seconds=4)
        for row in application.online_checks.filter(result="waiting"):
            reference = f"LWDEMO{row.pk:010d}"
            check.settle(row, Answer(visit.online, reference), now=after)
        for asked in application.ownership_checks.filter(result="waiting"):
            ownership.settle(asked, OwnershipCheck.Result.MATCH, now=after)
        faces.compare(application, is_alike=not visit.is_somebody_else, at=after)
        flow.advance(application, now=self._studied(application, visit, at=after))

    def _show(
        self, application: Application, person: Traveller, visit: Visit, *, at: datetime
    ) -> None:
        """The page with the zone is taken and read; the address is typed."""
        intake.choose_document(application, Role.HOLDER, person.document, now=at)
        page, _format = DOCUMENTS[person.document].zone
        self.take(application, page, visit, at=at)
        self.develop(application, at=at)
        intake.state(
            application,
            Role.HOLDER,
            {"name": person.name, "address": person.address},
            clerk=self.clerk,
            session_key=SESSION,
            now=at,
        )

    def read(self, application: Application, role: Role, person: Person, *, at: datetime) -> None:
        asked = identity.ask(
            application.pk,
            outlet=self.outlet,
            role=role,
            clerk=self.clerk,
            session_key=SESSION,
            now=at,
        )
        read = Read(Source.CHIP, {"block": person.block(), "wlt": person.photo()})
        self.reads += 1
        signed = envelope.sign(
            read,
            enrolment=self.enrolment,
            counter=self.reads,
            challenge=asked.nonce,
            origin=settings.ORIGIN,
            reader="serial",
            sam_id=self.sam_id,
            card_type="resident",
            now=at,
        )
        intake.read(
            application,
            role,
            envelope.message(signed, read),
            clerk=self.clerk,
            session_key=SESSION,
            origin=settings.ORIGIN,
            now=at,
        )

    @staticmethod
    def _draw(application: Application, kind: str, visit: Visit) -> bytes:
        if isinstance(visit.holder, Traveller):
            return travel.picture(kind, visit.holder)
        if visit.is_somebody_else and kind == Photo.Kind.LIVE:
            return stranger(visit.camera.face)
        people = visit.people
        if visit.misprint and kind == Photo.Kind.LETTER:
            people |= {Role.PROXY.value: misprinted(people[Role.PROXY], visit.misprint)}
        return pictures.take(visit.camera, kind, people, application.number or "")
