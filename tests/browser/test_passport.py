"""A passport at the own hall and at a corner shop, in a real browser with a real worker."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from outlets.models import Outlet, Tier
from registration import specimens
from registration.models import Application, Identity
from registration.specimens import TRAVELLERS
from tests.browser.conftest import sign_in
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
# The worker loads its models for the first picture; on a busy machine it may take its time.
SLOW = 60_000


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """The passport's data page, as the hall's scanner stores it."""
    file = tmp_path / "page.jpg"
    file.write_bytes(specimens.data_page(TRAVELLERS["anna"]))
    return file


def _open(page: Page, url: str, application: Application) -> None:
    page.set_default_timeout(15_000)
    page.goto(f"{url}/counter/{application.pk}/read/holder/")


def _accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]


@pytest.mark.scenario(10)
@pytest.mark.usefixtures("worker")
def test_a_passport_is_read_at_the_own_hall_by_keyboard(
    context: BrowserContext, shop: Cast, live_server: Any, scan: Path
) -> None:
    application = shop.draft(by=shop.hall_clerk, outlet=shop.hall)
    page = sign_in(context, shop.hall_clerk, live_server.url)
    _open(page, live_server.url, application)

    page.keyboard.press("d")
    page.wait_for_url("**/documents/")
    _accessible(page)
    page.get_by_role("button", name="外国护照").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="机主的外国护照")).to_be_visible()
    _accessible(page)
    page.locator(".slot input[type=file]").set_input_files(scan)

    expect(page.get_by_text("机读区已读出")).to_be_visible(timeout=SLOW)
    _accessible(page)
    page.keyboard.type("样安娜")  # the cursor stands in the first field by itself
    page.keyboard.press("Tab")
    page.keyboard.type("示例省样本市测试路20号")
    page.keyboard.press("Enter")

    expect(page.get_by_text("已登记")).to_be_visible()
    card = Identity.objects.get().card
    assert (card.name, card.number) == ("样安娜", TRAVELLERS["anna"].number)
    _accessible(page)


@pytest.mark.scenario(10)
def test_a_passport_at_a_corner_shop_is_shown_the_way_to_the_own_hall(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    Outlet.objects.filter(pk=shop.outlet.pk).update(tier=Tier.ENDPOINT)
    page = sign_in(context, shop.clerk, live_server.url)
    _open(page, live_server.url, shop.draft())

    page.keyboard.press("d")

    expect(page.get_by_text("外国护照")).to_be_visible()
    expect(page.get_by_role("button", name="外国护照")).to_have_count(0)
    expect(page.get_by_text("请到最近的 东区营业厅 办理")).to_be_visible()
    expect(page.get_by_text("手机上的电子身份证不是原件")).to_be_visible()
    _accessible(page)
