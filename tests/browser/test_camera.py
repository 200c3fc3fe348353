"""The camera's page: what it says of a picture before it is taken, and what becomes of one."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter
from playwright.sync_api import BrowserContext, Page, expect

from outlets.bridge.people import PEOPLE
from registration import intake, specimens
from registration.models import Application, Photo
from registration.services import darkroom
from registration.services import screen as stripes
from registration.specimens.damage import CLEAN, decoded
from registration.specimens.screen import Screen
from registration.specimens.screen import filmed as camera
from tests import chromium, servers
from tests import specimens as odd
from tests.browser.conftest import sign_in
from tests.browser.hands import SLOW, look, look_on_a_phone, sound
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

SIZE = (1280, 720)
DESK = "#3a3630"


def _on_desk(picture: bytes, width: int = 880, at: tuple[int, int] = (200, 80)) -> Image.Image:
    card = Image.open(io.BytesIO(picture)).convert("RGB")
    frame = Image.new("RGB", SIZE, DESK)
    # The fake camera stretches the contrast; white must stay below what is blown out.
    card = ImageEnhance.Brightness(card).enhance(0.8)
    frame.paste(card.resize((width, width * card.height // card.width)), at)
    return frame


FRONT = specimens.id_front(PEOPLE["wang"])
BACK = specimens.id_back(PEOPLE["wang"])


def _glaring() -> Image.Image:
    frame = _on_desk(FRONT)
    ImageDraw.Draw(frame).ellipse((560, 500, 860, 610), "white")
    return frame


def _two_on_desk() -> Image.Image:
    frame = _on_desk(BACK, width=560, at=(50, 180))
    frame.paste(_on_desk(BACK, width=560, at=(30, 180)).crop((0, 0, 640, 720)), (640, 0))
    return frame


# What the page says, and what shows it.
ADVICES = {
    "可以拍了": lambda: _on_desk(FRONT),
    "光线太暗": lambda: ImageEnhance.Brightness(_on_desk(FRONT)).enhance(0.2),
    "不清楚": lambda: _on_desk(FRONT).filter(ImageFilter.GaussianBlur(7)),
    "请避开反光": _glaring,
    "四角都要在框内": lambda: _on_desk(FRONT, at=(600, 80)),
    "请靠近一些": lambda: _on_desk(FRONT, width=420, at=(430, 220)),
    "请把证件翻过来": lambda: _on_desk(BACK),
}


def _jpeg(frame: Image.Image) -> bytes:
    return odd.saved(frame, "JPEG", quality=92)


@pytest.fixture
def filmed(
    browser_type: Any, browser_context_args: Any, shop: Cast, live_server: Any, playwright: Any
) -> Any:
    """A function: the pictures' page of a new draft, before a camera that shows these frames."""

    @contextmanager
    def before(name: str, frames: list[Image.Image]) -> Iterator[Page]:
        film = servers.own_folder() / f"{name}.mjpeg"
        film.write_bytes(odd.mjpeg([_jpeg(frame) for frame in frames]))
        args = [*chromium.ARGS, f"--use-file-for-fake-video-capture={film}"]
        browser = browser_type.launch(args=args, executable_path=chromium.executable())
        context = browser.new_context(**browser_context_args)
        try:
            page = sign_in(context, shop.clerk, live_server.url)
            page.set_default_timeout(SLOW)
            page.goto(f"{live_server.url}/counter/{shop.draft().pk}/photos/")
            yield page
        finally:
            browser.close()

    return before


@pytest.mark.parametrize("words", ADVICES)
def test_the_camera_says_what_is_wrong_before_the_shot(filmed: Any, words: str) -> None:
    with filmed("still", [ADVICES[words]()] * 4) as page:
        expect(page.locator("[data-advice]")).to_contain_text(words)

        look(page, f"camera-{words}")
        is_good = "is-good" in str(page.locator(".camera").get_attribute("class"))
    assert is_good == (words == "可以拍了")


def test_the_front_is_not_taken_for_the_back(filmed: Any) -> None:
    with filmed("front", [_on_desk(FRONT)] * 4) as page:
        page.get_by_role("button", name="拍下").click()  # what was asked for first
        expect(page.locator("[data-camera-name]")).to_have_text("身份证背面", timeout=SLOW)

        expect(page.locator("[data-advice]")).to_contain_text("请把证件翻过来")


def _somebody() -> Image.Image:
    person = Image.open(io.BytesIO(specimens.live_photo(PEOPLE["wang"], (540, 720))))
    frame = Image.new("RGB", SIZE, "#c9ccd2")
    frame.paste(person, (370, 0))
    return frame


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("像是证件：请对着本人拍", lambda: _on_desk(FRONT)),
        ("像是证件：请对着本人拍", lambda: _on_desk(FRONT, width=420, at=(430, 220))),
        ("可以拍了", _somebody),
    ],
)
def test_a_card_in_the_person_s_place_is_told_before_the_shot(
    filmed: Any, words: str, shown: Any
) -> None:
    with filmed("live", [shown()] * 4) as page:
        page.locator("[data-kind=live]").get_by_role("button", name="拍照").click()

        expect(page.locator("[data-camera-name]")).to_have_text("本人现场照")
        expect(page.locator("[data-advice]")).to_contain_text(words)
        look(page, f"camera-live-{words[:4]}")


# A shot by itself ------------------------------------------------------------------------

# Thirty a second: an empty desk, a card that slides in and lies there, its other side, and again.
EMPTY = Image.new("RGB", SIZE, DESK)


def _laid(picture: bytes) -> list[Image.Image]:
    slide = [_on_desk(picture, at=(200, 80 + 600 - 30 * step)) for step in range(21)]
    return [*[EMPTY] * 8, *slide, *[slide[-1]] * 60]


def test_a_page_that_is_laid_down_is_shot_by_itself(filmed: Any) -> None:
    with filmed("laid", [*_laid(FRONT), *_laid(BACK)]) as page:
        expect(page.locator("[data-camera-name]")).to_have_text("本人现场照", timeout=SLOW)

        # Nobody is photographed unawares.
        expect(page.get_by_label("自动拍")).not_to_be_checked()
        page.wait_for_timeout(8000)
        expect(page.locator("[data-camera-name]")).to_have_text("本人现场照")
    kinds = Photo.objects.order_by("pk").values_list("kind", "camera")
    assert [kind for kind, _camera in kinds] == ["id_front", "id_back"]
    assert all(camera for _kind, camera in kinds)


def test_a_page_that_just_lies_there_is_not_shot(filmed: Any) -> None:
    with filmed("lies", [_on_desk(FRONT)] * 4) as page:
        expect(page.locator("[data-advice]")).to_contain_text("可以拍了")

        page.wait_for_timeout(3000)
        expect(page.locator("[data-camera-name]")).to_have_text("身份证正面")
    assert not Photo.objects.exists()


def test_who_does_not_want_it_switches_it_off_for_good(filmed: Any) -> None:
    with filmed("off", _laid(FRONT)) as page:
        expect(page.get_by_label("自动拍")).to_be_checked()
        page.get_by_label("自动拍").uncheck()
        page.reload()

        expect(page.get_by_label("自动拍")).not_to_be_checked()
        page.wait_for_timeout(6000)
        expect(page.locator("[data-camera-name]")).to_have_text("身份证正面")


# Turning, comparing ----------------------------------------------------------------------


def test_a_turned_camera_s_picture_is_upright_also_the_next_day(filmed: Any) -> None:
    with filmed("turned", [_on_desk(FRONT).rotate(90, expand=True)] * 4) as page:
        page.get_by_role("button", name="旋转").click()
        page.reload()

        expect(page.locator("[data-camera] video")).to_have_class(re.compile("is-turned-90"))
        page.get_by_role("button", name="拍下").click()
        expect(page.locator("[data-kind=id_front][data-state=waiting]")).to_be_visible()
        darkroom.develop(Photo.objects.get(), now=timezone.now())
        expect(page.locator("[data-kind=id_front][data-state=ready]")).to_be_visible()
        look(page, "camera-turned")
    shot = Photo.objects.get()
    assert shot.width > shot.height
    assert shot.quality["corners"]


def test_the_last_picture_is_seen_beside_the_next_and_what_was_wrong_with_it(filmed: Any) -> None:
    with filmed("again", [_glaring()] * 4) as page:
        page.get_by_role("button", name="拍下").click()
        expect(page.locator("[data-kind=id_front][data-state=waiting]")).to_be_visible()
        darkroom.develop(Photo.objects.get(), now=timezone.now())
        slot = page.locator("[data-kind=id_front]")

        expect(slot).to_contain_text("可用，但号码处反光")
        slot.get_by_role("button", name="重拍").click()

        expect(page.locator("[data-last] img")).to_be_visible()
        look(page, "camera-again")
        look_on_a_phone(page, "camera-again")
        sound(page)


def test_a_live_photo_without_a_face_is_told_while_the_customer_is_there(filmed: Any) -> None:
    with filmed("nobody", [_two_on_desk()] * 4) as page:
        slot = page.locator("[data-kind=live]")
        slot.get_by_role("button", name="拍照").click()
        page.get_by_role("button", name="拍下").click()
        expect(page.locator("[data-kind=live][data-state=waiting]")).to_be_visible()
        intake.develop(Photo.objects.get(), now=timezone.now())

        expect(slot).to_contain_text("可用，但没有看到人脸：请正对镜头")
        expect(slot.get_by_role("button", name="重拍")).to_be_visible()
        look(page, "camera-nobody")
        look_on_a_phone(page, "camera-nobody")
        sound(page)


def _before_a_full_frame(screen: Screen | None) -> Image.Image:
    """A person, or a screen that shows one, as a camera in high definition sees them."""
    person = decoded(specimens.live_photo(PEOPLE["wang"]))
    # A person stands upright, and so would the frame.
    upright = (1080, 1920)
    jpeg = camera(person, CLEAN, seed="a", screen=screen, fills=True, size=upright)
    return Image.open(io.BytesIO(jpeg))


@pytest.mark.parametrize("screen", [Screen(4.2), None], ids=["screen", "person"])
def test_what_a_browser_s_camera_leaves_of_a_screen_s_stripes_is_enough(
    filmed: Any, screen: Screen | None
) -> None:
    with filmed("screen", [_before_a_full_frame(screen)] * 4) as page:
        slot = page.locator("[data-kind=live]")
        slot.get_by_role("button", name="拍照").click()
        expect(page.locator("[data-camera-name]")).to_have_text("本人现场照")
        page.get_by_role("button", name="拍下").click()
        expect(page.locator("[data-kind=live][data-state=waiting]")).to_be_visible()
        intake.develop(Photo.objects.get(), now=timezone.now())
    assert stripes.is_suspected(Photo.objects.get()) == bool(screen)


# A poor line -----------------------------------------------------------------------------


def test_a_picture_still_on_its_way_goes_on_at_the_next_step(filmed: Any, live_server: Any) -> None:
    with filmed("way", [_on_desk(FRONT)] * 4) as page:
        page.route("**/photos/id_front/", lambda route: route.abort())
        page.get_by_role("button", name="拍下").click()
        expect(page.get_by_text("网络断开，照片已保留")).to_be_visible()
        page.locator(".actions .btn", has_text="下一步：核对").click()
        expect(page.get_by_text("还有 1 张照片已保留，正在重试")).to_be_visible()
        look(page, "carry")

        page.unroute("**/photos/id_front/")
        expect(page.locator("[data-carry]")).to_be_hidden(timeout=SLOW)

        page.go_back()
        waiting = page.locator("[data-kind=id_front][data-state=waiting]")
        expect(waiting).to_be_visible(timeout=SLOW)
    assert Photo.objects.get().attempt == 1


@pytest.mark.usefixtures("worker")
def test_a_submit_waits_for_a_picture_on_its_way(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    application = shop.ready()
    page = sign_in(context, shop.clerk, live_server.url)
    page.set_default_timeout(SLOW)
    page.route("**/photos/id_front/", lambda route: route.abort())
    page.goto(f"{live_server.url}/counter/{application.pk}/photos/")
    page.locator("[data-kind=id_front]").get_by_role("button", name="重拍").click()
    page.get_by_role("button", name="拍下").click()
    expect(page.get_by_text("网络断开，照片已保留")).to_be_visible()
    page.goto(f"{live_server.url}/counter/{application.pk}/sign/")
    expect(page.get_by_text("还有 1 张照片已保留，正在重试")).to_be_visible()

    page.locator(".actions .btn", has_text="提交").click()
    page.wait_for_timeout(1500)
    before = Application.objects.get().status
    page.unroute("**/photos/id_front/")
    page.wait_for_url("**/result/")

    assert before == Application.Status.DRAFT
    sent = application.photos.current().get(kind="id_front")
    submitted_at = Application.objects.get().submitted_at
    assert submitted_at is not None
    assert sent.taken_at <= submitted_at
