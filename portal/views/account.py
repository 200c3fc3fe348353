from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as django_set_language

from portal.forms.account import PasswordChangeForm, SignInForm, UnlockForm
from portal.http import SignedInRequest, address_of, own_path
from portal.models import User
from portal.services import account


@login_not_required
@sensitive_post_parameters("password")
@never_cache
def login(request: HttpRequest) -> HttpResponse:
    target = own_path(request, request.POST.get("next") or request.GET.get("next"))
    if request.method == "GET" and request.user.is_authenticated:
        return redirect(target)
    now = timezone.now()
    form = SignInForm(request, data=request.POST if request.method == "POST" else None)
    if form.is_valid():
        _enter(request, form.get_user(), now)
        return redirect(target)
    if form.is_bound and form.cleaned_data.get("username"):
        locked = bool(getattr(request, "axes_locked_out", False))
        account.failed(form.cleaned_data["username"], now=now, locked=locked)
    status = 422 if form.is_bound else 200
    context = {"form": form, "next": target}
    return render(request, "portal/account/login.html", context, status=status)


def _enter(request: HttpRequest, user: User, now: datetime) -> None:
    """Begin an empty session: nothing of who sat here before is left in it."""
    request.session.flush()
    auth.login(request, user)
    request.session["started_at"] = now.isoformat()
    request.session["seen_at"] = now.isoformat()
    request.session["address"] = address_of(request)
    request.session["device"] = request.headers.get("User-Agent", "")[:200]
    account.entered(user, now=now)


@require_POST
def logout(request: SignedInRequest) -> HttpResponse:
    account.left(request.user, now=timezone.now())
    auth.logout(request)
    return redirect("login")


@require_POST
def lock(request: SignedInRequest) -> HttpResponse:
    """Lock now: the button, or the page that saw nobody for too long."""
    if not request.session.get("locked"):
        request.session["locked"] = True
        account.locked(request.user, now=timezone.now())
    back = own_path(request, request.headers.get("Referer"))
    return redirect(reverse("unlock", query={"next": back}))


@sensitive_post_parameters("password")
@never_cache
def unlock(request: SignedInRequest) -> HttpResponse:
    target = own_path(request, request.POST.get("next") or request.GET.get("next"))
    if not request.session.get("locked"):
        return redirect(target)
    now = timezone.now()
    form = UnlockForm(request, request.POST if request.method == "POST" else None)
    if form.is_valid():
        account.unlocked(request.user, address_of(request), now=now)
        if form.user.password != request.user.password:  # kept in a new way since just now
            auth.update_session_auth_hash(request, form.user)
        del request.session["locked"]
        request.session["seen_at"] = now.isoformat()
        return redirect(target)
    if form.is_bound and form.data.get("password"):
        account.unlock_failed(request.user, now=now)
    status = 422 if form.is_bound else 200
    context = {"form": form, "next": target}
    return render(request, "portal/account/unlock.html", context, status=status)


@require_POST
def awake(request: SignedInRequest) -> HttpResponse:
    """Somebody types on a page that needs no request for it; the middleware takes note."""
    return HttpResponse(status=204)


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: dict[str, Any] | None = None,
) -> HttpResponse:
    """What axes shows instead of the answer after too many wrong passwords."""
    username = (credentials or {}).get("username", "")
    context = {
        "opens_at": account.opens_again_at(username, address_of(request)),
        "limit": settings.AXES_FAILURE_LIMIT,
    }
    return render(request, "portal/account/locked_out.html", context, status=429)


@sensitive_post_parameters()
def password(request: SignedInRequest) -> HttpResponse:
    form = PasswordChangeForm(request.user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        key = request.session.session_key or ""
        new = form.cleaned_data["new_password"]
        account.change_password(request.user, new, keep=key, now=timezone.now())
        auth.update_session_auth_hash(request, request.user)
        messages.success(request, _("密码已修改，其他电脑上的登录已结束。"))
        return redirect("home")
    status = 422 if form.is_bound else 200
    return render(request, "portal/account/password.html", {"form": form}, status=status)


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    return django_set_language(request)
