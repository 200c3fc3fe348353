"""How an answer leaves the portal: refusals as a page, or as JSON for our own scripts."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from portal.refusal import Refusal


def wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def refuse(request: HttpRequest, refusal: Refusal, status: int = 409) -> HttpResponse:
    """What happened and what to do next; never a code as the main text."""
    if wants_json(request):
        body = {"error": refusal.text, "todo": refusal.todo}
        return JsonResponse(body, status=status)
    context = {"refusal": refusal, "back": request.headers.get("Referer", "/")}
    return render(request, "portal/refusal/show.html", context, status=status)
