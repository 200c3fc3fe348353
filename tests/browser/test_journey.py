"""From the counter to the decision: one customer, three people, nothing that is not real.

The card goes page -> WebSocket -> bridge -> pty -> emulator and back; worker, carrier and national
check are processes; the clerk uses the mouse, the verifier the keyboard, the manager looks.
"""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.models import AuditEntry
from portal.services import seal
from registration.models import Application
from tests.browser.conftest import sign_in
from tests.cast import ICCID, Cast
from tests.outlets.counter import DemoCounter

pytestmark = pytest.mark.django_db(transaction=True)
SLOW = 30_000
PHOTOS = ("身份证正面", "身份证背面", "本人现场照")


def _page_of(browser: Browser, args: dict[str, Any], shop: Cast, who: str, url: str) -> Page:
    page = sign_in(browser.new_context(**args), getattr(shop, who), url)
    page.set_default_timeout(SLOW)
    return page


def _serve(clerk: Page, counter_pc: DemoCounter) -> None:
    """The clerk's part: number, card, pictures, check, signature, submit."""
    clerk.get_by_role("button", name="新受理").click()
    clerk.locator("[data-number]").first.click()
    clerk.locator("[data-chosen]").wait_for()
    clerk.keyboard.type(f"{ICCID}\n")
    clerk.locator(".actions .btn-primary", has_text="下一步：读卡").click()
    counter_pc.place("wang")
    expect(clerk.get_by_text("读卡成功")).to_be_visible(timeout=SLOW)
    clerk.locator(".actions .btn", has_text="下一步").click()
    for name in PHOTOS:
        expect(clerk.locator("[data-camera-name]")).to_have_text(name)
        clerk.get_by_role("button", name="拍下").click()
    expect(clerk.locator(".slot.is-good")).to_have_count(3, timeout=SLOW)
    clerk.locator(".actions .btn", has_text="下一步：核对").click()
    clerk.locator(".actions .btn", has_text="下一步：客户签字").click()
    _sign(clerk)
    clerk.locator(".actions .btn", has_text="提交").click()


def _sign(clerk: Page) -> None:
    clerk.wait_for_load_state()
    clerk.keyboard.press("y")
    clerk.locator("canvas.signature").scroll_into_view_if_needed()
    pad = clerk.locator("canvas.signature").bounding_box()
    assert pad
    clerk.mouse.move(pad["x"] + 40, pad["y"] + 60)
    clerk.mouse.down()
    for step in range(30):
        clerk.mouse.move(pad["x"] + 40 + step * 8, pad["y"] + 60 + (step % 6) * 14)
    clerk.mouse.up()
    expect(clerk.get_by_text("已签名")).to_be_visible()


@pytest.mark.usefixtures("carrier", "identity_check", "worker")
def test_a_customer_is_served_decided_and_counted(
    browser: Browser,
    browser_context_args: dict[str, Any],
    shop: Cast,
    live_server: Any,
    counter_pc: DemoCounter,
) -> None:
    clerk = _page_of(browser, browser_context_args, shop, "clerk", live_server.url)
    clerk.goto(f"{live_server.url}/counter/")
    _serve(clerk, counter_pc)
    application = Application.objects.get()
    expect(clerk.get_by_text("等待审核员")).to_be_visible(timeout=SLOW)
    clerk.get_by_role("button", name="留在本页").click()

    verifier = _page_of(browser, browser_context_args, shop, "verifier", live_server.url)
    verifier.goto(f"{live_server.url}/desk/")
    verifier.keyboard.press("Enter")
    expect(verifier.get_by_text(application.reference).first).to_be_visible()
    verifier.wait_for_load_state()  # no person strikes a key before the page listens
    for _question in range(3):
        verifier.keyboard.press("y")
    verifier.keyboard.press("a")

    expect(clerk.get_by_text("号码已开通")).to_be_visible(timeout=SLOW)
    application.refresh_from_db()
    assert application.status == Application.Status.ACTIVE

    manager = _page_of(browser, browser_context_args, shop, "manager", live_server.url)
    manager.goto(f"{live_server.url}/report/")
    row = manager.get_by_role("row").filter(has_text="样本通讯店")
    expect(row).to_contain_text("100.0%")

    while seal.seal(now=shop.now):
        pass
    assert seal.verify() is None
    assert AuditEntry.objects.filter(action="photo.viewed", actor=shop.verifier).exists()
    for page in (clerk, verifier, manager):
        page.context.close()
