"""A document without a chip at the counter: choose it, let its zone be read, type the rest."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from outlets.http import StaffRequest, for_role
from outlets.models import Outlet, Post
from portal import masking
from registration import intake, mrz
from registration.forms.paper import StatedForm, form_for
from registration.http import open_application, polled
from registration.models import Application, Role
from registration.rules import plan
from registration.rules.document import DOCUMENTS, Document, Lane
from registration.services import document, paper
from registration.views import phone, photo, read_step, steps

CLERK = Post.Role.CLERK


@for_role(CLERK)
@require_GET
def choices(request: StaffRequest, pk: int, role: str) -> HttpResponse:
    """Every kind of document: those that may be registered here, and where the others may."""
    application = _door(request, pk, role)
    now = timezone.now()
    board = steps.board(request, application, "read", now)
    found = document.choices(application, now=now)
    return steps.show(
        request,
        "registration/identity/documents.html",
        board,
        role=Role(role),
        read_url=steps.role_url(application, role),
        chosen=application.documents.get(role, ""),
        open=[one for one in found.documents if one.is_allowed and one.document.lane != Lane.CHIP],
        closed=_by_hall(found.documents),
        takes_electronic_id=found.takes_electronic_id,
    )


@for_role(CLERK)
@require_POST
def choose(request: StaffRequest, pk: int, role: str) -> HttpResponse:
    application = _door(request, pk, role)
    intake.choose_document(application, role, request.POST.get("kind", ""), now=timezone.now())
    return redirect(steps.role_url(application, role))


@for_role(CLERK)
@require_GET
def look(request: StaffRequest, pk: int, role: str) -> HttpResponse:
    """The page again once a worker has looked at the picture; asked for while it does."""
    application = _door(request, pk, role)
    if role not in application.documents:
        return redirect(steps.role_url(application, role))
    current = application.photos.current().order_by("pk")
    signature = [
        application.status,
        application.documents,
        phone.panel(application, timezone.now()).version,
        *current.values_list("pk", "status"),
        *application.parties.order_by("pk").values_list("pk"),
    ]
    return polled(request, signature, lambda: page(request, application, role))


@for_role(CLERK)
@require_POST
def state(request: StaffRequest, pk: int, role: str) -> HttpResponse:
    """What the clerk has typed; the rest comes from the zone, or there is no zone."""
    application = _door(request, pk, role)
    if role not in application.documents:
        raise paper.ReadByMachine
    form = form_for(application.documents[role], request.POST)
    if not form.is_valid():
        return page(request, application, role, form)
    intake.state(
        application,
        role,
        form.stated,
        clerk=request.user,
        session_key=request.session.session_key or "",
        now=timezone.now(),
    )
    return redirect(steps.role_url(application, role))


def page(
    request: StaffRequest, application: Application, role: str, form: StatedForm | None = None
) -> HttpResponse:
    """``form``: what was typed and cannot be taken."""
    now = timezone.now()
    board = steps.board(request, application, "read", now)
    kind = application.documents[role]
    zones = [
        page
        for page in plan.pages_of(role, application.documents)
        if plan.zone_of(page, application.documents)
    ]
    # Another customer's other pages are shot with the rest; a unit's number has no step for that.
    shot = application.photos_due if application.holder.is_numbered else zones
    lines = next((board.photos[page].mrz for page in zones if page in board.photos), None)
    answer = steps.show(
        request,
        "registration/identity/paper.html",
        board,
        **read_step.context(board, role, now),
        document=DOCUMENTS[kind],
        is_zone=DOCUMENTS[kind].lane == Lane.MRZ,
        slots=photo.slots_of(request, application, shot, board.photos, now),
        keep_key=photo.keep_key(request, application),
        phone=phone.panel(application, now),
        zone=_seen(lines) if lines else None,
        # The form is exchanged, and what was typed lost, only when another page was read.
        version=" ".join(
            f"{board.photos[page].pk} {board.photos[page].status}"
            for page in zones
            if page in board.photos
        ),
        form=form or form_for(kind),
        is_typing=form is not None,
    )
    if form is not None and answer.status_code == 200:
        answer.status_code = 422
    return answer


def _door(request: StaffRequest, pk: int, role: str) -> Application:
    application = open_application(request, pk)
    read_step.check(application, role)
    return application


def _by_hall(found: list[document.Choice]) -> list[tuple[Outlet | None, list[Document]]]:
    """What may not be registered here, under the place where it may."""
    closed = [one for one in found if not one.is_allowed]
    halls = dict.fromkeys(one.nearest for one in closed)
    return [(hall, [one.document for one in closed if one.nearest == hall]) for hall in halls]


def _seen(lines: str) -> dict[str, Any]:
    """What the zone says, masked."""
    read = mrz.parse(tuple(lines.split()), timezone.localdate())
    return {
        "name": masking.name(read.name),
        "number": masking.group_number(masking.number(read.number)),
        "nationality": read.nationality,
        "valid_to": read.valid_to,
    }
