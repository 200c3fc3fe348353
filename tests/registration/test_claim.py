"""A text message at the portal's door, and what the counter makes of it (scenario 14)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from outlets.bridge.people import PEOPLE
from portal.models import AuditEntry
from registration import flow
from registration.models import Claim, Identity, OwnershipCheck
from registration.rules.sms import Claim as Said
from registration.services import claim
from tests.cast import Cast
from tests.portal.services import RunningService, running_carrier

pytestmark = pytest.mark.django_db
WANG = PEOPLE["wang"]
# Of the demo carrier's numbers: nobody is registered with the first, somebody with the second.
UNREGISTERED, REGISTERED = "13800009101", "13800009001"


@pytest.fixture
def boss(tmp_path: Any, settings: Any) -> Iterator[RunningService]:
    with running_carrier(tmp_path) as service:
        settings.CARRIER_URL, settings.SMS_TOKEN = service.url, "sample-token"
        yield service


def send(
    text: str, sender: str = UNREGISTERED, *, id: str = "m1", token: str = "sample-token"
) -> Any:
    return Client().post(
        reverse("sms"),
        json.dumps({"id": id, "from": sender, "text": text}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


def own_words(person: str = "wang") -> str:
    return f"40#{PEOPLE[person].name}#{PEOPLE[person].number}"


def test_a_message_from_an_unregistered_number_is_a_claim_and_no_identity(
    boss: RunningService,
) -> None:
    answer = send(own_words())

    assert answer.json()["result"] == "claimed"
    assert "到营业厅读卡核验" in answer.json()["reply"]
    assert Claim.objects.get().document == WANG.number
    assert not Identity.objects.exists()


def test_what_arrives_twice_counts_once(boss: RunningService) -> None:
    first, second = send(own_words()), send(own_words())

    assert first.json() == second.json()
    assert Claim.objects.count() == 1
    assert AuditEntry.objects.filter(action="claim.received").count() == 1


def test_one_message_that_is_delivered_twice_at_once_is_not_lost(
    cast: Cast, boss: RunningService
) -> None:
    said = Said(WANG.name, WANG.number)
    for _delivery in range(2):
        claim._keep("m1", UNREGISTERED, said, now=cast.now)

    assert Claim.objects.get().status == Claim.Status.OPEN


def test_of_several_messages_the_last_counts(boss: RunningService) -> None:
    send(own_words("li"), id="m1")
    send(own_words("wang"), id="m2")

    assert [row.status for row in Claim.objects.order_by("pk")] == ["replaced", "open"]


@pytest.mark.parametrize("sender", [REGISTERED, "13999999999"])
def test_another_telephone_claims_nothing(boss: RunningService, sender: str) -> None:
    assert send(own_words(), sender).json()["result"] == "not_due"
    assert not Claim.objects.exists()


def test_a_message_that_says_nothing_is_answered_without_asking_the_carrier(
    settings: Any,
) -> None:
    settings.CARRIER_URL, settings.SMS_TOKEN = "http://127.0.0.1:9", "sample-token"

    assert send("你好").json()["result"] == "form"
    assert send(own_words()).status_code == 503


@pytest.mark.parametrize("token", ["", "wrong"])
def test_only_the_gateway_is_heard(settings: Any, token: str) -> None:
    settings.SMS_TOKEN = "sample-token"
    assert send(own_words(), token=token).status_code == 403

    settings.SMS_TOKEN = ""
    assert send(own_words(), token="").status_code == 403


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"id": "m1", "from": "139", "text": "x"}', "x" * 5000]
)
def test_what_is_no_message_is_refused(settings: Any, body: str) -> None:
    settings.SMS_TOKEN = "sample-token"

    answer = Client().post(
        reverse("sms"),
        body,
        content_type="application/json",
        headers={"Authorization": "Bearer sample-token"},
    )

    assert answer.status_code == 400


def test_nothing_that_was_sent_is_in_the_audit_or_the_name_of_the_row(
    boss: RunningService,
) -> None:
    send(own_words())

    told = json.dumps([entry.detail for entry in AuditEntry.objects.all()]) + str(
        Claim.objects.get()
    )
    assert WANG.number not in told
    assert WANG.name not in told


# At the counter --------------------------------------------------------------------------


@pytest.mark.parametrize(("claimed", "found"), [("wang", set()), ("li", {"BF-06"})])
def test_the_counter_compares_who_came_with_who_wrote(
    cast: Cast, boss: RunningService, claimed: str, found: set[str]
) -> None:
    application = cast.asking("backfill", "wang", number=UNREGISTERED, standing="unregistered")
    send(own_words(claimed))

    verdicts = flow.judge(application, now=cast.now)

    assert {verdict.rule.id for verdict in verdicts} & {"BF-06"} == found


def test_a_claim_is_settled_when_the_number_is_registered(cast: Cast, boss: RunningService) -> None:
    application = cast.asking("backfill", "wang", number=UNREGISTERED, standing="unregistered")
    send(own_words())
    OwnershipCheck.objects.update(result="match")

    claim.settle(application)

    assert Claim.objects.get().status == Claim.Status.SETTLED


def test_a_claim_that_nobody_came_for_is_erased_after_its_days(
    cast: Cast, boss: RunningService
) -> None:
    send(own_words())
    Claim.objects.update(received_at=cast.now)

    claim.forget(now=cast.now + timedelta(days=29, hours=23))
    assert Claim.objects.exists()

    claim.forget(now=cast.now + timedelta(days=30))
    assert not Claim.objects.exists()
    assert AuditEntry.objects.get(action="claim.erased").detail == {"count": 1}
