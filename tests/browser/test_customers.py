"""Customers who come another way: a child with a guardian, a proxy, one who is helped."""

import os
import uuid
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from registration import flow
from registration.models import Application, Photo
from registration.services import assist
from tests.browser.hands import SLOW, at_work, look, sign, sound, tab_to
from tests.cast import ICCID, PASSWORD, Cast
from tests.outlets.counter import DemoCounter

pytestmark = pytest.mark.django_db(transaction=True)

GUARDIAN_PHOTOS = (
    "身份证正面",
    "身份证背面",
    "监护人证件正面",
    "监护人证件背面",
    "监护人现场照",
    "监护关系证明",
)


def _is_low(row: Locator, width: int) -> bool:
    """On a desk the answers stand beside each other, in one row or two."""
    box = row.bounding_box()
    assert box
    return width < 1366 or box["height"] <= 2 * 44 + 16


@pytest.mark.scenario(9)
@pytest.mark.usefixtures("carrier", "identity_check", "worker")
def test_a_child_with_a_guardian_by_keyboard(
    context: BrowserContext, shop: Cast, live_server: Any, counter_pc: DemoCounter
) -> None:
    page = at_work(context, shop.clerk, live_server.url)
    press = page.keyboard.press
    page.goto(f"{live_server.url}/counter/")
    press("n")
    tab_to(page, page.locator("[data-number]").first)
    press("Enter")
    page.locator("[data-chosen]").wait_for()
    page.keyboard.type(f"{ICCID}\n")
    expect(page.locator("[data-next].btn-primary")).to_be_visible()
    press("Alt+2")

    # The clerk did not know how old the customer is; the card does.
    expect(page.get_by_text("请把机主的证件放到读卡器上")).to_be_visible(timeout=SLOW)
    counter_pc.place("tong", once=True)
    switch = page.get_by_role("button", name="改为监护人代办")
    expect(switch).to_be_visible(timeout=SLOW)
    look(page, "minor-read")
    sound(page)
    press("Enter")
    expect(page.get_by_text("请把监护人的证件放到读卡器上")).to_be_visible(timeout=SLOW)
    look(page, "minor-guardian")
    counter_pc.place("tongfu", once=True)
    expect(page.get_by_text("读卡成功")).to_be_visible(timeout=SLOW)
    page.wait_for_load_state()
    press("Enter")

    for name in GUARDIAN_PHOTOS:
        expect(page.locator("[data-camera-name]")).to_have_text(name)
        expect(page.locator("[data-shoot]")).to_be_enabled()
        press("Space")
    expect(page.locator(".slot.is-good")).to_have_count(6, timeout=SLOW)
    look(page, "minor-photos")
    press("Alt+4")
    # The camera films one card for everybody, and what is read on it says so.
    expect(page.get_by_role("heading", name="提交前的核对")).to_be_visible()
    page.wait_for_load_state()
    press("Enter")
    sign(page)
    press("Enter")

    page.wait_for_url("**/result/")
    assert Application.objects.get().holder_kind == "guardian"


@pytest.mark.scenario(5)
def test_a_letter_that_ran_out_stops_the_proxy(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    application = shop.ready(proxy="li")
    page = at_work(context, shop.clerk, live_server.url)
    page.goto(f"{live_server.url}/counter/{application.pk}/photos/")

    until = page.get_by_label("委托书写明的有效期")
    until.fill("2020-01-31")
    page.keyboard.press("Tab")
    expect(page.locator("[data-part=steps] .is-wrong")).to_contain_text("拍照")
    look(page, "letter-photos")
    sound(page)
    page.keyboard.press("Alt+4")

    expect(page.get_by_text("委托书已过期。")).to_be_visible()
    look(page, "letter-check")
    page.goto(f"{live_server.url}/counter/{application.pk}/letter/print/")
    look(page, "letter-sheet")
    sound(page)


@pytest.mark.parametrize("size", [(1366, 768), (768, 1024), (390, 844)])
def test_the_pages_of_these_customers_fit_every_screen(
    context: BrowserContext, shop: Cast, live_server: Any, size: tuple[int, int]
) -> None:
    width, height = size
    child = shop.draft(by=shop.hall_clerk, outlet=shop.hall)
    shop.read(child, "tong")
    old = shop.ready("liu", by=shop.hall_clerk, outlet=shop.hall, number="17000000002")
    shop.now = old.touched_at
    page = at_work(context, shop.hall_clerk, live_server.url)
    page.set_viewport_size({"width": width, "height": height})

    for name, address in (
        ("read", f"counter/{child.pk}/read/holder/"),
        ("start", f"counter/{child.pk}/start/"),
        ("check", f"counter/{child.pk}/check/"),
        ("assist", f"counter/{old.pk}/assist/"),
        ("letter", f"counter/{old.pk}/letter/print/"),
        ("blank", "letter/"),
    ):
        page.goto(f"{live_server.url}/{address}")
        look(page, f"{name}-{width}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, name
        sound(page)
        questions = page.locator(".answers .mb-3").all()
        assert all(_is_low(row, width) for row in questions), name
        low = page.locator(".answers .form-check-label, .actions .btn, [data-print]")
        heights = low.evaluate_all(
            "all => all.filter(one => one.checkVisibility()).map(one => one.offsetHeight)"
        )
        assert all(height >= 44 for height in heights), name


def test_the_letter_is_one_page(
    context: BrowserContext, shop: Cast, live_server: Any, tmp_path: Path
) -> None:
    page = at_work(context, shop.clerk, live_server.url)
    page.goto(f"{live_server.url}/counter/{shop.ready(proxy='li').pk}/letter/print/")

    sheet = page.pdf(format="A4")

    if folder := os.environ.get("SHIMING_LOOK"):
        (Path(folder) / "letter.pdf").write_bytes(sheet)
        page.emulate_media(media="print")
        look(page, "letter-print")
    assert sheet.count(b"/Type /Page\n") == 1


@pytest.mark.scenario(20)
def test_the_desk_shows_a_guardian_and_who_stood_by(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    application = shop.ready("tong", guardian="tongfu", by=shop.hall_clerk, outlet=shop.hall)
    assist.begin(application, "illness", supervisor=shop.manager, by=shop.hall_clerk, now=shop.now)
    flow.submit(application, by=shop.hall_clerk, key=uuid.uuid4(), now=shop.now)
    shop.matched(application)
    page = at_work(context, shop.verifier, live_server.url)
    page.goto(f"{live_server.url}/desk/")
    page.keyboard.press("Enter")

    expect(page.get_by_text("童监护样")).to_be_visible()
    expect(page.get_by_text("特殊协助：因病不便")).to_be_visible()
    look(page, "desk-guardian")
    sound(page)


@pytest.mark.scenario(20)
@pytest.mark.usefixtures("carrier", "identity_check")
def test_a_helped_customer_hands_in_without_a_signature_by_keyboard(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    application = shop.ready(by=shop.hall_clerk, outlet=shop.hall)
    application.consents.all().delete()
    application.photos.filter(kind=Photo.Kind.SIGNATURE).delete()
    Application.objects.update(confirmed_at=None)
    page = at_work(context, shop.hall_clerk, live_server.url)
    press = page.keyboard.press
    page.goto(f"{live_server.url}/counter/{application.pk}/sign/")
    look(page, "help-sign-before")

    tab_to(page, page.get_by_role("link", name="客户无法签名？用特殊协助"))
    press("Enter")
    page.wait_for_url("**/assist/")
    tab_to(page, page.get_by_role("radio", name="视力障碍"))
    press("Space")
    sound(page)
    tab_to(page, page.get_by_label("在场渠道经理的工号"))
    page.keyboard.type("manager")
    press("Tab")
    page.keyboard.type("不对")
    press("Enter")
    expect(page.get_by_text("工号或密码不对")).to_be_visible()
    expect(page.get_by_label("渠道经理本人输入密码")).to_be_focused()
    look(page, "help-wrong")
    page.keyboard.type(PASSWORD)
    press("Enter")

    page.wait_for_url("**/sign/")
    expect(page.get_by_text("确认客户本人在场")).to_be_visible()
    look(page, "help-sign")
    sound(page)
    press("Enter")
    page.wait_for_url("**/result/")
    application.refresh_from_db()
    assert (application.assisted_reason, application.confirmed_at) == ("sight", None)
