"""What is printed for the customer: it fits its paper, and no screen is printed with it."""

import os
import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from registration import flow
from registration.models import Application
from tests.browser.conftest import sign_in
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def _result(context: BrowserContext, shop: Cast, url: str, application: Application) -> Page:
    page = sign_in(context, shop.clerk, url)
    page.goto(f"{url}/counter/{application.pk}/result/")
    page.get_by_role("button", name="留在本页").click()
    return page


def _pages(page: Page, paper: str) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper)))


def _shot(page: Page, name: str, *sizes: tuple[int, int]) -> None:
    if folder := os.environ.get("SHIMING_SHOTS"):
        for width, height in sizes:
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


# A4 and A5 between margins of 10 mm, at 96 dots an inch.
PAPERS = ((718, 1046), (483, 718))
SCREENS = ((1366, 768), (390, 844))


def test_the_receipt_is_one_a4_page_or_two_of_a5(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    page = _result(context, shop, live_server.url, shop.submitted(proxy="li"))
    page.get_by_text("看回执").click()
    expect(page.get_by_text("待审核").first).to_be_visible()
    _shot(page, "result", *SCREENS)

    page.emulate_media(media="print")

    expect(page.get_by_text("存根联")).to_be_visible()
    expect(page.get_by_text("接待下一位")).to_be_hidden()
    _shot(page, "receipt", *PAPERS)
    assert (_pages(page, "A4"), _pages(page, "A5")) == (1, 2)


def test_the_notice_is_one_page_of_either(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    application = shop.ready(proxy="li")
    flow.turn_down(application, "FORGED", by=shop.clerk, now=shop.now)
    page = _result(context, shop, live_server.url, application)
    expect(page.get_by_text("不得扣押客户的证件")).to_be_visible()
    _shot(page, "turned-down", *SCREENS)

    page.emulate_media(media="print")

    expect(page.get_by_text("您可以申诉")).to_be_visible()
    expect(page.get_by_text("不得扣押客户的证件")).to_be_hidden()
    _shot(page, "notice", *PAPERS)
    assert (_pages(page, "A4"), _pages(page, "A5")) == (1, 1)


def test_who_is_sent_away_is_sent_away_by_keyboard(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    application = shop.draft()
    shop.read(application, "hk")
    page = sign_in(context, shop.clerk, live_server.url)
    page.goto(f"{live_server.url}/counter/{application.pk}/photos/")

    page.get_by_role("link", name="无法办理").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="本网点不能办理")).to_be_checked()
    _shot(page, "choose", *SCREENS)
    page.wait_for_load_state()
    page.keyboard.press("Enter")  # one too many from the page before: nothing is sent away by it
    page.get_by_role("radio", name="本网点不能办理").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="打印告知书")).to_be_visible()
    application.refresh_from_db()
    assert application.turndown.code == "TIER_NOT_ALLOWED"
