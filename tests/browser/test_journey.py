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
from tests.browser.hands import ALONE, SLOW, at_work, begin, hand_in, look, photograph, read
from tests.cast import Cast
from tests.outlets.counter import DemoCounter

pytestmark = pytest.mark.django_db(transaction=True)


def _page_of(browser: Browser, args: dict[str, Any], shop: Cast, who: str, url: str) -> Page:
    return at_work(browser.new_context(**args), getattr(shop, who), url)


def _serve(clerk: Page, counter_pc: DemoCounter) -> None:
    """The clerk's part: number, card, pictures, check, signature, submit."""
    begin(clerk)
    read(clerk, counter_pc, ("wang", "机主"))
    photograph(clerk, *ALONE)
    hand_in(clerk)


@pytest.mark.scenario(1)
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
    row = manager.get_by_role("row").filter(has_text="样本通讯店").first
    expect(row).to_contain_text("100.0%")
    manager.goto(f"{live_server.url}/report/cases/{application.pk}/")
    expect(manager.get_by_text("样本审核").first).to_be_visible()
    look(manager, "01-evidence")
    # What is kept of each picture bears its purpose; what the camera took is gone.
    kept = application.photos.current()
    assert {photo.kind for photo in kept} == {"id_front", "id_back", "live", "signature"}
    assert all(photo.view for photo in kept)

    while seal.seal(now=shop.now):
        pass
    assert seal.verify() is None
    assert AuditEntry.objects.filter(action="photo.viewed", actor=shop.verifier).exists()
    for page in (clerk, verifier, manager):
        page.context.close()
