"""The clerk's PC and the outlet's phone: a code is scanned, and what the phone shoots appears."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
import zxingcpp
from django.utils import timezone
from PIL import Image
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from outlets.bridge.people import PEOPLE
from registration import specimens
from registration.models import Application, PhoneLink, Photo
from tests.browser.hands import ALONE, SLOW, at_work, look, look_on_a_phone, sound
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

Phone = Callable[[], Page]


@pytest.fixture
def application(shop: Cast) -> Application:
    return shop.draft()


@pytest.fixture
def pc(context: BrowserContext, shop: Cast, application: Application, live_server: Any) -> Page:
    """The photos step on the counter's PC."""
    page = at_work(context, shop.clerk, live_server.url, f"/counter/{application.pk}/photos/")
    expect(page.locator("[data-camera]")).to_be_visible()
    page.wait_for_load_state()
    return page


@pytest.fixture
def phone(context: BrowserContext) -> Iterator[Phone]:
    """Makes one phone after the other."""
    with ExitStack() as phones:

        def another() -> Page:
            assert context.browser
            made = context.browser.new_context(
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
                viewport={"width": 390, "height": 844},
                is_mobile=True,
                has_touch=True,
                permissions=["camera"],
            )
            phones.callback(made.close)
            page = made.new_page()
            page.set_default_timeout(SLOW)
            return page

        yield another


def _scan(pc: Page) -> str:
    """What a phone reads from the PC's screen."""
    pc.locator(".phone-code").wait_for()
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(pc.screenshot())))
    assert len(found) == 1
    return str(found[0].text)


def _open(mobile: Page, address: str) -> None:
    """The phone follows the code, and its page listens."""
    mobile.goto(address)
    # Enabled it is from the start, shown only by the script.
    expect(mobile.locator("[data-shoot]")).to_be_visible()
    expect(mobile.locator("[data-shoot]")).to_be_enabled()


def _kind(page: Page, kind: str) -> Any:
    return page.locator(f"[data-kind={kind}]")


@pytest.mark.usefixtures("worker")
def test_a_phone_scans_the_code_and_its_pictures_appear_on_the_pc(
    pc: Page, phone: Phone, application: Application
) -> None:
    look(pc, "phone-button")
    pc.keyboard.press("p")
    address = _scan(pc)
    code = pc.locator(".phone-code").bounding_box()
    look(pc, "phone-code")
    look_on_a_phone(pc, "phone-code")
    sound(pc)
    mobile = phone()
    mobile.goto(address)

    for name in ALONE:
        expect(mobile.locator("[data-camera-name]")).to_have_text(name)
        look(mobile, f"phone-camera-{name}")
        mobile.get_by_role("button", name="拍下", exact=False).first.click()
    expect(pc.get_by_text("手机已连接")).to_be_visible()
    expect(pc.locator(".slot.is-good")).to_have_count(3, timeout=SLOW)
    expect(mobile.get_by_text("都拍好了")).to_be_visible()
    look(mobile, "phone-done")
    look(pc, "phone-open")
    sound(mobile)
    sound(pc)

    # Each look at a picture is written down: none of them is on its way when the test ends.
    pc.wait_for_function("[...document.images].every((image) => image.complete)")

    assert code
    assert min(code["width"], code["height"]) >= 200
    assert "#" not in mobile.url
    assert mobile.locator(".slot-picture img").count() == 0
    assert set(application.photos.values_list("taken_by", "source")) == {
        (application.clerk_id, Photo.Source.CAMERA)
    }


def test_a_second_phone_is_refused_and_a_new_code_ends_the_old_one(pc: Page, phone: Phone) -> None:
    pc.get_by_role("button", name="用手机拍").click()
    address = _scan(pc)
    first, second = phone(), phone()
    first.goto(address)
    expect(first.locator(".slot")).to_have_count(3)

    second.goto(address)
    expect(second.get_by_text("已经被另一部手机用过")).to_be_visible()
    look(second, "phone-refused")
    sound(second)
    expect(pc.get_by_text("手机已连接")).to_be_visible()
    pc.get_by_role("button", name="换一个").click()
    second.goto(_scan(pc))

    expect(second.locator(".slot")).to_have_count(3)
    expect(first.get_by_text("这个二维码已经失效")).to_be_visible(timeout=SLOW)


def test_the_clerk_stops_the_phone_by_keyboard(pc: Page, phone: Phone) -> None:
    pc.keyboard.press("p")
    expect(pc.locator("#phone-title")).to_be_focused()
    mobile = phone()
    mobile.goto(_scan(pc))
    expect(pc.get_by_text("手机已连接")).to_be_visible()

    pc.keyboard.press("Tab")
    pc.keyboard.press("Tab")
    pc.keyboard.press("Enter")

    expect(pc.get_by_role("button", name="用手机拍")).to_be_focused()
    expect(mobile.get_by_text("这个二维码已经失效")).to_be_visible(timeout=SLOW)


def test_after_five_minutes_the_phone_says_to_scan_a_new_code(pc: Page, phone: Phone) -> None:
    pc.keyboard.press("p")
    mobile = phone()
    mobile.goto(_scan(pc))
    expect(mobile.locator(".slot")).to_have_count(3)

    PhoneLink.objects.update(expires_at=timezone.now())
    mobile.reload()

    expect(mobile.get_by_text("用手机扫新的二维码")).to_be_visible()
    look(mobile, "phone-ended")
    sound(mobile)
    expect(pc.get_by_role("button", name="用手机拍")).to_be_visible(timeout=SLOW)


def test_a_lost_network_and_a_link_that_ran_out_lose_no_picture(
    pc: Page, phone: Phone, application: Application
) -> None:
    pc.keyboard.press("p")
    mobile = phone()
    _open(mobile, _scan(pc))
    mobile.route("**/camera/photos/**", lambda route: route.abort())
    mobile.locator("[data-shoot]").click()
    expect(_kind(mobile, "id_front")).to_contain_text("网络断开，照片已保留", timeout=SLOW)

    PhoneLink.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    mobile.unroute("**/camera/photos/**")
    expect(_kind(mobile, "id_front")).to_contain_text("扫了新的二维码后自动上传", timeout=SLOW)
    assert not application.photos.exists()
    pc.get_by_role("button", name="用手机拍").click()
    mobile.goto(_scan(pc))

    expect(_kind(pc, "id_front")).to_contain_text("处理中", timeout=SLOW)
    assert application.photos.get().kind == Photo.Kind.ID_FRONT


def test_the_phone_s_own_camera_takes_papers_and_never_a_person(
    pc: Page, phone: Phone, application: Application
) -> None:
    pc.keyboard.press("p")
    mobile = phone()
    _open(mobile, _scan(pc))
    data = specimens.id_back(PEOPLE["wang"], size=(1280, 808))
    shot = FilePayload(name="IMG_1.jpg", mimeType="image/jpeg", buffer=data)

    _kind(mobile, "id_back").locator("input[type=file]").set_input_files(shot)

    expect(_kind(pc, "id_back")).to_contain_text("处理中", timeout=SLOW)
    assert application.photos.get().source == Photo.Source.CAMERA
    expect(_kind(mobile, "live").locator("input[type=file]")).to_have_count(0)


def test_a_poor_line_at_the_first_step_is_tried_again(pc: Page, phone: Phone) -> None:
    pc.keyboard.press("p")
    mobile, lost = phone(), list[Any]()

    def lose_the_first(route: Any) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch())
            route.abort()

    mobile.route(re.compile("/camera/open/"), lose_the_first)
    mobile.goto(_scan(pc))

    expect(mobile.locator(".slot")).to_have_count(3)
