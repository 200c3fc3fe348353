"""A unit's order and what else the counter has: consents, refusals, erasure, documents, help."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from registration import flow, intake
from registration.models import Application, CarrierOrder, Decision, Erasure, Identity, Unit
from registration.services import consent, erasure, line
from registration.services import unit as unit_service
from tests.cast import Cast
from tests.registration import units

pytestmark = pytest.mark.django_db
Status = Application.Status


@pytest.fixture(autouse=True)
def _decisions_take_effect_at_once(settings: Any) -> None:
    settings.UNDO = timedelta(0)


def in_review(cast: Cast) -> tuple[Application, Application]:
    """An order and its one number, handed in together and matched."""
    order = units.papered(cast, units.draft(cast))
    number = units.number(cast, order, user="wang")
    units.matched(cast, units.submitted(cast, order))
    return order, number


def fresh(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


# Consents ---------------------------------------------------------------------------------


def test_the_handler_signs_for_the_unit_and_a_number_signs_nothing(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    number = units.number(cast, order, user="wang")

    signed = [one.code for one in consent.due(order, now=cast.now)]

    assert signed == ["face", "privacy", "risk", "resale"]
    assert consent.due(number, now=cast.now) == ()
    assert flow.facts(number, now=cast.now).consents_due == {}


def test_a_handler_who_refuses_the_comparison_is_served_at_the_hall(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    units.number(cast, order, user="wang")
    cast.signed(order, face=False)

    units.matched(cast, units.submitted(cast, order))

    found = order.findings.get(rule="CV-05")
    assert (fresh(order).status, found.role) == (Status.IN_REVIEW, "handler")


# The carrier ------------------------------------------------------------------------------


def test_the_carrier_hears_the_unit_s_name_and_code(cast: Cast) -> None:
    order, number = in_review(cast)
    units.decided(cast)

    made = CarrierOrder.objects.get(application=number)

    said = line.details(made.application)
    assert (said["name"], said["document"]) == ("样本测试有限公司", units.CODES["enterprise"])
    assert number.line.person_key == unit_service.key(order.unit)


# Refusals ---------------------------------------------------------------------------------


def test_a_unit_sent_away_at_the_counter_takes_its_numbers_along(cast: Cast) -> None:
    order = units.draft(cast)
    number = units.number(cast, order, user="wang")
    client = cast.signed_in(cast.hall_clerk)

    client.post(reverse("application_turndown", args=[order.pk]), {"code": "EXPIRED"})

    assert (fresh(order).status, fresh(number).status) == (Status.REFUSED, Status.ABANDONED)
    assert CarrierOrder.objects.get(application=number).command == "release"


def test_a_number_of_an_order_is_not_sent_away_alone(cast: Cast) -> None:
    order = units.draft(cast)
    number = units.number(cast, order)
    client = cast.signed_in(cast.hall_clerk)

    answer = client.post(reverse("application_turndown", args=[number.pk]), {"code": "EXPIRED"})

    assert answer.headers["Location"] == reverse("order", args=[order.pk])
    assert fresh(number).status == Status.DRAFT


def test_what_belongs_to_forged_papers_is_evidence_as_they_are(cast: Cast) -> None:
    order, number = in_review(cast)

    units.decided(cast, "refuse", reason="FORGED")

    assert fresh(number).status == Status.REFUSED
    assert fresh(number).legal_hold_at == fresh(order).legal_hold_at == cast.now


def test_a_refused_number_has_the_notice_of_its_order(cast: Cast) -> None:
    _order, number = in_review(cast)
    units.decided(cast, "refuse", reason="ONLINE_MISMATCH")
    label = Decision.objects.get().get_reason_display()

    shown = cast.signed_in(cast.hall_clerk).get(reverse("application_result", args=[number.pk]))

    assert str(label) in shown.content.decode()


# Erasure ----------------------------------------------------------------------------------


def test_a_refused_unit_is_erased_with_its_numbers(cast: Cast) -> None:
    order, number = in_review(cast)
    units.decided(cast, "refuse", reason="ONLINE_MISMATCH")
    CarrierOrder.objects.update(status=CarrierOrder.Status.DONE)

    later = cast.now + timedelta(days=31)
    for application in (order, number):
        assert erasure.erase(fresh(application), now=later)

    assert not Unit.objects.exists()
    assert not Identity.objects.exists()
    assert Erasure.objects.count() == 2
    client = cast.signed_in(cast.hall_clerk)
    for application in (order, number):
        shown = client.get(reverse("application_result", args=[application.pk]))
        assert "样本测试有限公司" not in shown.content.decode()


# Documents and help -----------------------------------------------------------------------


def test_a_handler_may_show_a_passport_whose_page_is_shot(cast: Cast) -> None:
    order = units.draft(cast)

    intake.choose_document(order, "handler", "passport", now=cast.now)

    assert fresh(order).photos_due[0] == "handler_id_front"
    assert "handler_id_back" not in fresh(order).photos_due


def test_help_ends_when_the_customer_is_a_unit(cast: Cast) -> None:
    application = cast.draft(by=cast.hall_clerk, outlet=cast.hall)
    Application.objects.filter(pk=application.pk).update(
        assisted_reason="age", assisted_by=cast.verifier, assisted_at=cast.now
    )

    cast.answer(fresh(application), "unit")

    assert not fresh(application).is_assisted
