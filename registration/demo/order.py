"""A unit's order in the demo: an enterprise with three numbers, one of which lacks its end user."""

import uuid
from datetime import date, datetime, timedelta

from django.utils import timezone

from outlets.bridge.people import PEOPLE, Person
from portal.gateways.identity_check import Answer, Result
from registration import flow, intake, specimens
from registration.demo import faces
from registration.demo.counter import STEP, Counter
from registration.demo.numbers import Numbers
from registration.demo.pictures import SHARP
from registration.models import Application, OnlineCheck, Photo, Role
from registration.services import application as applications
from registration.services import check, consent, line, photo, sim, study, unit

NAME, CODE = "样本测试有限公司", "91990101000000019M"
HANDLER = PEOPLE["zhang"]
USERS: tuple[Person | None, ...] = (PEOPLE["wang"], PEOPLE["li"], None)
# From the first step at the counter to the submit.
STEPS = 12


def play(counter: Counter, numbers: Numbers, *, submitted_at: datetime) -> Application:
    """Handed in with the two numbers that are complete; it waits for a verifier."""
    at = submitted_at - STEPS * STEP
    order = applications.start(counter.outlet, by=counter.clerk, now=at)
    intake.answer(order, holder_kind="unit", service=order.service, now=at)
    until = timezone.localdate(submitted_at) + timedelta(days=60)
    unit.put(order, _said(until), by=counter.clerk, now=at + STEP)
    for place, user in enumerate(USERS):
        moment = at + (2 + place) * STEP
        number = applications.start(counter.outlet, by=counter.clerk, now=moment, order=order)
        line.put(number, numbers.hold(), by=counter.clerk, now=moment)
        sim.put(number, numbers.iccid(), now=moment)
        if user:
            counter.read(number, Role.END_USER, user, at=moment)
    counter.read(order, Role.HANDLER, HANDLER, at=at + 6 * STEP)
    _papers(counter, order, until, at=at + 7 * STEP)
    order.refresh_from_db()
    flow.submit(order, by=counter.clerk, key=uuid.uuid4(), now=submitted_at)
    _match(order, at=submitted_at + timedelta(seconds=4))
    return order


def _said(until: date) -> unit.Said:
    return unit.Said(
        kind="enterprise",
        name=NAME,
        number=CODE,
        address="示例省样本市测试路100号",
        purpose="员工通信",
        letter_until=until,
        letter_names_handler=True,
        letter_states_scope=True,
        letter_is_sealed=True,
        shown={"licence": "original"},
    )


def _papers(counter: Counter, order: Application, until: date, *, at: datetime) -> None:
    pictures = {
        Photo.Kind.HANDLER_ID_FRONT: specimens.id_front(HANDLER, SHARP.card),
        Photo.Kind.HANDLER_ID_BACK: specimens.id_back(HANDLER, SHARP.card),
        Photo.Kind.HANDLER_LIVE: specimens.live_photo(HANDLER, SHARP.face),
        Photo.Kind.LICENCE: specimens.licence(NAME, CODE, SHARP.paper[::-1]),
        Photo.Kind.UNIT_LETTER: specimens.unit_letter(
            NAME, HANDLER, len(USERS), until, SHARP.paper
        ),
    }
    for kind in order.photos_due:
        photo.receive(
            order,
            kind,
            pictures[Photo.Kind(kind)],
            source=Photo.Source.CAMERA,
            by=counter.clerk,
            now=at,
        )
    signature = specimens.signature(HANDLER.name, SHARP.pad)
    intake.sign(
        order,
        signature,
        shown=consent.name(order, now=at),
        answers={"face": True},
        by=counter.clerk,
        now=at + STEP,
    )
    counter.develop(order, at=at + 2 * STEP)


def _match(order: Application, *, at: datetime) -> None:
    """The national check answers for the handler and for every end user who was handed in."""
    family = [*order.numbers.filter(status=Application.Status.SUBMITTED), order]
    for row in OnlineCheck.objects.filter(application__in=family):
        check.settle(row, Answer(Result.MATCH, f"LWDEMO{row.pk:010d}"), now=at)
    faces.compare(order, at=at)
    for application in family:
        application.refresh_from_db()
        # Its pictures are studied once a worker runs; the case has not waited for that.
        flow.advance(application, now=at + study.PATIENCE)
