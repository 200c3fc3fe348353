"""The cases behind a figure, masked, and what happened to one of them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet, TextChoices, Value
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from portal import keyset, masking
from portal.models import User
from registration.models.application import Application, Party
from registration.models.decision import Decision
from registration.models.identity import Role
from registration.models.review import Review
from registration.models.unit import Unit
from registration.services import unit as units
from registration.services.question import BY_CLERK, IS_FLAGGED, TOOK, Question
from registration.services.tally import Tally


class Kind(TextChoices):
    """Which cases: the figure that they stand behind."""

    SUBMITTED = "submitted", _("提交")
    FIRST = "first", _("首轮已审")
    PASSED = "passed", _("一次通过")
    FAILED = "failed", _("首轮未过")
    DECIDED = "decided", _("全部已审")
    RETURNED = "returned", _("退回")
    REFUSED = "refused", _("拒绝")
    OPENED = "opened", _("已开通")
    FLAGGED = "flagged", _("读卡异常")
    REFUSED_READ = "refused_read", _("读卡未采用")


DECIDED: dict[str, Q] = {
    Kind.FIRST: Q(review__round=1),
    Kind.PASSED: Q(review__round=1, verdict=Decision.Verdict.APPROVE),
    Kind.FAILED: Q(review__round=1) & ~Q(verdict=Decision.Verdict.APPROVE),
    Kind.DECIDED: Q(),
    Kind.RETURNED: Q(verdict=Decision.Verdict.RETURN),
    Kind.REFUSED: Q(verdict=Decision.Verdict.REFUSE),
}


@dataclass(frozen=True)
class Person:
    """What everyone may see of somebody."""

    role: str
    name: str
    number: str
    online: str = ""


@dataclass(frozen=True)
class Case:
    """An application, in the round that counted. ``review`` is None while it waits for its first
    online check; ``decision`` None until somebody decided."""

    application: Application
    round: int
    holder: Person | None
    review: Review | None
    decision: Decision | None

    @property
    def phone(self) -> str:
        return masked_phone(self.application)

    @property
    def clerk(self) -> User:
        clerk: User = self.review.captured_by if self.review else self.application.clerk
        return clerk

    @property
    def submitted_at(self) -> datetime | None:
        return self.review.submitted_at if self.review else self.application.submitted_at

    @property
    def took(self) -> timedelta | None:
        if self.decision is None or self.review is None:
            return None
        return self.decision.decided_at - self.review.submitted_at


def page(
    question: Question,
    kind: str,
    *,
    reason: str = "",
    clerk: User | None = None,
    slowest: bool = False,
    asked: Mapping[str, str],
) -> keyset.Page:
    """Cases, newest first, or slowest first; the keys of 51 rows are read and 50 rows opened.
    ``asked`` is the query of the URL."""
    rows = _rows(question, kind, reason, clerk)
    by = "took" if slowest and kind in DECIDED else "at"
    keys = rows.values_list("case", "round_no", by, "pk", named=True)
    found = keyset.page(keys, (f"-{by}",), asked)
    return found.showing(list(_open([(row.case, row.round_no) for row in found])))


def _rows(question: Question, kind: str, reason: str, clerk: User | None) -> QuerySet[Any]:
    in_period = Q(at__gte=question.period.since, at__lt=question.period.until)
    rows: QuerySet[Any]
    by: Combinable
    case: Combinable
    round_no: Combinable
    if kind == Kind.SUBMITTED:
        by, case, round_no = BY_CLERK.application[0], F("pk"), Value(1)
        rows = question.submissions()
    elif kind == Kind.FLAGGED:
        by, case, round_no = BY_CLERK.application[0], F("pk"), F("round")
        rows = question.submissions().filter(IS_FLAGGED)
    elif kind == Kind.REFUSED_READ:
        by, case = F("clerk"), F("application")
        round_no = F("application__round")
        rows = question.read_refusals()
    elif kind == Kind.OPENED:
        by, case, round_no = F("application__clerk"), F("application"), F("application__round")
        rows = question.lines()
    else:
        by = BY_CLERK.decision[0]
        case, round_no = F("review__application"), F("review__round")
        rows = question.decisions().filter(DECIDED[kind]).annotate(took=TOOK)
        rows = rows.filter(reason=reason) if reason else rows
    if clerk:
        rows = rows.annotate(by=by).filter(by=clerk.pk)
    rows = rows.annotate(case=case, round_no=round_no)
    return rows.filter(in_period)


def _open(keys: list[tuple[int, int]]) -> Iterator[Case]:
    """Three queries, whatever the number; of a person only the text block is decrypted."""
    holders = Party.objects.filter(role=Role.HOLDER).select_related("identity")
    rounds = (
        Review.objects.standing().select_related("decision", "captured_by").defer("decision__note")
    )
    applications = (
        Application.objects.filter(pk__in={pk for pk, _round in keys})
        .select_related("outlet__channel", "clerk")
        .prefetch_related(
            Prefetch("parties", holders.defer("identity__photo"), to_attr="holders"),
            Prefetch("reviews", rounds, to_attr="rounds"),
        )
        .in_bulk()
    )
    for pk, round_no in keys:
        application = applications[pk]
        review = next((row for row in application.rounds if row.round == round_no), None)
        decision = getattr(review, "decision", None)
        holder = masked(application.holders[0]) if application.holders else None
        yield Case(application, round_no, holder, review, decision)


def several(pks: list[int]) -> dict[int, Case]:
    """Applications by their ids, each in its last round."""
    rounds = Application.objects.filter(pk__in=pks).values_list("pk", "round")
    return {case.application.pk: case for case in _open(list(rounds))}


def counts(tally: Tally, *, with_lines: bool) -> list[tuple[str, str, int]]:
    """Each kind with its words and how many there are."""
    numbers = {
        Kind.SUBMITTED: tally.submitted,
        Kind.FIRST: tally.first_decided,
        Kind.PASSED: tally.first_approved,
        Kind.FAILED: tally.first_decided - tally.first_approved,
        Kind.DECIDED: tally.decided,
        Kind.RETURNED: tally.returned,
        Kind.REFUSED: tally.refused,
        Kind.FLAGGED: tally.flagged,
        Kind.REFUSED_READ: tally.refused_reads,
    }
    if with_lines:
        numbers[Kind.OPENED] = tally.opened
    return [(kind.value, str(kind.label), number) for kind, number in numbers.items()]


def reasons(tally: Tally, kind: str) -> Counter[str]:
    """Why work of this kind came back, as far as it did."""
    return {Kind.RETURNED: tally.returns, Kind.REFUSED: tally.refusals}.get(Kind(kind), Counter())


def people(application: Application) -> list[Person]:
    parties = application.parties.select_related("identity__online_check")
    return [
        masked(party, _online(party)) for party in parties.defer("identity__photo").order_by("pk")
    ]


def unit(application: Application) -> Unit | None:
    """The unit whose order this is, or whose order it is a number of."""
    return units.of(application)


@dataclass(frozen=True)
class Number:
    """One number of a unit's order."""

    application: Application
    phone: str
    user: Person | None


def numbers(application: Application) -> list[Number]:
    """Two queries, whatever the number; none for what is no order."""
    if not application.holder.is_order:
        return []
    users = Party.objects.filter(role=Role.END_USER).select_related("identity__online_check")
    rows = application.numbers.prefetch_related(
        Prefetch("parties", users.defer("identity__photo"), to_attr="users")
    )
    return [
        Number(row, masked_phone(row), masked(row.users[0], _online(row.users[0])))
        if row.users
        else Number(row, masked_phone(row), None)
        for row in rows.order_by("pk")
    ]


def _online(party: Party) -> str:
    check = getattr(party.identity, "online_check", None)
    return check.get_result_display() if check else ""


def masked(party: Party, online: str = "") -> Person:
    card = party.identity.card
    number = masking.group_number(masking.number(card.number))
    return Person(str(Role(party.role).label), masking.name(card.name), number, online)


def masked_phone(application: Application) -> str:
    return masking.group_phone(masking.phone(application.number))
