"""The manager's pages in a real browser: by keyboard, at three sizes, on paper."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from registration.models import Application
from tests.cast import Cast
from tests.registration.work import REFUSE, RETURN, at, done

SIZES = [(1366, 768), (768, 1024), (390, 844)]


@pytest.fixture
def site(cast: Cast, live_server: Any) -> str:
    """Work of yesterday, and of the week before it for the trends."""
    yesterday = timezone.localdate() - timedelta(days=1)
    for day in (yesterday, yesterday - timedelta(days=7)):
        done(cast, at(9, day=day), minutes=10)
        done(cast, at(10, day=day), RETURN, minutes=30)
        done(cast, at(11, day=day), outlet=cast.hall, minutes=5)
    done(cast, at(12, day=yesterday), REFUSE, minutes=50)
    return str(live_server.url)


@pytest.fixture
def page(context: BrowserContext, cast: Cast, site: str) -> Page:
    client = cast.signed_in(cast.manager)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    return context.new_page()


def addresses(cast: Cast) -> list[str]:
    case = Application.objects.order_by("pk").last()
    assert case is not None
    return [
        reverse("report"),
        reverse("report_channel", args=[cast.outlet.channel_id]),
        reverse("report_cases", args=[cast.district.pk], query={"kind": "returned"}),
        reverse("report_case", args=[case.pk]),
    ]


def test_a_manager_goes_from_the_figures_to_a_case_by_keyboard(
    page: Page, site: str, cast: Cast
) -> None:
    page.goto(f"{site}{reverse('report')}")
    rows = page.locator(".report-table tbody tr")
    expect(rows.first).to_contain_text("样本通讯店")

    page.locator("a.sort", has_text="一次通过率").focus()
    page.keyboard.press("Enter")
    expect(rows.first).to_contain_text("东区营业厅")

    page.locator(".report-reasons > summary").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="退回 1")).to_have_attribute("aria-current", "page")

    page.locator(".report-cases tbody a").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="经过")).to_be_visible()
    expect(page.locator(".story")).to_contain_text("审核：退回")


@pytest.mark.parametrize("size", SIZES)
def test_every_page_fits_and_is_accessible(
    page: Page, site: str, cast: Cast, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        heard.append(message.text)

    page.on("console", listen)

    for address in addresses(cast):
        page.goto(f"{site}{address}")
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, f"{address} scrolls sideways"
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
    assert heard == []


def test_on_paper_the_figures_stay_and_the_controls_go(page: Page, site: str) -> None:
    page.goto(f"{site}{reverse('report')}")
    page.emulate_media(media="print")

    expect(page.locator(".rail")).to_be_hidden()
    expect(page.locator(".report-filters")).to_be_hidden()
    expect(page.locator(".figures")).to_be_visible()
    expect(page.locator(".report-when")).to_be_visible()
    expect(page.get_by_text("打印于")).to_be_visible()


def test_the_table_is_taken_home_as_a_file(page: Page, site: str, tmp_path: Path) -> None:
    page.goto(f"{site}{reverse('report')}")

    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()

    file = tmp_path / "report.csv"
    download.value.save_as(file)
    assert download.value.suggested_filename.startswith("稽核-A1E-")
    assert "东区营业厅" in file.read_text("utf-8-sig")


def test_the_filters_keep_the_order_that_was_chosen(page: Page, site: str) -> None:
    page.goto(f"{site}{reverse('report', query={'sort': '-median'})}")
    page.get_by_label("渠道类型").select_option("own_hall")
    page.get_by_role("button", name="查看").click()

    expect(page.locator(".report-table tbody tr")).to_have_count(1)
    expect(page.locator("[aria-sort]")).to_have_text("中位时长")
