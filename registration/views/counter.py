"""The clerk's home: begin, take up again, see what came back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from outlets.http import StaffRequest, for_role
from outlets.models import Post
from portal import masking
from registration.http import at_counter, polled
from registration.models import Application, Party, Review, Role
from registration.views import steps

Status = Application.Status

UNFINISHED = (
    Status.DRAFT,
    Status.RETURNED,
    Status.SUBMITTED,
    Status.IN_REVIEW,
    Status.APPROVED,
)
FINISHED = (Status.ACTIVE, Status.REFUSED)
MOST = 200


@dataclass(frozen=True)
class Row:
    """One application in a list, masked."""

    application: Application
    name: str
    number: str
    sent_back: steps.SentBack | None


@dataclass
class Home:
    returned: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    drafts: list[Row] = field(default_factory=list)
    in_flight: list[Row] = field(default_factory=list)
    finished: list[Row] = field(default_factory=list)
    submitted_today: int = 0
    active_today: int = 0
    returned_today: int = 0
    refused_today: int = 0


@for_role(Post.Role.CLERK)
@require_GET
def show(request: StaffRequest) -> HttpResponse:
    home = _home(_rows(request, timezone.now()), timezone.now())
    return render(request, "registration/counter/show.html", {"home": home})


@for_role(Post.Role.CLERK)
@require_GET
def live(request: StaffRequest) -> HttpResponse:
    """The lists of the home page, asked for every few seconds: one indexed query when nothing
    has changed."""
    now = timezone.now()
    rows = _rows(request, now)
    signature = list(rows.values_list("pk", "status", "touched_at"))
    return polled(
        request,
        (timezone.localdate(now), signature),
        lambda: render(request, "registration/counter/_lists.html", {"home": _home(rows, now)}),
    )


def _rows(request: StaffRequest, now: datetime) -> QuerySet[Application]:
    """What is unfinished, and what was finished of today's; newest first. An order stands for its
    numbers, and is unfinished while one of them lies at the counter."""
    at_hand = Application.objects.open().filter(order=OuterRef("pk"))
    wanted = (
        Q(status__in=UNFINISHED)
        | Q(status__in=FINISHED, touched_at__gte=_midnight(now))
        | Q(status=Status.ACTIVE, has_numbers_at_hand=True)
    )
    rows = at_counter(request).of_their_own().annotate(has_numbers_at_hand=Exists(at_hand))
    found: QuerySet[Application] = rows.filter(wanted).order_by("-touched_at")[:MOST]
    return found


def _home(rows: QuerySet[Application], now: datetime) -> Home:
    home = Home()
    found = rows.select_related("clerk", "unit").prefetch_related(
        Prefetch("parties", Party.objects.filter(role=Role.HOLDER).select_related("identity")),
        Prefetch("reviews", Review.objects.standing().select_related("decision")),
    )
    for application in found:
        _list_for(home, application).append(_row(application))
        if application.submitted_at and application.submitted_at >= _midnight(now):
            _count(home, application)
    return home


def _list_for(home: Home, application: Application) -> list[Row]:
    if application.status == Status.DRAFT:
        return home.drafts
    if application.status == Status.RETURNED:
        return home.returned
    if application.status == Status.ACTIVE and application.has_numbers_at_hand:  # type: ignore[attr-defined]
        return home.orders
    return home.finished if application.status in FINISHED else home.in_flight


def _count(home: Home, application: Application) -> None:
    home.submitted_today += 1
    home.active_today += application.status == Status.ACTIVE
    home.returned_today += application.status == Status.RETURNED
    home.refused_today += application.status == Status.REFUSED


def _row(application: Application) -> Row:
    holders: Iterable[Party] = application.parties.all()
    card = next((party.identity.card for party in holders), None)
    name = masking.name(card.name) if card else ""
    if application.holder.is_order and hasattr(application, "unit"):
        name = application.unit.name
    return Row(
        application=application,
        name=name,
        number=masking.group_phone(masking.phone(application.number)),
        sent_back=steps.sent_back(application),
    )


def _midnight(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
