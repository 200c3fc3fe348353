"""The clerk's home: begin, take up again, see what came back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from outlets.http import StaffRequest, for_role
from outlets.models import Post
from portal import masking
from registration.http import polled
from registration.models import Application, Party, Review, Role
from registration.services import counter
from registration.views import steps

Status = Application.Status


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
    now = timezone.now()
    home = _home(counter.rows(request.user, now=now), now)
    return render(request, "registration/counter/show.html", {"home": home})


@for_role(Post.Role.CLERK)
@require_GET
def live(request: StaffRequest) -> HttpResponse:
    """The lists of the home page, asked for every few seconds: one indexed query when nothing
    has changed."""
    now = timezone.now()

    def lists() -> HttpResponse:
        home = _home(counter.rows(request.user, now=now), now)
        return render(request, "registration/counter/_lists.html", {"home": home})

    standing = counter.standing(request.user, now=now)
    return polled(request, (timezone.localdate(now), standing), lists)


def _home(rows: QuerySet[Application], now: datetime) -> Home:
    home = Home()
    found = rows.select_related("clerk", "unit").prefetch_related(
        Prefetch("parties", Party.objects.filter(role=Role.HOLDER).select_related("identity")),
        Prefetch("reviews", Review.objects.standing().select_related("decision")),
    )
    for application in found:
        _list_for(home, application).append(_row(application))
        if application.submitted_at and application.submitted_at >= counter.midnight(now):
            _count(home, application)
    return home


def _list_for(home: Home, application: Application) -> list[Row]:
    if application.status == Status.DRAFT:
        return home.drafts
    if application.status == Status.RETURNED:
        return home.returned
    if application.status == Status.ACTIVE and application.has_numbers_at_hand:  # type: ignore[attr-defined]
        return home.orders
    return home.finished if application.status in counter.FINISHED else home.in_flight


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
