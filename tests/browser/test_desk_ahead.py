"""Approve and next in a real browser: the next case is there before it is asked for."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Response, expect

from portal.models import AuditEntry
from registration.models import Decision, Photo, Review
from registration.services import review
from tests.browser.conftest import sign_in
from tests.browser.test_desk import arrived, press, take_the_next, waiting
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def looks(subjects: list[int], action: str) -> int:
    return AuditEntry.objects.filter(action=action, subject_id__in=subjects).count()


def make_ready(page: Page, case: Review) -> list[int]:
    """Two answers of three, and all of the next case is fetched; its pictures' ids."""
    photos = list(Photo.objects.filter(application=case.application).values_list("pk", flat=True))
    page.evaluate("navigator.serviceWorker.ready")
    press(page, "y", "y")
    for _try in range(100):
        if looks(photos, "photo.viewed") == len(photos):
            break
        page.wait_for_timeout(100)
    assert looks(photos, "photo.viewed") == len(photos)
    page.wait_for_load_state("networkidle")
    return photos


@pytest.fixture
def cases(shop: Cast) -> list[Review]:
    return waiting(shop, "wang", "zhang", "li")


@pytest.fixture
def page(context: BrowserContext, shop: Cast, live_server: Any, cases: list[Review]) -> Page:
    """The verifier's browser with the first case."""
    page = sign_in(context, shop.verifier, live_server.url)
    page.set_default_timeout(15_000)
    page.goto(f"{live_server.url}/desk/")
    take_the_next(page, cases[0])
    return page


def people(case: Review) -> list[int]:
    return list(case.application.parties.values_list("identity", flat=True))


def test_the_next_page_and_its_pictures_are_fetched_before_the_decision_and_only_once(
    page: Page, cases: list[Review]
) -> None:
    _first, second, _third = cases
    photos = make_ready(page, second)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))

    press(page, "y", "a")
    arrived(page, second)

    opened = [answer for answer in answers if "?turn=" in answer.url]
    assert [answer.from_service_worker for answer in opened] == [True]
    for image in page.locator(".desk-frame img").all():
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.naturalWidth") > 0
    assert looks(photos, "photo.viewed") == len(photos)
    assert looks(people(second), "identity.viewed") == 1


def test_the_page_made_ready_keeps_its_case_and_takes_the_last_decision_back(
    page: Page, cases: list[Review], settings: Any
) -> None:
    settings.UNDO = timedelta(seconds=5)
    first, second, _third = cases
    make_ready(page, second)
    press(page, "y", "a")
    arrived(page, second)
    assert looks(people(second), "identity.viewed") == 1

    strip = page.locator("[data-undo]")
    expect(strip).to_contain_text(first.application.reference)
    second.refresh_from_db()
    assert second.claimed_at
    claimed_at = timezone.localtime(second.claimed_at).isoformat()
    expect(page.locator("#standing time")).to_have_attribute("datetime", claimed_at)
    expect(page.locator("[data-countdown]")).to_have_text(re.compile("^(0[4-9]|[1-9][0-9]):"))
    press(page, "u")

    arrived(page, first)
    assert not Decision.objects.exists()


def test_a_case_opened_from_the_page_made_ready_is_decided_and_leads_on(
    page: Page, cases: list[Review]
) -> None:
    _first, second, third = cases
    make_ready(page, second)
    press(page, "y", "a")
    arrived(page, second)

    press(page, "y", "y", "y", "a")

    arrived(page, third)
    assert Decision.objects.count() == 2


def test_a_reload_asks_the_portal_again(page: Page, cases: list[Review]) -> None:
    _first, second, _third = cases
    make_ready(page, second)
    press(page, "y", "a")
    arrived(page, second)

    page.reload()

    arrived(page, second)
    assert looks(people(second), "identity.viewed") == 2


def test_a_page_made_ready_for_a_case_that_went_elsewhere_is_not_shown(
    page: Page, cases: list[Review], shop: Cast
) -> None:
    _first, second, third = cases
    make_ready(page, second)
    Review.objects.filter(pk=second.pk).update(kept_until=timezone.now())
    assert review.claim(shop.second_verifier, now=timezone.now()) == second

    press(page, "y", "a")

    arrived(page, third)
