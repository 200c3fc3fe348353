"""What somebody else does between two steps, and what an earlier round leaves behind."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from portal.gateways.carrier import Reservation
from portal.states import Stale
from registration import flow, intake
from registration.models import (
    Application,
    CarrierOrder,
    Line,
    OnlineCheck,
    OwnershipCheck,
    Photo,
    Review,
    Role,
    Slot,
)
from registration.services import application as applications
from registration.services import consent, darkroom, erasure, line, ownership, photo, sim
from registration.services import order as orders
from tests.cast import ICCID, Cast
from tests.registration import units

pytestmark = pytest.mark.django_db
Status = Application.Status
REGISTERED: dict[str, object] = {"standing": "registered", "category": ""}
UNREGISTERED: dict[str, object] = {"standing": "unregistered", "category": "temporary"}
WANG, LI = "13800009001", "13800009002"


@pytest.fixture(autouse=True)
def _decisions_are_final_at_once(settings: Any) -> None:
    settings.UNDO = timedelta(0)


def fresh(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


def returned(cast: Cast, *items: str, proxy: str | None = None) -> Application:
    application = cast.in_review("wang", proxy=proxy)
    case = cast.claimed()
    flow.decide(
        case,
        claim_no=case.claim_no,
        verdict="return",
        reason="IMAGE_UNREADABLE",
        items=items,
        by=cast.verifier,
        now=cast.now,
    )
    return fresh(application)


def named(cast: Cast, application: Application, number: str, known: dict[str, object]) -> None:
    line.name(application, number, known, by=cast.clerk, now=cast.now)
    ownership.ask(application, now=cast.now)
    for check in application.ownership_checks.all():
        ownership.settle(check, "match", now=cast.now)


def refused_by_carrier(cast: Cast) -> Application:
    """A new SIM card that was approved and that the carrier would not give."""
    application = cast.approved(cast.asking("reissue", "wang"))
    row = CarrierOrder.objects.get(application=application, status="due")
    line._refuse(row, "number_unknown", refused=flow.not_opened, now=cast.now)
    return fresh(application)


# Numbers and places -----------------------------------------------------------------------


def test_a_refused_matter_leaves_no_line_behind(cast: Cast) -> None:
    refused_by_carrier(cast)

    assert not Line.objects.exists()


def test_after_a_no_another_number_can_be_named_and_approved(cast: Cast) -> None:
    application = refused_by_carrier(cast)
    named(cast, application, LI, REGISTERED)
    cast.signed(application)

    cast.approved(application)

    assert fresh(application).status == Status.APPROVED


def test_after_a_no_a_new_number_can_be_opened_instead(cast: Cast) -> None:
    application = refused_by_carrier(cast)
    cast.answer(application, service="new_mobile")
    cast.numbered(application, "17000000005")
    applications.redone(application, "number", now=cast.now)
    cast.signed(application)

    cast.approved(application)

    assert Line.objects.get().status == Line.Status.PENDING


def test_a_place_goes_back_when_the_next_round_asks_for_something_else(cast: Cast) -> None:
    application = returned(cast, "live")
    cast.answer(application, service="cancel")
    named(cast, application, WANG, REGISTERED)
    application.photos.current().filter(kind="live").delete()
    cast.photo(application, "live")
    applications.redone(application, "live", now=cast.now)
    cast.signed(application)

    flow.submit(fresh(application), by=cast.clerk, key=uuid.uuid4(), now=cast.now)

    assert not Slot.objects.exists()


def test_proofs_of_one_number_say_nothing_about_another(cast: Cast) -> None:
    application = cast.asking("backfill", "wang", number="13800009101", **UNREGISTERED)  # type: ignore[arg-type]

    line.name(application, "13800009102", UNREGISTERED, by=cast.clerk, now=cast.now)

    assert fresh(application).proofs == []


def test_a_check_of_a_number_that_is_no_longer_asked_about_goes(cast: Cast) -> None:
    application = cast.draft()
    cast.answer(application, service="reissue")
    line.name(application, WANG, REGISTERED, by=cast.clerk, now=cast.now)
    cast.read(application, "wang")

    line.name(application, LI, REGISTERED, by=cast.clerk, now=cast.now)

    assert not OwnershipCheck.objects.exists()


def test_two_clicks_on_unit_release_the_number_once(cast: Cast) -> None:
    application = cast.ready()
    pages = fresh(application), fresh(application)

    for page in pages:
        intake.answer(page, holder_kind="unit", service="new_mobile", now=cast.now)

    assert CarrierOrder.objects.filter(command="release").count() == 1


def test_an_abandoned_draft_releases_the_number_that_it_has_by_then(cast: Cast) -> None:
    application = cast.ready()
    page = fresh(application)
    exchanged = Reservation("17000000009", cast.now + timedelta(days=1))
    line.put(application, exchanged, by=cast.clerk, now=cast.now)

    flow.abandon(page, by=cast.clerk, now=cast.now)

    assert sorted(order.number for order in CarrierOrder.objects.all()) == [
        "17000000001",
        "17000000009",
    ]


def test_a_draft_that_was_touched_after_it_was_found_is_not_swept_away(cast: Cast) -> None:
    application = cast.draft()
    found = fresh(application)
    sim.put(application, ICCID, now=cast.now + timedelta(seconds=1))

    with pytest.raises(Stale):
        flow.abandon(found, by=None, now=cast.now)

    assert fresh(application).status == Status.DRAFT


# The counter ------------------------------------------------------------------------------


def test_what_is_no_longer_asked_for_need_not_be_done_again(cast: Cast) -> None:
    application = returned(cast, "letter", "proxy_live", "id_front", proxy="li")

    cast.answer(application, "self")

    assert fresh(application).redo == ["id_front"]


def test_a_signature_under_help_is_given_again_when_the_help_ends(cast: Cast) -> None:
    application = cast.ready()
    applications.assist(application, "hands", supervisor=cast.manager, now=cast.now)
    cast.signed(application)

    intake.unassist(application, by=cast.clerk, now=cast.now)

    assert fresh(application).confirmed_at is None
    assert not application.photos.current().filter(kind=Photo.Kind.SIGNATURE).exists()


def test_a_signature_is_not_for_somebody_who_was_read_after_the_page_was_shown(
    cast: Cast,
) -> None:
    application = cast.draft()
    cast.read(application, "wang")
    shown = consent.name(application, now=cast.now)
    cast.read(fresh(application), "li")

    with pytest.raises(consent.TextsChanged):
        consent.check(application, shown=shown, answers={"face": True}, now=cast.now)


def test_a_page_that_is_read_late_moves_nobody_who_was_handed_in(cast: Cast) -> None:
    application = cast.in_review()
    late = cast.photo(application, Photo.Kind.GUARDIAN_ID_FRONT)
    late.kind = Photo.Kind.ID_FRONT

    with transaction.atomic():
        darkroom._unseat_another(late, "P<UTO")

    assert application.parties.filter(role=Role.HOLDER).exists()


def test_a_picture_whose_file_is_gone_waits_for_no_worker(cast: Cast) -> None:
    application = cast.draft()
    waiting = cast.photo(application, "live", status=Photo.Status.RECEIVED, view="")
    flow.abandon(application, by=cast.clerk, now=cast.now)

    photo.forget_originals(fresh(application))

    waiting.refresh_from_db()
    assert waiting.status == Photo.Status.REJECTED


# Erasure ----------------------------------------------------------------------------------


def test_what_the_carrier_compared_is_erased_too(cast: Cast) -> None:
    application = cast.asking("reissue", "wang")
    flow.abandon(application, by=cast.clerk, now=cast.now)

    assert erasure.erase(application, now=cast.now + timedelta(days=31))
    assert not OwnershipCheck.objects.exists()


def test_why_somebody_was_helped_is_erased(cast: Cast) -> None:
    application = cast.ready()
    applications.assist(application, "illness", supervisor=cast.manager, now=cast.now)
    flow.abandon(application, by=cast.clerk, now=cast.now)
    CarrierOrder.objects.update(status="done")

    assert erasure.erase(fresh(application), now=cast.now + timedelta(days=31))

    assert fresh(application).assisted_reason == ""


# Orders -----------------------------------------------------------------------------------


def test_forged_papers_hold_what_is_left_and_not_what_was_erased(cast: Cast) -> None:
    order = units.draft(cast)
    number = units.number(cast, order)
    flow.abandon(number, by=order.clerk, now=cast.now)
    CarrierOrder.objects.update(status="done")
    assert erasure.erase(number, now=cast.now + timedelta(days=31))

    flow.turn_down(fresh(order), "FORGED", by=order.clerk, now=cast.now + timedelta(days=32))

    assert fresh(order).legal_hold_at
    assert fresh(number).legal_hold_at is None


def test_a_number_does_not_wait_for_an_order_that_is_none_any_more(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    number = units.number(cast, order, user="li")
    units.submitted(cast, order)
    OnlineCheck.objects.filter(application=order).update(result="match")
    OnlineCheck.objects.filter(application=number).update(result="unavailable")
    cast.compared(order)
    flow.advance(fresh(order), now=cast.now)
    case = cast.claimed()
    flow.decide(
        case,
        claim_no=case.claim_no,
        verdict="return",
        reason="IMAGE_UNREADABLE",
        items=["licence"],
        by=cast.verifier,
        now=cast.now,
    )
    cast.answer(fresh(order), "self")

    OnlineCheck.objects.filter(application=number).update(result="match")
    flow.advance(fresh(number), now=cast.now)

    assert fresh(number).status == Status.REFUSED
    assert not Review.objects.filter(application=number).exists()


def test_no_number_is_begun_for_an_order_that_has_ended(cast: Cast) -> None:
    order = units.draft(cast)
    flow.abandon(fresh(order), by=order.clerk, now=cast.now)

    with pytest.raises(applications.NotEditable):
        applications.start(order.outlet, by=order.clerk, now=cast.now, order=order)


def test_another_kind_of_unit_sets_the_papers_of_the_first_aside(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))

    said = units.said(cast, "social")
    intake.put_unit(order, said, by=order.clerk, now=cast.now)

    left = set(order.photos.current().values_list("kind", flat=True))
    assert left <= {*fresh(order).photos_due, "signature"}
    assert fresh(order).unit.kind == "social"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_scan_and_a_change_of_one_order_do_not_lock_each_other_out(cast: Cast) -> None:
    order = units.draft(cast)
    number = units.number(cast, order)
    Application.objects.filter(pk=number.pk).update(iccid="")
    meet = threading.Barrier(2)

    def scan() -> None:
        meet.wait()
        orders.scan(order, ICCID, now=cast.now)

    def change() -> None:
        with transaction.atomic():
            meet.wait()
            row = applications.lock(fresh(number))
            applications.change(row, cast.now, letter_scope="")

    def closing(work: Any) -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(closing, work) for work in (scan, change)]:
            done.result()

    assert fresh(number).iccid == ICCID
