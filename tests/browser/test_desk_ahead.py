"""Approve and next in a real browser: the next pictures are there before their page is."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from portal.models import AuditEntry
from registration.models import Photo
from tests.browser.conftest import sign_in
from tests.browser.test_desk import arrived, press, take_the_next, waiting
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def looks(photos: list[int]) -> int:
    seen = AuditEntry.objects.filter(action="photo.viewed", subject_id__in=photos)
    return seen.count()


def test_the_next_pictures_are_fetched_before_the_decision_and_only_once(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    first, second, _third = waiting(shop, "wang", "zhang", "li")
    photos = list(Photo.objects.filter(application=second.application).values_list("pk", flat=True))
    page = sign_in(context, shop.verifier, live_server.url)
    page.set_default_timeout(15_000)
    page.goto(f"{live_server.url}/desk/")
    take_the_next(page, first)
    page.evaluate("navigator.serviceWorker.ready")

    press(page, "y", "y")
    for _try in range(100):
        if looks(photos) == len(photos):
            break
        page.wait_for_timeout(100)
    assert looks(photos) == len(photos)
    page.wait_for_load_state("networkidle")
    press(page, "y", "a")
    arrived(page, second)

    for image in page.locator(".desk-frame img").all():
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.naturalWidth") > 0
    assert looks(photos) == len(photos)
