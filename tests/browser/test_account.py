"""The frame, the login and the locked screen in a real browser."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from portal.models import AuditEntry, User
from tests.cast import PASSWORD, Cast

SIZES = [(1366, 768), (390, 844)]
PAGES = ["/account/sessions/", "/account/password/", "/health/", "/nowhere/"]


@pytest.fixture(autouse=True)
def quiet(page: Page) -> Iterator[None]:
    """The policy must not stop anything of ours, and our scripts must not fail."""
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # Answers like 422, and the counter that looks for a bridge: not ours.
        expected = ("Failed to load resource", "WebSocket connection")
        if message.type == "error" and not message.text.startswith(expected):
            heard.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: heard.append(str(error)))
    yield
    assert heard == []


@pytest.fixture
def site(cast: Cast, live_server: Any) -> str:
    return str(live_server.url)


def sign_in(page: Page, site: str, username: str, path: str = "/account/sessions/") -> None:
    page.goto(f"{site}/account/login/?next={path}")
    page.get_by_label("工号").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}{path}")


def problems(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {[node['html'] for node in rule['nodes']]}" for rule in found]


# Keyboard -----------------------------------------------------------------------------------


def test_the_login_is_done_by_keyboard_alone(page: Page, site: str) -> None:
    page.goto(f"{site}/account/login/?next=/account/sessions/")
    page.keyboard.type("clerk")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("我的登录")


def test_the_first_tab_skips_to_the_text(page: Page, site: str) -> None:
    sign_in(page, site, "clerk")
    page.keyboard.press("Tab")
    expect(page.get_by_text("跳到正文")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()


def test_the_menu_opens_and_closes_by_keyboard(page: Page, site: str) -> None:
    sign_in(page, site, "clerk")
    person = page.locator("details.menu > summary")
    person.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("锁定屏幕")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_text("锁定屏幕")).not_to_be_visible()
    expect(person).to_be_focused()


# The locked screen --------------------------------------------------------------------------


@pytest.fixture
def short_idle(settings: Any) -> None:
    settings.IDLE_LOCK = timedelta(seconds=3)


def unlock(page: Page) -> None:
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")


def test_a_deserted_page_covers_itself_and_comes_back_with_the_password(
    page: Page, site: str, short_idle: None
) -> None:
    sign_in(page, site, "clerk", "/account/sessions/?a=1")

    expect(page.get_by_text("屏幕已锁定")).to_be_visible(timeout=8_000)
    expect(page.get_by_text("我的登录")).to_have_count(0)
    expect(page.get_by_text("样本店员", exact=True)).to_be_visible()
    assert AuditEntry.objects.filter(action="locked").exists()
    unlock(page)
    page.wait_for_url(f"{site}/account/sessions/?a=1")


def test_a_page_in_use_stays_open(page: Page, site: str, short_idle: None) -> None:
    sign_in(page, site, "clerk")
    for _ in range(10):
        page.mouse.wheel(0, 10)
        page.wait_for_timeout(500)

    expect(page.get_by_role("heading", level=1)).to_have_text("我的登录")


def test_tabs_lock_and_unlock_together(
    page: Page, context: BrowserContext, site: str, settings: Any
) -> None:
    sign_in(page, site, "clerk")
    other = context.new_page()
    other.goto(f"{site}/account/password/")

    page.locator("details.menu > summary").click()
    page.get_by_text("锁定屏幕").click()
    expect(page.get_by_text("屏幕已锁定")).to_be_visible()
    expect(other.get_by_text("屏幕已锁定")).to_be_visible()
    unlock(page)

    page.wait_for_url(f"{site}/account/sessions/")
    other.wait_for_url(f"{site}/account/password/")


def test_tabs_leave_together(page: Page, context: BrowserContext, site: str, cast: Cast) -> None:
    sign_in(page, site, "clerk")
    other = context.new_page()
    other.goto(f"{site}/account/password/")

    page.locator("details.menu > summary").click()
    page.get_by_text("退出登录").click()

    expect(other.get_by_label("工号")).to_be_visible()
    sign_in(page, site, cast.colleague.username)
    other.wait_for_url(f"{site}/account/password/")
    expect(other.get_by_text("样本店员")).to_have_count(0)


def test_back_after_signing_out_shows_nothing(page: Page, site: str) -> None:
    sign_in(page, site, "clerk")
    page.locator("details.menu > summary").click()
    page.get_by_text("退出登录").click()
    page.wait_for_url(f"{site}/account/login/")

    page.go_back()

    expect(page.get_by_label("工号")).to_be_visible()
    expect(page.get_by_text("样本店员")).to_have_count(0)


def test_back_shows_the_next_clerk_nothing_of_the_one_before(
    page: Page, site: str, cast: Cast
) -> None:
    sign_in(page, site, "clerk", "/account/password/")
    page.locator("details.menu > summary").click()
    page.get_by_text("退出登录").click()
    sign_in(page, site, cast.colleague.username)

    for _ in range(4):
        page.go_back()
        page.wait_for_load_state()
        expect(page.get_by_text("样本店员")).to_have_count(0)


def test_a_login_that_ended_elsewhere_is_told_at_the_next_click(page: Page, site: str) -> None:
    sign_in(page, site, "clerk")
    User.objects.get(username="clerk").sessions.all().delete()

    page.reload()

    expect(page.get_by_label("工号")).to_be_visible()


# For everybody ------------------------------------------------------------------------------


@pytest.fixture(params=SIZES, ids=["desk", "phone"])
def size(request: pytest.FixtureRequest, page: Page) -> None:
    page.set_viewport_size({"width": request.param[0], "height": request.param[1]})


def check(page: Page) -> None:
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0, f"{page.url} is {width} px too wide"
    assert problems(page) == []


def test_pages_for_visitors_are_fit_for_everybody(page: Page, site: str, size: None) -> None:
    page.goto(f"{site}/account/login/")
    check(page)
    for times in range(5):
        page.get_by_label("工号").fill("clerk")
        page.get_by_label("密码").fill("wrong")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        if times in (0, 4):
            check(page)
    expect(page.get_by_text("暂时锁定")).to_be_visible()


@pytest.mark.parametrize("who", ["clerk", "manager"])
def test_pages_of_the_frame_are_fit_for_everybody(
    page: Page, site: str, size: None, who: str
) -> None:
    sign_in(page, site, who)
    for path in PAGES:
        page.goto(f"{site}{path}")
        check(page)
    page.locator("details.menu > summary").click()
    check(page)
    page.get_by_text("锁定屏幕").click()
    expect(page.get_by_text("屏幕已锁定")).to_be_visible()
    check(page)


def test_who_holds_no_post_sees_a_page_fit_for_everybody(page: Page, site: str, size: None) -> None:
    User.objects.create_user("nobody", "王样本", PASSWORD)
    sign_in(page, site, "nobody", "/")

    expect(page.get_by_text("请联系渠道经理任命")).to_be_visible()
    check(page)


def test_the_language_changes_on_the_spot(page: Page, site: str) -> None:
    sign_in(page, site, "clerk")
    page.get_by_role("button", name="English").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")


def test_each_way_to_print_leaves_the_frame_out(page: Page, site: str) -> None:
    sign_in(page, site, "manager")
    page.emulate_media(media="print")

    for part in (".topbar", ".rail", ".btn"):
        expect(page.locator(part).first).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
