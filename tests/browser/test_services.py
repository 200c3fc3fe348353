"""Services on a number in use in a real browser: a new card, a transfer, an end, a backfill.

Reader, camera, worker and carrier are real processes; the carrier knows the demo's people.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from registration.models import Application, Line
from tests.browser.conftest import sign_in
from tests.browser.hands import CARD, SLOW, approve, go_on, hand_in, photograph, read
from tests.cast import ICCID, Cast
from tests.outlets.counter import DemoCounter

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("carrier", "identity_check", "worker"),
]

# The carrier remembers what was done to a number: each test has one of its own.
WANG, ZHANG, CHEN = "13800009001", "13800009003", "13800009005"
NOBODY = "13800009105"
# A folder for pictures to look at; none without it.
SHOTS = os.environ.get("SHIMING_SHOTS")


@pytest.fixture
def page(context: BrowserContext, shop: Cast, live_server: Any) -> Page:
    page = sign_in(context, shop.clerk, live_server.url)
    page.set_default_timeout(SLOW)
    page.goto(f"{live_server.url}/counter/")
    return page


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
        page.screenshot(path=Path(SHOTS) / f"{name}-view.png")


def begin(page: Page, service: str, number: str) -> None:
    page.get_by_role("button", name="新受理").click()
    page.locator("label.form-check-label", has_text=service).click()
    page.get_by_label("客户的号码").fill(number)
    page.keyboard.press("Enter")
    page.locator("[data-named]").wait_for()


def read_on(page: Page, counter_pc: DemoCounter, *people: tuple[str, str]) -> None:
    go_on(page, "下一步：读卡")
    read(page, counter_pc, *people)


def handed_in(page: Page) -> Application:
    hand_in(page)
    # On a narrow screen the steps have no second line.
    expect(page.locator(".step.is-now")).to_contain_text("审核中", timeout=SLOW)
    return Application.objects.get()


def is_accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


def test_a_new_card_for_the_registered_holder(
    page: Page, shop: Cast, counter_pc: DemoCounter
) -> None:
    begin(page, "补卡、换卡", WANG)
    expect(page.get_by_text("已实名登记")).to_be_visible()
    page.keyboard.type(f"{ICCID}\n")
    page.locator("[data-next].btn-primary").wait_for()
    shoot(page, "reissue-start")
    read_on(page, counter_pc, ("wang", "机主"))
    photograph(page, *CARD, "本人现场照")
    expect(page.get_by_text("与登记的机主一致")).to_be_visible()
    shoot(page, "reissue-photos")
    handed_in(page)

    approve(shop)

    expect(page.get_by_text("新卡已可用")).to_be_visible(timeout=SLOW)
    shoot(page, "reissue-result")


def test_a_card_for_somebody_else_s_number_is_stopped_at_the_check(
    page: Page, shop: Cast, counter_pc: DemoCounter
) -> None:
    begin(page, "补卡、换卡", WANG)
    page.keyboard.type(f"{ICCID}\n")
    page.locator("[data-next].btn-primary").wait_for()
    read_on(page, counter_pc, ("li", "机主"))
    photograph(page, *CARD, "本人现场照")

    go_on(page, "下一步：核对")

    expect(page.get_by_text("证件与号码登记的机主不一致")).to_be_visible()
    shoot(page, "mismatch-check")


def test_a_number_is_transferred_with_both_holders_there(
    page: Page, shop: Cast, counter_pc: DemoCounter
) -> None:
    begin(page, "过户", ZHANG)
    shoot(page, "transfer-start")
    read_on(page, counter_pc, ("li", "机主"), ("zhang", "原机主"))
    old = ("原机主证件正面", "原机主证件背面")
    photograph(page, *CARD, *old, "本人现场照", "原机主现场照")
    shoot(page, "transfer-photos")
    is_accessible(page)
    application = handed_in(page)

    approve(shop)

    expect(page.get_by_text("号码已过户到新机主名下")).to_be_visible(timeout=SLOW)
    key = application.parties.get(role="holder").identity.person_key
    assert Line.objects.get().person_key == key


def test_a_number_is_cancelled_on_a_phone_sized_screen(
    page: Page, shop: Cast, counter_pc: DemoCounter
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    begin(page, "销号", CHEN)
    shoot(page, "cancel-start-390")
    read_on(page, counter_pc, ("chen", "机主"))
    photograph(page, *CARD, "本人现场照")
    handed_in(page)

    approve(shop)

    expect(page.get_by_text("号码已注销")).to_be_visible(timeout=SLOW)
    shoot(page, "cancel-result-390")
    assert Line.objects.get().status == Line.Status.QUARANTINE


@pytest.mark.scenario(13)
def test_an_unregistered_number_is_backfilled_before_anything_else(
    page: Page, shop: Cast, counter_pc: DemoCounter, context: BrowserContext, live_server: Any
) -> None:
    begin(page, "过户", NOBODY)
    expect(page.get_by_text("请先补登记")).to_be_visible()
    expect(page.get_by_role("button", name="改办补登记")).to_be_focused()
    is_accessible(page)
    shoot(page, "unregistered-start")
    page.get_by_role("button", name="改办补登记").click()
    expect(page.get_by_text("请先补登记")).to_have_count(0)
    shoot(page, "backfill-start")
    read_on(page, counter_pc, ("wang", "机主"))
    photograph(page, *CARD, "本人现场照", "号码使用凭证")
    shoot(page, "backfill-photos")
    is_accessible(page)
    page.get_by_label("服务密码正确").check()
    page.get_by_label("有原卡托").check()
    expect(page.get_by_text("4 分，够了")).to_be_visible()
    handed_in(page)

    desk = sign_in(
        context.browser.new_context(viewport={"width": 1366, "height": 768}),  # type: ignore[union-attr]
        shop.verifier,
        live_server.url,
    )
    desk.goto(f"{live_server.url}/desk/")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("号码使用凭证与勾选的一致")).to_be_visible(timeout=SLOW)
    shoot(desk, "backfill-desk")
    # The keys work once the page's scripts are there.
    desk.wait_for_load_state("networkidle")
    for _question in range(4):
        desk.keyboard.press("y")
    desk.keyboard.press("a")

    expect(page.get_by_text("号码已完成实名登记")).to_be_visible(timeout=SLOW)
    shoot(page, "backfill-result")
    desk.context.close()


def test_a_number_is_asked_about_by_keyboard_and_a_wrong_one_is_said_beside_it(
    page: Page, shop: Cast, live_server: Any
) -> None:
    application = shop.draft()
    shop.answer(application, service="cancel")
    page.goto(f"{live_server.url}/counter/{application.pk}/start/")

    page.get_by_label("客户的号码").fill("1390000")
    page.keyboard.press("Enter")

    expect(page.locator("[data-part=number] [data-error]")).to_contain_text("号码不对")
    expect(page.get_by_label("客户的号码")).to_be_focused()
    shoot(page, "wrong-number")


def test_a_fixed_line_asks_for_an_address_and_for_no_card(
    page: Page, shop: Cast, live_server: Any
) -> None:
    application = shop.draft()
    page.goto(f"{live_server.url}/counter/{application.pk}/start/")
    page.locator("label.form-check-label", has_text="固定电话装机").click()

    page.get_by_label("装机地址").fill("示例省样本市测试路1号2单元301室")
    page.keyboard.press("Tab")
    page.locator("[data-number]").first.click()
    page.locator("[data-chosen]").wait_for()

    expect(page.get_by_label("SIM 卡号")).to_be_hidden()
    page.locator("[data-next].btn-primary").wait_for()
    shoot(page, "fixed-start")
