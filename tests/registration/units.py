"""Units as customers, for the tests: made-up ones, in a region that does not exist (99)."""

import uuid
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from stdnum import luhn

from outlets.bridge.people import Person
from outlets.cards import Sex
from registration import flow
from registration.models import Application, OnlineCheck, Role
from registration.rules.unit_kind import UNIT_KINDS
from registration.services import application as applications
from registration.services import unit
from tests.cast import Cast

# One of each prefix, with right check digits.
CODES = {
    "enterprise": "91990101000000019M",
    "institution": "12990101000000027M",
    "social": "51990101000000035F",
    "government": "11990101000000043E",
}
# Issued before 2015: 15 digits of a licence, 9 of an organisation.
LICENCE_15, ORGANISATION_9 = "990101000000018", "000000027"


def said(cast: Cast, kind: str = "enterprise", **fields: Any) -> unit.Said:
    """What the papers of such a unit say, everything in order."""
    of_kind = UNIT_KINDS[kind]
    values: dict[str, Any] = {
        "kind": kind,
        "name": "样本测试有限公司",
        "number": CODES.get(kind, ""),
        "address": "示例省样本市测试路100号",
        "purpose": "员工通信",
        "letter_until": timezone.localdate(cast.now) + timedelta(days=30),
        "letter_names_handler": True,
        "letter_states_scope": True,
        "letter_is_sealed": True,
        "shown": dict.fromkeys(of_kind.papers, "sealed"),
        "level": "regiment" if of_kind.has_level else "",
        "note_number": "样照字第1号" if of_kind.has_note else "",
        "note_date": date(2026, 11, 1) if of_kind.has_note else None,
    }
    return unit.Said(**(values | fields))


def draft(cast: Cast, kind: str = "enterprise", **fields: Any) -> Application:
    """A unit's order at the own hall, with its papers written down."""
    order = cast.draft(by=cast.hall_clerk, outlet=cast.hall)
    cast.answer(order, "unit")
    unit.put(order, said(cast, kind, **fields), by=cast.hall_clerk, now=cast.now)
    return order


def number(
    cast: Cast, order: Application, place: int = 1, user: str | Person | None = None
) -> Application:
    """A number of the order with its SIM card; with ``user``, whose card was read."""
    row = applications.start(order.outlet, by=order.clerk, now=cast.now, order=order)
    cast.numbered(row, f"170000{place:05d}")
    body = f"8986009900{place:09d}"
    Application.objects.filter(pk=row.pk).update(iccid=body + str(luhn.calc_check_digit(body)))
    row.refresh_from_db()
    if user:
        cast.read(row, user, Role.END_USER)
    return row


def papered(cast: Cast, order: Application, handler: str = "zhang") -> Application:
    """The handler read, every picture taken, signed."""
    cast.read(order, handler, Role.HANDLER)
    for kind in order.photos_due:
        cast.photo(order, kind)
    cast.signed(order)
    return order


def submitted(cast: Cast, order: Application) -> Application:
    return flow.submit(order, by=order.clerk, key=uuid.uuid4(), now=cast.now)


def matched(cast: Cast, order: Application, *, besides: Application | None = None) -> None:
    """The national check answers for everybody: a match, but not for the user of ``besides``."""
    family = [order, *order.numbers.filter(status=Application.Status.SUBMITTED)]
    for application in family:
        result = OnlineCheck.Result.MISMATCH if application == besides else "match"
        OnlineCheck.objects.filter(application=application).update(result=result)
        cast.compared(application)
    for application in reversed(family):
        application.refresh_from_db()
        flow.advance(application, now=cast.now)


def decided(cast: Cast, verdict: str = "approve", **how: Any) -> None:
    """The verifier's decision on the case that is next, with all the numbers before them."""
    case = cast.claimed()
    before = [row.pk for row in case.application.numbers.filter(status="in_review")]
    flow.decide(
        case,
        claim_no=case.claim_no,
        verdict=verdict,
        by=cast.verifier,
        now=cast.now,
        **({"numbers": before} | how),
    )


def crowd(count: int) -> list[Person]:
    """So many people with cards, all different."""
    return [
        Person(
            key=f"user{place}",
            name=f"样本用{'甲乙丙丁戊己庚辛壬癸'[place % 10]}",
            sex=Sex.MALE,
            birth_date=date(1985, 1, 1) + timedelta(days=37 * place),
            address=f"示例省样本市测试路{place + 200}号",
            valid_from=date(2020, 1, 1),
            valid_to=date(2040, 1, 1),
            sequence=f"{101 + 2 * place:03d}",
        )
        for place in range(count)
    ]
