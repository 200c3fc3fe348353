"""The SIM card of an application: read by the camera, the number's own, on one application only."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.gateways.carrier import Reservation
from registration import barcode, flow
from registration.models import Application
from registration.services import line, order, sim
from tests import specimens
from tests.cast import Cast, iccid
from tests.registration import units
from tests.specimens import bars

NUMBER, CARD, OTHER = "17000000001", iccid(1), iccid(2)
UNTIL = datetime(2099, 1, 1, tzinfo=UTC)


# ---------------------------------------------------------------- the bar code


@pytest.mark.parametrize("format", ["Code128", "QRCode", "DataMatrix"])
@pytest.mark.parametrize("turn", [0, 4, 90, 180])
def test_the_number_is_read_however_the_card_lies(format: str, turn: float) -> None:
    assert barcode.iccids(bars(CARD, format=format, turn=turn)) == [CARD]


def test_a_card_of_nineteen_digits_carries_a_filler() -> None:
    short = "8986001234567890123"
    short = short[:-1] + next(d for d in "0123456789" if _fits(short[:-1] + d))

    assert barcode.iccids(bars(f"{short}F")) == [short]


def _fits(text: str) -> bool:
    try:
        return bool(barcode.digits(text))
    except ValueError:
        return False


@pytest.mark.parametrize(
    "text",
    [
        "SPECIMEN",
        CARD[:-1] + str((int(CARD[-1]) + 1) % 10),
        CARD[:12],
        "460001234567890",
        "<b>1</b>",
    ],
    ids=["letters", "check digit", "too short", "another number", "markup"],
)
def test_another_code_is_no_sim_card(text: str) -> None:
    assert barcode.iccids(bars(text)) == []


def test_the_check_digit_finds_the_number_among_other_codes() -> None:
    assert barcode.iccids(bars("460001234567890", CARD)) == [CARD]


@pytest.mark.parametrize("text", ["9" * 10_000, "٣" * 19, "8" * 60, "", "F", "\0" * 19])
def test_hostile_text_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="ICCID"):
        barcode.digits(text)


# ---------------------------------------------------------------- the counter


def _scan(cast: Cast, client: Client, data: bytes) -> Any:
    client.force_login(cast.clerk, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("iccid_scan", args=[cast.draft().pk])
    return client.post(
        url,
        {"photo": SimpleUploadedFile("frame.jpg", data)},
        headers={"accept": "application/json"},
    )


@pytest.mark.django_db
def test_a_frame_answers_with_the_number_and_stores_nothing(cast: Cast, client: Client) -> None:
    answer = _scan(cast, client, bars(CARD))

    assert answer.json() == {"iccid": CARD}
    assert not Application.objects.exclude(iccid="").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "data",
    [
        specimens.jpeg(),
        specimens.text_named_jpg(),
        specimens.png_of_200_megapixels(),
        specimens.truncated_jpeg(),
        bars("9" * 70),
    ],
    ids=["no code", "no picture", "a bomb", "cut off", "long code"],
)
def test_a_frame_without_a_number_says_what_to_do(cast: Cast, client: Client, data: bytes) -> None:
    answer = _scan(cast, client, data)

    assert answer.status_code == 422
    assert "没有读到 SIM 卡号" in answer.json()["error"]
    assert "对准镜头" in answer.json()["todo"]


@pytest.mark.django_db
def test_two_cards_in_one_frame_are_not_guessed_at(cast: Cast, client: Client) -> None:
    answer = _scan(cast, client, bars(CARD, OTHER))

    assert answer.status_code == 422
    assert "两张 SIM 卡" in answer.json()["error"]


# ---------------------------------------------------------------- the number's own card


def _reserved(cast: Cast, card: str) -> Application:
    application = cast.draft()
    line.put(application, Reservation(NUMBER, UNTIL, card), by=cast.clerk, now=cast.now)
    return application


@pytest.mark.django_db
def test_another_card_than_the_numbers_own_is_refused(cast: Cast) -> None:
    application = _reserved(cast, CARD)

    with pytest.raises(sim.OtherCard):
        sim.put(application, OTHER, now=cast.now)

    assert Application.objects.get(pk=application.pk).iccid == ""


@pytest.mark.django_db
@pytest.mark.parametrize("packed", [CARD, ""], ids=["its own", "none is packed"])
def test_the_right_card_is_taken(cast: Cast, packed: str) -> None:
    application = _reserved(cast, packed)

    sim.put(application, CARD, now=cast.now)

    assert Application.objects.get(pk=application.pk).iccid == CARD


@pytest.mark.django_db
def test_a_number_chosen_after_the_card_is_judged_too(cast: Cast) -> None:
    application = cast.draft()
    sim.put(application, OTHER, now=cast.now)

    line.put(application, Reservation(NUMBER, UNTIL, CARD), by=cast.clerk, now=cast.now)

    assert "SC-01K" in {found.rule.id for found in flow.judge(application, now=cast.now)}


@pytest.mark.django_db
def test_a_number_that_is_given_up_asks_for_no_card_of_its_own(cast: Cast) -> None:
    application = _reserved(cast, CARD)

    line.forget_number(application)
    sim.put(application, OTHER, now=cast.now)

    assert not application.has_other_card


@pytest.mark.django_db
def test_a_card_of_an_order_goes_to_the_number_that_it_is_packed_with(cast: Cast) -> None:
    unit_order = units.draft(cast)
    first, second = (units.number(cast, unit_order, place) for place in (1, 2))
    unit_order.numbers.update(iccid="")
    Application.objects.filter(pk=second.pk).update(reserved_iccid=CARD)

    scanned = order.scan(unit_order, CARD, now=cast.now)
    other = order.scan(unit_order, OTHER, now=cast.now)

    assert [scanned.pk, other.pk] == [second.pk, first.pk]


# ---------------------------------------------------------------- one application only


@pytest.mark.django_db
def test_a_card_of_another_live_application_is_refused(cast: Cast) -> None:
    sim.put(cast.draft(), CARD, now=cast.now)
    second = cast.draft()

    with pytest.raises(sim.CardInUse):
        sim.put(second, CARD, now=cast.now)


@pytest.mark.django_db
def test_a_card_is_free_again_when_its_application_was_given_up(cast: Cast) -> None:
    first, second = cast.draft(), cast.draft()
    sim.put(first, CARD, now=cast.now)
    flow.abandon(first, by=cast.clerk, now=cast.now)

    sim.put(second, CARD, now=cast.now)

    assert Application.objects.get(pk=second.pk).iccid == CARD


@pytest.mark.django_db
def test_the_same_card_is_scanned_again_without_harm(cast: Cast) -> None:
    application = cast.draft()

    sim.put(application, CARD, now=cast.now)
    sim.put(application, f"{CARD} ", now=cast.now)

    assert application.iccid == CARD
