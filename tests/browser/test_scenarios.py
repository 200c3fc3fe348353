"""The scenarios of REGULATION.md, section 4, that try the portal: attacks, outages, look-alikes.

Those about numbers, documents and people stand in the files beside this one.
"""

import json
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as portal
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from outlets.bridge.people import PEOPLE
from portal.models import AuditEntry
from registration.models import Application, CarrierOrder, Identity, Photo, ReadRefusal, Review
from registration.services import erasure
from tests.browser.hands import (
    ALONE,
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
    manager = at_work(another(context), shop.manager, live_server.url, "/report/")
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
    clerk = at_work(another(context), shop.clerk, live_server.url, f"/counter/{pk}/result/")
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

    # The carrier hears first that the number is free: the order for that names it.
    for _try in range(150):
        if not CarrierOrder.objects.filter(status=CarrierOrder.Status.DUE).exists():
            break
        page.wait_for_timeout(200)
    application.refresh_from_db()
    assert erasure.erase(application, now=timezone.now() + timedelta(days=31))

    assert not Photo.objects.exclude(original="", view="").exists()
    assert application.turndown.code == "FACE_MISMATCH"
    assert application.erasure.record  # the reason with a hash of the document
