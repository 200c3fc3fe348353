"""Reading a card through the pages: challenge, signed read, and no other way in."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from outlets.bridge.people import PEOPLE
from registration.models import Application, Identity, Role
from tests.cast import Cast
from tests.signing import sign_read

pytestmark = pytest.mark.django_db

ORIGIN = "http://testserver"
JSON = {"Accept": "application/json"}


def _challenge(client: Client, application: Application, role: str = "holder") -> Any:
    url = reverse("identity_challenge", args=[application.pk, role])
    return client.post(url, headers=JSON)


def _signed(
    cast: Cast, client: Client, application: Application, person: str = "wang", **claims: Any
) -> dict[str, str]:
    card = PEOPLE[person]
    role = claims.pop("role", "holder")
    return sign_read(
        cast.key_and_bridge[0],
        challenge=_challenge(client, application, role).json()["challenge"],
        counter=cast.bridge.counter + 1,
        block=card.block(),
        photo=card.photo(),
        origin=claims.pop("origin", ORIGIN),
        card_type=card.kind,
        **claims,
    )


def _take(client: Client, application: Application, message: object, role: str = "holder") -> Any:
    url = reverse("identity_take", args=[application.pk, role])
    return client.post(url, json.dumps(message), content_type="application/json", headers=JSON)


def _page(client: Client, application: Application, role: str = "holder") -> str:
    return client.get(reverse("identity", args=[application.pk, role])).content.decode()


# The read --------------------------------------------------------------------------------


def test_a_signed_read_becomes_the_holder_and_is_shown_masked(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)

    answer = _take(client, application, _signed(cast, client, application))

    assert answer.status_code == 200
    page = _page(client, application)
    assert "读卡成功" in page
    assert "王*" in page
    assert PEOPLE["wang"].name not in page
    assert PEOPLE["wang"].number not in page


def test_the_page_waits_for_a_card_until_there_is_one(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    before = _page(client, application)

    cast.read(application)

    assert "data-waits" in before
    assert "data-waits" not in _page(client, application)


def test_reading_again_replaces_the_person_who_was_read_before(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    _take(client, application, _signed(cast, client, application))

    _take(client, application, _signed(cast, client, application, "li"))

    assert application.parties.get().identity.card.name == PEOPLE["li"].name
    assert Identity.objects.count() == 2


def kept(application: Application) -> set[str]:
    return set(application.photos.current().values_list("kind", flat=True))


def test_pictures_of_who_was_read_before_do_not_stay_with_somebody_else(cast: Cast) -> None:
    application = cast.ready("wang")

    cast.read(application, "wang")
    after_the_same = kept(application)
    cast.read(application, "li")

    assert after_the_same == {"id_front", "id_back", "live", "signature"}
    assert kept(application) == {"signature"}


@pytest.mark.parametrize("role", [Role.HOLDER, Role.PROXY])
def test_a_letter_does_not_stay_with_somebody_whom_it_does_not_name(cast: Cast, role: str) -> None:
    application = cast.ready("wang", proxy="li")

    cast.read(application, "zhang", role)

    application.refresh_from_db()
    assert "letter" not in kept(application)
    assert application.letter_points == []
    assert application.letter_until is None


def test_a_proof_of_guardianship_goes_with_the_guardian(cast: Cast) -> None:
    application = cast.ready("zhou", guardian="tongfu")

    cast.read(application, "wang", Role.GUARDIAN)

    assert kept(application) == {"id_front", "id_back", "signature"}


def test_proofs_of_use_go_with_the_holder(cast: Cast) -> None:
    application = cast.asking("backfill", "wang", standing="unregistered", category="temporary")

    cast.read(application, "li")

    application.refresh_from_db()
    assert application.proofs == []
    assert "ownership" not in kept(application)


def test_another_passport_keeps_the_page_that_was_just_read(cast: Cast) -> None:
    application = cast.draft(by=cast.hall_clerk, outlet=cast.hall)
    cast.travel(application, "anna")
    cast.photo(application, "live")

    cast.travel(application, "marco")

    assert kept(application) == {"id_front"}


def test_a_slip_that_is_mended_costs_no_pictures(cast: Cast) -> None:
    application = cast.draft(by=cast.hall_clerk, outlet=cast.hall)
    cast.choose(application, "temporary_id")
    said = {"name": "王样本", "issuer": "样本分局"}
    cast.state(application, number=PEOPLE["li"].number, **said)
    cast.photo(application, "id_front")

    cast.state(application, number=PEOPLE["wang"].number, **said)

    assert kept(application) == {"id_front"}


def test_a_proxy_is_read_second(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    cast.answer(application, "proxy")
    _take(client, application, _signed(cast, client, application))

    page = _page(client, application)
    message = _signed(cast, client, application, "li", role="proxy")
    _take(client, application, message, role="proxy")

    assert reverse("identity", args=[application.pk, "proxy"]) in page
    assert set(application.parties.values_list("role", flat=True)) == {Role.HOLDER, Role.PROXY}


def test_an_expired_card_says_so_on_the_spot(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)

    _take(client, application, _signed(cast, client, application, "wu"))

    page = _page(client, application)
    assert "身份证已过期。" in page
    assert "请客户换领新证后再来办理。" in page


@pytest.mark.parametrize("name", ["hk", "foreign", "resident_foreigner"])
def test_another_document_is_sent_to_an_own_hall_on_the_spot(cast: Cast, name: str) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)

    _take(client, application, _signed(cast, client, application, name))

    page = _page(client, application)
    assert "居民身份证以外的证件只能在自有营业厅办理。" in page
    assert "请引导客户到最近的自有营业厅办理。" in page


@pytest.mark.parametrize("name", ["hk", "foreign", "resident_foreigner"])
def test_at_an_own_hall_another_document_is_named_and_masked(cast: Cast, name: str) -> None:
    application = cast.draft(by=cast.hall_clerk, outlet=cast.hall)

    cast.read(application, name)

    page = _page(cast.signed_in(cast.hall_clerk), application)
    assert PEOPLE[name].kind.label in page
    assert "自有营业厅" not in page
    assert PEOPLE[name].number not in page
    assert PEOPLE[name].name not in page


# What is refused -------------------------------------------------------------------------


def test_the_same_read_sent_again_is_refused(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    message = _signed(cast, client, application)
    _take(client, application, message)

    again = _take(client, application, message)

    assert again.status_code == 409
    assert "已经用过" in again.json()["error"]
    assert Identity.objects.count() == 1


def test_a_read_that_was_asked_for_by_another_session_is_refused(cast: Cast) -> None:
    application = cast.draft()
    message = _signed(cast, cast.signed_in(cast.clerk), application)

    answer = _take(cast.signed_in(cast.clerk), application, message)

    assert answer.status_code == 409
    assert not Identity.objects.exists()


def test_a_read_for_another_page_s_origin_is_refused(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    message = _signed(cast, client, application, origin="http://elsewhere.example")

    answer = _take(client, application, message)

    assert answer.status_code == 409
    assert answer.json()["todo"]


def test_a_read_of_an_outlet_s_reader_does_not_count_at_another(cast: Cast) -> None:
    client = cast.signed_in(cast.sister_clerk)
    application = cast.draft(by=cast.sister_clerk, outlet=cast.sister)

    answer = _take(client, application, _signed(cast, client, application))

    assert answer.status_code == 409
    assert not Identity.objects.exists()


@pytest.mark.parametrize("message", [[], {}, "jws", {"jws": 1, "block": 2, "photo": 3}])
def test_nonsense_is_refused_in_words(cast: Cast, message: object) -> None:
    answer = _take(cast.signed_in(cast.clerk), cast.draft(), message)

    assert answer.status_code == 409
    assert "没有通过验证" in answer.json()["error"]


def test_typed_data_of_a_person_goes_nowhere(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    typed = {"name": "王样本", "number": PEOPLE["wang"].number, "birth_date": "1990-03-14"}

    for name in ("application_answer", "application_iccid", "letter"):
        client.post(reverse(name, args=[application.pk]), typed, headers=JSON)
    answer = _take(client, application, typed)

    assert answer.status_code == 409
    assert not application.parties.exists()


def test_no_step_has_a_field_for_a_person_s_data(cast: Cast) -> None:
    application, client = cast.ready(proxy="li"), cast.signed_in(cast.clerk)
    steps = ("application_start", "photos", "application_check", "application_sign")
    pages = [client.get(reverse(step, args=[application.pk])).content.decode() for step in steps]
    pages += [_page(client, application, role) for role in application.roles_due]

    fields = {name for page in pages for name in re.findall(r'<input[^>]* name="(\w+)"', page)}

    answers = {"customer", "holder_kind", "service", "iccid", "shown", "face"}
    of_letter = {"points", "covers", "until"}
    assert fields == answers | of_letter | {"csrfmiddlewaretoken", "next", "key"}


def test_nobody_is_read_into_an_application_that_was_submitted(cast: Cast) -> None:
    application, client = cast.ready(), cast.signed_in(cast.clerk)
    message = _signed(cast, client, application, "li")
    application.move(
        Application.Status.SUBMITTED,
        submitted_at=cast.now,
        submit_key="00000000-0000-4000-8000-000000000001",
    )

    taken, asked = _take(client, application, message), _challenge(client, application)

    assert (taken.status_code, asked.status_code) == (409, 409)
    assert "已经提交" in asked.json()["error"]


def test_a_role_that_the_application_does_not_have_is_not_found(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)

    assert _challenge(client, application, "proxy").status_code == 404
    assert _challenge(client, application, "guardian").status_code == 404
