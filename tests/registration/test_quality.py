"""How good a picture is: what nobody can read is refused, the rest is said and taken."""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from outlets.bridge.people import PEOPLE
from registration import imaging, quality, specimens
from tests import specimens as odd

WANG, LI = PEOPLE["wang"], PEOPLE["li"]
FRONT = specimens.id_front(WANG)
DARK, WHITE = "#3a3630", "#e8eaec"

Fault = Callable[[Image.Image], Image.Image]


def on_desk(width: int = 1500, at: tuple[int, int] = (220, 90), desk: str = DARK) -> Image.Image:
    """A card under the camera; the light leaves its white below what is blown out."""
    card = ImageEnhance.Brightness(Image.open(io.BytesIO(FRONT)).convert("RGB")).enhance(0.9)
    frame = Image.new("RGB", (1920, 1120), desk)
    frame.paste(card.resize((width, width * card.height // card.width)), at)
    return frame


def judged(frame: Image.Image, kind: str = "id_front") -> quality.Score:
    return quality.judge(kind, imaging.clean(odd.saved(frame, "JPEG", quality=88)))


def lit(share: float) -> Fault:
    return lambda frame: ImageEnhance.Brightness(frame).enhance(share)


def blurred(radius: float) -> Fault:
    return lambda frame: frame.filter(ImageFilter.GaussianBlur(radius))


def shaken(pixels: int) -> Fault:
    def shake(frame: Image.Image) -> Image.Image:
        wide = frame.resize((frame.width // pixels, frame.height), Image.Resampling.BOX)
        return wide.resize(frame.size, Image.Resampling.BILINEAR)

    return shake


def glaring(box: tuple[int, int, int, int]) -> Fault:
    def glare(frame: Image.Image) -> Image.Image:
        ImageDraw.Draw(frame).ellipse(box, "white")
        return frame

    return glare


REFUSED: list[tuple[str, Fault, str]] = [
    ("almost black", lit(0.08), "dark"),
    ("far out of focus", blurred(13), "blurred"),
    ("nothing but a desk", lambda frame: Image.new("RGB", frame.size, DARK), "blurred"),
    ("an empty white page", lambda frame: Image.new("RGB", frame.size, "white"), "bright"),
]
HINTED: list[tuple[str, Fault, str]] = [
    ("a dark room", lit(0.3), "dark"),
    ("a window behind", lit(1.5), "bright"),
    ("out of focus", blurred(6), "blurred"),
    ("a hand that shakes", shaken(14), "blurred"),
    ("a lamp over the number", glaring((900, 840, 1200, 960)), "glare_number"),
    ("a lamp over the name", glaring((450, 180, 750, 300)), "glare"),
    ("a corner outside", lambda _frame: on_desk(at=(620, 90)), "cut"),
    ("far away", lambda _frame: on_desk(width=720, at=(600, 300)), "far"),
]


@pytest.mark.parametrize(
    ("fault", "reason"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_what_nobody_can_read_is_refused(fault: Fault, reason: str) -> None:
    score = judged(fault(on_desk()))

    assert score.refusal in (reason, "empty")
    assert not score.hint


@pytest.mark.parametrize(("fault", "hint"), [row[1:] for row in HINTED], ids=[r[0] for r in HINTED])
def test_what_could_be_better_is_said_and_taken(fault: Fault, hint: str) -> None:
    score = judged(fault(on_desk()))

    assert (score.hint, score.refusal) == (hint, "")
    assert hint in quality.HINTS


@pytest.mark.parametrize("width", [600, 1000, 1500])
def test_a_card_held_before_the_camera_is_nobody(width: int) -> None:
    score = judged(on_desk(width=width, at=(200, 80)), "live")

    assert (score.hint, score.refusal) == ("card", "")
    assert "corners" not in score.values  # it is shown as it was held


@pytest.mark.parametrize("desk", [DARK, WHITE, "#a8815a"])
@pytest.mark.parametrize("fault", [lit(1), lit(0.7), blurred(2), shaken(4)])
def test_a_usual_picture_is_neither(fault: Fault, desk: str) -> None:
    score = judged(fault(on_desk(desk=desk)))

    assert (score.hint, score.refusal) == ("", "")


DRAWN = {
    "front": ("id_front", FRONT),
    "back": ("id_back", specimens.id_back(LI)),
    "filmed": ("letter", specimens.id_front(WANG, size=(1280, 808))),
    "filmed person": ("live", specimens.id_front(WANG, size=(1280, 808))),
    "person": ("live", specimens.live_photo(WANG, (330, 440))),
    "letter": ("letter", specimens.letter(WANG, LI, "17000000001", (500, 707))),
    "receipt": ("ownership", specimens.receipt("17000000001", (800, 1131))),
    "guardianship": ("guardianship", specimens.guardianship(WANG, LI, (800, 1131))),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawing_that_fills_the_frame_is_good(name: str) -> None:
    kind, data = DRAWN[name]

    score = quality.judge(kind, imaging.clean(data))

    assert (score.hint, score.refusal) == ("", "")


def test_a_signature_and_a_mark_are_not_judged() -> None:
    assert quality.judge("signature", imaging.clean(odd.jpeg())) == quality.Score()
    assert quality.judge("mark", imaging.clean(odd.jpeg())) == quality.Score()


def test_a_card_on_a_quiet_desk_is_shown_alone_and_straight() -> None:
    askew = on_desk(width=1200, at=(350, 150)).rotate(5, fillcolor=DARK)
    picture = imaging.clean(odd.saved(askew, "JPEG", quality=92))
    score = quality.judge("id_front", picture)

    shown = quality.document(picture, score.values)

    assert shown.width / shown.height == pytest.approx(1600 / 1009, rel=0.04)
    assert 1150 < shown.width < 1330
    again = quality.judge("id_front", shown)
    assert (again.hint, again.refusal) == ("", "")


def test_a_card_beside_other_things_is_shown_alone_too() -> None:
    frame = on_desk(width=1100, at=(100, 100))
    pen = ImageDraw.Draw(frame)
    for place in range(12):
        pen.rectangle((1250 + place * 45, 100, 1270 + place * 45, 1000), "#d8d0c0")
    picture = imaging.clean(odd.saved(frame, "JPEG"))
    score = quality.judge("id_front", picture)

    assert score.hint == ""
    assert quality.document(picture, score.values).width == pytest.approx(1100 * 1.04, abs=6)


@pytest.mark.parametrize("frame", [on_desk(desk=WHITE), on_desk(at=(620, 90))])
def test_where_the_corners_are_not_sure_the_picture_stays_as_it_is(frame: Image.Image) -> None:
    picture = imaging.clean(odd.saved(frame, "JPEG"))

    assert quality.document(picture, quality.judge("id_front", picture).values) is picture


def test_a_page_is_not_cropped_though_its_corners_are_seen() -> None:
    score = judged(on_desk(), kind="letter")

    assert "corners" not in score.values
