"""What the customer is shown, answers and signs; what follows from a no."""

from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal.models import AuditEntry
from registration import flow, specimens
from registration.models import Application, Consent, Photo
from registration.rules import consent as texts
from registration.services import check, consent
from tests.cast import Cast

pytestmark = pytest.mark.django_db

# A text that changes needs a new version, and its new line here.
SIGNED_TEXTS = {
    ("face", "2026-11-27"): "c16dfcee07cf7c02",
    ("guardian", "2026-11-27"): "2101d1966c7d9612",
    ("privacy", "2026-11-27"): "71e9ea61384d128f",
    ("risk", "2026-11-27"): "7a0ab4d9b90c7595",
    ("resale", "2026-11-27"): "6c8f0a01c8053b24",
    ("minor", "2026-11-27"): "79027ba967cce03f",
}


def test_a_text_keeps_its_words_as_long_as_it_keeps_its_version() -> None:
    words = {
        (one.code, one.version): sha256("\n".join((one.short, *one.text)).encode()).hexdigest()[:16]
        for one in texts.CONSENTS.values()
    }

    assert words == SIGNED_TEXTS


# Signing ---------------------------------------------------------------------------------


def test_each_text_is_kept_with_its_version_and_the_signature_under_it(cast: Cast) -> None:
    application = _unsigned(cast)

    answer = _sign(cast, application, face="yes")

    signature = application.photos.current().get(kind=Photo.Kind.SIGNATURE)
    rows = {row.kind: (row.version, row.given, row.signature) for row in _rows(application)}
    assert answer.status_code == 200
    assert set(rows) == {"face", "privacy", "risk", "resale"}
    assert set(rows.values()) == {("2026-11-27", True, signature)}


def test_what_was_signed_is_in_the_audit_without_the_person(cast: Cast) -> None:
    application = _unsigned(cast)

    _sign(cast, application, face="no")

    entry = AuditEntry.objects.filter(action="consent.signed").latest("pk")
    assert entry.detail["refused"] == {"face": "2026-11-27"}
    assert set(entry.detail["given"]) == {"privacy", "risk", "resale"}


def test_a_question_of_its_own_is_never_answered_by_the_signature(cast: Cast) -> None:
    application = _unsigned(cast)

    answer = _sign(cast, application)

    assert answer.status_code == 422
    assert "单独" in answer.json()["error"]
    assert not _rows(application)
    assert not Application.objects.get(pk=application.pk).confirmed_at


def test_a_text_that_changed_while_the_customer_read_is_shown_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = _unsigned(cast)
    shown = consent.name(application, now=cast.now)
    _new_version(monkeypatch, "risk")

    answer = _sign(cast, application, face="yes", shown=shown)

    assert answer.status_code == 409
    assert "更新" in answer.json()["error"]
    assert not _rows(application)


@pytest.mark.parametrize("service", ["new_data_card", "cancel"])
def test_a_page_that_showed_another_service_is_not_signed(cast: Cast, service: str) -> None:
    application = _unsigned(cast)
    shown = consent.name(application, now=cast.now)
    cast.answer(application, service=service)

    answer = _sign(cast, application, face="yes", shown=shown)

    assert answer.status_code == 409
    assert not _rows(application)


def test_a_page_that_showed_another_number_is_not_signed(cast: Cast) -> None:
    application = _unsigned(cast)
    shown = consent.name(application, now=cast.now)
    cast.numbered(application, "17000000002")

    answer = _sign(cast, application, face="yes", shown=shown)

    assert answer.status_code == 409
    assert not _rows(application)


def test_signing_again_takes_the_place_of_what_was_signed(cast: Cast) -> None:
    application = _unsigned(cast)
    _sign(cast, application, face="yes")

    _sign(cast, application, face="no")

    assert {row.kind: row.given for row in _rows(application)}["face"] is False
    assert AuditEntry.objects.filter(action="consent.signed").count() == 3


def test_a_consent_is_answered_once(cast: Cast) -> None:
    row = cast.ready().consents.get(kind="face")
    row.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


# What stands in the way ------------------------------------------------------------------


def test_a_text_that_changed_since_is_signed_again_before_the_submit(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = cast.ready()
    _new_version(monkeypatch, "privacy")

    with pytest.raises(check.Blocked, match="个人信息处理告知"):
        flow.submit(application, by=cast.clerk, key=uuid4(), now=cast.now)


def test_a_text_that_changes_after_the_submit_changes_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = cast.in_review()
    _new_version(monkeypatch, "privacy")

    assert flow.hindrance(application, now=cast.now) is None


def test_another_read_asks_for_everything_again(cast: Cast) -> None:
    application = cast.ready()

    cast.read(application, "li")

    shown = _page(cast, application)
    assert not Application.objects.get(pk=application.pk).confirmed_at
    assert "checked" not in shown


def test_at_a_shop_who_refuses_is_led_to_a_hall_and_not_pressed(cast: Cast) -> None:
    application = _unsigned(cast)

    _sign(cast, application, face="no")

    shown = _page(cast, application)
    assert "本网点不能办理" in shown
    assert "不得要求客户改为同意" in shown
    application.refresh_from_db()
    with pytest.raises(check.Blocked, match="不同意人脸比对"):
        flow.submit(application, by=cast.clerk, key=uuid4(), now=cast.now)


def test_at_a_hall_who_refuses_is_served_and_a_person_looks(cast: Cast) -> None:
    application = cast.ready(outlet=cast.hall, by=cast.hall_clerk)
    cast.signed(application, face=False)

    flow.submit(application, by=cast.hall_clerk, key=uuid4(), now=cast.now)
    cast.matched(application)

    assert application.findings.get(rule="CV-05").severity == "review"
    assert flow.hindrance(application, now=cast.now) is None


# Who sees it -----------------------------------------------------------------------------


def test_the_verifier_and_the_manager_see_each_answer_with_its_version(cast: Cast) -> None:
    application = cast.ready(outlet=cast.hall, by=cast.hall_clerk)
    cast.signed(application, face=False)
    flow.submit(application, by=cast.hall_clerk, key=uuid4(), now=cast.now)
    case = cast.matched(application).reviews.get()
    cast.claimed()

    desk = cast.signed_in(cast.verifier).get(reverse("review", args=[case.pk])).content.decode()
    report = cast.signed_in(cast.manager).get(reverse("report_case", args=[application.pk]))

    for page in (desk, report.content.decode()):
        assert page.count("不同意</span> 人脸信息单独同意") == 1
        assert page.count("同意</span>") == 4
        assert "2026-11-27" in page


def test_the_english_page_translates_and_shows_what_is_signed(cast: Cast) -> None:
    application = _unsigned(cast)
    client = cast.signed_in(cast.clerk)
    client.cookies["django_language"] = "en"

    shown = client.get(reverse("application_sign", args=[application.pk])).content.decode()

    assert shown.count('lang="zh-Hans"') >= 4
    assert texts.FACE.text[0] in shown


# -----------------------------------------------------------------------------------------


def _unsigned(cast: Cast) -> Application:
    application = cast.ready()
    application.consents.all().delete()
    Application.objects.filter(pk=application.pk).update(confirmed_at=None)
    application.refresh_from_db()
    return application


def _rows(application: Application) -> list[Consent]:
    return list(application.consents.select_related("signature"))


def _page(cast: Cast, application: Application) -> str:
    page = cast.signed_in(cast.clerk).get(reverse("application_sign", args=[application.pk]))
    return page.content.decode()


def _sign(cast: Cast, application: Application, **said: str) -> Any:
    picture = SimpleUploadedFile("signature.png", specimens.signature())
    shown = consent.name(application, now=cast.now)
    return cast.signed_in(cast.clerk).post(
        reverse("application_signature", args=[application.pk]),
        {"signature": picture, "shown": shown} | said,
        headers={"Accept": "application/json"},
    )


def _new_version(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    changed = replace(texts.CONSENTS[code], version="2027-01-01")
    monkeypatch.setitem(texts.CONSENTS, code, changed)
