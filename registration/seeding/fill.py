"""Fill a database with a made-up country, all of it or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import models, transaction

from outlets.models import Bridge, Channel, Outlet, Post, Reader
from portal.models import User
from portal.services import audit
from registration.models import (
    Appeal,
    Application,
    CarrierOrder,
    Challenge,
    Decision,
    Erasure,
    Finding,
    Identity,
    Line,
    OnlineCheck,
    Party,
    Photo,
    ReadRefusal,
    Review,
    Slot,
    Turndown,
)
from registration.seeding import country, fates, tables
from registration.seeding.cases import Cases
from registration.seeding.desk import Desk
from registration.seeding.fates import Calendar
from registration.seeding.proofs import Proofs
from registration.seeding.staff import Staff

BATCH = 10_000  # applications that are in memory at once
TABLES: tuple[type[models.Model], ...] = (
    *(Channel, Outlet, Bridge, Reader, User, Post, Application, Challenge, Identity, Party),
    *(OnlineCheck, Photo, Slot, Finding, Turndown, ReadRefusal, Erasure, Review, Decision),
    *(Line, CarrierOrder, Appeal),
)


class NotEmpty(Exception):
    """There are outlets in the database already."""


@dataclass(frozen=True)
class Amount:
    """``seed``: the same one gives the same rows at the same moment, but for ciphers' nonces."""

    applications: int
    outlets: int
    seed: int = 1


def fill(
    amount: Amount, *, now: datetime, tell: Callable[[str], None], add: bool = False
) -> list[str]:
    """The first account of each kind. ``tell`` hears how far it is.

    Raises NotEmpty unless it is to ``add``.
    """
    if Outlet.objects.exists() and not add:
        raise NotEmpty
    with transaction.atomic():
        with tables.bare(TABLES, tell):
            accounts = _fill(amount, now, tell)
        audit.record(
            "database.seeded",
            by=None,
            now=now,
            applications=amount.applications,
            outlets=amount.outlets,
        )
    tables.analyze(TABLES)
    return accounts


def _fill(amount: Amount, now: datetime, tell: Callable[[str], None]) -> list[str]:
    chance = Random(amount.seed)  # noqa: S311 - nothing secret is drawn
    calendar = Calendar(amount.applications, now=now)
    opened_at = calendar.since - timedelta(days=1)
    tell("网点 · outlets")
    land = country.plan(amount.outlets, chance)
    country.write(land, now=opened_at)
    staff = Staff(chance, since=opened_at.date(), now=opened_at)
    verifiers = staff.write(land)
    # Nobody is made up twice: people go on where those of an earlier run may have ended.
    proofs = Proofs(chance, first_person=Application.objects.count())
    cases = Cases(land, proofs, Desk(verifiers, chance), calendar, chance)
    for place in range(amount.applications):
        if place and place % BATCH == 0:
            cases.write()
            tell(f"受理单 · applications {place:,}/{amount.applications:,}")
        cases.add(place, fates.choose(place, amount.applications, chance))
    cases.write()
    country.enrol(land, chance, now=opened_at)
    return staff.accounts
