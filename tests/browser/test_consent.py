"""The sign page by keyboard: what is asked separately, a no, and the way on."""

import os
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from registration.models import Application
from registration.services import darkroom
from tests.browser.conftest import sign_in
from tests.browser.hands import draw
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def _open(context: BrowserContext, shop: Cast, url: str, application: Application) -> Page:
    page = sign_in(context, application.clerk, url)
    page.goto(f"{url}/counter/{application.pk}/sign/")
    page.wait_for_load_state()
    return page


def _unsigned(shop: Cast, **where: Any) -> Application:
    application = shop.ready(**where)
    Application.objects.filter(pk=application.pk).update(confirmed_at=None)
    return application


def _shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHIMING_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")
        page.set_viewport_size({"width": 390, "height": 1500})
        page.screenshot(path=f"{folder}/{name}-390.png")
        page.set_viewport_size({"width": 1366, "height": 768})


def test_one_answer_a_signature_and_enter_hand_in(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    application = _unsigned(shop)
    page = _open(context, shop, live_server.url, application)
    _shot(page, "sign")

    page.keyboard.press("y")
    draw(page)
    expect(page.get_by_text("已签名")).to_be_visible()
    page.keyboard.press("Enter")

    expect(page.get_by_text("受理编号")).to_be_visible()
    assert application.consents.get(kind="face").given


@pytest.mark.scenario(20)
def test_a_signature_waits_for_the_answer_and_is_kept_with_it(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    application = _unsigned(shop, outlet=shop.hall, by=shop.hall_clerk)
    page = _open(context, shop, live_server.url, application)

    draw(page)
    expect(page.get_by_text("请客户先选“同意”或“不同意”。")).to_be_visible()
    _shot(page, "sign-unanswered")
    page.keyboard.press("n")

    expect(page.get_by_text("已签名")).to_be_visible()
    expect(page.locator(".actions .btn-primary")).to_be_enabled()
    assert not application.consents.get(kind="face").given
    page.keyboard.press("Enter")
    expect(page.get_by_text("受理编号")).to_be_visible()


@pytest.mark.scenario(20)
def test_a_no_at_a_shop_says_where_to_go_and_can_be_taken_back(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    page = _open(context, shop, live_server.url, _unsigned(shop))

    page.keyboard.press("n")
    draw(page)
    expect(page.get_by_text("本网点不能办理")).to_be_visible()
    _shot(page, "sign-refused")
    expect(page.locator(".actions .btn-primary")).to_be_disabled()
    page.locator("input[name=face][value=yes]").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("等客户签名")).to_be_visible()
    draw(page)

    expect(page.locator(".actions .btn-primary")).to_be_enabled()
    expect(page.get_by_text("本网点不能办理")).to_have_count(0)


def test_a_signature_that_was_given_stands_until_it_is_given_again(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    application = _unsigned(shop)
    page = _open(context, shop, live_server.url, application)
    page.keyboard.press("y")
    draw(page)
    expect(page.get_by_text("已签名")).to_be_visible()
    darkroom.develop(application.photos.current().get(kind="signature"), now=shop.now)

    page.reload()

    given = page.get_by_alt_text("已签的名")
    expect(given).to_be_visible()
    assert given.evaluate("image => image.complete && image.naturalWidth > 0")
    _shot(page, "sign-given")
    page.get_by_role("button", name="重签").click()
    expect(given).to_have_count(0)
    draw(page)
    expect(page.get_by_text("已签名")).to_be_visible()


@pytest.mark.parametrize("width", [1366, 768, 390])
@pytest.mark.parametrize("name", ["sign", "turndown", "result"])
def test_what_a_customer_reads_is_for_everybody(
    context: BrowserContext, shop: Cast, live_server: Any, name: str, width: int
) -> None:
    application = shop.submitted() if name == "result" else _unsigned(shop)
    page = sign_in(context, shop.clerk, live_server.url)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{live_server.url}/counter/{application.pk}/{name}/")
    for summary in page.locator("main details > summary").all():
        summary.click()

    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})

    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
