"""One person at the read step: what the page shows whether a card is read or a paper typed."""

from datetime import datetime
from typing import Any

from django.http import Http404
from django.urls import reverse

from outlets.models import Outlet
from registration.models import Application, Role
from registration.rules.document import DOCUMENTS
from registration.rules.engine import Verdict
from registration.rules.rule import Severity
from registration.services import document
from registration.services import order as orders
from registration.views import finding, steps


def check(application: Application, role: str) -> None:
    if role not in application.roles_due:
        raise Http404


def context(board: steps.Board, role: str, now: datetime) -> dict[str, Any]:
    """``waits``: nobody is taken in yet, or the verifier wants it done again; ``nearest``: where
    the document that was shown may be registered, if not here."""
    application = board.application
    person = next((person for person in board.people if person.role == role), None)
    here = [verdict for verdict in board.verdicts if _is_said_here(board, verdict, role)]
    troubles = [finding.said(board, verdict) for verdict in here]
    read = {person.role for person in board.people}
    return {
        "role": Role(role),
        "roles": [
            (each, steps.role_url(application, each), each in read)
            for each in application.roles_due
        ],
        "person": person,
        "troubles": troubles if person else [],
        "switch": next((trouble.switch for trouble in troubles if trouble.switch), None),
        "nearest": _nearest(board, role, now) if any(v.rule.id == "PD-08" for v in here) else None,
        "waits": person is None or role in application.redo,
        "next_url": _next(board),
    }


def _is_said_here(board: steps.Board, verdict: Verdict, role: str) -> bool:
    """What is wrong with this person's card, and what no step mends: before anybody takes pictures
    for nothing."""
    reason = verdict.reason
    is_final = verdict.severity == Severity.BLOCK and not reason.step and not board.application.redo
    return reason.role == role and (reason.step == "read" or bool(reason.switch) or is_final)


def _nearest(board: steps.Board, role: str, now: datetime) -> Outlet | None:
    party = board.application.parties.select_related("identity").get(role=role)
    shown = DOCUMENTS[party.identity.card_type]
    return document.nearest(board.application, shown, now=now)


def _next(board: steps.Board) -> str:
    """The other person's card, or the next step."""
    application = board.application
    if application.order is not None:
        return next_of_order(application.order, application)
    read = {person.role for person in board.people} - set(application.redo)
    waiting = next((role for role in application.roles_due if role not in read), None)
    if waiting:
        return steps.role_url(application, waiting)
    return board.next.url if board.next else ""


def next_of_order(order: Application, application: Application) -> str:
    """The next number that waits for its end user, or the list of them all."""
    waiting = orders.next_to_read(order, after=application)
    if waiting is None:
        return reverse("order", kwargs={"pk": order.pk})
    return steps.role_url(waiting, Role.END_USER)
