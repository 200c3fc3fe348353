"""The scenarios of REGULATION.md, section 4, that try the portal itself: attacks, races, outages,
and numbers that nobody is registered with. Those about who comes stand in test_scenarios_people.
"""

import json
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as portal
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Route, expect

from outlets.bridge.people import PEOPLE
from portal.models import AuditEntry
from registration.models import Application, Claim, Identity, Photo, ReadRefusal, Review, Slot
from registration.services import erasure
from tests.browser.hands import (
    ALONE,
    CARD,
    SLOW,
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
    take_case,
)
from tests.browser.test_desk import waiting
from tests.cast import Cast
from tests.outlets.counter import DemoCounter
from tests.processes import Running

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("carrier", "identity_check", "worker"),
]


def mode(url: str, name: str) -> None:
    """How a stand-in behaves from now on."""
    wish = urllib.request.Request(
        f"{url}/control",
        data=json.dumps({"mode": name}).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(wish, timeout=5).close()


def post(page: Page, path: str, data: dict[str, Any] | str) -> tuple[int, dict[str, Any]]:
    """What a script in the clerk's own page would send, with its session and its token."""
    status, answer = page.evaluate(
        """async ([path, body]) => {
            const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
            const headers = {"X-CSRFToken": token, Accept: "application/json"};
            const given = {method: "POST", credentials: "same-origin", headers};
            const form = typeof body === "string" ? body : new URLSearchParams(body);
            const response = await fetch(path, {...given, body: form});
            return [response.status, await response.json().catch(() => ({}))];
        }""",
        [path, data],
    )
    return status, answer


# 2: what is typed, repeated or borrowed instead of read -----------------------------------


@pytest.mark.scenario(2)
def test_a_card_that_is_typed_into_the_page_s_own_session_is_refused_and_told(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    application = shop.draft()
    page = at_work(context, shop.clerk, live_server.url, f"/counter/{application.pk}/read/holder/")
    expect(page.locator("main input:not([type=hidden])")).to_have_count(0)
    wang = PEOPLE["wang"]
    typed = {"name": wang.name, "number": wang.number, "address": wang.address}

    by_json = post(page, f"/counter/{application.pk}/read/holder/take/", json.dumps(typed))
    by_form = post(page, f"/counter/{application.pk}/read/holder/state/", typed)

    assert (by_json[0], by_form[0]) == (409, 409)
    assert "未被采用" in by_json[1]["error"]
    assert "读卡器" in by_form[1]["error"] + by_form[1]["todo"]
    assert not Identity.objects.exists()
    assert AuditEntry.objects.get(action="identity.read_refused").detail["code"] == "untrusted_read"


@pytest.mark.scenario(2)
def test_a_read_that_is_sent_again_for_another_customer_is_refused_and_reaches_the_manager(
    context: BrowserContext, shop: Cast, live_server: Any, counter_pc: DemoCounter
) -> None:
    first, second = shop.draft(), shop.draft()
    page = at_work(context, shop.clerk, live_server.url, f"/counter/{first.pk}/read/holder/")
    with page.expect_request("**/take/") as taken:
        lay(page, counter_pc, "wang")
    envelope = taken.value.post_data or ""

    page.goto(f"{live_server.url}/counter/{second.pk}/read/holder/")
    status, answer = post(page, f"/counter/{second.pk}/read/holder/take/", envelope)

    assert status == 409
    assert "不是为这张受理单做的" in answer["error"]
    assert not second.parties.exists()
    assert ReadRefusal.objects.get().code == "wrong_challenge"
    manager = at_work(_another(context), shop.manager, live_server.url, "/report/")
    row = manager.get_by_role("row").filter(has_text="样本通讯店")
    expect(row).to_contain_text("未采用 1")
    look(manager, "02-report")
    manager.context.close()


@pytest.mark.scenario(2)
def test_the_reader_of_another_outlet_is_refused_on_the_page(
    context: BrowserContext, shop: Cast, live_server: Any, hall_pc: DemoCounter
) -> None:
    application = shop.draft()
    page = at_work(context, shop.clerk, live_server.url, f"/counter/{application.pk}/read/holder/")

    hall_pc.place("wang", once=True)

    stage = page.locator("[data-reader]")
    expect(stage).to_contain_text("未被采用", timeout=SLOW)
    look(page, "02-other-outlet")
    assert not Identity.objects.exists()
    assert ReadRefusal.objects.get().code == "wrong_outlet"
    assert AuditEntry.objects.filter(action="identity.read_refused", actor=shop.clerk).exists()


def _another(context: BrowserContext) -> BrowserContext:
    """Another person's browser."""
    assert context.browser
    return context.browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})


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
    other = at_work(_another(context), shop.sister_clerk, url, f"/counter/{there.pk}/sign/")

    submit_together(one, other)

    loser = _the_one_that_stays(one, other)
    expect(loser.get_by_text("一证五户").first).to_be_visible(timeout=SLOW)
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


# 6: nothing is done by hand while something is down ---------------------------------------


@pytest.mark.scenario(6)
def test_while_the_reader_is_away_the_draft_waits_and_nothing_can_be_typed_or_handed_in(
    context: BrowserContext, shop: Cast, live_server: Any, counter_pc: DemoCounter
) -> None:
    page = at_work(context, shop.clerk, live_server.url, "/counter/")
    counter_pc.unplug()
    begin(page)
    expect(page.get_by_text("读卡器没有插好")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("这张受理单已保存")).to_be_visible()
    look(page, "06-reader-away")
    look_on_a_phone(page, "06-reader-away")
    application = Application.objects.get()
    expect(page.locator("main input:not([type=hidden])")).to_have_count(0)

    status, answer = post(page, f"/counter/{application.pk}/submit/", {"key": _key()})

    assert (status, "读" in answer["error"]) == (409, True)
    page.goto(f"{live_server.url}/counter/")
    expect(page.get_by_text(application.reference)).to_be_visible()
    look(page, "06-home")
    page.get_by_text(application.reference).click()
    counter_pc.plug_in()
    lay(page, counter_pc, "wang")


def _key() -> str:
    return "9f0c2f4e-0d0c-4d6e-9a58-3d1f6c2b7a10"


@pytest.fixture
def check_down(identity_check: Running) -> Iterator[str]:
    url = portal.IDENTITY_CHECK_URL
    mode(url, "down")
    yield url
    mode(url, "ok")


@pytest.mark.scenario(6)
def test_while_the_identity_check_is_away_the_case_waits_and_goes_on_by_itself(
    context: BrowserContext, shop: Cast, live_server: Any, counter_pc: DemoCounter, check_down: str
) -> None:
    page = at_work(context, shop.clerk, live_server.url, "/counter/")
    begin(page)
    read(page, counter_pc, ("wang", "机主"))
    photograph(page, *ALONE)
    hand_in(page)
    expect(page.get_by_text("核验服务暂不可用，自动重试中")).to_be_visible(timeout=SLOW)
    look(page, "06-check-away")
    assert not Review.objects.exists()

    mode(check_down, "ok")

    expect(page.get_by_text("等待审核员")).to_be_visible(timeout=2 * SLOW)
    approve(shop)
    expect(page.get_by_text("号码已开通")).to_be_visible(timeout=SLOW)


# 7: a look-alike --------------------------------------------------------------------------


@pytest.mark.scenario(7)
def test_a_look_alike_is_turned_down_by_the_verifier_and_the_clerk_has_no_way_around(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    [case] = waiting(shop, "wang")
    desk = at_work(context, shop.verifier, live_server.url)
    take_case(desk, live_server.url)
    desk.keyboard.press("n")  # not the same person
    look(desk, "07-desk")
    desk.keyboard.press("a")
    expect(desk.locator("[data-say]")).to_contain_text("不能通过：请退回或拒绝")
    desk.keyboard.press("c")
    desk.get_by_role("radio", name="冒用他人证件").check()
    look(desk, "07-refuse")
    desk.locator("button[value=refuse]").click()
    expect(desk.get_by_text("没有等待审核的受理单")).to_be_visible()

    pk = case.application.pk
    clerk = at_work(_another(context), shop.clerk, live_server.url, f"/counter/{pk}/result/")
    expect(clerk.get_by_text("审核没有通过：冒用他人证件")).to_be_visible()
    expect(clerk.get_by_text("不得扣押客户的证件", exact=False).first).to_be_visible()
    look(clerk, "07-clerk")
    for step in ("read/holder", "photos", "sign"):
        clerk.goto(f"{live_server.url}/counter/{pk}/{step}/")
        expect(clerk.get_by_role("button", name="提交")).to_have_count(0)
    assert Application.objects.get(pk=pk).status == Application.Status.REFUSED
    clerk.context.close()


@pytest.mark.scenario(7)
def test_pictures_of_a_face_that_did_not_agree_are_gone_after_thirty_days(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    application = shop.ready("wang")
    page = at_work(context, shop.clerk, live_server.url, f"/counter/{application.pk}/turndown/")
    page.get_by_role("radio", name="现场照与证件不是同一人").check()
    look(page, "07-turndown")
    go_on(page, "确定无法办理")
    expect(page.get_by_text("现场照与证件不是同一人").first).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_text("您的证件已当场交还", exact=False)).to_be_visible()
    look(page, "07-notice")

    application.refresh_from_db()
    assert erasure.erase(application, now=timezone.now() + timedelta(days=31))

    assert not Photo.objects.exclude(original="", view="").exists()
    assert application.turndown.code == "FACE_MISMATCH"
    assert application.erasure.record  # the reason with a hash of the document


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
