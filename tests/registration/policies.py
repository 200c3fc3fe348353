"""How the tests of the policy pages ask for them and fill them in."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.models import Channel
from registration.rules.policy import LINES_A_PERSON
from registration.services import policy
from tests.cast import Cast

KEY = LINES_A_PERSON.key
TIERS = "document.resident.tiers"
HOURS = "rule.CV-01H"


def page(node: Channel, key: str = "") -> str:
    return reverse("policy", args=[node.pk, key]) if key else reverse("policies_at", args=[node.pk])


def today() -> date:
    return timezone.localdate()


def send(client: Client, node: Channel, key: str = KEY, **said: Any) -> HttpResponse:
    data = {"value": 3, "from_date": today().isoformat(), "reason": "样本通知", "do": "save"}
    return client.post(page(node, key), data | said)  # type: ignore[return-value]


def put(cast: Cast, node: Channel, value: Any, *, key: str = KEY, days: int = 0) -> None:
    policy.put(
        node,
        key,
        value,
        from_date=today() + timedelta(days=days),
        reason="样本原因",
        by=cast.administrator,
        now=cast.now,
    )
