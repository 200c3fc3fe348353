"""A unit's order in a real browser: an enterprise by the keyboard alone, an embassy, a handler whom
the letter does not name, and the verifier's look at it."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect
from stdnum import luhn

from outlets.bridge.people import PEOPLE
from outlets.services import reader
from portal import blobs
from registration import specimens
from registration.models import Application, Photo, Role, Unit
from tests.browser.conftest import sign_in
from tests.browser.hands import SLOW, sign, tab_to
from tests.cast import Cast
from tests.outlets.counter import DemoCounter
from tests.registration import units

pytestmark = pytest.mark.django_db(transaction=True)

PHOTOS = ("经办人证件正面", "经办人证件背面", "经办人现场照", "营业执照", "单位授权书")
# Where pictures of the pages go, when somebody wants to look at them.
SHOTS = os.environ.get("SHIMING_SHOTS", "")
SIZES = [(1366, 768), (390, 844)]


@pytest.fixture
def hall_pc(shop: Cast, live_server: Any, tmp_path: Path) -> Iterator[DemoCounter]:
    """The emulated reader and the bridge, enrolled at the carrier's own hall."""
    with DemoCounter(live_server.url, tmp_path / "bridge", settings.BRIDGE_PORT) as counter:
        counter.enrol(reader.issue_code(shop.hall, by=None, now=shop.now))
        yield counter


@pytest.fixture
def page(context: BrowserContext, shop: Cast, live_server: Any) -> Page:
    """The counter's home at the own hall."""
    page = sign_in(context, shop.hall_clerk, live_server.url)
    page.set_default_timeout(15_000)
    page.goto(f"{live_server.url}/counter/")
    return page


def shot(page: Page, name: str) -> None:
    """At both sizes, and back to the design size."""
    if not SHOTS:
        return
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})


def iccid(place: int) -> str:
    body = f"8986009911{place:09d}"
    return body + str(luhn.calc_check_digit(body))


def fill_in(page: Page, kind: str) -> None:
    """The unit's papers, typed and ticked with the keyboard."""
    keys, press = page.keyboard.type, page.keyboard.press
    chosen = page.locator(f"input[name=kind][value={kind}]")
    tab_to(page, page.locator("input[name=kind]").first)
    press("Space")
    while not chosen.is_checked():
        press("ArrowRight")
    if kind in units.CODES:
        tab_to(page, page.get_by_label("统一社会信用代码"))
        keys(units.CODES[kind])
    for label, text in (
        ("单位名称", "样本测试有限公司"),
        ("单位住址", "示例省样本市测试路100号"),
        ("号码用途", "员工通信"),
    ):
        tab_to(page, page.get_by_label(label))
        keys(text)


def tick(page: Page, *labels: str) -> None:
    for label in labels:
        tab_to(page, page.get_by_label(label))
        page.keyboard.press("Space")


LETTER = ("写明了经办人的姓名和证件号码", "写明了办理的业务和号码数量", "盖有单位公章")


@pytest.mark.usefixtures("carrier", "identity_check", "worker")
def test_an_enterprise_orders_two_numbers_by_keyboard_at_the_own_hall(
    page: Page, hall_pc: DemoCounter
) -> None:
    press, keys = page.keyboard.press, page.keyboard.type
    press("n")
    tab_to(page, page.get_by_role("radio", name="个人"))
    press("ArrowRight")
    expect(page.get_by_role("radio", name="监护人代办")).to_be_attached()
    press("ArrowRight")
    expect(page.get_by_role("heading", name="单位资料")).to_be_visible()
    shot(page, "1-unit")
    fill_in(page, "enterprise")
    tab_to(page, page.locator("input[name=shown_licence]").first)
    press("Space")
    tick(page, *LETTER)
    tab_to(page, page.get_by_label("授权书有效期至"))
    page.get_by_label("授权书有效期至").fill(f"{timezone.localdate() + timedelta(days=30)}")
    shot(page, "2-unit-filled")
    press("Enter")

    tab_to(page, page.get_by_label("加几个号码"))
    keys("2")
    press("Enter")
    expect(page.locator(".order-rows tbody tr")).to_have_count(2, timeout=SLOW)
    for place in (1, 2):
        keys(f"{iccid(place)}\n")
        expect(page.get_by_text(f"…{iccid(place)[-6:]}")).to_be_visible()
    shot(page, "3-numbers")
    press("Tab")
    page.locator("[data-next]").focus()
    press("Enter")
    for person in ("wang", "li"):
        expect(page.get_by_text("请把使用人的证件放到读卡器上")).to_be_visible(timeout=SLOW)
        shot(page, f"4-read-{person}")
        hall_pc.place(person, once=True)
        expect(page.get_by_text("的使用人已读")).to_be_visible(timeout=SLOW)
    expect(page.locator(".order-rows .state-pass")).to_have_count(2)
    shot(page, "5-complete")
    press("Enter")

    expect(page.get_by_text("请把经办人的证件放到读卡器上")).to_be_visible(timeout=SLOW)
    hall_pc.place("zhang", once=True)
    expect(page.get_by_text("读卡成功")).to_be_visible(timeout=SLOW)
    page.wait_for_load_state()
    press("Enter")
    for name in PHOTOS:
        expect(page.locator("[data-camera-name]")).to_have_text(name)
        expect(page.locator("[data-shoot]")).to_be_enabled()
        press("Space")
    expect(page.locator(".slot.is-good")).to_have_count(5, timeout=SLOW)
    shot(page, "6-photos")
    press("Alt+5")
    expect(page.get_by_role("heading", name="提交前的核对")).to_be_visible()
    shot(page, "7-check")
    press("Enter")
    sign(page)
    shot(page, "8-sign")
    press("Enter")
    page.wait_for_url("**/result/")
    expect(page.get_by_text("等待审核员")).to_be_visible(timeout=SLOW)
    shot(page, "9-result")

    order = Application.objects.of_their_own().get()
    assert set(order.numbers.values_list("status", flat=True)) <= {"submitted", "in_review"}
    assert Unit.objects.get().number == units.CODES["enterprise"]


def test_an_embassy_is_asked_for_its_note_and_not_for_a_code(
    page: Page, shop: Cast, live_server: Any
) -> None:
    order = shop.draft(by=shop.hall_clerk, outlet=shop.hall)
    shop.answer(order, "unit")
    page.goto(f"{live_server.url}/counter/{order.pk}/start/")

    page.get_by_label("使领馆").check(force=True)
    expect(page.get_by_label("统一社会信用代码")).to_be_hidden()
    expect(page.get_by_label("照会文号")).to_be_visible()
    page.get_by_role("button", name="保存单位资料").click()

    expect(page.get_by_text("请填照会文号。")).to_be_visible()
    shot(page, "embassy-errors")
    page.get_by_label("单位名称").fill("样本国驻示例领事馆")
    page.get_by_label("单位住址").fill("示例省样本市测试路300号")
    page.get_by_label("号码用途").fill("馆员通信")
    page.get_by_label("照会文号").fill("样照字第1号")
    page.get_by_label("照会日期").fill("2026-11-01")
    page.get_by_label("原件，盖有公章").locator("visible=true").check(force=True)
    for label in LETTER:
        page.get_by_label(label).check()
    page.get_by_label("授权书有效期至").fill(f"{timezone.localdate() + timedelta(days=30)}")
    page.get_by_role("button", name="保存单位资料").click()

    page.wait_for_url("**/order/")
    assert Unit.objects.get().papers == ["diplomatic_note"]


def test_a_handler_whom_the_letter_does_not_name_goes_no_further(
    page: Page, shop: Cast, live_server: Any
) -> None:
    order = units.papered(shop, units.draft(shop, letter_names_handler=False))
    units.number(shop, order, 1, "wang")
    page.goto(f"{live_server.url}/counter/{order.pk}/check/")

    expect(page.get_by_text("授权书没有写明经办人。")).to_be_visible()
    shot(page, "not-named")
    page.goto(f"{live_server.url}/counter/{order.pk}/sign/")

    expect(page.get_by_text("还不能签字。")).to_be_visible()


def test_the_code_s_first_digit_proposes_the_kind(page: Page, shop: Cast, live_server: Any) -> None:
    order = shop.draft(by=shop.hall_clerk, outlet=shop.hall)
    shop.answer(order, "unit")
    page.goto(f"{live_server.url}/counter/{order.pk}/start/")

    page.get_by_label("统一社会信用代码").press_sequentially("5199")

    expect(page.locator("input[name=kind][value=social]")).to_be_checked()
    expect(page.get_by_text("社会团体法人登记证书", exact=False).first).to_be_visible()


def pictured(shop: Cast, order: Application) -> None:
    for photo in order.photos.all():
        picture = specimens.id_front if "id_front" in photo.kind else specimens.id_back
        Photo.objects.filter(pk=photo.pk).update(view=blobs.put(picture(PEOPLE["zhang"])))


def test_the_verifier_sends_one_number_back_and_approves_the_others(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    order = units.papered(shop, units.draft(shop))
    pictured(shop, order)
    first = units.number(shop, order, 1, "wang")
    back = units.number(shop, order, 2, "li")
    odd = units.number(shop, order, 3, "zhao")
    units.number(shop, order, 4)
    units.matched(shop, units.submitted(shop, order), besides=odd)
    desk = sign_in(context, shop.verifier, live_server.url)
    desk.goto(f"{live_server.url}/desk/")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="4 个号码")).to_be_visible()
    shot(desk, "desk")
    found = Axe().run(desk, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert not found.response["violations"], found.generate_report()

    desk.get_by_label("退回 170 0000 0002").check()
    for _question in range(5):
        desk.keyboard.press("y")
    desk.keyboard.press("a")
    expect(desk.get_by_text("没有等待审核的受理单")).to_be_visible()

    def status(row: Application) -> str:
        return str(Application.objects.values_list("status", flat=True).get(pk=row.pk))

    assert [status(row) for row in (first, back, odd)] == ["approved", "returned", "returned"]


@pytest.mark.usefixtures("carrier")
def test_fixed_lines_are_ordered_each_with_its_place(
    page: Page, shop: Cast, live_server: Any
) -> None:
    order = units.draft(shop)
    page.goto(f"{live_server.url}/counter/{order.pk}/start/")
    page.get_by_text("固定电话装机", exact=True).click()
    expect(page.get_by_text("每条线路填装机地址")).to_be_visible()
    shot(page, "fixed-start")
    page.goto(f"{live_server.url}/counter/{order.pk}/order/")
    shot(page, "fixed-empty")
    page.get_by_label("加几个号码").fill("2")
    page.get_by_label("装机地址").fill("示例省样本市测试路100号3层")
    page.keyboard.press("Enter")
    expect(page.locator(".order-rows tbody tr")).to_have_count(2, timeout=SLOW)

    second = page.locator(".order-address").nth(1)
    second.get_by_label("装机地址").fill("短")
    page.keyboard.press("Enter")
    expect(page.get_by_text("地址太短，请写到门牌号。")).to_be_visible()
    shot(page, "fixed-short")
    expect(second.get_by_label("装机地址")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("示例省样本市新居路66号\n")

    expect(page.get_by_text("地址太短")).to_be_hidden()
    expect(page.locator(".order-rows .state-pass")).to_have_count(2)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert not found.response["violations"], found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, "fixed-complete")


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (768, 1024), (390, 844)])
def test_the_pages_of_an_order_fit_and_are_accessible(
    page: Page, shop: Cast, live_server: Any, width: int, height: int
) -> None:
    order = units.draft(shop)
    units.number(shop, order, 1, "wang")
    row = units.number(shop, order, 2)
    foreigner = units.number(shop, order, 3)
    shop.travel(foreigner, "hk", Role.END_USER)
    page.set_viewport_size({"width": width, "height": height})

    reads = [f"{number.pk}/read/{Role.END_USER}/" for number in (row, foreigner)]
    for path in (f"{order.pk}/start/", f"{order.pk}/order/", *reads):
        page.goto(f"{live_server.url}/counter/{path}")
        page.wait_for_load_state("networkidle")
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert not found.response["violations"], found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/fit-{width}-{path.replace('/', '-')}.png")
