"""A unit's order in a real browser: an enterprise by the keyboard alone, an embassy, a handler whom
the letter does not name, and the verifier's look at it."""

import os
import time
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, expect
from stdnum import luhn

from outlets.bridge.people import PEOPLE
from portal import blobs
from registration import flow, specimens
from registration.models import Application, Decision, Photo, Role, Unit
from registration.services import review
from tests.browser.conftest import sign_in
from tests.browser.hands import SLOW, lay, look, sign, tab_to
from tests.cast import Cast
from tests.outlets.counter import DemoCounter
from tests.registration import units

pytestmark = pytest.mark.django_db(transaction=True)

PHOTOS = ("经办人证件正面", "经办人证件背面", "经办人现场照", "营业执照", "单位授权书")
# Where pictures of the pages go, when somebody wants to look at them.
SHOTS = os.environ.get("SHIMING_SHOTS", "")
SIZES = [(1366, 768), (390, 844)]


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


def pick(radio: Locator) -> None:
    """By its label, as a person does: the button itself is drawn over."""
    radio.page.locator(f"label[for='{radio.get_attribute('id')}']").click()
    expect(radio).to_be_checked()


LETTER = ("写明了经办人的姓名和证件号码", "写明了办理的业务和号码数量", "盖有单位公章")


@pytest.mark.scenario(12)
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
    page.wait_for_load_state()
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
    page.wait_for_load_state()
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


@pytest.mark.scenario(12)
def test_an_embassy_is_asked_for_its_note_and_not_for_a_code(
    page: Page, shop: Cast, live_server: Any
) -> None:
    order = shop.draft(by=shop.hall_clerk, outlet=shop.hall)
    shop.answer(order, "unit")
    page.goto(f"{live_server.url}/counter/{order.pk}/start/")

    pick(page.get_by_label("使领馆"))
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
    pick(page.get_by_label("原件，盖有公章").locator("visible=true"))
    for label in LETTER:
        page.get_by_label(label).check()
    page.get_by_label("授权书有效期至").fill(f"{timezone.localdate() + timedelta(days=30)}")
    page.get_by_role("button", name="保存单位资料").click()

    page.wait_for_url("**/order/")
    assert Unit.objects.get().papers == ["diplomatic_note"]


@pytest.mark.scenario(12)
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


@pytest.mark.scenario(8)
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


@pytest.mark.scenario(12)
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


# Papers that are not as they should be ---------------------------------------------------


def say_all(page: Page, shown: str, *, code: str = "", kind: str = "enterprise") -> None:
    """The unit's form, filled in by mouse and saved; ``shown``: how its paper was seen."""
    pick(page.locator(f"input[name=kind][value={kind}]"))
    if code:
        page.get_by_label("统一社会信用代码").fill(code)
        pick(page.locator(f"input[name=kind][value={kind}]"))
    page.get_by_label("单位名称").fill("样本测试单位")
    page.get_by_label("单位住址").fill("示例省样本市测试路100号")
    page.get_by_label("号码用途").fill("员工通信")
    pick(page.get_by_label(shown).locator("visible=true").first)
    for label in LETTER:
        page.get_by_label(label).check()
    page.get_by_label("授权书有效期至").fill(f"{timezone.localdate() + timedelta(days=30)}")
    page.get_by_role("button", name="保存单位资料").click()


@pytest.fixture
def order(page: Page, shop: Cast, live_server: Any) -> Application:
    """A unit's order whose form is on the page."""
    order = shop.draft(by=shop.hall_clerk, outlet=shop.hall)
    shop.answer(order, "unit")
    page.goto(f"{live_server.url}/counter/{order.pk}/start/")
    return order


@pytest.mark.scenario(8)
def test_a_code_whose_check_digit_is_wrong_is_said_at_its_field(
    page: Page, order: Application
) -> None:
    say_all(page, "原件", code="91990101000000019N")

    expect(page.get_by_text("统一社会信用代码的校验位不对。")).to_be_visible()
    expect(page.get_by_label("统一社会信用代码")).to_be_focused()
    look(page, "08-code")
    assert not Unit.objects.exists()


@pytest.mark.scenario(8)
def test_a_copy_without_its_seal_and_a_set_that_is_not_whole_are_stopped(
    page: Page, order: Application, live_server: Any
) -> None:
    say_all(page, "复印件，没有公章", code=units.CODES["enterprise"])
    expect(page.get_by_text("单位证件没有公章。")).to_be_visible()
    look(page, "08-seal")

    page.goto(f"{live_server.url}/counter/{order.pk}/check/")
    expect(page.get_by_text("还没有读经办人的证件。")).to_be_visible()
    look(page, "08-check")
    page.get_by_role("link", name="无法办理：告知客户原因").click()

    expect(page.get_by_role("radio", name="单位材料不齐")).to_be_checked()
    page.locator(".actions .btn", has_text="确定无法办理").click()
    expect(page.get_by_text("无法办理：单位材料不齐")).to_be_visible()


@pytest.mark.scenario(8)
def test_a_social_organisation_with_an_enterprise_s_code_is_flagged_to_the_verifier(
    page: Page, order: Application, shop: Cast, context: BrowserContext, live_server: Any
) -> None:
    say_all(page, "原件", code=units.CODES["enterprise"], kind="social")
    page.wait_for_url("**/order/")
    units.number(shop, order, 1, "wang")
    order.refresh_from_db()
    pictured(shop, units.papered(shop, order))
    page.goto(f"{live_server.url}/counter/{order.pk}/check/")
    expect(page.get_by_text("统一社会信用代码的首位与单位类别不符。")).to_be_visible()
    look(page, "08-prefix")

    units.matched(shop, units.submitted(shop, order))

    desk = sign_in(context, shop.verifier, live_server.url)
    desk.goto(f"{live_server.url}/desk/")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("需复核：统一社会信用代码的首位与单位类别不符。")).to_be_visible()
    look(desk, "08-desk")


# A number without its user ---------------------------------------------------------------


@pytest.mark.scenario(12)
@pytest.mark.usefixtures("carrier", "identity_check", "worker")
def test_a_number_without_its_user_waits_and_holds_up_no_other(
    page: Page, order: Application, shop: Cast, hall_pc: DemoCounter, live_server: Any
) -> None:
    say_all(page, "原件", code=units.CODES["enterprise"])
    page.get_by_label("加几个号码").fill("3")
    page.keyboard.press("Enter")
    expect(page.locator(".order-rows tbody tr")).to_have_count(3, timeout=SLOW)
    for place in (1, 2, 3):
        page.keyboard.type(f"{iccid(place)}\n")
        expect(page.get_by_text(f"…{iccid(place)[-6:]}")).to_be_visible()
    page.locator("[data-next]").click()
    for person in ("wang", "li"):
        _read_user(page, hall_pc, person)
    page.goto(f"{live_server.url}/counter/{order.pk}/read/{Role.HANDLER}/")
    lay(page, hall_pc, "zhang", "经办人")
    order.refresh_from_db()
    for kind in order.photos_due:
        shop.photo(order, kind)
    shop.signed(order)
    page.goto(f"{live_server.url}/counter/{order.pk}/check/")
    expect(page.get_by_text("有号码还不齐", exact=False)).to_be_visible()
    look(page, "12-check")
    page.goto(f"{live_server.url}/counter/{order.pk}/sign/")
    page.locator(".actions .btn", has_text="提交").click()
    page.wait_for_url("**/result/")
    page.get_by_role("button", name="留在本页").click()
    expect(page.get_by_text("等待审核员")).to_be_visible(timeout=SLOW)
    decide(shop)
    _statuses(order, ["active", "active", "draft"])
    expect(page.get_by_text("缺使用人").first).to_be_visible()
    look(page, "12-result")

    page.goto(f"{live_server.url}/counter/{order.pk}/order/")
    look(page, "12-waiting")
    page.get_by_role("link", name="读下一位使用人").click()
    _read_user(page, hall_pc, "zhao")
    page.get_by_role("button", name="提交已齐的 1 个号码").click()
    _statuses(order, ["active", "active", "in_review"])
    decide(shop)
    _statuses(order, ["active", "active", "active"])


def decide(shop: Cast) -> None:
    """The verifier approves the next case with all its numbers."""
    case = review.claim(shop.verifier, now=timezone.now())
    assert case
    before = case.application.numbers.filter(status="in_review")
    flow.decide(
        case,
        claim_no=case.claim_no,
        verdict=Decision.Verdict.APPROVE,
        by=shop.verifier,
        now=timezone.now(),
        checks=Decision.Check.values,
        numbers=before.values_list("pk", flat=True),
    )


def _read_user(page: Page, hall_pc: DemoCounter, person: str) -> None:
    expect(page.get_by_text("请把使用人的证件放到读卡器上")).to_be_visible(timeout=SLOW)
    # The page of the next number says the same of the one before.
    with page.expect_navigation(timeout=SLOW):
        hall_pc.place(person, once=True)
    expect(page.get_by_text("的使用人已读")).to_be_visible(timeout=SLOW)


def _statuses(order: Application, wanted: list[str]) -> None:
    """The worker and the carrier take their time."""
    until = time.monotonic() + SLOW / 1000
    while True:
        found = list(order.numbers.order_by("pk").values_list("status", flat=True))
        if found == wanted or time.monotonic() > until:
            break
        time.sleep(0.2)
    assert found == wanted
