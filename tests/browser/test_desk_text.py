"""What the machine read, at the desk in a real browser: the page points at what differs."""

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import BrowserContext, FloatRect, Locator, Page, expect

from outlets.bridge.people import PEOPLE
from portal import blobs
from registration import flow, imaging, specimens
from registration.models import Application, Photo, Review
from registration.printed import FIELDS, Compared, State
from registration.services import text
from tests.browser.conftest import sign_in
from tests.browser.hands import look, look_on_a_phone
from tests.browser.test_desk import is_sound, press, take_the_next, waiting
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

WANG, LI = PEOPLE["wang"], PEOPLE["li"]
PLACE = 12
ALTERED = specimens.misprinted(LI, PLACE)


@pytest.fixture
def desk(context: BrowserContext, shop: Cast, live_server: Any) -> Page:
    page = sign_in(context, shop.verifier, live_server.url)
    page.set_default_timeout(15_000)
    page.goto(f"{live_server.url}/desk/")
    return page


@pytest.fixture
def case(shop: Cast) -> Review:
    """A proxy's, whose number stands on the letter with one other digit."""
    [case] = waiting(shop, "wang", proxy="li")
    drawn = specimens.letter(WANG, ALTERED, "17000000010")
    Photo.objects.filter(kind=Photo.Kind.LETTER).update(view=blobs.put(drawn))
    return case


def test_a_picture_of_a_screen_is_a_click_away_from_its_finding(desk: Page, case: Review) -> None:
    case.application.photos.filter(kind="id_back").update(quality={"stripes": 0.9})
    flow.look_again(case.application, now=timezone.now())
    desk.reload()
    take_the_next(desk, case)
    finding = desk.locator(".desk-findings .notice", has_text="证件背面的照片像是对着屏幕翻拍的")

    finding.get_by_role("button", name="看这张影像").click()

    expect(frame(desk)).to_have_count(1)
    expect(frame(desk)).to_have_attribute("data-picture", "id_back")
    look(desk, "desk-screen")
    look_on_a_phone(desk, "desk-screen")
    is_sound(desk)


def line(place: int) -> tuple[float, float, float, float]:
    """Where the specimen letter has this line."""
    top = (322 + place * 74) / 1754
    return (0.115, top, 0.66, top + 46 / 1754)


def point(field: str, place: int, expected: str, read: str, *at: int) -> Compared:
    state = State.MATCH if read == expected else State.DIFFERS
    return Compared(field, FIELDS[field].label, state, expected, read, at, line(place))


def read(monkeypatch: pytest.MonkeyPatch, **pictures: tuple[Compared, ...]) -> None:
    def compared(application: Application, _parties: Any = None) -> list[Any]:
        photos = application.photos.current().filter(kind__in=pictures)
        return [(photo, pictures[photo.kind]) for photo in photos]

    monkeypatch.setattr(text, "compared", compared)


def letter() -> tuple[Compared, ...]:
    return (
        point("principal_name", 0, WANG.name, WANG.name),
        point("principal_number", 1, WANG.number, WANG.number),
        point("proxy_name", 3, LI.name, LI.name),
        point("proxy_number", 4, LI.number, ALTERED.number, PLACE),
        Compared("until", "有效期至", State.UNREAD, "2026.12.31", ""),
    )


def frame(page: Page) -> Locator:
    return page.locator(".desk-frame:visible")


def place_of(locator: Locator) -> FloatRect:
    box = locator.bounding_box()
    assert box
    return box


def lies_in(inner: FloatRect, outer: FloatRect) -> bool:
    return (
        inner["x"] >= outer["x"]
        and inner["y"] >= outer["y"]
        and inner["x"] + inner["width"] <= outer["x"] + outer["width"]
        and inner["y"] + inner["height"] <= outer["y"] + outer["height"]
    )


# The altered digit ---------------------------------------------------------------------------


def test_the_page_points_at_the_one_altered_digit(
    desk: Page, case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(monkeypatch, letter=letter())
    desk.reload()
    take_the_next(desk, case)
    mark = frame(desk).locator("[data-mark].is-now")

    expect(frame(desk)).to_contain_text("委托书")  # it begins where something is wrong
    expect(frame(desk).locator('[data-mark="letter-3"]')).to_be_visible()
    whole = place_of(frame(desk).locator('[data-mark="letter-3"]'))
    press(desk, "Space")

    expect(mark).to_have_attribute("data-number", "1")
    assert lies_in(place_of(mark), place_of(frame(desk).locator(".desk-view")))
    assert place_of(mark)["width"] > 1.4 * whole["width"]
    told = desk.locator("[data-told]")
    expect(told).to_contain_text(f"第{PLACE + 1}位不同")
    expect(told.locator("mark").first).to_have_text(LI.number[PLACE])
    expect(told.locator("mark").last).to_have_text(ALTERED.number[PLACE])
    look(desk, "desk-text-space")


def test_the_digit_is_found_on_the_picture_alone(desk: Page, case: Review) -> None:
    letter = Photo.objects.get(kind=Photo.Kind.LETTER)
    found = text.look(letter, imaging.clean(blobs.get(letter.view)))
    text.keep(letter, found, timezone.now())
    desk.reload()
    take_the_next(desk, case)

    press(desk, "Space")

    told = desk.locator("[data-told]")
    expect(told).to_contain_text(f"受托人号码 第{PLACE + 1}位不同")
    expect(frame(desk).locator("[data-mark].is-now")).to_be_visible()
    look(desk, "desk-text-read")


def test_what_is_told_does_not_lie_on_the_place(
    desk: Page, case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    low = Compared("until", "有效期至", State.DIFFERS, "2026.11.28", "2026.11.29", (9,), line(17))
    read(monkeypatch, letter=(*letter()[:4], low))
    desk.reload()
    take_the_next(desk, case)

    for number in ("1", "2"):
        press(desk, "Space")
        mark = frame(desk).locator("[data-mark].is-now")
        expect(mark).to_have_attribute("data-number", number)
        told, place = place_of(desk.locator("[data-told]")), place_of(mark)
        below = told["y"] >= place["y"] + place["height"]
        assert below or told["y"] + told["height"] <= place["y"]


def test_space_goes_from_one_difference_to_the_next_and_back(
    desk: Page, case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(monkeypatch, letter=letter(), proxy_id_front=(point("name", 0, LI.name, "李祥例", 1),))
    desk.reload()
    take_the_next(desk, case)
    press(desk, "s")
    expect(frame(desk)).to_have_count(2)

    press(desk, "Space")
    expect(frame(desk)).to_contain_text("受托人身份证正面")
    press(desk, "Space")
    expect(frame(desk)).to_contain_text("委托书")
    press(desk, "Space")

    expect(frame(desk)).to_have_count(2)
    expect(frame(desk).locator(".is-zoomed")).to_have_count(0)
    expect(desk.locator("[data-told]")).to_be_empty()


def test_a_look_elsewhere_begins_with_what_is_there(
    desk: Page, case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(monkeypatch, letter=letter(), proxy_id_front=(point("name", 0, LI.name, "李祥例", 1),))
    desk.reload()
    take_the_next(desk, case)

    press(desk, "6", "Space")

    expect(frame(desk)).to_contain_text("委托书")
    expect(desk.locator("[data-told]")).to_contain_text("受托人号码")


# Marks on the picture ------------------------------------------------------------------------


def test_the_marks_follow_the_picture(
    desk: Page, case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(monkeypatch, letter=letter())
    desk.reload()
    take_the_next(desk, case)
    view, mark = frame(desk).locator(".desk-view"), desk.locator('[data-mark="letter-3"]')
    picture = frame(desk).locator("img")
    expect(mark).to_be_visible()

    for keys in ("", "+", "++", "r", "r+", "rr", "rrr+"):
        press(desk, "6", *keys)
        shown, seen = place_of(mark), _within(picture)
        # The box as it was given, on the picture as it lies on the screen.
        x0, y0, x1, y1 = line(4)
        for _turn in range(keys.count("r")):
            x0, y0, x1, y1 = 1 - y1, x0, 1 - y0, x1
        assert shown["x"] + 5 == pytest.approx(seen["x"] + x0 * seen["width"], abs=2), keys
        assert shown["y"] + 5 == pytest.approx(seen["y"] + y0 * seen["height"], abs=2), keys
        assert shown["width"] - 10 == pytest.approx((x1 - x0) * seen["width"], abs=2), keys
        press(desk, *"r" * (-keys.count("r") % 4))  # upright again

    press(desk, "6", "+", "+", "+")
    before, middle = place_of(mark), place_of(view)
    desk.mouse.move(middle["x"] + 200, middle["y"] + 200)
    desk.mouse.down()
    desk.mouse.move(middle["x"] + 170, middle["y"] + 160)
    desk.mouse.up()
    assert place_of(mark)["x"] == pytest.approx(before["x"] - 30, abs=1)
    assert place_of(mark)["y"] == pytest.approx(before["y"] - 40, abs=1)


def test_a_page_that_was_read_on_its_side_stands_upright(
    desk: Page, case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    x0, y0, x1, y1 = line(4)
    # The letter was taken with its top to the right: a quarter to the left brings it upright.
    lying = [replace(one, turns=1, box=(1 - y1, x0, 1 - y0, x1)) for one in letter()]
    kept = Photo.objects.get(kind=Photo.Kind.LETTER)
    drawn = Image.open(io.BytesIO(blobs.get(kept.view))).transpose(Image.Transpose.ROTATE_270)
    Photo.objects.filter(pk=kept.pk).update(view=blobs.put(imaging.encode(drawn, 85)))
    read(monkeypatch, letter=tuple(lying))

    desk.reload()
    take_the_next(desk, case)

    picture, mark = frame(desk).locator("img"), desk.locator('[data-mark="letter-3"]')
    expect(picture).to_have_attribute("style", re.compile(r"rotate\(270deg\)"))
    expect(mark).to_be_visible()
    seen, place = _within(picture), place_of(mark)
    assert seen["height"] > seen["width"]
    assert place["y"] + 5 == pytest.approx(seen["y"] + y0 * seen["height"], abs=2)
    look(desk, "desk-text-turned")


def _within(picture: Locator) -> FloatRect:
    """The picture itself, without the bars that its frame leaves beside it."""
    box = place_of(picture)
    wide, high = picture.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    if re.search(r"rotate\((90|270)deg\)", picture.get_attribute("style") or ""):
        wide, high = high, wide
    size = min(box["width"] / wide, box["height"] / high)
    width, height = wide * size, high * size
    return {
        "x": box["x"] + (box["width"] - width) / 2,
        "y": box["y"] + (box["height"] - height) / 2,
        "width": width,
        "height": height,
    }


def test_a_row_brings_its_place_to_the_front(
    desk: Page, case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(monkeypatch, letter=letter(), id_front=(point("name", 0, WANG.name, WANG.name),))
    desk.reload()
    take_the_next(desk, case)

    desk.locator('[data-point="id_front-0"]').focus()
    press(desk, "Enter")
    expect(frame(desk)).to_contain_text("身份证正面")
    expect(frame(desk).locator(".is-zoomed")).to_be_visible()
    desk.locator('[data-point="letter-3"]').click()
    expect(frame(desk)).to_contain_text("委托书")
    desk.locator('[data-point="letter-4"]').click()  # nowhere on the picture
    expect(frame(desk).locator(".is-zoomed")).to_have_count(0)
    expect(desk.locator("[data-told]")).to_contain_text("没有找到")

    press(desk, "Space", "y")  # the keys still belong to the page
    expect(desk.locator(".desk-question.is-now")).to_contain_text("证件正反面")


def test_space_is_as_ever_where_nothing_differs(
    desk: Page, case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(monkeypatch, letter=letter()[:3])
    desk.reload()
    take_the_next(desk, case)

    expect(frame(desk)).to_have_count(2)
    press(desk, "6", "Space")
    expect(frame(desk).locator(".is-zoomed")).to_be_visible()
    press(desk, "Space")
    expect(frame(desk).locator(".is-zoomed")).to_have_count(0)


# The page ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
def test_the_desk_with_differences_fits_and_is_accessible(
    desk: Page, case: Review, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    wrong = point("name", 0, LI.name, "李祥例", 1)
    hostile = point("address", 1, WANG.address, "<b>" + "样" * 300)
    read(monkeypatch, letter=letter(), proxy_id_front=(wrong, hostile))
    desk.set_viewport_size({"width": size[0], "height": size[1]})
    desk.reload()
    take_the_next(desk, case)

    is_sound(desk)
    press(desk, "Space")
    is_sound(desk)
    expect(desk.get_by_role("button", name=re.compile("^通过"))).to_be_in_viewport()
    look(desk, f"desk-text-{size[0]}")
    look_on_a_phone(desk, "desk-text")
