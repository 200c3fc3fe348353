"""The journey through the verbs: what a customer's application goes through, end to end."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from outlets.bridge.people import PEOPLE
from outlets.services import staff
from portal.models import AuditEntry
from registration import flow, intake
from registration.models import (
    Application,
    CannotChange,
    CarrierOrder,
    Decision,
    Finding,
    Identity,
    Line,
    OnlineCheck,
    Role,
    Slot,
)
from registration.services import application as applications
from registration.services import check, identity, slot
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_a_ready_application_is_submitted_checked_and_queued(cast: Cast) -> None:
    application = cast.submitted()

    assert application.status == Application.Status.SUBMITTED
    assert Slot.objects.get(application=application).place == 1
    assert OnlineCheck.objects.get().result == OnlineCheck.Result.WAITING

    OnlineCheck.objects.update(result=OnlineCheck.Result.MATCH)
    flow.advance(application, now=cast.now)

    assert application.status == Application.Status.IN_REVIEW
    assert application.reviews.get().round == 1


def test_an_unanswered_online_check_keeps_the_application_out_of_the_queue(cast: Cast) -> None:
    application = cast.submitted()

    flow.advance(application, now=cast.now)

    assert application.status == Application.Status.SUBMITTED
    assert not application.reviews.exists()


def test_a_mismatch_is_queued_for_a_person_and_cannot_be_approved(cast: Cast) -> None:
    application = cast.submitted()
    OnlineCheck.objects.update(result=OnlineCheck.Result.MISMATCH)
    flow.advance(application, now=cast.now)
    case = cast.claimed()

    with pytest.raises(check.Blocked):
        flow.decide(
            case,
            claim_no=case.claim_no,
            verdict=Decision.Verdict.APPROVE,
            by=cast.verifier,
            now=cast.now,
        )

    assert Finding.objects.get(severity="block").rule == "CV-03"
    case.refresh_from_db()
    assert case.status == "open"


def test_approval_orders_the_line_once(cast: Cast) -> None:
    application = cast.decided(Decision.Verdict.APPROVE)

    assert application.status == Application.Status.APPROVED
    assert application.line.status == Line.Status.PENDING
    assert CarrierOrder.objects.get().command == CarrierOrder.Command.OPEN


def test_refusal_frees_the_place_and_gives_the_number_back(cast: Cast) -> None:
    application = cast.decided(Decision.Verdict.REFUSE, reason=Decision.Reason.FORGED)

    assert application.status == Application.Status.REFUSED
    assert not Slot.objects.exists()
    assert CarrierOrder.objects.get().command == CarrierOrder.Command.RELEASE


def test_returned_work_keeps_its_reads_and_names_what_to_redo(cast: Cast) -> None:
    application = cast.decided(
        Decision.Verdict.RETURN, reason=Decision.Reason.IMAGE_UNREADABLE, items=["id_front"]
    )

    assert application.status == Application.Status.RETURNED
    assert application.redo == ["id_front"]
    assert application.parties.count() == 1
    assert Slot.objects.filter(application=application).exists()


def test_a_returned_application_is_submitted_again_only_when_all_is_redone(cast: Cast) -> None:
    application = cast.decided(
        Decision.Verdict.RETURN, reason=Decision.Reason.IMAGE_UNREADABLE, items=["id_front"]
    )

    with pytest.raises(check.Blocked):
        flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now)
    applications.redone(application, "id_front", now=cast.now)
    flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now)

    assert application.status == Application.Status.SUBMITTED
    assert application.round == 2


def test_submitting_twice_with_one_key_gives_the_first_answer(cast: Cast) -> None:
    application, key = cast.ready(), uuid.uuid4()

    first = flow.submit(application, by=cast.clerk, key=key, now=cast.now)
    stale = Application.objects.get(pk=application.pk)
    second = flow.submit(stale, by=cast.clerk, key=key, now=cast.now + timedelta(seconds=1))

    assert second.submitted_at == first.submitted_at
    assert AuditEntry.objects.filter(action="application.submitted").count() == 1


def test_submitting_again_with_another_key_is_refused(cast: Cast) -> None:
    application = cast.submitted()

    with pytest.raises(Exception, match=r"不能这样处理|已经提交"):
        flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now)


def test_the_sixth_number_of_a_person_is_refused(cast: Cast) -> None:
    for place in range(5):
        cast.submitted(number=f"1700000001{place}")

    with pytest.raises(check.Blocked, match="一证五户"):
        cast.submitted(number="17000000019")

    assert Slot.objects.count() == 5


def test_the_database_itself_refuses_a_sixth_place(cast: Cast) -> None:
    application = cast.ready()

    with pytest.raises(IntegrityError), transaction.atomic():
        Slot.objects.create(person_key="p", place=6, application=application)


def test_a_place_lost_to_another_counter_is_found_elsewhere_or_refused(cast: Cast) -> None:
    for place in range(1, 6):
        other = cast.draft()
        Slot.objects.create(person_key="p", place=place, application=other)

    with pytest.raises(slot.LimitReached):
        slot.take_place(cast.draft(), "p")


def test_a_proxy_application_carries_both_people(cast: Cast) -> None:
    application = cast.submitted(proxy="li")

    roles = set(application.parties.values_list("role", flat=True))

    assert roles == {Role.HOLDER, Role.PROXY}
    assert OnlineCheck.objects.filter(application=application).count() == 2


def test_a_read_is_spent_once(cast: Cast) -> None:
    application = cast.draft()
    message = cast.signed_read(application)
    arguments: dict[str, Any] = {
        "clerk": cast.clerk,
        "session_key": "session",
        "origin": settings.ORIGIN,
        "now": cast.now,
    }
    intake.read(application, Role.HOLDER, message, **arguments)

    with pytest.raises(identity.ChallengeSpent):
        intake.read(application, Role.HOLDER, message, **arguments)

    assert Identity.objects.count() == 1


def test_a_read_for_another_application_is_refused(cast: Cast) -> None:
    mine, other = cast.draft(), cast.draft()
    message = cast.signed_read(other)

    with pytest.raises(identity.WrongChallenge):
        intake.read(
            mine,
            Role.HOLDER,
            message,
            clerk=cast.clerk,
            session_key="session",
            origin=settings.ORIGIN,
            now=cast.now,
        )


def test_a_challenge_two_minutes_old_is_refused(cast: Cast) -> None:
    application = cast.draft()
    message = cast.signed_read(application)

    with pytest.raises(identity.ChallengeExpired):
        intake.read(
            application,
            Role.HOLDER,
            message,
            clerk=cast.clerk,
            session_key="session",
            origin=settings.ORIGIN,
            now=cast.now + timedelta(minutes=2),
        )


def test_what_the_chip_said_cannot_be_changed_by_any_door(cast: Cast) -> None:
    person = cast.read(cast.draft()).identity
    other = cast.read(cast.draft(), "li").identity

    person.block = other.block
    with pytest.raises(CannotChange):
        person.save()
    with pytest.raises(CannotChange):
        Identity.objects.update(person_key=other.person_key)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE registration_identity SET person_key = 'x'")


def test_an_abandoned_draft_gives_its_number_back(cast: Cast) -> None:
    application = cast.ready()

    flow.abandon(application, by=cast.clerk, now=cast.now)

    assert application.status == Application.Status.ABANDONED
    assert CarrierOrder.objects.get().command == CarrierOrder.Command.RELEASE


def test_a_clerk_cannot_be_the_proxy_at_his_own_counter(cast: Cast) -> None:
    staff.note_document(cast.clerk, number=PEOPLE["li"].number, by=cast.manager, now=cast.now)

    with pytest.raises(check.Blocked, match="受托人就是经办的营业员"):
        cast.submitted(proxy="li")


def test_an_expired_card_is_said_before_the_pictures_that_are_missing(cast: Cast) -> None:
    application = cast.numbered(cast.draft())
    cast.read(application, "wu")

    found = flow.judge(application, now=cast.now)

    assert [verdict.rule.id for verdict in found][:2] == ["PD-10", "CV-04"]


def test_a_card_that_expires_while_the_check_is_away_cannot_be_approved_any_more(
    cast: Cast,
) -> None:
    soon = replace(PEOPLE["wang"], valid_to=timezone.localdate(cast.now))
    application = cast.submitted(soon)  # type: ignore[arg-type]
    cast.now += timedelta(days=2)
    cast.matched(application)
    case = cast.claimed()

    with pytest.raises(check.Blocked, match="身份证已过期"):
        flow.decide(case, claim_no=case.claim_no, verdict="approve", by=cast.verifier, now=cast.now)
