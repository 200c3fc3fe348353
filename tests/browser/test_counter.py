"""The clerk's day in a real browser: reader, camera, pen, worker and carrier are real processes."""

import json
import re
import uuid
from base64 import b64encode
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, WebSocketRoute, expect

from portal import blobs
from registration import flow
from registration.models import Application, Photo
from tests import servers
from tests.browser.conftest import sign_in
from tests.browser.hands import (
    ALONE,
    CARD,
    SLOW,
    approve,
    draw,
    look,
    look_on_a_phone,
    sign,
    sound,
    tab_to,
)
from tests.cast import ICCID, Cast
from tests.outlets.counter import DemoCounter
from tests.specimens import bars, jpeg

pytestmark = pytest.mark.django_db(transaction=True)

PROXY_PHOTOS = (
    *CARD,
    *("受托人身份证正面", "受托人身份证背面", "受托人现场照", "委托书"),
)


@pytest.fixture
def page(context: BrowserContext, shop: Cast, live_server: Any) -> Page:
    """The counter's home, signed in as the clerk."""
    page = sign_in(context, shop.clerk, live_server.url)
    page.set_default_timeout(15_000)
    page.goto(f"{live_server.url}/counter/")
    return page


def _main(page: Page, name: str) -> Locator:
    """The one primary action, by its words."""
    return page.locator(".actions .btn").filter(has_text=name)


# A whole customer ------------------------------------------------------------------------


@pytest.mark.scenario(1)
@pytest.mark.usefixtures("carrier", "identity_check", "worker")
def test_a_whole_customer_by_mouse_until_the_number_is_open(
    page: Page, shop: Cast, counter_pc: DemoCounter
) -> None:
    page.get_by_role("button", name="新受理").click()
    page.locator("[data-number]").first.click()
    page.locator("[data-chosen]").wait_for()
    page.keyboard.type(f"{ICCID}\n")  # the scanner
    _main(page, "下一步：读卡").and_(page.locator(".btn-primary")).click()

    counter_pc.place("wang")
    expect(page.get_by_text("读卡成功")).to_be_visible(timeout=SLOW)
    _main(page, "下一步").click()

    for name in ALONE:
        expect(page.locator("[data-camera-name]")).to_have_text(name)
        page.get_by_role("button", name="拍下").click()
    expect(page.locator(".slot.is-good")).to_have_count(3, timeout=SLOW)
    _main(page, "下一步：核对").click()

    # The camera films a card all the time, also where the person should be.
    expect(page.get_by_text("现场照像是拍了证件上的照片，不是本人。")).to_be_visible()
    _main(page, "下一步：客户签字").click()
    sign(page)
    _main(page, "提交").click()

    page.wait_for_url("**/result/")
    expect(page.get_by_text(Application.objects.get().reference).first).to_be_visible()
    expect(page.get_by_text("等待审核员")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="留在本页").click()
    approve(shop)
    expect(page.get_by_text("号码已开通")).to_be_visible(timeout=SLOW)


@pytest.mark.scenario(5)
@pytest.mark.usefixtures("carrier", "identity_check", "worker")
def test_a_proxy_s_customer_by_keyboard_alone_on_a_phone(
    page: Page, counter_pc: DemoCounter
) -> None:
    press, keys = page.keyboard.press, page.keyboard.type
    page.set_viewport_size({"width": 390, "height": 844})
    press("n")
    tab_to(page, page.get_by_role("radio", name="本人办理"))
    press("ArrowRight")
    expect(page.get_by_text("代办要读两个人的证件")).to_be_visible()
    tab_to(page, page.locator("[data-number]").first)
    press("Enter")
    page.locator("[data-chosen]").wait_for()
    keys(f"{ICCID}\n")
    expect(page.locator("[data-next].btn-primary")).to_be_visible()
    page.wait_for_timeout(700)  # the Enter of a person, not the scanner's second one
    press("Enter")

    for person, role in (("wang", "机主"), ("li", "受托人")):
        expect(page.get_by_text(f"请把{role}的证件放到读卡器上")).to_be_visible(timeout=SLOW)
        counter_pc.place(person, once=True)
        expect(page.get_by_text("读卡成功")).to_be_visible(timeout=SLOW)
        page.wait_for_load_state()
        press("Enter")

    for name in PROXY_PHOTOS:
        expect(page.locator("[data-camera-name]")).to_have_text(name)
        expect(page.locator("[data-shoot]")).to_be_enabled()
        press("Space")
    for box in page.locator("form[data-autosave] input[type=checkbox]").all():
        tab_to(page, box)
        press("Space")
    tab_to(page, page.get_by_label("委托书写明的有效期"))
    keys("01312036")  # month, day, year: as this browser's language has them
    press("Tab")
    expect(page.locator(".slot.is-good")).to_have_count(6, timeout=SLOW)
    expect(_main(page, "下一步：核对").and_(page.locator(".btn-primary"))).to_be_visible()
    press("Alt+4")
    # The camera films one card for everybody, and what is read on it says so.
    expect(page.get_by_role("heading", name="提交前的核对")).to_be_visible()
    page.wait_for_load_state()
    press("Enter")
    sign(page)
    press("Enter")

    page.wait_for_url("**/result/")
    assert Application.objects.get().holder_kind == "proxy"
    press("Enter")
    expect(page.get_by_role("button", name="新受理")).to_be_visible()


# The start -------------------------------------------------------------------------------


def test_a_scan_finds_its_field_and_a_second_enter_goes_nowhere(
    page: Page, shop: Cast, live_server: Any
) -> None:
    application = shop.numbered(shop.draft())
    Application.objects.filter(pk=application.pk).update(iccid="")
    page.goto(f"{live_server.url}/counter/{application.pk}/start/")
    page.get_by_role("button", name="换号码").focus()

    page.keyboard.type(ICCID)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")

    expect(page.locator(".step.is-done .step-name")).to_have_text("客户")
    assert page.url.endswith("/start/")
    application.refresh_from_db()
    assert application.iccid == ICCID


# A camera that sees one picture, and another a while later.
LOOKS_AT = """([pictures]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
  const image = new Image();
  window.show = (place) => { image.src = pictures[place]; };
  show(0);
  // A canvas that nobody draws on films nothing.
  setInterval(() => canvas.getContext("2d").drawImage(image, 0, 0), 100);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(10);
}"""


def test_the_camera_reads_the_sim_card_and_fills_the_field(
    page: Page, shop: Cast, live_server: Any
) -> None:
    application = shop.numbered(shop.draft())
    Application.objects.filter(pk=application.pk).update(iccid="")
    page.goto(f"{live_server.url}/counter/{application.pk}/start/")
    pictures = [bars("SPECIMEN"), bars(ICCID)]
    urls = [f"data:image/jpeg;base64,{b64encode(each).decode()}" for each in pictures]
    page.evaluate(LOOKS_AT, [urls])

    page.get_by_role("button", name="用摄像头扫描 SIM 卡").click()
    expect(page.locator("[data-scan-error]")).to_contain_text("没有读到 SIM 卡号", timeout=SLOW)
    page.evaluate("show(1)")

    expect(page.get_by_label("SIM 卡号", exact=True)).to_have_value(ICCID, timeout=SLOW)
    expect(page.locator("[data-finder]")).to_be_hidden()
    expect(page.locator("[data-part=summary]")).to_contain_text(ICCID[-6:])  # it is saved
    sound(page)


def test_a_wrong_scan_is_said_at_the_field_and_the_next_one_replaces_it(
    page: Page, shop: Cast, live_server: Any
) -> None:
    application = shop.draft()
    page.goto(f"{live_server.url}/counter/{application.pk}/start/")

    page.keyboard.type("89860012345678901239\n")
    expect(page.locator("[data-iccid-error]")).to_contain_text("SIM 卡号不对")
    page.keyboard.type(f"{ICCID}\n")

    expect(page.locator("[data-iccid-error]")).to_have_text("")
    expect(page.get_by_label("SIM 卡号")).to_have_value(ICCID)
    expect(page.locator("[data-part=summary]")).to_contain_text(ICCID[-6:])  # it is saved


def test_without_a_carrier_the_clerk_is_told_and_goes_on(
    page: Page, shop: Cast, live_server: Any, settings: Any
) -> None:
    settings.CARRIER_URL = f"http://127.0.0.1:{servers.free_port()}"
    application = shop.draft()

    page.goto(f"{live_server.url}/counter/{application.pk}/start/")

    expect(page.get_by_text("运营商系统暂时没有回应")).to_be_visible()
    expect(page.get_by_role("button", name="再取一次")).to_be_visible()


# The reader ------------------------------------------------------------------------------


@pytest.fixture
def reading(page: Page, shop: Cast, live_server: Any) -> str:
    """The address of the page that reads the holder of a fresh draft."""
    return f"{live_server.url}/counter/{shop.draft().pk}/read/holder/"


def test_a_card_taken_away_too_soon_is_read_when_it_lies_there_again(
    page: Page, reading: str, counter_pc: DemoCounter
) -> None:
    counter_pc.fault("lifted")
    counter_pc.place("wang")
    page.goto(reading)
    expect(page.get_by_text("证件离开了读卡器")).to_be_visible(timeout=SLOW)

    counter_pc.fault("none")
    counter_pc.place("wang")

    expect(page.get_by_text("读卡成功")).to_be_visible(timeout=SLOW)


@pytest.mark.scenario(6)
def test_a_program_that_does_not_run_is_named_and_reading_goes_on_when_it_does(
    page: Page, reading: str, counter_pc: DemoCounter
) -> None:
    counter_pc.stop_bridge(kill=True)
    page.goto(reading)
    expect(page.get_by_text("读卡程序没有运行")).to_be_visible()

    counter_pc.place("wang")
    counter_pc.start_bridge()

    expect(page.get_by_text("读卡成功")).to_be_visible(timeout=SLOW)


@pytest.mark.scenario(6)
def test_a_reader_pulled_out_is_named_and_comes_back(
    page: Page, reading: str, counter_pc: DemoCounter
) -> None:
    page.goto(reading)
    expect(page.get_by_text("请把机主的证件放到读卡器上")).to_be_visible(timeout=SLOW)

    counter_pc.unplug()
    expect(page.get_by_text("读卡器没有插好")).to_be_visible(timeout=SLOW)
    counter_pc.plug_in()
    counter_pc.place("wang")

    expect(page.get_by_text("读卡成功")).to_be_visible(timeout=SLOW)


def test_a_read_that_the_portal_does_not_get_is_sent_again(
    page: Page, reading: str, counter_pc: DemoCounter
) -> None:
    page.route("**/take/", lambda route: route.abort())
    counter_pc.place("wang")
    page.goto(reading)
    expect(page.get_by_text("读好了，但连不上服务器")).to_be_visible(timeout=SLOW)

    counter_pc.lift()
    page.unroute("**/take/")

    expect(page.get_by_text("读卡成功")).to_be_visible(timeout=SLOW)


def test_a_decoding_service_that_does_not_answer_is_named_and_the_read_is_sent_again(
    page: Page, reading: str, counter_pc: DemoCounter
) -> None:
    said = {"error": "解码服务没有回答，这次读卡还没有保存。", "todo": "正在自动重试。"}
    page.route("**/take/", lambda route: route.fulfill(status=503, json=said))
    counter_pc.place("wang")
    page.goto(reading)
    expect(page.locator("[data-when=decoder]")).to_contain_text(said["error"], timeout=SLOW)

    counter_pc.lift()
    page.unroute("**/take/")

    expect(page.get_by_text("读卡成功")).to_be_visible(timeout=SLOW)


def test_a_read_whose_answer_was_lost_counts_once_and_shows(
    page: Page, reading: str, counter_pc: DemoCounter
) -> None:
    lost: list[Any] = []

    def lose_the_first(route: Any) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch())
            route.abort()

    page.route("**/take/", lose_the_first)
    counter_pc.place("wang", once=True)
    page.goto(reading)

    expect(page.get_by_text("读卡成功")).to_be_visible(timeout=SLOW)
    assert Application.objects.get().parties.count() == 1


def test_a_card_that_cannot_be_read_is_left_alone_until_the_clerk_presses_r(
    page: Page, reading: str
) -> None:
    orders: list[str] = []

    def bridge(socket: WebSocketRoute) -> None:
        """A program whose reader has a card of another kind on it."""

        def answer(order: str | bytes) -> None:
            orders.append(json.loads(order)["do"])
            error = {"event": "error", "code": "wrong_card", "text": "这不是能登记的证件。"}
            socket.send(json.dumps(error))

        socket.on_message(answer)
        ready = {"event": "reader", "state": "ready", "sam_id": "1", "text": ""}
        socket.send(json.dumps(ready))

    page.route_web_socket(re.compile("ws://127.0.0.1"), bridge)
    page.goto(reading)
    expect(page.locator("[data-when=failed]")).to_contain_text("请放居民身份证、港澳台居民居住证")
    expect(page.locator("[data-when=failed]")).to_contain_text("按 R 重新读卡")
    assert orders == ["read"]

    page.keyboard.press("r")

    page.wait_for_timeout(500)
    assert orders == ["read", "read"]


# The pictures ----------------------------------------------------------------------------


def test_a_picture_survives_a_lost_network_and_a_reload(
    page: Page, shop: Cast, live_server: Any
) -> None:
    application = shop.draft()
    page.route("**/photos/id_front/", lambda route: route.abort())
    page.goto(f"{live_server.url}/counter/{application.pk}/photos/")
    page.get_by_role("button", name="拍下").click()
    expect(page.get_by_text("网络断开，照片已保留")).to_be_visible()

    page.reload()
    expect(page.get_by_text("网络断开，照片已保留")).to_be_visible()
    page.unroute("**/photos/id_front/")

    expect(page.get_by_text("处理中")).to_be_visible(timeout=SLOW)
    assert application.photos.get().kind == Photo.Kind.ID_FRONT


def test_a_full_storage_is_said_and_the_picture_is_kept_until_there_is_room(
    page: Page, shop: Cast, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(content: bytes) -> str:
        raise blobs.BlobFull

    application = shop.draft()
    with monkeypatch.context() as disk:
        disk.setattr(blobs, "put", full)
        page.goto(f"{live_server.url}/counter/{application.pk}/photos/")
        page.get_by_role("button", name="拍下").click()
        expect(page.get_by_text("照片已保留，正在重试")).to_be_visible()
        expect(page.get_by_text("影像存储满了")).to_be_visible()
        look(page, "storage-full")
        look_on_a_phone(page, "storage-full")
        assert not application.photos.exists()

    expect(page.get_by_text("处理中")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("影像存储满了")).to_be_hidden()
    assert application.photos.get().kind == Photo.Kind.ID_FRONT


def _photos_at_the_hall(context: BrowserContext, shop: Cast, url: str) -> Page:
    """Where files are taken, too."""
    clerk = shop.person("hall", "大厅店员", shop.hall.channel, "clerk")
    application = shop.draft(by=clerk, outlet=shop.hall)
    page = sign_in(context, clerk, url)
    page.goto(f"{url}/counter/{application.pk}/photos/")
    return page


def _pick(page: Page, kind: str, data: bytes) -> Locator:
    slot = page.locator(f"[data-kind={kind}]")
    slot.locator("input[type=file]").set_input_files(
        {"name": "id.jpg", "mimeType": "image/jpeg", "buffer": data}
    )
    return slot


def test_a_text_file_named_jpg_is_said_at_its_slot(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    page = _photos_at_the_hall(context, shop, live_server.url)

    slot = _pick(page, "id_back", b"only text")

    expect(slot).to_contain_text("重拍：这个文件不是图片")
    expect(page.locator("[data-kind=live] input[type=file]")).to_have_count(0)


def test_the_camera_goes_on_from_a_page_that_came_as_a_file(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    page = _photos_at_the_hall(context, shop, live_server.url)
    expect(page.locator("[data-camera-name]")).to_have_text("身份证正面")

    _pick(page, "id_front", jpeg())

    expect(page.locator("[data-camera-name]")).to_have_text("身份证背面")


def test_two_cameras_of_one_outlet_see_each_other_s_pictures(
    page: Page, shop: Cast, live_server: Any
) -> None:
    application = shop.draft()
    page.goto(f"{live_server.url}/counter/{application.pk}/photos/")

    shop.photo(application, Photo.Kind.ID_BACK)

    expect(page.locator("[data-kind=id_back][data-state=ready]")).to_be_visible(timeout=SLOW)


# The signature and the submit ------------------------------------------------------------


def test_a_submit_whose_answer_was_lost_is_sent_again_and_counts_once(
    page: Page, shop: Cast, live_server: Any
) -> None:
    application = shop.ready()
    lost: list[Any] = []

    def lose_the_first(route: Any) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch())
            route.abort()

    page.route("**/submit/", lose_the_first)
    page.goto(f"{live_server.url}/counter/{application.pk}/sign/")

    _main(page, "提交").dblclick()

    expect(page.get_by_text("受理编号")).to_be_visible(timeout=SLOW)
    application.refresh_from_db()
    assert application.round == 1


def test_a_cleared_signature_must_be_given_again(page: Page, shop: Cast, live_server: Any) -> None:
    application = shop.ready()
    page.goto(f"{live_server.url}/counter/{application.pk}/sign/")
    expect(_main(page, "提交")).to_be_enabled()

    page.get_by_role("button", name="重签").click()
    expect(_main(page, "提交")).to_be_disabled()
    draw(page)

    expect(_main(page, "提交")).to_be_enabled()


def test_the_result_leaves_after_twenty_seconds_and_nothing_of_the_customer_stays(
    page: Page, shop: Cast, live_server: Any
) -> None:
    application = shop.submitted()
    page.clock.install()
    page.goto(f"{live_server.url}/counter/{application.pk}/result/")
    expect(page.get_by_text(application.reference).first).to_be_visible()

    page.clock.fast_forward(21_000)

    expect(page.get_by_role("button", name="新受理")).to_be_visible()
    assert "受理编号" not in page.content()


# Other people, other tabs ----------------------------------------------------------------


def test_what_comes_back_appears_on_the_home_page_by_itself(page: Page, shop: Cast) -> None:
    application = shop.in_review()
    expect(page.get_by_text("没有草稿")).to_be_visible()

    Application.objects.filter(pk=application.pk).update(
        status=Application.Status.RETURNED, redo=["id_front"]
    )

    expect(page.get_by_text("要重做：")).to_be_visible(timeout=SLOW)


def test_a_login_that_ended_is_said_with_a_way_back_and_the_draft_is_kept(
    page: Page, shop: Cast, live_server: Any, context: BrowserContext
) -> None:
    application = shop.draft()
    page.goto(f"{live_server.url}/counter/{application.pk}/start/")
    context.clear_cookies(name="sessionid")

    page.keyboard.type(f"{ICCID}\n")

    expect(page.get_by_text("草稿都已保留")).to_be_visible()
    page.get_by_role("link", name="继续").click()
    expect(page).to_have_url(re.compile(rf"/account/login/\?next=.*{application.pk}.*start"))
    assert Application.objects.filter(pk=application.pk).exists()


def test_a_second_tab_of_a_submitted_draft_is_led_to_its_result(
    page: Page, shop: Cast, live_server: Any
) -> None:
    application = shop.ready()
    page.goto(f"{live_server.url}/counter/{application.pk}/photos/")
    flow.submit(application, by=shop.clerk, key=uuid.uuid4(), now=timezone.now())

    expect(page.get_by_text("受理编号")).to_be_visible(timeout=SLOW)


def test_a_colleague_on_another_pc_takes_the_draft_up(
    browser: Any, browser_context_args: dict[str, Any], shop: Cast, live_server: Any
) -> None:
    application = shop.numbered(shop.draft())
    context = browser.new_context(**browser_context_args)
    page = sign_in(context, shop.colleague, live_server.url)
    page.goto(f"{live_server.url}/counter/")

    page.get_by_text(application.reference).click()

    expect(page.get_by_role("heading", name="读机主的证件")).to_be_visible()
    context.close()


# How it looks ----------------------------------------------------------------------------

SIZES = [(1366, 768), (768, 1024), (390, 844)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_page_fits_and_can_be_used_by_everyone(
    page: Page, shop: Cast, live_server: Any, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    ready, returned, sent = _three(shop)
    paths = [
        *("counter/", f"counter/{ready.pk}/start/", f"counter/{ready.pk}/read/holder/"),
        *(f"counter/{ready.pk}/photos/", f"counter/{returned.pk}/check/"),
        *(f"counter/{ready.pk}/sign/", f"counter/{sent.pk}/result/"),
    ]
    for path in paths:
        page.goto(f"{live_server.url}/{path}")
        page.wait_for_load_state("networkidle")
        _fits(page, path)
        _is_accessible(page, path)


def _three(shop: Cast) -> tuple[Application, Application, Application]:
    ready = shop.ready("zhang", number="17000000031", proxy="zhao")
    returned = shop.read(shop.numbered(shop.draft(), "17000000032"), "wu").application
    Application.objects.filter(pk=returned.pk).update(
        status=Application.Status.RETURNED,
        redo=["id_front"],
        submitted_at=shop.now,
        submit_key=uuid.uuid4(),
    )
    return ready, returned, shop.submitted(number="17000000033")


def _fits(page: Page, path: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    action = page.locator(".btn-primary:visible").last
    box = action.bounding_box()
    assert box, path
    assert box["height"] >= 44, path
    assert box["y"] + box["height"] <= page.evaluate("innerHeight"), path


def _is_accessible(page: Page, path: str) -> None:
    found = Axe().run(page)
    serious = [
        (each["id"], [node["html"][:200] for node in each["nodes"]])
        for each in found.response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert not serious, path


def test_the_slip_prints_alone_with_the_agent_code(
    page: Page, shop: Cast, live_server: Any
) -> None:
    application = shop.submitted()
    page.goto(f"{live_server.url}/counter/{application.pk}/result/")

    page.emulate_media(media="print")

    expect(page.get_by_text(shop.outlet.agent_code).locator("visible=true").first).to_be_visible()
    expect(page.get_by_role("link", name="接待下一位")).to_be_hidden()
