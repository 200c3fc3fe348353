"""What a policy's new value would have made of last month's applications.

Every kept judgement holds the facts and the policies of its day, so that it can be judged again
with one value changed. Nothing is stored.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any

import msgspec
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from outlets.models import Channel
from registration.models.application import Application
from registration.models.check import Judgement
from registration.rules import engine, snapshot
from registration.rules.facts import Facts
from registration.rules.policy import POLICIES
from registration.services import policy

# So many are judged again, the newest: a second or two of work.
MOST = 10_000
SHOWN = 50
RECENT = timedelta(days=30)
CLEAR = "clear"


@dataclass(frozen=True)
class Change:
    """A policy set at a node from a day on; ``value`` None withdraws what is set there."""

    channel: Channel
    key: str
    value: Any
    from_date: date


@dataclass(frozen=True)
class Case:
    """An application that would have ended otherwise. ``before`` and ``after`` are the gravest
    severity found, or CLEAR; ``more`` and ``fewer`` the ids of rules that speak now or no longer.
    """

    application: int
    before: str
    after: str
    more: tuple[str, ...]
    fewer: tuple[str, ...]


@dataclass
class RuleTally:
    """In how many cases a rule's finding of this severity comes or goes; ``text`` is its words."""

    rule: str
    severity: str
    text: str
    more: int = 0
    fewer: int = 0


@dataclass
class Preview:
    """``total`` applications were submitted from ``first`` to ``last``: last calendar month, or
    the RECENT days if it had none (``is_recent``). Of them ``kept_below`` are under a node that
    sets the policy for itself, ``judged`` were judged again, ``unreadable`` could not be, and what
    is left over was beyond MOST."""

    first: date
    last: date
    is_recent: bool
    total: int
    kept_below: int = 0
    judged: int = 0
    unreadable: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    rules: dict[tuple[str, str], RuleTally] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return self.moves.total()

    @property
    def is_cut(self) -> bool:
        return self.kept_below + self.judged + self.unreadable < self.total


def preview(change: Change, *, now: datetime) -> Preview:
    """Judge last month's applications below the node again, each by the last facts that were kept
    of it; in chunks, whatever their number."""
    today = timezone.localdate(now)
    found = _begin(change.channel, *last_month(today))
    if not found.total:
        # A node's first month: better the last days than nothing to go by.
        found = _begin(change.channel, today - RECENT + timedelta(days=1), today, is_recent=True)
    judgements, exempt = _latest(change.channel, found.first, found.last), _kept_below(change)
    if exempt is not None:
        found.kept_below = judgements.filter(exempt).count()
        judgements = judgements.exclude(exempt)
    value = _value(change)
    newest = judgements.order_by("-application__first_submitted_at", "-pk")[:MOST]
    for pk, facts in newest.values_list("application_id", "facts").iterator(chunk_size=500):
        _judge(found, pk, facts, change.key, value)
    return found


def _begin(channel: Channel, first: date, last: date, *, is_recent: bool = False) -> Preview:
    total = _latest(channel, first, last).count()
    return Preview(first, last, is_recent=is_recent, total=total)


def last_month(today: date) -> tuple[date, date]:
    """The first and the last day of the calendar month before today's."""
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def _latest(channel: Channel, first: date, last: date) -> QuerySet[Judgement]:
    """The last judgement of each application of these days below the node."""
    later = Judgement.objects.filter(application=OuterRef("application"), pk__gt=OuterRef("pk"))
    applications = Application.objects.below(channel.path).filter(
        first_submitted_at__gte=_midnight(first),
        first_submitted_at__lt=_midnight(last + timedelta(days=1)),
    )
    return Judgement.objects.filter(~Exists(later), application__in=applications)


def _kept_below(change: Change) -> Q | None:
    """Applications under a node below that will have a value of its own on that day."""
    rows = policy.set_below(change.channel, change.from_date)
    paths = [row.channel.path for row in rows if row.key == change.key]
    if not paths:
        return None
    return reduce(or_, (Q(application__channel_path__startswith=path) for path in paths))


def _value(change: Change) -> Any:
    """What would hold at the node; None: the default."""
    if change.value is not None:
        return POLICIES[change.key].clean(change.value)
    above = change.channel.path[: -Channel.steplen]
    return policy.in_force(above, change.from_date).get(change.key)


def _judge(found: Preview, pk: int, packed: bytes, key: str, value: Any) -> None:
    try:
        given = snapshot.unpack(packed)
        before, after = _findings(given), _findings(_under(given, key, value))
    except (msgspec.DecodeError, LookupError):
        # Of another age, or with a kind of document or service that is no longer there.
        found.unreadable += 1
        return
    found.judged += 1
    if before.keys() == after.keys():
        return
    more, fewer = after.keys() - before.keys(), before.keys() - after.keys()
    for (rule, severity), text in (after | before).items():
        tally = RuleTally(rule, severity, text)
        if (rule, severity) in more:
            found.rules.setdefault((rule, severity), tally).more += 1
        elif (rule, severity) in fewer:
            found.rules.setdefault((rule, severity), tally).fewer += 1
    case = Case(pk, _outcome(before), _outcome(after), _ids(more), _ids(fewer))
    found.moves[case.before, case.after] += 1
    if len(found.cases) < SHOWN:
        found.cases.append(case)


def _under(given: Facts, key: str, value: Any) -> Facts:
    others = {name: one for name, one in given.policies.items() if name != key}
    return replace(given, policies=others if value is None else others | {key: value})


def _findings(given: Facts) -> dict[tuple[str, str], str]:
    """The words of each rule that speaks, by its id and how grave it is here."""
    return {
        (verdict.rule.id, verdict.severity.value): verdict.reason.text
        for verdict in engine.judge(given)
    }


def _outcome(findings: dict[tuple[str, str], str]) -> str:
    severities = {severity for _rule, severity in findings}
    return next((one.value for one in engine.ORDER if one.value in severities), CLEAR)


def _ids(findings: set[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted({rule for rule, _severity in findings}))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_default_timezone())
