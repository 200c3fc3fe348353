"""What programs on counter PCs ask the portal for: JSON in, JSON out, errors in Chinese."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from outlets.services import reader, rotation
from portal.http import address_of
from portal.refusal import Refusal

LARGEST: Final = 4096
LONGEST: Final = 200
# A code has 60 random bits and lives for an hour, a key more and for a month: this only keeps
# guessers from wasting our time. Each web process counts for itself.
FAILURES: Final = 10
FORGET_SECONDS: Final = 600
FIELDS: Final = ("code", "public_key", "agent", "host")


class BadRequest(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@csrf_exempt
@login_not_required
@require_POST
def enrol_bridge(request: HttpRequest) -> JsonResponse:
    """201 {"kid", "outlet", "origin"}, or 4xx {"error": a sentence for the person at the PC}."""
    caller = f"enrol-failures:{address_of(request)}"
    if _is_guesser(caller):
        return _error(429, _("试错太多次，请 10 分钟后再试。"))
    try:
        bridge = reader.enrol(**_fields(request), now=timezone.now())
    except BadRequest as bad:
        return _error(bad.status, str(bad))
    except Refusal as refusal:
        _note_failure(caller)
        return _error(403, str(refusal))
    answer = {"kid": bridge.kid, "outlet": str(bridge.outlet), "origin": settings.ORIGIN}
    return JsonResponse(answer, status=201)


@csrf_exempt
@login_not_required
@require_POST
def rotate_bridge(request: HttpRequest) -> JsonResponse:
    """{"jws"} -> 201 {"kid", "outlet", "origin", "floor", "now"}, or 4xx {"error": a sentence}.

    The same question gets the same answer again. 403: not trusted, or the key has ended; 409: the
    key was exchanged for another one already; 422: a new question may be answered; 429: as 403,
    after many such from this address.
    """
    now = timezone.now()
    try:
        bridge = rotation.rotate(_message(request).get("jws"), now=now)
    except BadRequest as bad:
        return _error(bad.status, str(bad))
    except Refusal as refusal:
        return _not_rotated(request, refusal)
    answer = {
        "kid": bridge.kid,
        "outlet": str(bridge.outlet),
        "origin": settings.ORIGIN,
        "floor": settings.BRIDGE_FLOOR,
        "now": _utc(now),
    }
    return JsonResponse(answer, status=201)


def _not_rotated(request: HttpRequest, refusal: Refusal) -> JsonResponse:
    """A signature cannot be guessed, so what is signed is always answered: behind a proxy all
    shops have one address, and nobody may shut the others out."""
    caller = f"rotate-failures:{address_of(request)}"
    if refusal.code == rotation.BadRotation.code:
        if _is_guesser(caller):
            return _error(429, _("试错太多次，请 10 分钟后再试。"))
        _note_failure(caller)
    return _error(refusal.status, str(refusal))


def _is_guesser(caller: str) -> bool:
    return bool(cache.get(caller, 0) >= FAILURES)


def _note_failure(caller: str) -> None:
    # add() and incr() keep the moment at which the first failure is forgotten.
    cache.add(caller, 0, FORGET_SECONDS)
    cache.incr(caller)


def _fields(request: HttpRequest) -> dict[str, Any]:
    message = _message(request)
    fields = {name: message.get(name) for name in FIELDS} | {"sam_id": message.get("sam_id") or ""}
    if not all(isinstance(value, str) and _is_plain(value) for value in fields.values()):
        raise BadRequest(400, _("请求里缺少内容，请重新运行登记命令。"))
    return fields


def _message(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise BadRequest(415, _("请求的格式不对，应为 JSON。"))
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        raise BadRequest(413, _("请求太大。"))
    try:
        message = json.loads(request.body)
    except (ValueError, RecursionError):
        raise BadRequest(400, _("请求的格式不对，应为 JSON。")) from None
    if not isinstance(message, dict):
        raise BadRequest(400, _("请求的格式不对，应为 JSON。"))
    return message


def _is_plain(text: str) -> bool:
    """What a database takes and a page shows; a computer's name may be Chinese."""
    return text.isprintable() and len(text) <= LONGEST


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _error(status: int, text: str) -> JsonResponse:
    return JsonResponse({"error": text}, status=status)
