"""The unit of an order: written down as its papers say, and told apart by its number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal import crypto
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application
from registration.models.unit import Unit
from registration.rules import facts
from registration.rules.policy import Values
from registration.rules.unit_kind import UNIT_KINDS, normal, papers_due
from registration.services import application as applications
from registration.services import policy


class NotAUnit(Refusal):
    text = _("这张受理单的客户不是单位。")
    todo = _("请在第一步把客户选为“单位”。")


@dataclass(frozen=True)
class Said:
    """What the clerk found on the unit's papers. ``shown`` by kind of paper."""

    kind: str
    name: str
    number: str
    address: str
    purpose: str
    letter_until: date
    letter_names_handler: bool
    letter_states_scope: bool
    letter_is_sealed: bool
    shown: Mapping[str, str]
    note_number: str = ""
    note_date: date | None = None
    level: str = ""


def of(application: Application) -> Unit | None:
    """The unit whose order this is, or whose order it is a number of, once it is known."""
    lead = application.order or application
    return Unit.objects.filter(application=lead).first() if lead.holder.is_order else None


def policies(application: Application, now: datetime) -> Values:
    return policy.in_force(application.channel_path, timezone.localdate(now))


@transaction.atomic
def put(application: Application, said: Said, *, by: User, now: datetime) -> Unit:
    """Write the unit down; what the customer signed before does not stand for it.

    Raises NotAUnit, NotEditable.
    """
    held = applications.lock(application)
    if not held.holder.is_order:
        raise NotAUnit
    kind, number = UNIT_KINDS[said.kind], normal(said.number)
    papers = papers_due(kind, number, policies(held, now))
    unit, _made = Unit.objects.update_or_create(
        application=held,
        defaults={
            "kind": kind.code,
            "name": said.name,
            "number": number if kind.has_number else "",
            "address": said.address,
            "purpose": said.purpose,
            "letter_until": said.letter_until,
            "letter_names_handler": said.letter_names_handler,
            "letter_states_scope": said.letter_states_scope,
            "letter_is_sealed": said.letter_is_sealed,
            "note_number": said.note_number if kind.has_note else "",
            "note_date": said.note_date if kind.has_note else None,
            "level": said.level if kind.has_level else "",
            "papers": list(papers),
            "shown": {paper: said.shown.get(paper, "") for paper in papers},
        },
    )
    application.unit = unit
    applications.unconfirm(application, now=now)
    applications.redone(application, "unit", now=now)
    audit.record("unit.put", subject=unit, by=by, now=now, kind=kind.code)
    return unit


def forget(application: Application) -> None:
    """The customer is no unit after all."""
    Unit.objects.filter(application=application).delete()


@transaction.atomic
def unname_handler(application: Application) -> None:
    """Another handler came: whether the letter names this one is for the clerk to see."""
    Unit.objects.filter(application=application).update(letter_names_handler=False)


def key(unit: Unit) -> str:
    """What stands for the unit where its lines are told apart: not its name, not its number."""
    said = unit.number or f"{unit.kind}:{unit.name}"
    return crypto.keyring().blind_index(said, "unit")


def as_facts(unit: Unit | None) -> facts.Unit | None:
    if unit is None:
        return None
    return facts.Unit(
        kind=unit.kind,
        number=unit.number,
        letter_until=unit.letter_until,
        letter_names_handler=unit.letter_names_handler,
        letter_states_scope=unit.letter_states_scope,
        letter_is_sealed=unit.letter_is_sealed,
        papers=tuple(unit.papers),
        shown=dict(unit.shown),
        level=unit.level,
        has_note=bool(unit.note_number and unit.note_date),
        note_date=unit.note_date,
    )
