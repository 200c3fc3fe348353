"""Reading cards: ask for a read, take the signed answer. There is no keyboard way in (CV-02)."""

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outlets.http import StaffRequest, for_role
from outlets.models import Post
from portal import masking
from registration import flow
from registration.http import open_application, saved
from registration.services import application as applications
from registration.services import identity
from registration.services import order as orders
from registration.views import finding, steps


@for_role(Post.Role.CLERK)
@require_GET
def show(request: StaffRequest, pk: int, role: str) -> HttpResponse:
    application = open_application(request, pk)
    _check_role(application, role)
    board = steps.board(request, application, "read", timezone.now())
    person = next((person for person in board.people if person.role == role), None)
    troubles = [
        finding.said(board, verdict)
        for verdict in board.verdicts
        if verdict.reason.role == role and (verdict.reason.step == "read" or verdict.reason.switch)
    ]
    roles = [
        (each, steps.role_url(application, each), each in {p.role for p in board.people})
        for each in application.roles_due
    ]
    return steps.show(
        request,
        "registration/identity/read.html",
        board,
        role=Role(role),
        roles=roles,
        person=person,
        troubles=troubles if person else [],
        switch=next((trouble.switch for trouble in troubles if trouble.switch), None),
        waits=person is None or role in application.redo,
        next_url=_next(board, application),
    )


@for_role(Post.Role.CLERK)
@require_POST
def challenge(request: StaffRequest, pk: int, role: str) -> HttpResponse:
    """A random number for one read by this clerk in this session."""
    application = open_application(request, pk)
    read_step.check(application, role)
    if not application.is_editable:
        raise applications.NotEditable
    asked = identity.ask(
        application.pk,
        outlet=application.outlet,
        role=role,
        clerk=request.user,
        session_key=request.session.session_key or "",
        now=timezone.now(),
    )
    return JsonResponse({"challenge": asked.nonce})


@for_role(Post.Role.CLERK)
@require_POST
def take(request: StaffRequest, pk: int, role: str) -> HttpResponse:
    """The signed read, as the bridge handed it to the page."""
    application = open_application(request, pk)
    read_step.check(application, role)
    flow.read(
        application,
        role,
        _message(request),
        clerk=request.user,
        session_key=request.session.session_key or "",
        origin=f"{request.scheme}://{request.get_host()}",
        now=timezone.now(),
    )
    return saved(request, application, _after(request, application, role))


def _after(request: StaffRequest, application: Application, role: str) -> str:
    """What was read is shown; of the users of an order the next one is asked for at once, unless
    there is something wrong with this card."""
    here = steps.role_url(application, role)
    if application.order is None:
        return here
    verdicts = flow.judge(application, clerk=request.user, now=timezone.now())
    if any(verdict.reason.step == "read" for verdict in verdicts):
        return here
    number = masking.group_phone(masking.phone(application.number))
    messages.success(request, _("%(number)s 的使用人已读。") % {"number": number})
    return _next_of_order(application.order, application)


def _next_of_order(order: Application, application: Application) -> str:
    waiting = orders.next_to_read(order, after=application)
    if waiting is None:
        return reverse("order", kwargs={"pk": order.pk})
    return steps.role_url(waiting, Role.END_USER)


def _message(request: StaffRequest) -> dict[str, Any]:
    """What was sent; nothing at all for what is no JSON object or far too long, which is then
    refused as a read and written down as one."""
    try:
        message = json.loads(request.body)
    except (ValueError, RecursionError, RequestDataTooBig):
        return {}
    return message if isinstance(message, dict) else {}


def _next(board: steps.Board, application: Application) -> str:
    """The other person's card, or the next step."""
    if application.order is not None:
        return _next_of_order(application.order, application)
    read = {person.role for person in board.people} - set(application.redo)
    waiting = next((role for role in application.roles_due if role not in read), None)
    if waiting:
        return steps.role_url(application, waiting)
    return board.next.url if board.next else ""
