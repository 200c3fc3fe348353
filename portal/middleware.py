from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_cache_control

from portal.http import refuse, wants_json
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit

Answer = Callable[[HttpRequest], HttpResponse]
# Pages that poll must not keep a deserted counter open.
SILENT = "HX-Polling"


class LockIdleSession:
    """A shared counter PC locks itself; the same person re-enters with the password alone.

    Pages of signed-in people are never cached, so that the next clerk's Back shows nothing.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        now = timezone.now()
        self._watch(request, now)
        if request.session.get("locked") and not self._is_open_page(request):
            return self._locked(request)
        response = self.get_response(request)
        add_never_cache_headers(response)
        patch_cache_control(response, no_store=True, private=True)
        return response

    @staticmethod
    def _watch(request: HttpRequest, now: datetime) -> None:
        session = request.session
        seen = session.get("seen_at")
        if seen and now - datetime.fromisoformat(seen) > settings.IDLE_LOCK:
            session["locked"] = True
        silent = SILENT in request.headers
        # One write a minute is enough to measure idleness and spares every other request one.
        if not silent and (not seen or (now - datetime.fromisoformat(seen)).seconds >= 30):
            session["seen_at"] = now.isoformat()

    @staticmethod
    def _is_open_page(request: HttpRequest) -> bool:
        return request.path in {reverse("unlock"), reverse("logout"), reverse("set_language")}

    @staticmethod
    def _locked(request: HttpRequest) -> HttpResponse:
        if wants_json(request):
            return HttpResponse(status=401)
        if "HX-Request" in request.headers:
            return HttpResponse(status=204, headers={"HX-Redirect": reverse("unlock")})
        return redirect(f"{reverse('unlock')}?next={request.path}")


class AnswerRefusals:
    """A Refusal from any view is an answer. It is written down and shown with what to do next."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> Any:
        if not isinstance(exception, Refusal):
            return None
        match = request.resolver_match
        audit.record(
            "refused",
            by=request.user if isinstance(request.user, User) else None,
            now=timezone.now(),
            reason=type(exception).__name__,
            view=match.view_name if match else "",
            ids={name: str(value) for name, value in match.kwargs.items()} if match else {},
        )
        return refuse(request, exception)
