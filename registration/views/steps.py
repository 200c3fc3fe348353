"""The steps of the counter: where an application stands, and what each step still lacks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outlets.http import StaffRequest
from portal import masking
from registration import flow
from registration.models import (
    Application,
    Decision,
    LetterPoint,
    OwnershipCheck,
    Party,
    Photo,
    Review,
    Role,
    Unit,
)
from registration.models.photo import label
from registration.rules.common import REDO_STEPS
from registration.rules.document import DOCUMENTS
from registration.rules.engine import Verdict
from registration.rules.rule import Severity
from registration.services import ownership
from registration.services import unit as units

TITLES: dict[str, Promise] = {
    "start": gettext_lazy("客户"),
    "numbers": gettext_lazy("号码清单"),
    "read": gettext_lazy("读卡"),
    "photos": gettext_lazy("拍照"),
    "check": gettext_lazy("核对"),
    "sign": gettext_lazy("签字"),
}
REDO: dict[str, Promise] = {
    "number": gettext_lazy("号码"),
    "iccid": gettext_lazy("SIM 卡号"),
    "address": gettext_lazy("装机地址"),
    "letter_points": gettext_lazy("委托书六项"),
    "unit": gettext_lazy("单位资料"),
    "proofs": gettext_lazy("号码使用凭证核对"),
    **{role.value: format_lazy(gettext_lazy("{role}读卡"), role=role.label) for role in Role},
    **{kind.value: kind.label for kind in Photo.Kind},
}


@dataclass(frozen=True)
class Step:
    """``missing`` are short names of what the step lacks. It is wrong when a rule blocks it for
    another reason, or when it was sent back."""

    name: str
    title: str
    url: str
    missing: list[str]
    is_now: bool
    is_done: bool
    is_wrong: bool
    is_sent_back: bool


@dataclass(frozen=True)
class Seen:
    """One party as the counter shows it: masked."""

    role: str
    label: str
    kind: str
    name: str
    number: str
    sex: str
    valid_from: date | None
    valid_to: date | None
    read_at: datetime


@dataclass(frozen=True)
class SentBack:
    """Why an application came back, and what to redo."""

    reason: str
    note: str
    items: list[str]
    at: datetime | None


@dataclass
class Board:
    """Everything that the frame around a step shows."""

    application: Application
    current: str
    verdicts: list[Verdict]
    people: list[Seen]
    photos: dict[str, Photo]
    owner: OwnershipCheck | None = None
    steps: list[Step] = field(default_factory=list)
    # Of a unit's order: whose it is, how many numbers it has and how many lack nothing.
    unit: Unit | None = None
    count: int = 0
    ready: int = 0

    @property
    def missing(self) -> list[str]:
        return [name for step in self.steps for name in step.missing]

    @property
    def wrong(self) -> list[str]:
        """Where something stands against it that is not merely lacking."""
        return [step.title for step in self.steps if step.is_wrong]

    @property
    def is_processing(self) -> bool:
        return any(photo.status == Photo.Status.RECEIVED for photo in self.photos.values())

    @property
    def notes(self) -> int:
        return self._count(Severity.NOTE)

    @property
    def reviews(self) -> int:
        return self._count(Severity.REVIEW)

    @property
    def number(self) -> str:
        return masking.group_phone(masking.phone(self.application.number))

    @property
    def here(self) -> Step:
        return self.steps[self._place]

    @property
    def address(self) -> str:
        return masking.address(self.application.address)

    @property
    def wants_backfill(self) -> bool:
        return self.is_stopped_by("SC-03")

    def is_stopped_by(self, rule: str) -> bool:
        return any(verdict.rule.id == rule for verdict in self.verdicts)

    @property
    def next(self) -> Step | None:
        place = self._place + 1
        return self.steps[place] if place < len(self.steps) else None

    @property
    def previous(self) -> Step | None:
        return self.steps[self._place - 1] if self._place else None

    @property
    def _place(self) -> int:
        return [step.name for step in self.steps].index(self.current)

    def place_of(self, step: str) -> str:
        """Where a rule's finding is mended: what is chosen at the start stands for a number of
        an order in the order's list, and a page of its user's document is shot where it is read."""
        if not self.application.order_id:
            return step
        return {"start": "numbers", "photos": "read"}.get(step, step)

    def _count(self, severity: str) -> int:
        return sum(verdict.severity == severity for verdict in self.verdicts)


def board(request: StaffRequest, application: Application, current: str, now: datetime) -> Board:
    parties = list(application.parties.select_related("identity").defer("identity__photo"))
    found = Board(
        application=application,
        current=current,
        verdicts=flow.judge(application, clerk=request.user, now=now),
        people=[seen(party) for party in sorted(parties, key=_by_role)],
        photos={photo.kind: photo for photo in application.photos.current()},
        owner=ownership.current(application),
    )
    if application.holder.is_order:
        numbers = application.numbers.live().exclude(number_index="")
        found.unit = units.of(application)
        found.count, found.ready = numbers.count(), numbers.complete().count()
    lacking = _lacking(found)
    found.steps = [_step(found, name, lacking[name]) for name in application.holder.steps]
    return found


def _step(found: Board, name: str, missing: list[str]) -> Step:
    blocks = [verdict for verdict in found.verdicts if verdict.severity == Severity.BLOCK]
    if name == "check":
        # The customer signs after the check; everything else must be in order before it.
        here = [verdict for verdict in blocks if verdict.reason.step != "sign"]
        wrong = any(not verdict.reason.step for verdict in here)
    else:
        here = [verdict for verdict in blocks if found.place_of(verdict.reason.step) == name]
        wrong = bool(here) and not missing and not (name == "photos" and found.is_processing)
    redo = {REDO_STEPS.get(item, "photos") for item in found.application.redo}
    sent_back = name in {found.place_of(step) for step in redo}
    return Step(
        name=name,
        title=str(TITLES[name]),
        url=url(found.application, name, found.people),
        missing=missing,
        is_now=name == found.current,
        is_done=not here and not sent_back,
        is_wrong=wrong or sent_back,
        is_sent_back=sent_back,
    )


def show(request: StaffRequest, template: str, found: Board, **context: Any) -> HttpResponse:
    """A step's page; one that has left the counter shows its result instead, and a number of an
    order the list that it is in."""
    application = found.application
    if not application.is_editable:
        return redirect("application_result", pk=application.pk)
    if found.current not in application.holder.steps:
        return redirect("application", pk=application.pk)
    context |= {"board": found, "application": application, "sent_back": sent_back(application)}
    return render(request, template, context)


def url(application: Application, step: str, people: Iterable[Seen]) -> str:
    if step == "read":
        return role_url(application, _role_to_read(application, people))
    if step == "numbers":
        return reverse("order", kwargs={"pk": application.order_id or application.pk})
    return reverse(PAGES[step], kwargs={"pk": application.pk})


def role_url(application: Application, role: str) -> str:
    return reverse("identity", kwargs={"pk": application.pk, "role": role})


PAGES = {
    "start": "application_start",
    "photos": "photos",
    "check": "application_check",
    "sign": "application_sign",
}


def seen(party: Party) -> Seen:
    card = party.identity.card
    return Seen(
        role=party.role,
        label=party.get_role_display(),
        kind=_(DOCUMENTS[card.kind].label),
        name=masking.name(card.name),
        number=masking.group_number(masking.number(card.number)),
        sex=_(card.sex.label),
        valid_from=card.valid_from,
        valid_to=card.valid_to,
        read_at=party.identity.read_at,
    )


def sent_back(application: Application) -> SentBack | None:
    """What the last decision asked for; the carrier sends back too, without a decision."""
    if application.status != Application.Status.RETURNED:
        return None
    rounds = [review for review in application.reviews.all() if review.stands]
    review = next(iter(sorted(rounds, key=_latest_first)), None)
    return sent_back_by(application, review)


def sent_back_by(application: Application, review: Review | None) -> SentBack:
    decision = getattr(review, "decision", None)
    items = [str(REDO[item]) for item in application.redo if item in REDO]
    if decision is None or decision.verdict != Decision.Verdict.RETURN:
        return SentBack(_("运营商没有开通：请按下面的项目更换后重新提交。"), "", items, None)
    reason = decision.get_reason_display()
    return SentBack(reason, decision.note or "", items, decision.decided_at)


def _latest_first(review: Review) -> int:
    return -review.round


def _by_role(party: Party) -> int:
    return list(Role).index(Role(party.role))


def _role_to_read(application: Application, people: Iterable[Seen]) -> str:
    """The first role that waits for a card; the holder's when nobody does."""
    read = {person.role for person in people} - set(application.redo)
    waiting = (role for role in application.roles_due if role not in read)
    return next(waiting, application.roles_due[0])


def _lacking(found: Board) -> dict[str, list[str]]:
    application = found.application
    read = {person.role for person in found.people}
    asked = application.asked
    chosen = [_("号码")] if not application.number_index else []
    if asked.has_card and not application.iccid:
        chosen.append(_("SIM 卡号"))
    if asked.has_address and not application.address:
        chosen.append(str(REDO["address"]))
    if application.holder.is_order:
        start = [] if found.unit else [_("单位资料")]
        numbers = [] if found.ready else [_("齐全的号码")]
    else:
        start = numbers = chosen
    photos = [
        label(application, kind)
        for kind in application.photos_due
        if kind not in found.photos or found.photos[kind].status == Photo.Status.REJECTED
    ]
    if application.has_letter and not application.letter_is_checked:
        points = len(application.letter_points) == len(LetterPoint)
        photos.append(_("委托书的期限和权限") if points else str(REDO["letter_points"]))
    if found.is_stopped_by("SC-08E"):
        photos.append(str(REDO["proofs"]))
    return {
        "start": start,
        "numbers": numbers,
        "read": [
            *[str(REDO[role]) for role in application.roles_due if role not in read],
            *(photos if application.order_id else []),
        ],
        "photos": photos,
        "check": [],
        # Whoever stands by stands for the signature too.
        "sign": [] if application.confirmed_at or application.is_assisted else [_("客户签字")],
    }
