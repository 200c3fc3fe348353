from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware, LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import gettext as _

from portal.http import refuse, to_door
from portal.models import User
from portal.refusal import Refusal
from portal.services import account, audit
from portal.sessions import SessionStore

Answer = Callable[[HttpRequest], HttpResponse]
# Pages that poll must not keep a deserted counter open.
SILENT = "HX-Polling"
# What a locked screen still answers.
OPEN = ("unlock", "logout", "set_language")
# One write to the session in so long is enough to measure minutes, and spares the others theirs.
NOTE_EVERY = timedelta(seconds=30)


class ChosenLanguage:
    """Chinese first: English is for who switches to it, not for whose browser prefers it."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        translation.activate(language)
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Cookie"])
        return response


class Authenticate(AuthenticationMiddleware):
    """Django's, spared a query where the session came with its holder."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        session = request.session
        holder = session.vouched() if isinstance(session, SessionStore) else None
        if holder is not None:
            request.user = holder


class RequireLogin(LoginRequiredMiddleware):
    """Closes every door; who stands outside hears it in the manner in which he asked."""

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponse:
        return to_door(request, "login", _("登录已经结束。"), _("请重新登录，保存过的内容都在。"))


class LockIdleSession:
    """A shared counter PC locks itself; the same person re-enters with the password alone.

    Pages of signed-in people are never cached, so that the next clerk's Back shows nothing.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, User):
            return self.get_response(request)
        self._watch(request, request.user, timezone.now())
        response = self._answer(request)
        add_never_cache_headers(response)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.session.get("locked") and request.path not in {reverse(name) for name in OPEN}:
            return to_door(request, "unlock", _("屏幕已锁定。"), _("请输入密码解锁。"))
        return self.get_response(request)

    @staticmethod
    def _watch(request: HttpRequest, user: User, now: datetime) -> None:
        session = request.session
        if session.get("locked"):
            return
        seen = session.get("seen_at")
        idle = now - datetime.fromisoformat(seen) if seen else None
        if idle is None:
            session["seen_at"] = now.isoformat()
        elif idle > settings.IDLE_LOCK:
            session["locked"] = True
            account.locked(user, now=now)
        elif idle >= NOTE_EVERY and SILENT not in request.headers:
            session["seen_at"] = now.isoformat()


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
