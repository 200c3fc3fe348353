"""Services on numbers that are in use: whom they concern, what the carrier does, what follows."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from registration import flow
from registration.models import (
    Application,
    CarrierOrder,
    Decision,
    Finding,
    Line,
    OwnershipCheck,
    Slot,
)
from registration.rules.service import SERVICES
from registration.services import application as applications
from registration.services import check, line, outcome, policy
from tests.cast import Cast

pytestmark = pytest.mark.django_db

WANG, LI = "13800009001", "13800009002"
Status = Application.Status


@pytest.fixture(autouse=True)
def _decisions_take_effect_at_once(settings: Any) -> None:
    settings.UNDO = timedelta(0)


def submit(cast: Cast, application: Application) -> Application:
    return flow.submit(application, by=application.clerk, key=uuid.uuid4(), now=cast.now)


def key_of(application: Application, role: str = "holder") -> str:
    return application.parties.get(role=role).identity.person_key


def places(application: Application) -> int:
    return Slot.objects.filter(person_key=key_of(application)).count()


# Transfer ------------------------------------------------------------------------------------


def test_a_transferred_number_is_its_new_holder_s_and_frees_the_old_one_s_place(
    cast: Cast,
) -> None:
    old = cast.in_use("wang", WANG)

    new = cast.done(cast.approved(cast.asking("transfer", "li", "wang")))

    found = Line.objects.get()
    assert new.status == Status.ACTIVE
    assert (found.status, found.person_key) == (Line.Status.ACTIVE, key_of(new))
    assert (places(old), places(new)) == (0, 1)


def test_until_the_carrier_has_transferred_both_places_are_taken(cast: Cast) -> None:
    old = cast.in_use("wang", WANG)

    new = cast.approved(cast.asking("transfer", "li", "wang"))

    assert Line.objects.get().person_key == key_of(old)
    assert (places(old), places(new)) == (1, 1)


def test_a_transfer_to_who_has_five_numbers_is_stopped(cast: Cast) -> None:
    for last in range(5):
        cast.submitted("li", number=f"1700000001{last}")

    with pytest.raises(check.Blocked, match="一证五户"):
        submit(cast, cast.asking("transfer", "li", "wang"))


def test_a_transfer_to_oneself_is_stopped(cast: Cast) -> None:
    with pytest.raises(check.Blocked, match="同一人"):
        submit(cast, cast.asking("transfer", "wang", "wang"))


def test_a_transfer_by_who_is_not_the_registered_holder_is_stopped(cast: Cast) -> None:
    with pytest.raises(check.Blocked, match="不一致"):
        submit(cast, cast.asking("transfer", "li", "zhang", result="mismatch"))


def test_a_fixed_line_s_transfer_takes_no_place(cast: Cast) -> None:
    new = submit(cast, cast.asking("transfer", "li", "wang", number="06008009001"))

    assert places(new) == 0


def test_a_number_can_be_transferred_again_and_back(cast: Cast) -> None:
    cast.in_use("wang", WANG)
    there = cast.done(cast.approved(cast.asking("transfer", "li", "wang")))

    back = cast.done(cast.approved(cast.asking("transfer", "wang", "li")))

    assert Line.objects.get().person_key == key_of(back)
    assert (places(there), places(back)) == (0, 1)


# Reissue -------------------------------------------------------------------------------------


def test_a_new_card_changes_nothing_but_the_card(cast: Cast) -> None:
    old = cast.in_use("wang", WANG)
    before = Line.objects.values("person_key", "status", "opened_at").get()

    again = cast.done(cast.approved(cast.asking("reissue", "wang")))

    assert Line.objects.values("person_key", "status", "opened_at").get() == before
    assert again.orders.get().command == "reissue"
    assert places(old) == 1


def test_a_new_card_is_not_approved_while_the_carrier_has_not_said_whose_number_it_is(
    cast: Cast,
) -> None:
    application = cast.asking("reissue", "wang")
    OwnershipCheck.objects.update(result="unavailable")
    submit(cast, application)

    cast.matched(application)

    assert application.status == Status.SUBMITTED


def test_a_mismatch_that_comes_after_the_submit_is_a_finding_that_stops_the_approval(
    cast: Cast,
) -> None:
    application = cast.asking("reissue", "wang")
    OwnershipCheck.objects.update(result="waiting")
    submit(cast, application)

    OwnershipCheck.objects.update(result="mismatch")
    cast.matched(application)

    assert application.status == Status.IN_REVIEW
    assert Finding.objects.filter(rule="SC-08", severity="block").exists()
    assert flow.hindrance(application, now=cast.now)


def test_another_read_is_compared_anew(cast: Cast) -> None:
    application = cast.asking("reissue", "wang", result="mismatch")

    cast.read(application, "li")

    assert [row.result for row in OwnershipCheck.objects.order_by("pk")] == ["mismatch", "waiting"]


# Cancel --------------------------------------------------------------------------------------


def test_a_cancelled_number_frees_its_place_and_rests_for_six_months(cast: Cast) -> None:
    old = cast.in_use("wang", WANG)
    cancelled_at = datetime(2026, 8, 31, 2, tzinfo=UTC)

    gone = cast.done(cast.approved(cast.asking("cancel", "wang")), at=cancelled_at)

    found = Line.objects.get()
    assert gone.status == Status.ACTIVE
    assert found.status == Line.Status.QUARANTINE
    assert found.quarantine_until == datetime(2027, 2, 28, 2, tzinfo=UTC)
    assert places(old) == 0


def test_how_long_a_number_rests_is_policy(cast: Cast) -> None:
    policy.put(
        cast.province,
        "number.quarantine_months",
        3,
        from_date=timezone.localdate(cast.now),
        reason="样本",
        by=cast.administrator,
        now=cast.now,
    )

    # Over the end of a year, whatever the day on which this is tried.
    year = cast.now.year + 1
    at = datetime(year, 11, 27, 4, tzinfo=UTC)
    cast.done(cast.approved(cast.asking("cancel", "wang")), at=at)

    until = Line.objects.get().quarantine_until
    assert until == datetime(year + 1, 2, 27, 4, tzinfo=UTC)


def test_the_sixth_number_can_be_had_after_a_cancellation(cast: Cast) -> None:
    cast.in_use("wang", WANG)
    for last in range(4):
        cast.submitted("wang", number=f"1700000001{last}")
    sixth = cast.ready("wang", number="17000000020")
    with pytest.raises(check.Blocked):
        submit(cast, sixth)
    Application.objects.filter(status=Status.SUBMITTED).update(status=Status.APPROVED)

    cast.done(cast.approved(cast.asking("cancel", "wang")))

    assert submit(cast, sixth).status == Status.SUBMITTED


def test_a_number_whose_rest_is_over_can_be_opened_again(cast: Cast) -> None:
    cast.done(cast.approved(cast.asking("cancel", "wang")))
    until = Line.objects.get().quarantine_until
    assert until

    outcome.end_quarantine(until - timedelta(seconds=1))
    assert Line.objects.get().status == Line.Status.QUARANTINE
    outcome.end_quarantine(until)

    assert Line.objects.get().status == Line.Status.CLOSED
    cast.in_use("li", WANG)
    assert Line.objects.filter(status=Line.Status.ACTIVE).count() == 1


# Backfill ------------------------------------------------------------------------------------


def test_a_backfilled_number_is_registered_in_one_of_its_holder_s_places(cast: Cast) -> None:
    asked = cast.asking(
        "backfill", "wang", number="13800009101", standing="unregistered", category="temporary"
    )

    done = cast.done(cast.approved(asked))

    found = Line.objects.get()
    assert (found.status, found.opened_at) == (Line.Status.ACTIVE, None)
    assert found.person_key == key_of(done)
    assert places(done) == 1


@pytest.mark.parametrize(
    ("category", "papers"),
    [
        ("temporary", {"ownership"}),
        ("incomplete", {"ownership"}),
        ("other_user", {"ownership"}),
        ("group", {"ownership", "unit_certificate"}),
    ],
)
def test_each_sort_of_unregistered_number_has_its_papers(
    cast: Cast, category: str, papers: set[str]
) -> None:
    application = cast.draft()
    cast.answer(application, service="backfill")
    application.category = category

    assert set(application.photos_due) - {"id_front", "id_back", "live"} == papers


@pytest.mark.parametrize("service", ["transfer", "reissue", "cancel", "fixed_move"])
def test_nothing_else_is_done_with_an_unregistered_number(cast: Cast, service: str) -> None:
    people = ("li", "wang") if service == "transfer" else ("wang",)
    number = "06008009101" if service == "fixed_move" else "13800009101"
    application = cast.asking(
        service, *people, number=number, standing="unregistered", category="incomplete"
    )

    with pytest.raises(check.Blocked) as stopped:
        submit(cast, application)

    assert stopped.value.todo == "请先补登记，再办其他业务。"


def test_what_was_begun_turns_into_a_backfill_and_keeps_number_and_card(cast: Cast) -> None:
    application = cast.asking(
        "cancel", "wang", number="13800009101", standing="unregistered", category="temporary"
    )

    cast.answer(application, service="backfill")

    application.refresh_from_db()
    assert application.number == "13800009101"
    assert application.parties.count() == 1
    assert "ownership" in application.photos_due


# Changing one's mind -------------------------------------------------------------------------


def test_a_number_of_the_pool_goes_back_when_the_customer_has_one_already(cast: Cast) -> None:
    application = cast.ready()

    cast.answer(application, service="reissue")

    assert application.number is None
    assert application.orders.get().command == "release"


def test_a_customer_s_own_number_is_never_released(cast: Cast) -> None:
    application = cast.asking("cancel", "wang")

    flow.abandon(application, by=cast.clerk, now=cast.now)

    assert not CarrierOrder.objects.exists()


def test_the_former_holder_is_forgotten_when_it_is_no_transfer(cast: Cast) -> None:
    application = cast.asking("transfer", "li", "wang")

    cast.answer(application, service="cancel")

    assert [party.role for party in application.parties.all()] == ["holder"]
    assert application.number == WANG


# The carrier says no -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "people", "code", "redo"),
    [
        ("transfer", ("li", "wang"), "not_registered", "number"),
        ("reissue", ("wang",), "iccid_invalid", "iccid"),
        ("cancel", ("wang",), "number_unknown", "number"),
        ("fixed_move", ("wang",), "address_invalid", "address"),
    ],
)
def test_what_the_carrier_refuses_comes_back_with_what_to_mend_and_loses_nothing(
    cast: Cast, service: str, people: tuple[str, ...], code: str, redo: str
) -> None:
    number = "06008009001" if service == "fixed_move" else WANG
    application = cast.approved(cast.asking(service, *people, number=number))
    before = application.parties.count(), application.photos.current().count()

    line._refuse(application.orders.get(), code, refused=flow.not_opened, now=cast.now)

    application.refresh_from_db()
    assert (application.status, application.redo) == (Status.RETURNED, [redo])
    assert application.number == number
    assert (application.parties.count(), application.photos.current().count()) == before
    assert not Line.objects.exists()  # one that is in use elsewhere is seen with the first yes
    assert not application.ownership_checks.exists()


def test_a_number_that_is_named_again_after_a_no_is_compared_and_handed_in_again(
    cast: Cast,
) -> None:
    application = cast.approved(cast.asking("cancel", "wang"))
    order = application.orders.get()
    line._refuse(order, "not_registered", refused=flow.not_opened, now=cast.now)
    application.refresh_from_db()
    known: dict[str, object] = {"standing": "registered", "category": ""}

    line.name(application, WANG, known, by=cast.clerk, now=cast.now)
    cast.signed(application)
    submit(cast, application)

    assert application.status == Status.SUBMITTED
    assert OwnershipCheck.objects.get().result == "waiting"


def test_a_fixed_line_without_a_cable_keeps_its_number_and_wants_another_address(
    cast: Cast,
) -> None:
    application = cast.draft()
    cast.answer(application, service="fixed_install")
    cast.numbered(application, "06008000001")
    assert application.is_fixed

    application.redo = ["address"]
    application.save(update_fields=["redo"])
    applications.set_address(application, "示例省 样本市  测试路9号", now=cast.now)

    assert application.redo == []
    assert application.address == "示例省 样本市 测试路9号"


# One number, one matter at a time -------------------------------------------------------------


def test_a_second_matter_on_a_number_waits_for_the_first(cast: Cast) -> None:
    cast.asking("cancel", "wang")

    with pytest.raises(line.NumberBusy):
        cast.asking("transfer", "li", "wang")


def test_a_number_whose_matter_is_done_may_have_the_next(cast: Cast) -> None:
    cast.in_use("wang", WANG)
    cast.done(cast.approved(cast.asking("reissue", "wang")))

    again = cast.done(cast.approved(cast.asking("reissue", "wang")))

    assert again.status == Status.ACTIVE
    assert Line.objects.count() == 1


# The table -----------------------------------------------------------------------------------


def test_every_service_has_its_command_in_the_outbox() -> None:
    commands = {service.order for service in SERVICES.values()}

    assert commands | {"release"} == set(CarrierOrder.Command.values)


def test_a_refused_matter_asks_nothing_of_the_carrier(cast: Cast) -> None:
    application = cast.asking("cancel", "wang")
    submit(cast, application)
    cast.matched(application)
    case = cast.claimed()

    flow.decide(
        case,
        claim_no=case.claim_no,
        verdict=Decision.Verdict.REFUSE,
        by=cast.verifier,
        now=cast.now,
        reason=Decision.Reason.IMPERSONATION,
    )

    application.refresh_from_db()
    assert application.status == Status.REFUSED
    assert not CarrierOrder.objects.exists()
