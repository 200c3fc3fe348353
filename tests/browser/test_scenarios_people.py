"""The scenarios of REGULATION.md, section 4, about who comes: a proxy, a child, who is helped."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from outlets.bridge.people import PEOPLE
from outlets.services import staff
from registration.models import Application, LetterPoint
from tests.browser.hands import (
    CARD,
    SLOW,
    agree,
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
    read,
    sign,
    take_case,
)
from tests.browser.test_desk import waiting
from tests.cast import PASSWORD, Cast
from tests.outlets.counter import DemoCounter

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("carrier", "identity_check", "worker"),
]

PROXY_PHOTOS = (*CARD, "受托人身份证正面", "受托人身份证背面", "受托人现场照", "委托书")


def answer(page: Page, name: str) -> None:
    """One of the counter's three questions."""
    page.locator("label.form-check-label", has_text=name).first.click()
    expect(page.get_by_role("radio", name=name).first).to_be_checked()


def the_application() -> Application:
    return Application.objects.latest("pk")


# 5: a proxy -------------------------------------------------------------------------------


def begin_with_proxy(page: Page, counter_pc: DemoCounter, principal: str, proxy: str) -> None:
    page.get_by_role("button", name="新受理").click()
    answer(page, "代办")
    page.locator("[data-number]").first.click()
    page.locator("[data-chosen]").wait_for()
    page.keyboard.type("89860012345678901238\n")
    page.locator(".actions .btn-primary", has_text="下一步：读卡").click()
    read(page, counter_pc, (principal, "机主"))
    lay(page, counter_pc, proxy, "受托人")


@pytest.mark.scenario(5)
def test_a_letter_without_the_business_stops_the_proxy_with_a_way_out(
    context: BrowserContext, shop: Cast, live_server: Any, counter_pc: DemoCounter
) -> None:
    page = at_work(context, shop.clerk, live_server.url, "/counter/")
    begin_with_proxy(page, counter_pc, "wang", "li")
    go_on(page, "下一步")
    photograph(page, *PROXY_PHOTOS)
    for point in LetterPoint:
        if point != LetterPoint.BUSINESS:
            page.get_by_label(str(point.label)).check()
    page.get_by_label("委托书写明的有效期").fill(f"{timezone.localdate() + timedelta(days=9)}")
    page.keyboard.press("Tab")
    look(page, "05-letter")

    page.keyboard.press("Alt+4")

    expect(page.get_by_text("委托书六项还没有核对齐")).to_be_visible()
    look(page, "05-check")
    look_on_a_phone(page, "05-check")
    page.get_by_role("link", name="无法办理：告知客户原因").click()
    expect(page.get_by_role("radio", name="委托书缺项或与证件不符")).to_be_checked()
    go_on(page, "确定无法办理")
    expect(page.get_by_text("无法办理：委托书缺项或与证件不符")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_text("六项齐全的委托书", exact=False)).to_be_visible()
    look(page, "05-notice")


@pytest.mark.scenario(5)
def test_a_letter_with_one_digit_wrong_comes_back_from_the_desk(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    waiting(shop, "wang", proxy="li")
    desk = at_work(context, shop.verifier, live_server.url)
    take_case(desk, live_server.url)
    for key in "yyyyyn":
        desk.keyboard.press(key)
    desk.keyboard.press("a")
    expect(desk.locator("[data-say]")).to_contain_text("不能通过：请退回或拒绝")
    look(desk, "05-desk")
    desk.keyboard.press("b")
    desk.get_by_label("重新核对委托书六项").check()
    desk.get_by_role("radio", name="委托书缺项或与证件不符").check()
    look(desk, "05-return")
    desk.locator("button[value=return]").click()
    expect(desk.get_by_text("没有等待审核的受理单")).to_be_visible()

    assert the_application().status == Application.Status.RETURNED
    clerk = at_work(another(context), shop.clerk, live_server.url, "/counter/")
    expect(clerk.get_by_text("要重做：", exact=False)).to_be_visible()
    look(clerk, "05-home")
    clerk.goto(f"{live_server.url}/counter/{the_application().pk}/")
    expect(clerk.get_by_text("委托书缺项或与证件不符").first).to_be_visible()
    look(clerk, "05-redo")
    clerk.context.close()


@pytest.mark.scenario(5)
def test_a_clerk_is_not_the_proxy_of_a_customer(
    context: BrowserContext, shop: Cast, live_server: Any, counter_pc: DemoCounter
) -> None:
    number = PEOPLE["li"].number
    staff.note_document(shop.clerk, number=number, by=shop.manager, now=shop.now)
    page = at_work(context, shop.clerk, live_server.url, "/counter/")

    begin_with_proxy(page, counter_pc, "wang", "li")

    expect(page.get_by_text("受托人就是经办的营业员。")).to_be_visible()
    expect(page.get_by_text("请客户本人来办理。")).to_be_visible()
    look(page, "05-clerk")
    page.goto(f"{live_server.url}/counter/{the_application().pk}/sign/")
    expect(page.get_by_role("button", name="提交")).to_have_count(0)


@pytest.mark.scenario(5)
def test_the_third_customer_of_one_proxy_is_looked_at_by_the_verifier(
    context: BrowserContext, shop: Cast, live_server: Any, counter_pc: DemoCounter
) -> None:
    for place, person in enumerate(("wang", "zhang")):
        shop.submitted(person, number=f"1700000006{place}", proxy="li")
    page = at_work(context, shop.clerk, live_server.url, "/counter/")
    begin_with_proxy(page, counter_pc, "zhao", "li")
    go_on(page, "下一步")
    photograph(page, *PROXY_PHOTOS)
    for point in LetterPoint:
        page.get_by_label(str(point.label)).check()
    page.get_by_label("权限", exact=False).check()
    page.get_by_label("委托书写明的有效期").fill(f"{timezone.localdate() + timedelta(days=9)}")
    page.keyboard.press("Tab")
    page.locator(".actions .btn-primary", has_text="下一步：核对").wait_for()
    page.keyboard.press("Alt+4")
    expect(page.get_by_text("这位受托人最近替多人办理过。")).to_be_visible()
    look(page, "05-third")
    page.keyboard.press("Alt+3")
    hand_in(page)
    expect(page.get_by_text("等待审核员")).to_be_visible(timeout=SLOW)

    third = the_application()
    desk = at_work(another(context), shop.verifier, live_server.url)
    take_case(desk, live_server.url)
    while third.reference not in desk.locator("h1").inner_text():
        case = desk.locator("h1").inner_text()
        desk.keyboard.press("q")
        expect(desk.locator("h1")).not_to_have_text(case)
        take_case(desk, live_server.url)
    expect(desk.get_by_text("需复核：受托人 · 这位受托人最近替多人办理过。")).to_be_visible()
    look(desk, "05-third-desk")
    desk.context.close()


# 9: who is not of age ---------------------------------------------------------------------


@pytest.mark.scenario(9)
def test_the_day_before_sixteen_wants_a_guardian_who_is_there(
    context: BrowserContext, shop: Cast, live_server: Any, children_pc: DemoCounter
) -> None:
    page = at_work(context, shop.clerk, live_server.url, "/counter/")
    begin(page)

    lay(page, children_pc, "day_before_16")

    expect(page.get_by_text("客户还没有到可以自己办理的年龄，须由监护人办理。")).to_be_visible()
    look(page, "09-before")
    page.keyboard.press("Enter")  # 改为监护人代办
    expect(page.get_by_text("请把监护人的证件放到读卡器上")).to_be_visible(timeout=SLOW)
    page.keyboard.press("Alt+4")
    expect(page.get_by_text("监护人没有到场就不能办理", exact=False)).to_be_visible()
    look(page, "09-absent")
    page.get_by_role("link", name="无法办理：告知客户原因").click()
    page.get_by_role("radio", name="未满年龄且没有监护人").check()
    go_on(page, "确定无法办理")
    expect(page.get_by_text("无法办理：未满年龄且没有监护人")).to_be_visible()
    look(page, "09-refused")


@pytest.mark.scenario(9)
def test_on_the_sixteenth_birthday_a_written_consent_is_enough(
    context: BrowserContext, shop: Cast, live_server: Any, children_pc: DemoCounter
) -> None:
    page = at_work(context, shop.clerk, live_server.url, "/counter/")
    begin(page)

    lay(page, children_pc, "birthday_16")

    expect(page.get_by_text("要有监护人的书面同意，或者由监护人代办", exact=False)).to_be_visible()
    look(page, "09-sixteen")
    page.keyboard.press("Enter")
    expect(page.get_by_text("客户还没有到可以自己办理的年龄", exact=False)).to_have_count(0)
    page.keyboard.press("Alt+3")
    expect(page.locator(".slot-name").last).to_have_text("监护关系证明")
    look(page, "09-consent")


@pytest.mark.scenario(9)
def test_a_guardian_of_a_child_of_thirteen_agrees_to_the_children_s_rules(
    context: BrowserContext, shop: Cast, live_server: Any, children_pc: DemoCounter
) -> None:
    page = at_work(context, shop.clerk, live_server.url, "/counter/")
    begin(page)
    lay(page, children_pc, "aged_13")
    page.keyboard.press("Enter")
    read(page, children_pc, ("tongfu", "监护人"))
    photograph(
        page,
        *(*CARD, "监护人证件正面", "监护人证件背面", "监护人现场照", "监护关系证明"),
    )
    go_on(page, "下一步：核对")
    expect(page.get_by_role("heading", name="提交前的核对")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("Enter")
    page.locator("[data-consents]").wait_for()
    expect(page.locator(".consent-asked")).to_have_count(2)
    look(page, "09-thirteen")
    look_on_a_phone(page, "09-thirteen")
    sign(page)
    go_on(page, "提交")

    page.wait_for_url("**/result/")
    expect(page.get_by_text("等待审核员")).to_be_visible(timeout=SLOW)
    given = the_application().consents.values_list("kind", flat=True)
    assert {"minor", "face"} <= set(given)


# 20: who cannot, and who does not want to -------------------------------------------------


@pytest.mark.scenario(20)
def test_who_does_not_want_faces_compared_is_looked_at_by_people_and_served(
    context: BrowserContext, shop: Cast, live_server: Any, hall_pc: DemoCounter
) -> None:
    page = at_work(context, shop.hall_clerk, live_server.url, "/counter/")
    begin(page)
    read(page, hall_pc, ("liu", "机主"))
    photograph(page, *CARD, "本人现场照")
    go_on(page, "下一步：核对")
    go_on(page, "下一步：客户签字")
    page.wait_for_url("**/sign/")
    sign(page, "n")
    look(page, "20-no")
    page.keyboard.press("Enter")
    page.wait_for_url("**/result/")
    page.get_by_role("button", name="留在本页").click()
    expect(page.get_by_text("等待审核员")).to_be_visible(timeout=SLOW)

    desk = at_work(another(context), shop.verifier, live_server.url)
    take_case(desk, live_server.url)
    expect(desk.get_by_text("不同意").first).to_be_visible()
    look(desk, "20-desk")
    for _question in desk.locator(".desk-question").all():
        desk.keyboard.press("y")
    desk.keyboard.press("a")

    expect(page.get_by_text("号码已开通")).to_be_visible(timeout=SLOW)
    desk.context.close()


@pytest.mark.scenario(20)
def test_a_blind_customer_is_served_with_a_manager_beside_and_nothing_refuses_by_itself(
    context: BrowserContext, shop: Cast, live_server: Any, hall_pc: DemoCounter
) -> None:
    page = at_work(context, shop.hall_clerk, live_server.url, "/counter/")
    begin(page)
    read(page, hall_pc, ("liu", "机主"))
    page.get_by_role("link", name="特殊协助").click()
    page.get_by_text("视力障碍").click()
    page.get_by_label("在场渠道经理的工号").fill("manager")
    page.get_by_label("渠道经理本人输入密码").fill(PASSWORD)
    look(page, "20-assist")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="特殊协助中")).to_be_visible()
    page.keyboard.press("Alt+3")
    photograph(page, *CARD, "本人现场照")
    look(page, "20-photos")
    page.keyboard.press("Alt+5")
    page.wait_for_url("**/sign/")
    agree(page)
    look(page, "20-sign")
    page.keyboard.press("Enter")
    page.wait_for_url("**/result/")
    page.get_by_role("button", name="留在本页").click()
    expect(page.get_by_text("等待审核员")).to_be_visible(timeout=SLOW)

    approve(shop)

    expect(page.get_by_text("号码已开通")).to_be_visible(timeout=SLOW)
    assert the_application().assisted_reason == "sight"
