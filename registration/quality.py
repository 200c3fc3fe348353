"""How good a picture is: sharp, lit, without glare, near enough, whole. A picture in, numbers out.

The numbers advise (where faults mix they are right four times in five): only what nobody can read
is refused, the rest is a hint to the clerk who may shoot again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from registration import edges, outline
from registration.imaging import Picture
from registration.outline import Outline


def gettext_noop(text: str) -> str:
    """Mark a text for makemessages; this leaf does not know Django, its caller translates."""
    return text


REASONS = {
    "dark": gettext_noop("太暗，看不清。请开灯或换个亮的地方，重新拍照。"),
    "bright": gettext_noop("太亮，看不清。请避开强光，重新拍照。"),
    "blurred": gettext_noop("太模糊，看不清字。请拿稳、对好焦，重新拍照。"),
    "empty": gettext_noop("画面上什么都没有。请把证件放进框里，重新拍照。"),
}
HINTS = {
    "dark": gettext_noop("偏暗：请开灯后重拍"),
    "bright": gettext_noop("偏亮：请避开强光后重拍"),
    "blurred": gettext_noop("有点模糊：请拿稳、对好焦后重拍"),
    "glare_number": gettext_noop("号码处反光：请转一下角度再拍"),
    "glare": gettext_noop("反光：请转一下角度再拍"),
    "far": gettext_noop("太远：请靠近一些再拍"),
    "cut": gettext_noop("四角没拍全：请把证件整个放进框里再拍"),
    "no_face": gettext_noop("没有看到人脸：请正对镜头、露出全脸后重拍"),
    "card": gettext_noop("像是证件或屏幕，不是本人：请对着本人拍"),
    "several": gettext_noop("画面上不止一个人：请只拍本人，重拍"),
    "aside": gettext_noop("人脸又小又偏，像拍了证件：请对着本人，把脸放在中间重拍"),
    # What only reading tells (services.text).
    "unread": gettext_noop("号码没有读出来：可能反光或太远，请重拍"),
    "silent": gettext_noop("没有读到应有的内容：拍错或不清的请重拍"),
    "wrong_side": gettext_noop("像是证件的另一面：请看一下，拍错了请重拍"),
}

TILE = 40
# Of 255: what differs less within a tile is paper, not print.
STEP, NOISE = 50, 16
NO_EDGE = 99.0
BLOWN = 250
# Patches of glare as shares of the document; more than WASHED_OUT is no patch but too much light.
# On specimens a reflection covers 0.17 and more; what covers 0.034 or less hides nothing.
LEAST_GLARE, LEAST_GLARE_ON_NUMBER, WASHED_OUT = 0.018, 0.001, 0.35
# Where the number stands on the side with the portrait (GA 490 and its kin), as shares of a card.
NUMBER = ((0.28, 0.76), (0.97, 0.76), (0.97, 0.94), (0.28, 0.94))

CARDS = ("id_front", "id_back")
PERSONS = ("live",)
UNJUDGED = ("signature", "mark")

Values = dict[str, Any]


@dataclass(frozen=True)
class Limits:
    """``soft_*`` give a hint, ``hard_*`` refuse. Blur is the width of the sharp edges, as the sigma
    in pixels of a picture 1000 wide; light is the brightness that 5 % of the pixels exceed (dark)
    or stay below (bright), of 255."""

    soft_blur: float
    hard_blur: float
    soft_dark: int
    hard_dark: int
    soft_bright: int
    hard_bright: int
    least_area: float = 0.0


# On specimens the number is read up to a blur of 4.5 and no longer at 5.
CARD = Limits(2.4, 5.5, 90, 30, 225, 252, least_area=0.22)
# White paper may fill the frame and be white.
PAPER = Limits(2.0, 4.5, 90, 30, 256, 256, least_area=0.25)
# A soft face is still a face; how it must be lit is asked where faces are compared.
PERSON = Limits(5.0, 9.0, 0, 30, 256, 246)


@dataclass(frozen=True)
class Score:
    """``values``: numbers by name, to be kept. ``hint`` and ``refusal`` are codes of HINTS and
    REASONS, or ""; a refusal has no hint."""

    values: Values = field(default_factory=dict)
    hint: str = ""
    refusal: str = ""


def limits(kind: str) -> Limits | None:
    """What a picture of this kind (models.photo.Photo.Kind) must keep to; None: is not judged."""
    if kind in UNJUDGED:
        return None
    if kind.endswith(PERSONS):
        return PERSON
    return CARD if kind.endswith(CARDS) else PAPER


def judge(kind: str, picture: Picture) -> Score:
    """About 10 ms; of a card on a busy desk 20."""
    allowed = limits(kind)
    if allowed is None:
        return Score()
    bgr = picture.small
    cv2 = import_module("cv2")
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    values: Values = _light(grey) | _sharpness(grey)
    if refusal := _refusal(values, allowed):
        return Score(values, refusal=refusal)
    found = outline.find(grey)
    if allowed is PERSON:
        # A card has a face too. It is kept, whatever is the first thing to say.
        values |= {"card": bool(found.corners)}
        return Score(values, hint=_unclear(values, allowed) or ("card" if values["card"] else ""))
    if allowed is CARD:
        found = _card(bgr, found)
    values |= {"area": round(found.area, 3), "cut": round(found.cut, 3)}
    if allowed is CARD:
        values |= _glare(bgr, found, has_number=kind.endswith("front"))
        values |= {"corners": [list(corner) for corner in found.corners]}
    return Score(values, hint=_hint(values, allowed))


def _card(bgr: Any, found: Outline) -> Outline:
    """With corners only where edges prove them; then the card is whole, whatever else was seen."""
    proved = edges.corners(bgr, found.corners)
    if not proved:
        return replace(found, corners=())
    return Outline(outline.covered(proved), cut=0.0, corners=proved)


def doubt(values: Values) -> str:
    """What else to say of a picture that is good enough: who is on it (services.presence)."""
    faces = values.get("faces", 1)
    if faces != 1:
        return "several" if faces else "no_face"
    return "aside" if values.get("aside") else ""


def document(picture: Picture, values: Values) -> Picture:
    """The picture as it is shown: straightened and cropped where ``judge`` was sure of a card's
    corners, otherwise as it is."""
    corners = tuple((x, y) for x, y in values.get("corners", ()))
    if not corners:
        return picture
    return replace(picture, pixels=outline.straightened(picture, corners))


def _refusal(values: Values, allowed: Limits) -> str:
    if values["high"] < allowed.hard_dark:
        return "dark"
    if values["low"] > allowed.hard_bright:
        return "bright"
    if values["blur"] > allowed.hard_blur:
        return "empty" if values["blur"] == NO_EDGE else "blurred"
    return ""


def _unclear(values: Values, allowed: Limits) -> str:
    if values["high"] < allowed.soft_dark:
        return "dark"
    if values["low"] > allowed.soft_bright:
        return "bright"
    return "blurred" if values["blur"] > allowed.soft_blur else ""


def _hint(values: Values, allowed: Limits) -> str:
    """The one thing to say: first what makes the rest unsure."""
    if unclear := _unclear(values, allowed):
        return unclear
    if values.get("glare", 0) > WASHED_OUT:
        return "bright"
    if values.get("glare_number", 0) > LEAST_GLARE_ON_NUMBER:
        return "glare_number"
    if values.get("glare", 0) > LEAST_GLARE:
        return "glare"
    if values["cut"] > 0:
        return "cut"
    return "far" if 0 < values["area"] < allowed.least_area else ""


def _light(grey: Any) -> Values:
    np = import_module("numpy")
    # Counted: numpy's percentile sorts.
    at_most = np.bincount(grey[::4, ::4].ravel(), minlength=256).cumsum()
    places = np.array((0.05, 0.99)) * (at_most[-1] - 1)
    low, high = np.searchsorted(at_most, places, side="right")
    return {"low": int(low), "high": int(high)}


def _sharpness(grey: Any) -> Values:
    """The width of the sharper edges, whatever the light: the contrast of a tile over its steepest
    slope. A hand that shakes blurs one direction only, so the worse of both counts. NO_EDGE
    where there is none. Tenengrad, which depends on light and contents too, is kept beside it."""
    cv2 = import_module("cv2")
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)  # noise has edges too
    across, down = cv2.Sobel(smooth, cv2.CV_16S, 1, 0), cv2.Sobel(smooth, cv2.CV_16S, 0, 1)
    energy = (cv2.norm(across) ** 2 + cv2.norm(down) ** 2) / grey.size
    contrast = _range(smooth)
    has_print = contrast > max(NOISE, min(STEP, float(contrast.max()) / 2))
    if not has_print.any():
        return {"blur": NO_EDGE, "tenengrad": round(energy)}
    # Of a step with the width sigma: slope = 8 x contrast x 0.4 / sigma, by the filter's weights.
    sharp = [_upper(_steepest(slope)[has_print] / contrast[has_print]) for slope in (across, down)]
    blur = min(NO_EDGE - 1, 8 * 0.4 / max(0.01, min(sharp)))
    return {"blur": round(blur, 2), "tenengrad": round(energy)}


def _upper(values: Any) -> float:
    """What a quarter of them exceed, as numpy's percentile has it in a tenth of the time."""
    np = import_module("numpy")
    place, quarters = divmod(3 * (len(values) - 1), 4)
    low, high = np.sort(values)[[place, min(place + 1, len(values) - 1)]]
    return float(low + (high - low) * quarters / 4)


def _range(grey: Any) -> Any:
    np = import_module("numpy")
    return _tiles(grey, np.max) - _tiles(grey, np.min)


def _steepest(slope: Any) -> Any:
    np = import_module("numpy")
    return _tiles(np.absolute(slope, out=slope), np.max)


def _tiles(values: Any, of: Any) -> Any:
    """The largest or smallest of each tile. Down first, where whole rows are compared at once: both
    ways together take ten times as long."""
    rows, columns = values.shape[0] // TILE, values.shape[1] // TILE
    whole = values[: rows * TILE, : columns * TILE].reshape(rows, TILE, columns * TILE)
    return of(of(whole, axis=1).reshape(rows, columns, TILE), axis=2).astype("float32")


def _glare(bgr: Any, found: Outline, *, has_number: bool) -> Values:
    """The largest blown patch, and what of the patches lies over the number. What reaches the
    frame's rim is the desk or a window."""
    cv2, np = import_module("cv2"), import_module("numpy")
    # Every second pixel is enough, but to pick them out of three colours would take twice as long.
    blown = cv2.inRange(bgr, (BLOWN, BLOWN, BLOWN), (255, 255, 255))[::2, ::2]
    height, width = blown.shape
    blown = cv2.morphologyEx(blown, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    if not cv2.countNonZero(blown):
        return {"glare": 0.0}
    document = (found.area or 1.0) * height * width
    _count, labels, boxes, _middles = cv2.connectedComponentsWithStats(blown)
    left, top, wide, high, areas = boxes.T
    inside = (left > 0) & (top > 0) & (left + wide < width) & (top + high < height)
    inside[0] = False  # the background
    patches = areas[inside] / document
    values = {"glare": round(float(patches.max(initial=0.0)), 4)}
    if has_number and len(patches):
        corners = found.corners or ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
        zone = np.zeros((height, width), np.uint8)
        place = np.array(outline.within(corners, NUMBER)) * (width, height)
        cv2.fillConvexPoly(zone, place.astype(np.int32), 255)
        over = int((inside[labels] & (zone > 0)).sum()) / document
        values["glare_number"] = round(over, 4)
    return values
