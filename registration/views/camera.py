"""The phone's page: the pictures that are wanted, and nothing else of the portal.

Whoever holds the phone is nobody to the portal. The link that the phone opened by its code says
what may be taken; the phone is known by a random secret in a cookie of these pages alone.
"""

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from portal.http import refuse
from portal.refusal import Refusal
from registration import imaging
from registration.forms.photo import PhotoForm
from registration.http import invalid, polled
from registration.models import PhoneLink
from registration.models.photo import LIVE
from registration.services import phone as phones
from registration.views import photo as counter
from registration.views.phone import is_loopback

COOKIE = "phone"
SALT = "registration.phone"
# As long as the browser keeps what could not be sent: with a new code the same phone sends it.
REMEMBERED_SECONDS = 30 * 60


class NoCookie(Refusal):
    text = _("手机浏览器没有保存 Cookie，不能拍照。")
    todo = _("请关闭无痕浏览，或换一个浏览器，再扫一次。")


@login_not_required
@never_cache
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Before the code was opened, the page that opens it; afterwards the pictures to take."""
    phone, now = _phone(request), timezone.now()
    try:
        answer = _page(request, phones.of_phone(phone, now), phone, now)
    except phones.LinkEnded as ended:
        answer = render(request, "registration/phone/open.html", {"ended": ended if phone else ""})
    _remember(answer, phone or phones.secret())
    return answer


@login_not_required
@never_cache
@sensitive_post_parameters("token")
@require_POST
def open_(request: HttpRequest) -> HttpResponse:
    """The token from behind the fragment: for the first phone that shows it."""
    phone = _phone(request)
    if not phone:
        return refuse(request, NoCookie())
    try:
        phones.open_by(request.POST.get("token", ""), phone, now=timezone.now())
    except phones.LinkEnded as ended:
        return _ended(ended)
    answer = JsonResponse({"next": reverse("camera")})
    _remember(answer, phone)
    return answer


@login_not_required
@never_cache
@require_GET
def slots(request: HttpRequest) -> HttpResponse:
    """The page again if a picture has changed."""
    phone, now = _phone(request), timezone.now()
    try:
        link = phones.of_phone(phone, now)
    except phones.LinkEnded as ended:
        return _ended(ended)
    signature = [link.pk, *[(each.kind, each.version) for each in _slots(request, link, now)]]
    return polled(request, signature, lambda: _page(request, link, phone, now))


@login_not_required
@never_cache
@require_POST
def take(request: HttpRequest, kind: str) -> HttpResponse:
    """One picture. A refusal says what was wrong with it."""
    now = timezone.now()
    try:
        link = phones.of_phone(_phone(request), now)
    except phones.LinkEnded as ended:
        return _ended(ended)
    form = PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return invalid(request, form)
    # One byte over the limit is enough to be refused; the rest need not be read into memory.
    data = form.cleaned_data["photo"].read(imaging.MAX_BYTES + 1)
    phones.take(
        link,
        kind,
        data,
        source=form.cleaned_data["source"],
        counted=form.cleaned_data["sha256"],
        camera=form.cleaned_data["camera"],
        now=now,
    )
    return JsonResponse({"saved": f"{timezone.localtime(now):%H:%M}"})


def _ended(ended: phones.LinkEnded) -> HttpResponse:
    """Answered and not raised: phones that were left lying, and strangers, fill no audit."""
    body = {"error": ended.text, "todo": ended.todo}
    return JsonResponse(body, status=ended.status)


def _page(request: HttpRequest, link: PhoneLink, phone: str, now: datetime) -> HttpResponse:
    found = _slots(request, link, now)
    states = [each.state for each in found]
    key = salted_hmac(SALT, f"{link.application_id}:{phone}", algorithm="sha256")
    context = {
        "is_phone": True,
        "keep_name": f"phone-{link.application_id}",
        "keep_key": key.hexdigest(),
        "slots": found,
        "seconds": link.seconds_left(now),
        "left": sum(state in ("due", "bad", "redo") for state in states),
        "is_done": all(state in ("ready", "optional") for state in states),
        "has_camera": _has_camera(request),
    }
    return render(request, "registration/phone/camera.html", context)


def _slots(request: HttpRequest, link: PhoneLink, now: datetime) -> list[counter.Slot]:
    """What is wanted and how far it is; the pictures themselves are not for this page."""
    application = link.application
    current = {photo.kind: photo for photo in application.photos.current()}
    has_camera = _has_camera(request)
    return [
        replace(
            counter.slot(application, kind, current, now),
            url=reverse("camera_take", kwargs={"kind": kind}),
            takes_files=False,
            opens_camera=has_camera,
            takes_shots=kind not in LIVE,
        )
        for kind in application.photos_wanted
    ]


def _has_camera(request: HttpRequest) -> bool:
    """Browsers give a page its camera over https and on the computer itself only."""
    return request.is_secure() or is_loopback(request.build_absolute_uri("/"))


def _phone(request: HttpRequest) -> str:
    """The secret of this phone; "" where it has none yet."""
    found = request.get_signed_cookie(COOKIE, "", salt=SALT, max_age=REMEMBERED_SECONDS)
    return str(found)


def _remember(answer: HttpResponse, phone: str) -> None:
    answer.set_signed_cookie(
        COOKIE,
        phone,
        salt=SALT,
        max_age=REMEMBERED_SECONDS,
        path=reverse("camera"),
        secure=settings.SECURE,
        httponly=True,
        # Lax: what scans the code opens the page from outside.
        samesite="Lax",
    )
