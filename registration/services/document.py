"""Which documents may be registered here, and where else (PD-08)."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.models import Outlet
from outlets.services import outlet
from portal.refusal import Refusal
from registration.models.application import Application
from registration.rules.document import (
    DOCUMENTS,
    ELECTRONIC_ID_TIERS,
    MILITARY,
    MILITARY_IMAGE,
    Document,
)
from registration.services import policy


class NoSuchDocument(Refusal):
    status = 422
    text = _("没有这种证件。")
    todo = _("请在列表里选一种证件。")


class TierNotAllowed(Refusal):
    code = "tier_not_allowed"
    text = _("这种证件不能在本网点办理。")
    todo = _("请引导客户到自有营业厅办理：%(hall)s，%(address)s。")


class NowhereAllowed(TierNotAllowed):
    todo = _("请客户换一种证件，或联系渠道经理。")


@dataclass(frozen=True)
class Choice:
    """``nearest`` is where it may be registered instead, if there is such a place."""

    document: Document
    is_allowed: bool
    nearest: Outlet | None = None


@dataclass(frozen=True)
class Choices:
    documents: list[Choice]
    takes_electronic_id: bool


def choices(application: Application, *, now: datetime) -> Choices:
    """Every kind of document; where one may not be registered here, the nearest place."""
    here = application.outlet
    values = policy.in_force(application.channel_path, timezone.localdate(now))
    found: dict[tuple[str, ...], Outlet | None] = {}
    rows = []
    for document in DOCUMENTS.values():
        tiers = document.tiers_policy.of(values)
        is_allowed = here.tier in tiers
        if not is_allowed and tiers not in found:
            found[tiers] = outlet.nearest(here, tiers)
        rows.append(Choice(document, is_allowed, None if is_allowed else found[tiers]))
    return Choices(rows, here.tier in ELECTRONIC_ID_TIERS.of(values))


def nearest(application: Application, document: Document, *, now: datetime) -> Outlet | None:
    """Where this document may be registered, if not here."""
    found = choices(application, now=now).documents
    return next(one.nearest for one in found if one.document == document)


def check(application: Application, kind: str, *, now: datetime) -> bool:
    """Whether it is shot though by itself it is not (a soldier's, where policy says so). Raises
    NoSuchDocument; TierNotAllowed, which names where to go."""
    if kind not in DOCUMENTS:
        raise NoSuchDocument
    choice = next(
        one for one in choices(application, now=now).documents if one.document.kind == kind
    )
    if choice.is_allowed:
        values = policy.in_force(application.channel_path, timezone.localdate(now))
        return kind in MILITARY and MILITARY_IMAGE.of(values)
    if choice.nearest is None:
        raise NowhereAllowed
    raise TierNotAllowed(hall=str(choice.nearest), address=choice.nearest.address)
