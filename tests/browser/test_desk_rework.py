"""The second round in a real browser: what changed comes first, the rest is one key away."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from outlets.bridge.people import PEOPLE
from portal import blobs
from registration import flow, specimens
from registration.models import Application, Decision, Photo, Review
from registration.services import application as applications
from registration.services import review
from tests.browser.conftest import sign_in
from tests.browser.hands import look
from tests.browser.test_desk import is_sound, press, take_the_next, waiting
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(shop: Cast) -> Review:
    """A case whose live photo and signature were sent back, and made again."""
    [first] = waiting(shop, "wang")
    application = first.application
    mine = review.claim(shop.verifier, now=shop.now)
    assert mine == first
    flow.decide(
        mine,
        claim_no=mine.claim_no,
        verdict="return",
        reason="FACE_MISMATCH",
        note="看不清脸",
        items=["live", "signature"],
        checks=["papers_clear", "data_agrees"],
        by=shop.verifier,
        now=shop.now,
    )
    application.refresh_from_db()
    for kind in ("live", "signature"):
        again(shop, application, kind)
    at = shop.now + timedelta(minutes=1)
    applications.confirm(application, now=at)
    flow.submit(application, by=shop.clerk, key=uuid4(), now=at)
    shop.matched(application)
    return application.reviews.get(round=2)


def again(shop: Cast, application: Application, kind: str) -> None:
    at = shop.now + timedelta(minutes=1)
    application.photos.current().filter(kind=kind).update(replaced_at=at)
    view = blobs.put(specimens.live_photo(PEOPLE["wang"]))
    source = Photo.Source.SCREEN if kind == "signature" else Photo.Source.CAMERA
    shop.photo(application, kind, taken_at=at, view=view, source=source)
    applications.redone(application, kind, now=at)


@pytest.fixture
def desk(context: BrowserContext, shop: Cast, case: Review, live_server: Any) -> Page:
    page = sign_in(context, shop.verifier, live_server.url)
    page.set_default_timeout(15_000)
    page.goto(f"{live_server.url}/desk/")
    take_the_next(page, case)
    return page


def test_the_page_leads_with_the_old_picture_beside_the_new_one(desk: Page) -> None:
    frames = desk.locator(".desk-frame:visible")

    expect(desk.locator(".desk-again")).to_contain_text("看不清脸")
    expect(frames).to_have_count(2)
    expect(desk.locator('[data-picture="before-live"] img')).to_be_visible()
    expect(desk.locator('[data-picture="live"] img')).to_be_visible()
    press(desk, "v")
    expect(desk.locator('[data-picture="before-signature"]')).to_be_visible()
    press(desk, "v")
    expect(desk.locator('[data-picture="before-live"]')).to_be_visible()


def test_what_did_not_change_is_one_key_away(desk: Page) -> None:
    people = desk.locator(".desk-people")

    expect(people).to_be_hidden()
    press(desk, "f")
    expect(people).to_be_visible()
    press(desk, "f")
    expect(people).to_be_hidden()


def test_only_what_rests_on_the_new_picture_is_asked_again(desk: Page) -> None:
    expect(desk.locator(".desk-kept")).to_have_count(2)

    press(desk, "y", "a")
    expect(desk.get_by_text("没有等待审核的受理单")).to_be_visible()

    made = Decision.objects.get(review__round=2)
    assert made.checks == ["same_person", "papers_clear", "data_agrees"]


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (768, 1024), (390, 844)])
def test_the_second_round_fits_and_is_accessible(desk: Page, width: int, height: int) -> None:
    desk.set_viewport_size({"width": width, "height": height})

    look(desk, f"rework-{width}")
    is_sound(desk)
    press(desk, "f", "h")
    expect(desk.locator(".desk-record").first).to_be_visible()
    look(desk, f"history-{width}")
    is_sound(desk)


def test_the_history_opens_by_one_key(desk: Page) -> None:
    press(desk, "h")

    expect(desk.locator(".desk-record").first).to_contain_text("近 12 个月的其他受理")
    press(desk, "h")
    expect(desk.locator(".desk-record").first).to_be_hidden()
