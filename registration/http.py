"""The clerk's door to applications, and how a step of the counter is answered."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import get_language

from outlets.http import StaffRequest
from portal.http import refuse, wants_json
from portal.refusal import Refusal
from registration.models import Application
from registration.models.application import ApplicationQuerySet


def at_counter(request: StaffRequest) -> ApplicationQuerySet:
    here: ApplicationQuerySet = Application.objects.at_counter_of(request.user)
    return here


def open_application(request: StaffRequest, pk: int) -> Application:
    found: Application = get_object_or_404(
        at_counter(request).select_related("outlet__channel", "clerk", "order", "unit"), pk=pk
    )
    return found


def saved(request: HttpRequest, application: Application, to: str) -> HttpResponse:
    """The answer to a POST that changed ``application``: our script hears when it was saved and
    where the counter goes on, a plain form is redirected there."""
    if wants_json(request):
        at = timezone.localtime(application.touched_at)
        return JsonResponse({"saved": f"{at:%H:%M}", "next": to})
    return redirect(to)


def invalid(request: HttpRequest, form: BaseForm) -> HttpResponse:
    """The first thing that is wrong with what was sent, as a refusal."""
    first = next((error for errors in form.errors.values() for error in errors), None)
    return refuse(request, Refusal(str(first) if first else None), status=422)


def polled(
    request: HttpRequest, signature: Any, render: Callable[[], HttpResponse]
) -> HttpResponse:
    """What a page asks for every few seconds: 304 while it has the state that ``signature``
    describes, so that an unchanged answer costs the signature's one query and no rendering."""
    # A shared counter PC's next clerk must not be told that nothing has changed.
    post = getattr(request, "post", None)
    whose = (request.user.pk, post and post.pk)
    digest = sha256(repr((whose, signature)).encode()).hexdigest()[:32]
    # The language belongs to what is shown.
    etag = quote_etag(f"{get_language()}-{digest}")
    answer = get_conditional_response(request, etag=etag) or render()
    answer["ETag"] = etag
    return answer
