"""After the submit: the number of the application, where it stands, the slip."""

from dataclasses import dataclass

import segno
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outlets.http import StaffRequest, for_role
from outlets.models import Post
from portal import masking
from registration.http import open_application, polled
from registration.models import Application, OnlineCheck, OwnershipCheck
from registration.rules.ownership import PROOFS
from registration.services import appeal as appeals
from registration.services import ownership, result, review
from registration.services import unit as units
from registration.views import consent, order, steps, turndown

Status = Application.Status

# How far each status has come along the four stations.
STATIONS = {
    Status.SUBMITTED: 1,
    Status.IN_REVIEW: 2,
    Status.RETURNED: 2,
    Status.REFUSED: 2,
    Status.APPROVED: 3,
    Status.ACTIVE: 4,
}
PENDING = (Status.SUBMITTED, Status.IN_REVIEW)
FINAL = (Status.ACTIVE, Status.REFUSED, Status.RETURNED, Status.ABANDONED)


@dataclass(frozen=True)
class Station:
    """One station of the way: it is done, the application waits there, or it went wrong there."""

    title: str
    line: str
    is_done: bool
    is_now: bool
    is_wrong: bool


@for_role(Post.Role.CLERK)
@require_GET
def show(request: StaffRequest, pk: int) -> HttpResponse:
    application = open_application(request, pk)
    if application.status == Status.DRAFT:
        return redirect("application", pk=pk)
    return render(request, "registration/result/show.html", _context(application))


@for_role(Post.Role.CLERK)
@require_GET
def status(request: StaffRequest, pk: int) -> HttpResponse:
    """The live line of the result page."""
    standing = result.standing(pk, clerk=request.user)
    if standing is None:
        raise Http404
    return polled(
        request,
        standing,
        lambda: render(
            request, "registration/result/_live.html", _context(open_application(request, pk))
        ),
    )


@for_role(Post.Role.CLERK)
@require_POST
def customer_left(request: StaffRequest, pk: int) -> HttpResponse:
    """The customer does not wait here for the result: others at a counter come first."""
    application = open_application(request, pk)
    review.customer_left(application, by=request.user, now=timezone.now())
    return redirect("application_result", pk=pk)


def _context(application: Application) -> dict[str, object]:
    """Where it stands, and the paper that says so: the receipt, or the notice of a refusal."""
    parties = application.parties.select_related("identity").defer("identity__photo")
    return _where(application) | {
        "people": [steps.seen(party) for party in parties],
        "address": masking.address(application.address),
        "proofs": [_(PROOFS[proof].label) for proof in application.proofs],
        "number": masking.group_phone(masking.phone(application.number)),
        # The reference alone: a picture of the screen tells nothing about the customer.
        "qr": segno.make(application.reference, micro=False).svg_data_uri(border=2),
        "stamp": _("待审核") if application.status in PENDING else application.get_status_display(),
        "consents": list(consent.signed(application)),
        "notice": turndown.notice(application),
        "printed_at": timezone.now(),
    }


def _where(application: Application) -> dict[str, object]:
    reached = STATIONS.get(Status(application.status), 0)
    stopped = application.status in (Status.RETURNED, Status.REFUSED)
    line = _waiting(application)
    is_order = application.holder.is_order
    rows = order.rows(application) if is_order else []
    end = _("已通过") if is_order else _(application.asked.done)
    titles = [_("已提交"), _("联网核验"), _("审核中"), end]
    if application.submitted_at is None:
        titles = []  # sent away before anything was handed in
    return {
        "application": application,
        "stations": [
            Station(
                title=title,
                line=line if place == reached and not stopped else "",
                is_done=place < reached,
                is_now=place == reached and not stopped,
                is_wrong=place == reached and stopped,
            )
            for place, title in enumerate(titles)
        ],
        "sent_back": steps.sent_back(application),
        "unit": units.of(application) if is_order else None,
        "rows": rows,
        "is_final": application.status in FINAL and not any(row.is_on_its_way for row in rows),
        "tells": _tells(application),
        "is_upheld": application.status == Status.REFUSED and appeals.is_upheld(application),
    }


def _tells(application: Application) -> str:
    if application.holder.is_order:
        return _("订单已通过，齐全的号码正在逐个开通。")
    return _(application.asked.tells)


def _waiting(application: Application) -> str:
    """What the current station waits for, when an outside system keeps it waiting."""
    if application.status == Status.SUBMITTED:
        owner = ownership.current(application)
        if owner and owner.result in OwnershipCheck.OPEN:
            return str(owner.get_result_display())
        away = application.online_checks.filter(result=OnlineCheck.Result.UNAVAILABLE)
        return str(OnlineCheck.Result.UNAVAILABLE.label) if away.exists() else _("核验中")
    if application.status == Status.APPROVED:
        is_late = result.late(Q(application=application)).exists()
        return _("运营商系统暂时没有回应，自动重试中") if is_late else _("运营商办理中")
    return _("等待审核员") if application.status == Status.IN_REVIEW else ""
