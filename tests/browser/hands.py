"""What people do with their hands at the pages, in words: tab to, read, shoot, sign, hand in."""

import os
from itertools import count
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, expect

from portal.models import User
from registration import flow
from registration.models import Decision
from registration.services import review
from tests.browser.conftest import sign_in
from tests.cast import Cast, iccid
from tests.outlets.counter import DemoCounter

# Another process works here; on a busy machine it may take its time.
SLOW = 30_000
CARD = ("身份证正面", "身份证背面")
ALONE = (*CARD, "本人现场照")


def at_work(context: BrowserContext, user: User, url: str, path: str = "") -> Page:
    """A page of the user's session; at ``path`` unless it is empty."""
    page = sign_in(context, user, url)
    page.set_default_timeout(SLOW)
    if path:
        page.goto(f"{url}{path}")
    return page


def another(context: BrowserContext) -> BrowserContext:
    """Another person's browser."""
    assert context.browser
    return context.browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})


def look(page: Page, name: str) -> None:
    """A picture for a person who wants to see it: SHIMING_LOOK names the folder."""
    if folder := os.environ.get("SHIMING_LOOK"):
        page.wait_for_load_state("networkidle")  # with its pictures
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def look_on_a_phone(page: Page, name: str) -> None:
    """The same page as a phone shows it, and back to the size that it had."""
    before = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    look(page, f"{name}-390")
    if before:
        page.set_viewport_size(before)


def tab_to(page: Page, wanted: Locator) -> None:
    wanted.wait_for(state="attached")
    for _step in range(80):
        if wanted.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"no way by keyboard to {wanted}")


def sound(page: Page) -> None:
    """Everybody can use the page."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


# One SIM card after the other: none lies on two applications.
_CARDS = count(700)

# The counter -----------------------------------------------------------------------------


def go_on(page: Page, name: str) -> None:
    """The one primary action, by its words."""
    page.locator(".actions .btn", has_text=name).click()


def begin(page: Page) -> None:
    """A new number with its SIM card, up to the reader."""
    page.get_by_role("button", name="新受理").click()
    take_number(page)


def take_number(page: Page) -> None:
    page.locator("[data-number]").first.click()
    page.locator("[data-chosen]").wait_for()
    page.keyboard.type(f"{iccid(next(_CARDS))}\n")  # the scanner
    page.locator(".actions .btn-primary", has_text="下一步：读卡").click()


def read(page: Page, counter_pc: DemoCounter, *people: tuple[str, str]) -> None:
    """Each person's card, and on to what comes next; ``people`` with their roles."""
    for person, role in people:
        lay(page, counter_pc, person, role)
        go_on(page, "下一步")


def lay(page: Page, counter_pc: DemoCounter, person: str, role: str = "机主") -> None:
    """The person's card is read once and taken away again."""
    expect(page.get_by_text(f"请把{role}的证件放到读卡器上")).to_be_visible(timeout=SLOW)
    counter_pc.place(person, once=True)
    expect(page.get_by_text("读卡成功").first).to_be_visible(timeout=SLOW)
    page.wait_for_load_state()


def photograph(page: Page, *names: str) -> None:
    for name in names:
        expect(page.locator("[data-camera-name]")).to_have_text(name)
        page.get_by_role("button", name="拍下").click()
    expect(page.locator(".slot.is-good")).to_have_count(len(names), timeout=SLOW)


def agree(page: Page, answer: str = "y") -> None:
    """To each question that is asked separately, by key."""
    page.locator("[data-consents]").wait_for()
    page.wait_for_load_state()  # no person strikes a key before the page listens
    for _question in page.locator(".consent-asked").all():
        page.keyboard.press(answer)


def draw(page: Page) -> None:
    """The customer signs with a finger or a pen, never with the keyboard."""
    page.locator("canvas.signature").scroll_into_view_if_needed()
    pad = page.locator("canvas.signature").bounding_box()
    assert pad
    page.mouse.move(pad["x"] + 40, pad["y"] + 60)
    page.mouse.down()
    for step in range(30):
        page.mouse.move(pad["x"] + 40 + step * 8, pad["y"] + 60 + (step % 6) * 14)
    page.mouse.up()


def sign(page: Page, answer: str = "y") -> None:
    agree(page, answer)
    draw(page)
    expect(page.get_by_text("已签名")).to_be_visible(timeout=SLOW)


def hand_in(page: Page) -> None:
    """From the pictures to the result, where the page stays."""
    go_on(page, "下一步：核对")
    expect(page.get_by_role("heading", name="提交前的核对")).to_be_visible()
    go_on(page, "下一步：客户签字")
    page.wait_for_url("**/sign/")
    sign(page)
    go_on(page, "提交")
    page.wait_for_url("**/result/")
    page.get_by_role("button", name="留在本页").click()


# The desk --------------------------------------------------------------------------------


def take_case(page: Page, url: str) -> None:
    """The verifier takes the next case by key."""
    page.goto(f"{url}/desk/")
    page.keyboard.press("Enter")
    # The check-list's script is the last that a key needs.
    expect(page.locator(".desk-question.is-now")).to_be_visible(timeout=SLOW)


def approve(shop: Cast) -> None:
    """The verifier's decision without the page."""
    case = review.claim(shop.verifier, now=timezone.now())
    assert case
    flow.decide(
        case,
        claim_no=case.claim_no,
        verdict=Decision.Verdict.APPROVE,
        by=shop.verifier,
        now=timezone.now(),
        checks=Decision.Check.values,
    )
