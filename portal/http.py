"""How a request comes in and how an answer leaves: refusals as a page, as a part of one, or as
JSON for our own scripts."""

import ipaddress
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from portal.models import User
from portal.refusal import Refusal


class SignedInRequest(HttpRequest):
    """A request behind the login; every view without ``login_not_required`` gets one."""

    user: User


def wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def refuse(request: HttpRequest, refusal: Refusal, status: int | None = None) -> HttpResponse:
    """What happened and what to do next; never a code as the main text."""
    status = status or refusal.status
    if wants_json(request):
        body = {"error": refusal.text, "todo": refusal.todo}
        return JsonResponse(body, status=status)
    if "HX-Request" in request.headers:
        # Said where the page says things; the part that was asked for stays as it is.
        response = render(request, "portal/refusal/_notice.html", {"refusal": refusal})
        response.status_code = status
        response["HX-Retarget"], response["HX-Reswap"] = "#messages", "innerHTML"
        return response
    context = {"refusal": refusal, "back": own_path(request, request.headers.get("Referer"))}
    return render(request, "portal/refusal/show.html", context, status=status)


def own_path(request: HttpRequest, url: str | None) -> str:
    """The path and query of an address of this site; "/" for any other one."""
    if not url or not url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return "/"
    parts = urlsplit(url)
    path = parts.path if parts.path.startswith("/") else "/"
    return f"{path}?{parts.query}" if parts.query else path


def to_door(request: HttpRequest, door: str, error: str, todo: str) -> HttpResponse:
    """Send a request that may not go on to a door (login, unlock), and back from there to the
    page that it came from: for a form that is the page which holds it."""
    here = request.get_full_path()
    if "HX-Request" in request.headers:
        here = own_path(request, request.headers.get("HX-Current-URL"))
    elif wants_json(request) or request.method not in ("GET", "HEAD"):
        here = own_path(request, request.headers.get("Referer"))
    url = reverse(door, query={"next": here})
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    if wants_json(request):
        return JsonResponse({"error": error, "todo": todo, "door": url}, status=401)
    return redirect(url)


def address_of(request: HttpRequest) -> str | None:
    """The caller's address; None behind a socket without one."""
    try:
        return str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None
