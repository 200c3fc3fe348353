"""The named cast: one carrier, two provinces, five outlets and the people who work there.

Plain builders over the product's own verbs. ``Cast`` builds everything; a test takes what it
needs. All people are made up.
"""

import secrets
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone
from stdnum import luhn

from outlets.bridge.people import PEOPLE, Person
from outlets.models import Bridge, Channel, Outlet, Post, Tier
from outlets.services import channel as channels
from outlets.services import outlet as outlets
from outlets.services import staff
from portal import blobs, crypto
from portal.gateways.carrier import LineAnswer
from portal.models import User
from portal.states import Stale
from registration import flow, intake
from registration.models import (
    Application,
    CarrierOrder,
    FaceCheck,
    LetterPoint,
    OnlineCheck,
    Party,
    Photo,
    Review,
    Role,
)
from registration.rules import plan
from registration.rules.document import DOCUMENTS
from registration.rules.ownership import PROOFS
from registration.services import application as applications
from registration.services import consent, identity, line, ownership, policy, review, sim
from registration.specimens import TRAVELLERS
from tests import specimens as pictures
from tests.signing import JPEG, SAM_ID, enrolled_bridge, sign_read

PASSWORD = "样本-Specimen-2026"
ICCID = "89860012345678901238"
# What people see of a picture is decoded once more when it is shown.
VIEW = pictures.jpeg()


@dataclass
class Cast:
    """Everybody. ``now`` is the moment at which the builders act."""

    now: datetime = field(default_factory=timezone.now)
    bridges: dict[int, tuple[Ed25519PrivateKey, Bridge]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        add = self._node
        self.head = add(None, Channel.Kind.HEAD, "示例移动", "HQ")
        self.province = add(self.head, Channel.Kind.PROVINCE, "甲省公司", "A")
        self.city = add(self.province, Channel.Kind.CITY, "甲市公司", "A1")
        self.district = add(self.city, Channel.Kind.DISTRICT, "东区", "A1E")
        self.other_district = add(self.city, Channel.Kind.DISTRICT, "西区", "A1W")
        self.other_province = add(self.head, Channel.Kind.PROVINCE, "乙省公司", "B")
        self.outlet = self._outlet(self.district, "样本通讯店", "A1E001", Tier.AGENT_POINT)
        self.hall = self._outlet(self.district, "东区营业厅", "A1E002", Tier.OWN_HALL)
        self.sister = self._outlet(self.other_district, "西区手机店", "A1W001", Tier.AGENT_POINT)
        self.far_outlet = self._outlet(self.other_province, "乙省报刊亭", "B001", Tier.ENDPOINT)
        self.clerk = self.person("clerk", "样本店员", self.outlet.channel, Post.Role.CLERK)
        self.verifier = self.person("verifier", "样本审核", self.province, Post.Role.VERIFIER)
        self.manager = self.person("manager", "样本经理", self.district, Post.Role.MANAGER)

    # People and places -------------------------------------------------------------------

    def person(self, username: str, name: str, channel: Channel, role: str) -> User:
        """A user with one post from today on; their password is PASSWORD."""
        user = User.objects.create(username=username, name=name, password=_hashed())
        staff.appoint(user, channel=channel, role=role, by=None, now=self.now)
        user.post = Post.objects.select_related("channel").get(user=user)
        return user

    @cached_property
    def colleague(self) -> User:
        """Another clerk of the same outlet."""
        return self.person("colleague", "同店店员", self.outlet.channel, Post.Role.CLERK)

    @cached_property
    def sister_clerk(self) -> User:
        return self.person("sister", "西区店员", self.sister.channel, Post.Role.CLERK)

    @cached_property
    def hall_clerk(self) -> User:
        """At the carrier's own hall, where any document may be registered."""
        return self.person("hall", "大厅店员", self.hall.channel, Post.Role.CLERK)

    @cached_property
    def second_verifier(self) -> User:
        return self.person("verifier2", "样本审核乙", self.province, Post.Role.VERIFIER)

    @cached_property
    def far_verifier(self) -> User:
        return self.person("verifier3", "乙省审核", self.other_province, Post.Role.VERIFIER)

    @cached_property
    def head_manager(self) -> User:
        return self.person("head", "总部经理", self.head, Post.Role.MANAGER)

    @cached_property
    def sister_manager(self) -> User:
        return self.person("manager2", "西区经理", self.other_district, Post.Role.MANAGER)

    @cached_property
    def administrator(self) -> User:
        return self.person("admin", "样本管理员", self.head, Post.Role.ADMINISTRATOR)

    @staticmethod
    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def _node(self, parent: Channel | None, kind: str, name: str, code: str) -> Channel:
        return channels.add(parent, kind=kind, name=name, code=code, by=None, now=self.now)

    def _outlet(self, parent: Channel, name: str, code: str, tier: str) -> Outlet:
        return outlets.add(
            parent,
            name=name,
            code=code,
            tier=tier,
            agent_code=f"DL{code}",
            address="示例省样本市测试路2号",
            # Round the clock: tests run at any hour.
            opens_at=time(0),
            closes_at=time(0),
            by=None,
            now=self.now,
        )

    # The reader --------------------------------------------------------------------------

    @property
    def key_and_bridge(self) -> tuple[Ed25519PrivateKey, Bridge]:
        """The enrolled program of ``outlet``'s counter PC."""
        return self.enrolled(self.outlet)

    def enrolled(self, outlet: Outlet) -> tuple[Ed25519PrivateKey, Bridge]:
        """The key of an outlet's one counter PC, and its row as it is now."""
        if outlet.pk not in self.bridges:
            self.bridges[outlet.pk] = enrolled_bridge(outlet, now=self.now)
        private_key, bridge = self.bridges[outlet.pk]
        return private_key, Bridge.objects.get(pk=bridge.pk)

    @property
    def bridge(self) -> Bridge:
        return self.key_and_bridge[1]

    def signed_read(
        self,
        application: Application,
        person: str | Person = "wang",
        role: str = Role.HOLDER,
        **claims: Any,
    ) -> dict[str, Any]:
        """What the bridge would hand to the page for a fresh challenge."""
        asked = identity.ask(
            application.pk,
            outlet=application.outlet,
            role=role,
            clerk=application.clerk,
            session_key="session",
            now=self.now,
        )
        private_key, bridge = self.enrolled(application.outlet)
        card = PEOPLE[person] if isinstance(person, str) else person
        said: dict[str, Any] = {
            "challenge": asked.nonce,
            "counter": bridge.counter + 1,
            "origin": settings.ORIGIN,
            "read_at": f"{self.now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "card_type": card.kind,
            "sam_id": self.sam_id(application.outlet),
        }
        return sign_read(private_key, block=card.block(), photo=card.photo(), **(said | claims))

    def sam_id(self, outlet: Outlet) -> str:
        """Each outlet has a reader of its own."""
        return SAM_ID if outlet == self.outlet else f"05.01-20261122-{outlet.pk:010d}-0000000034"

    def read(
        self,
        application: Application,
        person: str | Person = "wang",
        role: str = Role.HOLDER,
        **claims: Any,
    ) -> Party:
        """A person whose card was read into the application."""
        message = self.signed_read(application, person, role, **claims)
        return self.hand_over(application, message, role)

    def hand_over(
        self, application: Application, message: dict[str, Any], role: str = Role.HOLDER
    ) -> Party:
        """The page's message arrives."""
        return intake.read(
            application,
            role,
            message,
            clerk=application.clerk,
            session_key="session",
            origin=settings.ORIGIN,
            now=self.now,
        )

    # Documents without a chip --------------------------------------------------------------

    def choose(self, application: Application, kind: str, role: str = Role.HOLDER) -> None:
        intake.choose_document(application, role, kind, now=self.now)

    def state(self, application: Application, role: str = Role.HOLDER, **said: str) -> Party:
        """What the clerk types of a document without a chip."""
        return intake.state(
            application,
            role,
            {"address": "示例省样本市测试路20号"} | said,
            clerk=application.clerk,
            session_key="session",
            now=self.now,
        )

    def travel(
        self, application: Application, key: str = "anna", role: str = Role.HOLDER, **said: str
    ) -> Party:
        """A traveller whose zone a worker has read from the picture (specimens.TRAVELLERS)."""
        person = TRAVELLERS[key]
        self.choose(application, person.document, role)
        page, _format = DOCUMENTS[person.document].zone
        application.photos.current().filter(kind=plan.picture(role, page)).delete()
        self.photo(application, plan.picture(role, page), mrz="\n".join(person.zone()))
        return self.state(application, role, **said)

    # Applications ------------------------------------------------------------------------

    def draft(self, *, by: User | None = None, outlet: Outlet | None = None) -> Application:
        return applications.start(outlet or self.outlet, by=by or self.clerk, now=self.now)

    def numbered(self, application: Application, number: str = "17000000001") -> Application:
        """As if the number had been reserved with the carrier."""
        application.number = number
        application.number_index = crypto.keyring().blind_index(number, "number")
        application.iccid = iccid(application.pk)
        application.save(update_fields=["number", "number_index", "iccid"])
        return application

    def photo(self, application: Application, kind: str, **fields: object) -> Photo:
        """A picture that a worker has already made ready."""
        values: dict[str, object] = {
            "status": Photo.Status.READY,
            "source": Photo.Source.CAMERA,
            "sha256": secrets.token_hex(32),
            "original": blobs.put(JPEG),
            "view": blobs.put(VIEW),
            "taken_at": self.now,
            "taken_by": application.clerk,
        }
        return Photo.objects.create(application=application, kind=kind, **(values | fields))

    def ready(
        self,
        person: str = "wang",
        *,
        number: str = "17000000001",
        proxy: str | None = None,
        guardian: str | None = None,
        by: User | None = None,
        outlet: Outlet | None = None,
    ) -> Application:
        """A draft that lacks nothing but the submit."""
        application = self.numbered(self.draft(by=by, outlet=outlet), number)
        if proxy:
            self.answer(application, "proxy")
        if guardian:
            self.answer(application, "guardian")
        self.read(application, person)
        if proxy:
            self.read(application, proxy, Role.PROXY)
            self.check_letter(application)
        if guardian:
            self.read(application, guardian, Role.GUARDIAN)
        for kind in application.photos_due:
            self.photo(application, kind)
        self.signed(application)
        return application

    def signed(self, application: Application, **answers: bool) -> None:
        """What the customer signs, with yes to what is asked separately unless said otherwise."""
        application.photos.current().filter(kind=Photo.Kind.SIGNATURE).update(replaced_at=self.now)
        signature = self.photo(application, Photo.Kind.SIGNATURE, source=Photo.Source.SCREEN)
        applications.confirm(application, now=self.now)
        asked = consent.due(application, now=self.now)
        given = {one.code: True for one in asked if one.is_separate} | answers
        consent.sign(application, signature, asked, given, by=application.clerk, now=self.now)

    def check_letter(
        self, application: Application, *, until: date | None = None, covers: bool = True
    ) -> None:
        """The clerk has found everything on the letter; it holds until today at least."""
        applications.check_letter(
            application,
            LetterPoint.values,
            until=until or timezone.localdate(self.now),
            covers=covers,
            now=self.now,
        )

    def answer(
        self, application: Application, holder_kind: str = "self", service: str = "new_mobile"
    ) -> None:
        intake.answer(application, holder_kind=holder_kind, service=service, now=self.now)

    def asking(
        self,
        service: str,
        *people: str,
        number: str = "13800009001",
        standing: str = "registered",
        category: str = "",
        outlet: Outlet | None = None,
        result: str = "match",
    ) -> Application:
        """Lacks nothing but the submit: a service on the customer's own number. ``people`` in the
        order in which they are read; ``result``: what the carrier says of the number's holder."""
        at = outlet or self.outlet
        application = self.draft(outlet=at, by=self.hall_clerk if at == self.hall else self.clerk)
        self.answer(application, service=service)
        known: dict[str, object] = {"standing": standing, "category": category}
        line.name(application, number, known, by=application.clerk, now=self.now)
        for role, person in zip(application.roles_due, people, strict=True):
            self.read(application, person, role)
        if application.asked.has_card:
            sim.put(application, iccid(application.pk), now=self.now)
        if application.asked.has_address:
            applications.set_address(application, "示例省样本市测试路1号", now=self.now)
        if application.needs_proof:
            ownership.tick(application, list(PROOFS), now=self.now)
        for kind in application.photos_due:
            self.photo(application, kind)
        self.signed(application)
        for check in application.ownership_checks.filter(result="waiting"):
            ownership.settle(check, result, now=self.now)
        return application

    def approved(self, application: Application) -> Application:
        """Handed in, matched and approved; the carrier has its order."""
        flow.submit(application, by=application.clerk, key=uuid.uuid4(), now=self.now)
        self.matched(application)
        case = self.claimed()
        flow.decide(
            case,
            claim_no=case.claim_no,
            verdict="approve",
            by=self.verifier,
            now=self.now,
        )
        return Application.objects.get(pk=application.pk)

    def done(self, application: Application, *, at: datetime | None = None) -> Application:
        """The carrier has carried the approved service out."""
        order = CarrierOrder.objects.exclude(command="release").get(
            application=application, status="due"
        )
        answer = LineAnswer("20261127-000001", at or self.now)
        line.close(order, answer, opened=flow.opened, now=self.now)
        return Application.objects.get(pk=application.pk)

    def in_use(self, person: str = "wang", number: str = "13800009001") -> Application:
        """A number that was opened here and is the person's."""
        return self.done(self.approved(self.ready(person, number=number)))

    def policy(self, key: str, value: object) -> None:
        """Set by head office for everybody, from today on."""
        policy.put(
            self.head,
            key,
            value,
            from_date=timezone.localdate(self.now),
            reason="样本",
            by=self.administrator,
            now=self.now,
        )

    def submitted(self, person: str = "wang", **fields: object) -> Application:
        """Handed in, its faces compared: what waits is the national check."""
        application = self.ready(person, **fields)  # type: ignore[arg-type]
        submitted = flow.submit(application, by=application.clerk, key=uuid.uuid4(), now=self.now)
        self.compared(submitted)
        return submitted

    def in_review(self, person: str = "wang", **fields: object) -> Application:
        """Submitted, and every identity matched by the national check."""
        return self.matched(self.submitted(person, **fields))

    def matched(self, application: Application) -> Application:
        """The national check knows everybody, and every face that may be compared is alike."""
        OnlineCheck.objects.filter(application=application).update(
            result=OnlineCheck.Result.MATCH, checked_at=self.now
        )
        self.compared(application)
        with suppress(Stale):  # a worker beside the test was faster
            flow.advance(application, now=self.now)
        application.refresh_from_db()
        return application

    def compared(self, application: Application) -> None:
        """The faces that wait are alike, as if an engine had answered."""
        FaceCheck.objects.filter(application=application, result="waiting").update(
            result="alike", score=0.87, threshold=0.45, engine="SPECIMEN", checked_at=self.now
        )

    def queued(self, *, minutes: int = 0, priority: int = 0, by: User | None = None) -> Review:
        """A case in the queue since ``minutes`` from now, cheaply: it has no people or papers."""
        application = self.draft(by=by)
        Application.objects.filter(pk=application.pk).update(
            status=Application.Status.IN_REVIEW,
            submitted_at=self.now,
            submit_key=uuid.uuid4(),
            round=1,
        )
        application.refresh_from_db()
        made = review.enqueue(application, now=self.now + timedelta(minutes=minutes))
        Review.objects.filter(pk=made.pk).update(priority=priority)
        made.refresh_from_db()
        return made

    def claimed(self, verifier: User | None = None) -> Review:
        """The next case in a verifier's hands."""
        found = review.claim(verifier or self.verifier, now=self.now)
        assert found is not None
        return found

    def decided(self, verdict: str, person: str = "wang", **how: object) -> Application:
        """An application that went through review with this verdict."""
        application = self.in_review(person)
        case = self.claimed()
        flow.decide(
            case,
            claim_no=case.claim_no,
            verdict=verdict,
            by=self.verifier,
            now=self.now + timedelta(minutes=1),
            **how,  # type: ignore[arg-type]
        )
        application.refresh_from_db()
        return application


def iccid(serial: int) -> str:
    """A SIM card's number with its check digit; another serial is another card."""
    body = f"8986009955{serial:09d}"
    return body + str(luhn.calc_check_digit(body))


_HASH: list[str] = []


def _hashed() -> str:
    if not _HASH:
        _HASH.append(make_password(PASSWORD))
    return _HASH[0]
