"""Reading cards: ask for a read, take the signed answer. A chip is never typed (CV-02)."""

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outlets.http import StaffRequest, for_role
from outlets.models import Post
from portal import masking
from registration import flow, intake
from registration.http import open_application, saved
from registration.models import Application
from registration.services import application as applications
from registration.services import identity
from registration.views import paper, read_step, steps


@for_role(Post.Role.CLERK)
@require_GET
def show(request: StaffRequest, pk: int, role: str) -> HttpResponse:
    application = open_application(request, pk)
    read_step.check(application, role)
    if role in application.documents:
        return paper.page(request, application, role)
    now = timezone.now()
    board = steps.board(request, application, "read", now)
    return steps.show(
        request,
        "registration/identity/read.html",
        board,
        **read_step.context(board, role, now),
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
    intake.read(
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
    return read_step.next_of_order(application.order, application)


def _message(request: StaffRequest) -> dict[str, Any]:
    """What was sent; nothing at all for what is no JSON object or far too long, which is then
    refused as a read and written down as one."""
    try:
        message = json.loads(request.body)
    except (ValueError, RecursionError, RequestDataTooBig):
        return {}
    return message if isinstance(message, dict) else {}
