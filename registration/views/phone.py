"""用手机拍, at the counter's PC: the code to scan, whether a phone came, and the end of it."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from outlets.http import StaffRequest, for_role
from outlets.models import Post
from registration.http import open_application
from registration.models import Application
from registration.services import phone as phones

CLERK = Post.Role.CLERK
# Modules of white around the code, as ISO 18004 wants it.
QUIET_ZONE = 4


@dataclass(frozen=True)
class Panel:
    """``state``: "" (no link that works), waiting, open. The code itself is shown by the page that
    asked for it and by no other: the token is not kept. ``link`` rises with each one made."""

    link: int
    state: str
    seconds: int

    @property
    def version(self) -> str:
        return f"phone-{self.link}-{self.state}"


@for_role(CLERK)
@require_POST
def make(request: StaffRequest, pk: int) -> HttpResponse:
    """{"html"}: the panel with a fresh code; the one before is worth nothing from now on."""
    application = open_application(request, pk)
    now = timezone.now()
    _link, token = phones.make(
        application, by=request.user, session_key=request.session.session_key or "", now=now
    )
    address = f"{_origin(request)}{reverse('camera')}"
    # Behind the fragment the token stands in no log, no Referer and no proxy.
    code = segno.make(f"{address}#{token}", micro=False, error="m")
    return _answer(
        request,
        application,
        now,
        qr=code.svg_data_uri(border=QUIET_ZONE, light="#fff", omitsize=True),
        is_out_of_reach=is_loopback(address),
    )


@for_role(CLERK)
@require_POST
def stop(request: StaffRequest, pk: int) -> HttpResponse:
    application = open_application(request, pk)
    now = timezone.now()
    phones.end(application, by=request.user, now=now)
    return _answer(request, application, now)


def panel(application: Application, now: datetime) -> Panel:
    link = phones.newest(application)
    if link is None:
        return Panel(0, "", 0)
    if not phones.is_live(link, now):
        return Panel(link.pk, "", 0)
    return Panel(link.pk, "open" if link.opened_at else "waiting", link.seconds_left(now))


def is_loopback(url: str) -> bool:
    """Whether only this computer itself gets there."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _answer(
    request: HttpRequest, application: Application, now: datetime, **context: object
) -> HttpResponse:
    shown = {"application": application, "phone": panel(application, now)} | context
    html = render_to_string("registration/photo/_phone.html", shown, request)
    return JsonResponse({"html": html})


def _origin(request: HttpRequest) -> str:
    """Where the phone finds the portal: its public address; where none is set, this page's."""
    if is_loopback(settings.ORIGIN):
        return request.build_absolute_uri("/").rstrip("/")
    return settings.ORIGIN
