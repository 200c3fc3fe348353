"""Ready answers at the desk in a real browser: one key says what a finding asks for."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from registration.models import Decision, Finding, Review
from registration.rules import printed
from tests.browser.conftest import sign_in
from tests.browser.hands import look
from tests.browser.test_desk import is_sound, press, take_the_next, waiting
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(context: BrowserContext, shop: Cast, live_server: Any) -> Page:
    """A proxy's case before the verifier, whose letter and live photo a machine doubts."""
    [case] = waiting(shop, "wang", proxy="li")
    text, role = printed.LETTER["phone"]
    found(case, "PX-02P", text, role)
    found(case, "CV-05F", "人脸比对认为现场照与证件照片差别较大。", "proxy")
    page = sign_in(context, shop.verifier, live_server.url)
    page.set_default_timeout(15_000)
    page.goto(f"{live_server.url}/desk/")
    take_the_next(page, case)
    return page


def found(case: Review, rule: str, text: str, role: str) -> None:
    Finding.objects.create(
        application=case.application,
        rule=rule,
        severity=Finding.Severity.REVIEW,
        role=role,
        reason=text,
        article="样本",
        rules_version="样本",
        found_at=case.queued_at,
    )


def test_one_key_answers_a_finding_and_is_edited_before_it_is_sent(desk: Page) -> None:
    press(desk, "b", "6", "n", "End")
    desk.keyboard.type("谢谢")
    press(desk, "Enter")
    expect(desk.get_by_text("没有等待审核的受理单")).to_be_visible()

    made = Decision.objects.get()
    assert (made.verdict, made.reason) == ("return", "LETTER_DEFECT")
    assert made.items == ["letter", "letter_points"]
    assert made.note is not None
    assert made.note.startswith(printed.LETTER["phone"][0])
    assert made.note.endswith("再逐项核对。谢谢")


def test_two_findings_are_answered_together_and_one_is_taken_back(desk: Page) -> None:
    note = desk.locator("#return-note")

    press(desk, "b", "6", "7")
    expect(note).to_have_value("".join(texts(desk)))
    expect(desk.locator("input[name=items]:checked")).to_have_count(3)
    press(desk, "6")
    expect(note).to_have_value(texts(desk)[1])
    press(desk, "2", "Enter")
    expect(desk.get_by_text("没有等待审核的受理单")).to_be_visible()

    made = Decision.objects.get()
    assert (made.items, made.reason) == (["proxy_live"], "FACE_MISMATCH")


def test_a_refusal_has_its_ready_answer_too(desk: Page) -> None:
    press(desk, "c", "8", "Enter")
    expect(desk.get_by_text("没有等待审核的受理单")).to_be_visible()

    made = Decision.objects.get()
    assert (made.verdict, made.reason) == ("refuse", "IMPERSONATION")


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (768, 1024), (390, 844)])
def test_ready_answers_fit_and_are_accessible(desk: Page, width: int, height: int) -> None:
    desk.set_viewport_size({"width": width, "height": height})

    press(desk, "b", "6")

    expect(desk.locator("[aria-pressed=true][data-remedy]")).to_be_visible()
    look(desk, f"remedy-{width}")
    is_sound(desk)


def texts(desk: Page) -> list[str]:
    """The notes of the ready answers to a return."""
    ready = desk.locator('[data-verdict="return"] [data-remedy]').all()
    return [one.get_attribute("data-remedy") or "" for one in ready]
