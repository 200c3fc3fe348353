"""The scenarios of REGULATION.md, section 4, about numbers: the sixth, and those of nobody."""

import json
import urllib.request
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, Route, expect

from outlets.bridge.people import PEOPLE
from registration.models import Application, Claim, Identity, Slot
from tests.browser.hands import (
    ALONE,
    CARD,
    SLOW,
    another,
    approve,
    at_work,
    go_on,
    hand_in,
    lay,
    look,
    photograph,
    read,
)
from tests.cast import Cast
from tests.outlets.counter import DemoCounter

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("carrier", "identity_check", "worker"),
]


# 3: the sixth number ----------------------------------------------------------------------


def submit_together(*pages: Page) -> None:
    """Each page's Enter; what they send is let go when the last one has sent it."""
    held: list[Route] = []
    for page in pages:
        page.wait_for_load_state()
        page.route("**/submit/", lambda route: held.append(route), times=1)
        page.keyboard.press("Enter")
    for _try in range(500):
        if len(held) == len(pages):
            break
        pages[0].wait_for_timeout(20)
    for route in held:
        route.continue_()


@pytest.mark.scenario(3)
def test_of_two_counters_with_the_last_place_one_gets_it_and_a_cancellation_helps_the_other(
    context: BrowserContext, shop: Cast, live_server: Any, counter_pc: DemoCounter
) -> None:
    shop.in_use("wang", "13800009001")
    for place in range(3):
        shop.submitted("wang", number=f"1700000002{place}")
    here = shop.ready("wang", number="17000000031")
    there = shop.ready("wang", number="17000000032", by=shop.sister_clerk, outlet=shop.sister)
    url = live_server.url
    one = at_work(context, shop.clerk, url, f"/counter/{here.pk}/sign/")
    other = at_work(another(context), shop.sister_clerk, url, f"/counter/{there.pk}/sign/")

    submit_together(one, other)

    loser = _the_one_that_stays(one, other)
    expect(loser.get_by_text("一证五户").first).to_be_visible(timeout=SLOW)
    expect(loser.get_by_role("complementary")).to_contain_text("有问题 核对")
    look(loser, "03-sixth")
    assert Slot.objects.count() == 5
    _cancel(shop, one, url, counter_pc)
    loser.goto(f"{url}/counter/{(there if loser is other else here).pk}/check/")
    expect(loser.get_by_role("heading", name="提交前的核对")).to_be_visible()
    expect(loser.get_by_text("一证五户")).to_have_count(0)
    go_on(loser, "下一步：客户签字")
    go_on(loser, "提交")
    loser.wait_for_url("**/result/")
    assert Slot.objects.count() == 5
    other.context.close()


def _the_one_that_stays(one: Page, other: Page) -> Page:
    """Whose submit was refused: the other's page has its result."""
    told = one.locator("[data-live]").or_(one.get_by_text("一证五户"))
    expect(told.first).to_be_visible(timeout=SLOW)
    return other if one.url.endswith("/result/") else one


def _cancel(shop: Cast, page: Page, url: str, counter_pc: DemoCounter) -> None:
    page.goto(f"{url}/counter/")
    page.get_by_role("button", name="新受理").click()
    page.locator("label.form-check-label", has_text="销号").click()
    page.get_by_label("客户的号码").fill("13800009001")
    page.keyboard.press("Enter")
    page.locator("[data-named]").wait_for()
    go_on(page, "下一步：读卡")
    read(page, counter_pc, ("wang", "机主"))
    photograph(page, *ALONE)
    hand_in(page)
    expect(page.locator(".step.is-now")).to_contain_text("审核中", timeout=SLOW)
    while not Application.objects.filter(service="cancel", status="approved").exists():
        approve(shop)
    expect(page.get_by_text("号码已注销")).to_be_visible(timeout=SLOW)


@pytest.mark.scenario(3)
def test_a_fixed_line_is_no_sixth_number(
    context: BrowserContext, shop: Cast, live_server: Any, counter_pc: DemoCounter
) -> None:
    for place in range(5):
        shop.submitted("wang", number=f"1700000002{place}")
    page = at_work(context, shop.clerk, live_server.url, "/counter/")
    page.get_by_role("button", name="新受理").click()
    page.locator("label.form-check-label", has_text="固定电话装机").click()
    page.get_by_label("装机地址").fill("示例省样本市测试路1号2单元301室")
    page.keyboard.press("Tab")
    page.locator("[data-number^='0']").first.click()
    page.locator(".actions .btn-primary", has_text="下一步：读卡").click()
    read(page, counter_pc, ("wang", "机主"))
    photograph(page, *ALONE)

    hand_in(page)

    assert Slot.objects.count() == 5
    assert Application.objects.filter(service="fixed_install").exclude(status="draft").exists()


# 13 and 14: numbers that nobody is registered with ----------------------------------------

CATEGORIES = [
    ("13800009101", "临时账户或他人代办", ("号码使用凭证",)),
    ("13800009102", "登记资料不全", ("号码使用凭证",)),
    ("13800009103", "登记人与实际使用人不符", ("号码使用凭证",)),
    ("13800009104", "单位名下的集团卡", ("号码使用凭证", "单位证明")),
]


def begin_backfill(page: Page, number: str) -> None:
    page.get_by_role("button", name="新受理").click()
    page.locator("label.form-check-label", has_text="补登记").click()
    page.get_by_label("客户的号码").fill(number)
    page.keyboard.press("Enter")
    page.locator("[data-named]").wait_for()


@pytest.mark.scenario(13)
@pytest.mark.parametrize(("number", "why", "papers"), CATEGORIES)
def test_each_sort_of_unregistered_number_is_named_and_asks_its_evidence(
    context: BrowserContext, shop: Cast, live_server: Any, number: str, why: str, papers: Any
) -> None:
    page = at_work(context, shop.clerk, live_server.url, "/counter/")

    begin_backfill(page, number)

    expect(page.get_by_text(f"未登记的原因：{why}")).to_be_visible()
    look(page, f"13-{number[-1]}-start")
    page.goto(f"{live_server.url}/counter/{Application.objects.get().pk}/photos/")
    expect(page.locator(".slot-name")).to_have_text([*CARD, "本人现场照", *papers])
    expect(page.get_by_text("0 分，至少要 4 分")).to_be_visible()
    look(page, f"13-{number[-1]}-photos")


def message(url: str, number: str, text: str, *, token: str = "sample-token") -> dict[str, Any]:
    """A text message as the carrier's gateway hands it over."""
    said = {"id": f"m{abs(hash((number, text)))}", "from": number, "text": text}
    request = urllib.request.Request(
        f"{url}{reverse('sms')}",
        data=json.dumps(said).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


@pytest.mark.scenario(14)
def test_a_claim_by_text_message_is_compared_with_the_card_at_the_counter(
    context: BrowserContext, shop: Cast, live_server: Any, counter_pc: DemoCounter, settings: Any
) -> None:
    settings.SMS_TOKEN = "sample-token"
    url, wang = live_server.url, PEOPLE["wang"]
    claimed = message(url, "13800009101", f" 40＃{wang.name}# {wang.number.lower()}")
    assert (claimed["result"], Claim.objects.get().document) == ("claimed", wang.number)
    assert not Identity.objects.exists()
    page = at_work(context, shop.clerk, url, "/counter/")
    begin_backfill(page, "13800009101")
    go_on(page, "下一步：读卡")
    lay(page, counter_pc, "li")
    page.goto(f"{url}/counter/{Application.objects.get().pk}/check/")
    expect(page.get_by_text("短信").first).to_be_visible()
    look(page, "14-differs")
    page.goto(f"{url}/counter/{Application.objects.get().pk}/read/holder/")
    page.wait_for_load_state()
    page.keyboard.press("r")
    counter_pc.place("wang", once=True)
    expect(page.get_by_text("王*").first).to_be_visible(timeout=SLOW)
    go_on(page, "下一步")
    photograph(page, *ALONE, "号码使用凭证")
    page.get_by_label("服务密码正确").check()
    page.get_by_label("有原卡托").check()
    expect(page.get_by_text("4 分，够了")).to_be_visible()

    hand_in(page)
    expect(page.get_by_text("等待审核员")).to_be_visible(timeout=SLOW)
    approve(shop)

    expect(page.get_by_text("号码已完成实名登记")).to_be_visible(timeout=SLOW)
    assert Claim.objects.get().status == Claim.Status.SETTLED
