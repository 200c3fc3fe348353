"""What outside systems send: JSON in, JSON out, a bearer token, and the same answer twice."""

import json
import re
from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from registration.services import claim

LARGEST: Final = 4096
FIELDS: Final = {"id": r"[\w.:-]{1,80}", "from": r"1[0-9]{10}", "text": r"[\s\S]{1,1000}"}


@csrf_exempt
@login_not_required
@require_POST
def receive_sms(request: HttpRequest) -> JsonResponse:
    """{"id", "from", "text"}: a text message to the carrier's number (BF-06).

    200 {"result", "reply"}: the reply goes back to the sender. 403 without the token, 400 for what
    is no such message, 503 when it cannot be taken now: then it is delivered again.
    """
    if not _is_gateway(request):
        return JsonResponse({"error": "forbidden"}, status=403)
    message = _message(request)
    if message is None:
        return JsonResponse({"error": "bad_request"}, status=400)
    try:
        answer = claim.receive(message["id"], message["from"], message["text"], now=timezone.now())
    except claim.Again as away:
        return JsonResponse({"error": str(away)}, status=away.status)
    # The customer's language is not known: the reply is Chinese.
    with translation.override("zh-hans"):
        return JsonResponse({"result": answer.value, "reply": _(answer.text)})


def _is_gateway(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    token = settings.SMS_TOKEN
    return bool(token) and constant_time_compare(given, f"Bearer {token}")


def _message(request: HttpRequest) -> dict[str, str] | None:
    if len(request.body) > LARGEST:
        return None
    try:
        given = json.loads(request.body)
    except ValueError:
        return None
    if not isinstance(given, dict):
        return None
    found = {name: given.get(name) for name in FIELDS}
    for name, pattern in FIELDS.items():
        value = found[name]
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            return None
    return {name: str(value) for name, value in found.items()}
