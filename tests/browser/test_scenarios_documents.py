"""The scenarios of REGULATION.md, section 4, about documents: two of one person, a foreigner's, a
soldier's."""

import uuid
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from outlets.models import Outlet, Tier
from registration import flow
from registration.models import Application, Photo, Slot
from tests.browser.hands import (
    CARD,
    SLOW,
    another,
    approve,
    at_work,
    begin,
    go_on,
    hand_in,
    lay,
    look,
    look_on_a_phone,
    photograph,
    tab_to,
    take_case,
)
from tests.cast import Cast
from tests.outlets.counter import DemoCounter

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("carrier", "identity_check", "worker"),
]


def the_application() -> Application:
    return Application.objects.latest("pk")


# 4: one person, two documents -------------------------------------------------------------


def on_a_permit(shop: Cast, number: str) -> Application:
    """A number that a traveller took with the permit."""
    application = shop.numbered(shop.draft(by=shop.hall_clerk, outlet=shop.hall), number)
    shop.travel(application, "hk")
    application.refresh_from_db()
    for kind in application.photos_due:
        if not application.photos.current().filter(kind=kind).exists():
            shop.photo(application, kind)
    shop.signed(application)
    application.refresh_from_db()
    return flow.submit(application, by=shop.hall_clerk, key=uuid.uuid4(), now=shop.now)


@pytest.mark.scenario(4)
def test_numbers_on_a_permit_and_on_a_residence_card_are_one_person_s(
    context: BrowserContext, shop: Cast, live_server: Any, hall_pc: DemoCounter
) -> None:
    for place in range(3):
        on_a_permit(shop, f"1700000004{place}")
    for place in range(2):
        shop.submitted("hk", number=f"1700000005{place}", by=shop.hall_clerk, outlet=shop.hall)
    page = at_work(context, shop.hall_clerk, live_server.url, "/counter/")
    begin(page)

    lay(page, hall_pc, "hk")

    expect(page.get_by_text("一证五户")).to_be_visible()
    look(page, "04-read")
    page.keyboard.press("Alt+4")
    page.wait_for_url("**/check/")
    page.wait_for_load_state()
    look(page, "04-check")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="名下号码已达上限")).to_be_checked()
    look(page, "04-turndown")
    go_on(page, "确定无法办理")
    expect(page.get_by_text("无法办理：名下号码已达上限")).to_be_visible()
    assert Slot.objects.values("person_key").distinct().count() == 1


# 10: a foreigner --------------------------------------------------------------------------

RESIDENTS = [("foreign", "2017"), ("resident_foreigner", "2023")]


@pytest.mark.scenario(10)
@pytest.mark.parametrize(("person", "year"), RESIDENTS)
def test_a_permanent_resident_s_card_of_either_kind_opens_a_number_at_the_own_hall(
    context: BrowserContext,
    shop: Cast,
    live_server: Any,
    hall_pc: DemoCounter,
    person: str,
    year: str,
) -> None:
    page = at_work(context, shop.hall_clerk, live_server.url, "/counter/")
    begin(page)
    lay(page, hall_pc, person)
    expect(page.get_by_text(f"外国人永久居留身份证（{year} 版）").first).to_be_visible()
    look(page, f"10-{year}")
    go_on(page, "下一步")
    photograph(page, *CARD, "本人现场照")
    hand_in(page)
    expect(page.get_by_text("等待审核员")).to_be_visible(timeout=SLOW)
    approve(shop)

    expect(page.get_by_text("号码已开通")).to_be_visible(timeout=SLOW)


@pytest.mark.scenario(10)
def test_a_permanent_resident_at_a_corner_shop_is_shown_the_way_and_the_law(
    context: BrowserContext, shop: Cast, live_server: Any, counter_pc: DemoCounter
) -> None:
    Outlet.objects.filter(pk=shop.outlet.pk).update(tier=Tier.ENDPOINT)
    page = at_work(context, shop.clerk, live_server.url, "/counter/")
    begin(page)

    lay(page, counter_pc, "resident_foreigner")

    expect(page.get_by_text("居民身份证以外的证件只能在自有营业厅办理。")).to_be_visible()
    expect(page.get_by_text("最近的可办网点：东区营业厅")).to_be_visible()
    look(page, "10-corner")
    look_on_a_phone(page, "10-corner")
    page.get_by_role("link", name="无法办理：告知客户原因").click()
    expect(page.get_by_role("radio", name="本网点不能办理这种证件或业务")).to_be_checked()
    go_on(page, "确定无法办理")
    expect(page.get_by_text("无法办理：本网点不能办理这种证件或业务")).to_be_visible()


# 11: a soldier ----------------------------------------------------------------------------


def begin_as_soldier(page: Page, purpose: str) -> None:
    begin(page)
    expect(page.get_by_text("请把机主的证件放到读卡器上")).to_be_visible(timeout=SLOW)
    page.keyboard.press("d")
    page.wait_for_url("**/documents/")
    look(page, "11-documents")
    tab_to(page, page.get_by_role("button", name="军人身份证件"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="机主的军人身份证件")).to_be_visible()
    page.get_by_label("号码用途").select_option(label=purpose)
    page.get_by_label("证件号码").fill("军字第9900001号")
    page.get_by_label("姓名").fill("样军人")
    page.get_by_label("出生日期").fill("1990-01-01")
    page.get_by_label("所在单位").fill("样本部队")
    page.get_by_label("住址").fill("示例省样本市测试路30号")
    look(page, "11-form")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已登记")).to_be_visible()


@pytest.mark.scenario(11)
def test_a_soldier_s_private_number_asks_for_the_resident_card(
    context: BrowserContext, shop: Cast, live_server: Any, hall_pc: DemoCounter
) -> None:
    page = at_work(context, shop.hall_clerk, live_server.url, "/counter/")

    begin_as_soldier(page, "私人号码")

    expect(page.get_by_text("请出示居民身份证。")).to_be_visible()
    look(page, "11-private")
    page.keyboard.press("d")
    page.get_by_role("button", name="有芯片的证件").click()
    lay(page, hall_pc, "wang")
    expect(page.get_by_text("请出示居民身份证。")).to_have_count(0)
    assert the_application().parties.get().identity.card_type == "resident"


@pytest.mark.scenario(11)
def test_a_soldier_s_duty_number_needs_the_unit_s_certificate_and_no_picture_of_the_card(
    context: BrowserContext, shop: Cast, live_server: Any, hall_pc: DemoCounter
) -> None:
    page = at_work(context, shop.hall_clerk, live_server.url, "/counter/")
    begin_as_soldier(page, "公务号码")
    go_on(page, "下一步")
    expect(page.locator(".slot-name")).to_have_text(["本人现场照", "单位证明"])
    photograph(page, "本人现场照", "单位证明")
    look(page, "11-photos")
    hand_in(page)
    expect(page.get_by_text("等待审核员")).to_be_visible(timeout=SLOW)

    desk = at_work(another(context), shop.verifier, live_server.url)
    take_case(desk, live_server.url)
    expect(desk.get_by_text("这种证件没有联网核验，由审核员核对").first).to_be_visible()
    look(desk, "11-desk")
    for _question in desk.locator(".desk-question").all():
        desk.keyboard.press("y")
    desk.keyboard.press("a")

    expect(page.get_by_text("号码已开通")).to_be_visible(timeout=SLOW)
    assert not Photo.objects.filter(kind__startswith="id_").exists()
    desk.context.close()
