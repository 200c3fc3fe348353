"""What is known besides a case: its people's other applications, its outlet's last weeks.

All of it is masked, so that looking is no read of clear data. A verifier sees the applications of
their own part of the tree; of others only how many there are.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from portal.models import User
from registration.models.application import Application, Party
from registration.models.check import Finding
from registration.models.decision import Decision
from registration.models.identity import Role
from registration.models.read_refusal import ReadRefusal
from registration.models.review import Review
from registration.services import case
from registration.services.case import Person

PEOPLE = timedelta(days=365)
OUTLET = timedelta(days=30)
# Of one person; nobody reads more beside a case.
MOST = 8
# What is not needed of a read stays as it lies, encrypted.
CLOSED = ("block", "address_block", "photo", "stated", "envelope")
NONE = (0, 0, 0)


@dataclass(frozen=True)
class Other:
    """Another application of a person of the case. ``role``: theirs in it; ``principal``: for whom
    a proxy came. ``is_blind``: who reads this may yet have to judge it, and hears no outcome."""

    application: Application
    role: str
    phone: str
    decision: Decision | None
    principal: Person | None
    is_blind: bool


@dataclass(frozen=True)
class Record:
    """One person of the case: the newest applications besides it, how many more can be seen, and
    how many there are in other parts of the tree. ``letters``: for how many of those seen they
    came as a proxy."""

    role: str
    others: list[Other]
    more: int
    elsewhere: int
    letters: int


@dataclass(frozen=True)
class Shop:
    """The outlet's last thirty days; ``blocks`` and ``doubts`` are findings of what is in review
    now."""

    decided: int
    returned: int
    refused: int
    refused_reads: int
    blocks: int
    doubts: int


@dataclass(frozen=True)
class History:
    people: list[Record]
    shop: Shop


def of(review: Review, *, by: User, now: datetime) -> History:
    """The same few queries, however much there is."""
    application = review.application
    people = application.parties.values_list("role", "identity__person_key")
    keys = dict(people.order_by("pk"))
    rows = _others(application, set(keys.values()), now)
    path = by.post.channel.path if by.post else ""
    seen = Q(application__channel_path__startswith=path) if path else Q(pk__in=[])
    totals, newest = _totals(rows, seen), _newest(rows.filter(seen), by)
    return History(
        people=[_record(role, newest[key], totals.get(key, NONE)) for role, key in keys.items()],
        shop=_shop(application, now),
    )


def _others(application: Application, keys: set[str], now: datetime) -> QuerySet[Party]:
    """In which part people have in other applications. A unit's order and its numbers are one."""
    rows = Party.objects.filter(
        identity__person_key__in=keys, application__made_at__gte=now - PEOPLE
    )
    order = application.order_id or application.pk
    return rows.exclude(
        Q(application__in=[application.pk, order])
        | Q(application__order__isnull=False, application__order=order)
    )


def _totals(rows: QuerySet[Party], seen: Q) -> dict[str, tuple[int, int, int]]:
    """By person: all applications, those that may be seen, and those of them as a proxy."""
    counted = rows.values("identity__person_key").annotate(
        everywhere=Count("application", distinct=True),
        here=Count("application", filter=seen, distinct=True),
        letters=Count("application", filter=seen & Q(role=Role.PROXY), distinct=True),
    )
    return {
        key: (everywhere, here, letters)
        for key, everywhere, here, letters in counted.values_list(
            "identity__person_key", "everywhere", "here", "letters"
        )
    }


def _newest(rows: QuerySet[Party], by: User) -> defaultdict[str, list[Other]]:
    """Of each person the newest applications; of a principal only the text block is decrypted."""
    place = Window(
        RowNumber(), partition_by="identity__person_key", order_by=("-application__made_at", "-pk")
    )
    chosen = rows.annotate(place=place).filter(place__lte=MOST).order_by("place")
    holders = Party.objects.filter(role=Role.HOLDER).select_related("identity")
    settled = Review.objects.standing().filter(decision__settled_at__isnull=False)
    rounds = settled.select_related("decision").defer("decision__note")
    found: defaultdict[str, list[Other]] = defaultdict(list)
    parties = list(
        chosen.select_related("identity", "application__outlet__channel")
        .defer(*(f"identity__{name}" for name in CLOSED))
        .prefetch_related(
            Prefetch("application__parties", holders.defer("identity__photo"), to_attr="holders"),
            Prefetch("application__reviews", rounds.order_by("-round"), to_attr="rounds"),
        )
    )
    blind = _blind({party.application_id for party in parties}, by)
    for party in parties:
        found[party.identity.person_key].append(_other(party, party.application_id in blind))
    return found


def _blind(applications: set[int], by: User) -> set[int]:
    """Those of which a second look waits that this verifier may get."""
    looks = Review.objects.open_to(by).waiting().filter(stands=False)
    return set(looks.filter(application__in=applications).values_list("application", flat=True))


def _other(party: Party, is_blind: bool) -> Other:
    application: Any = party.application
    is_proxy = party.role == Role.PROXY and application.holders
    decisions = (getattr(review, "decision", None) for review in application.rounds)
    return Other(
        application=application,
        role=str(party.get_role_display()),
        phone=case.masked_phone(application),
        decision=None if is_blind else next(filter(None, decisions), None),
        principal=case.masked(application.holders[0]) if is_proxy else None,
        is_blind=is_blind,
    )


def _record(role: str, others: list[Other], totals: tuple[int, int, int]) -> Record:
    everywhere, here, letters = totals
    return Record(
        role=str(Role(role).label),
        others=others,
        # In one application somebody may have two roles.
        more=here - len({other.application.pk for other in others}),
        elsewhere=everywhere - here,
        letters=letters,
    )


def _shop(application: Application, now: datetime) -> Shop:
    since, outlet = now - OUTLET, application.outlet_id
    # By the path and not by the outlet: that index has the time, too.
    made = Decision.objects.filter(
        review__channel_path=application.channel_path,
        review__queued_at__gte=since,
        review__stands=True,
    ).exclude(review__application=application)
    counts = made.aggregate(
        decided=Count("pk"),
        returned=Count("pk", filter=Q(verdict=Decision.Verdict.RETURN)),
        refused=Count("pk", filter=Q(verdict=Decision.Verdict.REFUSE)),
    )
    reads = ReadRefusal.objects.filter(outlet=outlet, at__gte=since)
    open_ = Finding.objects.filter(
        application__outlet=outlet, application__status=Application.Status.IN_REVIEW
    )
    found = open_.exclude(severity=Finding.Severity.NOTE).values("severity")
    findings = dict(found.annotate(count=Count("pk")).values_list("severity", "count"))
    return Shop(
        **counts,
        refused_reads=reads.count(),
        blocks=findings.get(Finding.Severity.BLOCK, 0),
        doubts=findings.get(Finding.Severity.REVIEW, 0),
    )
