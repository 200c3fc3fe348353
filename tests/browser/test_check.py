"""Whether this PC can read cards: what the program on it says, in a real browser."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from outlets.services import program, reader
from tests.browser.conftest import sign_in
from tests.cast import Cast
from tests.outlets.counter import DemoCounter
from tests.signing import OTHER_SAM_ID, SAM_ID, enrolled_bridge

# The doctor asks every vendor's service in turn.
PATIENCE_MS = 40_000


def checking(context: BrowserContext, shop: Cast, live_server: Any) -> Page:
    page = sign_in(context, shop.clerk, live_server.url)
    page.goto(f"{live_server.url}{reverse('reader_check')}")
    return page


def test_a_pc_without_the_program_is_told_where_to_get_it(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    page = checking(context, shop, live_server)

    expect(page.get_by_text("这台电脑上的读卡程序没有运行。")).to_be_visible()
    page.get_by_role("status").get_by_role("link", name="下载和安装说明").click()
    expect(page.get_by_role("heading", name="2. 登记这台电脑")).to_be_visible()


def test_the_program_says_what_works_and_is_asked_again_by_a_key(
    context: BrowserContext, shop: Cast, live_server: Any, counter_pc: DemoCounter
) -> None:
    page = checking(context, shop, live_server)

    report = page.locator("[data-items] > li")
    expect(report.filter(has_text="正在使用的读卡器")).to_contain_text("正常", timeout=PATIENCE_MS)
    expect(page.locator("[data-program]")).to_contain_text("样本通讯店")
    assert Axe().run(page).violations_count == 0

    page.keyboard.press("r")
    expect(page.get_by_text("正在检查读卡器，请稍等")).to_be_visible()
    expect(report.first).to_be_visible(timeout=PATIENCE_MS)
    assert re.fullmatch(r"\d\d:\d\d:\d\d", page.locator("[data-asked-at]").inner_text())


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_guide_is_one_printed_page(
    context: BrowserContext, shop: Cast, live_server: Any, language: str
) -> None:
    program.build()
    page = sign_in(context, shop.manager, live_server.url)
    context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])

    page.goto(f"{live_server.url}{reverse('bridge_download')}")

    assert page.locator("html").get_attribute("lang") == language
    assert len(re.findall(rb"/Type /Page\b", page.pdf(format="A4"))) == 1


@pytest.mark.parametrize("size", [(1366, 768), (768, 1024), (390, 844)])
def test_every_page_about_readers_fits_and_is_accessible(
    context: BrowserContext, shop: Cast, live_server: Any, size: tuple[int, int]
) -> None:
    enrolled_bridge(shop.outlet, now=shop.now, sam_id=SAM_ID)
    _, bridge = enrolled_bridge(shop.outlet, now=shop.now, sam_id=OTHER_SAM_ID)
    reader.contest(bridge.pk, now=shop.now)
    program.build()
    page = sign_in(context, shop.manager, live_server.url)
    page.set_viewport_size({"width": size[0], "height": size[1]})

    for url in (
        reverse("bridge_download"),
        reverse("reader_check"),
        reverse("readers"),
        reverse("outlet", args=[shop.outlet.pk]),
    ):
        page.goto(f"{live_server.url}{url}")
        for summary in page.locator("details.confirm > summary").all():
            summary.click()

        is_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found = Axe().run(page)
        assert (url, is_wide, found.generate_report() if found.violations_count else "") == (
            url,
            False,
            "",
        )
