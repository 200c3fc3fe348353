"""The letter of authority as a sheet to print: the six points, term and scope, to be filled in by
hand. No name and no number is printed: the principal writes them, and nothing of a customer leaves
the counter on paper."""

import segno
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET

from outlets.http import StaffRequest, for_role, outlet_of
from outlets.models import Post
from registration.http import open_application
from registration.rules.service import SERVICES

CLERK = Post.Role.CLERK


@for_role(CLERK)
@require_GET
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """For one application: with its number, and the service that is asked for."""
    application = open_application(request, pk)
    context = {
        "application": application,
        "outlet": application.outlet,
        "services": _services(application.service),
        # The reference alone: the code tells nothing about the customer.
        "qr": segno.make(application.reference, micro=False).svg_data_uri(border=2),
    }
    return render(request, "registration/letter/print.html", context)


@for_role(CLERK)
@require_GET
def blank(request: StaffRequest) -> HttpResponse:
    """To hand out: the principal ticks the service."""
    assert request.post is not None  # noqa: S101 - the role above is a post's
    context = {"outlet": outlet_of(request.post), "services": _services()}
    return render(request, "registration/letter/print.html", context)


def _services(chosen: str = "") -> list[tuple[bool, str, str]]:
    """Each service in both languages, and whether it is the one that is asked for."""
    rows = []
    for service in SERVICES.values():
        with override("zh-hans"):
            chinese = _(service.label)
        with override("en"):
            rows.append((service.code == chosen, chinese, _(service.label)))
    return rows
