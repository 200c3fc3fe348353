"""A live photo without a face is told at the counter, at the picture; nobody is refused for it."""

import uuid
from dataclasses import replace

import pytest
from django.urls import reverse
from PIL import Image, ImageDraw, ImageFilter

from outlets.bridge.people import PEOPLE
from portal.gateways import Unavailable, face
from registration import flow, intake, specimens
from registration.models import Application, Finding, Photo
from registration.services import photo as photos
from registration.specimens.damage import CLEAN, photographed
from registration.specimens.face import WALL
from registration.specimens.paper import INK, font
from tests import specimens as odd
from tests.cast import Cast
from tests.registration import work

pytestmark = pytest.mark.django_db
WANG, LI = PEOPLE["wang"], PEOPLE["li"]
ALONE = specimens.live_photo(WANG, (900, 1200))
WITHOUT = "可用，但没有看到人脸：请正对镜头、露出全脸后重拍"
BLURRED = "可用，但有点模糊：请拿稳、对好焦后重拍"
ASIDE = "可用，但人脸又小又偏，像拍了证件：请对着本人，把脸放在中间重拍"
SEVERAL = "可用，但画面上不止一个人：请只拍本人，重拍"


def wall() -> Image.Image:
    """A counter at which nobody stands."""
    im = Image.new("RGB", (1200, 900), WALL)
    pen = ImageDraw.Draw(im)
    for top in range(40, 400, 60):
        pen.text((60, top), "示例营业厅 资费说明 样本 示例营业厅 资费说明", INK, font(48))
    return im


def together(far: float = 1.0) -> bytes:
    """Two people, the second so much smaller."""
    im = wall()
    for place, (person, size) in enumerate(((WANG, 1.0), (LI, far))):
        stands = specimens.bust(person, (int(480 * size), int(600 * size)), WALL)
        left = 60 + 600 * place if far == 1 else 360 * (1 - place)
        im.paste(stands, (left, 900 - stands.height))
    return odd.saved(im, "JPEG")


def told(cast: Cast, application: Application, jpeg: bytes, kind: str = "live") -> str:
    """What the page says at the picture when a worker has looked."""
    photo = photos.receive(application, kind, jpeg, source="camera", by=cast.clerk, now=cast.now)
    intake.develop(photo, now=cast.now)
    page = cast.signed_in(cast.clerk).get(reverse("photos", args=[application.pk]))
    texts: dict[str, str] = {slot.kind: slot.text for slot in page.context["slots"]}
    return texts[kind]


def test_a_live_photo_without_a_face_is_told_with_what_to_do(cast: Cast) -> None:
    assert told(cast, cast.draft(), odd.saved(wall(), "JPEG")) == WITHOUT


def test_a_live_photo_of_two_people_is_told(cast: Cast) -> None:
    assert told(cast, cast.draft(), together()) == SEVERAL


@pytest.mark.parametrize("filled", [1.0, 1.3])
@pytest.mark.parametrize("person", ["wang", "li", "zhao"])
def test_a_card_that_fills_the_frame_is_told(cast: Cast, person: str, filled: float) -> None:
    card = specimens.id_front(PEOPLE[person])
    jpeg = photographed(card, replace(CLEAN, filled=filled), seed=person)

    assert told(cast, cast.draft(), jpeg) == ASIDE


@pytest.mark.parametrize("filled", [0.84, 1.0])
def test_a_card_in_the_person_s_place_is_a_finding_for_people(cast: Cast, filled: float) -> None:
    application = cast.ready()
    card = photographed(specimens.id_front(WANG), replace(CLEAN, filled=filled), seed="card")
    told(cast, application, card)

    flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now)

    assert application.findings.get(rule="CV-04P").severity == Finding.Severity.REVIEW


def test_the_desk_points_at_the_picture_that_shows_a_card(cast: Cast) -> None:
    application = cast.in_review(proxy="li")
    application.photos.filter(kind="proxy_live").update(quality={"card": True})
    flow.look_again(application, now=cast.now)

    said = work.finding_at_desk(cast, "现场照像是拍了证件上的照片，不是本人。")

    assert 'data-look="proxy_live"' in said


def test_a_card_is_a_finding_also_where_the_counter_hears_of_the_blur(cast: Cast) -> None:
    application = cast.ready()
    card = photographed(specimens.id_back(WANG), replace(CLEAN, blur=16), seed="card")

    assert told(cast, application, card) == BLURRED

    flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now)
    assert application.findings.filter(rule="CV-04P").exists()


def test_who_stands_aside_and_near_is_somebody(cast: Cast) -> None:
    im = wall()
    im.paste(specimens.bust(WANG, (720, 900), WALL), (-180, 0))

    assert told(cast, cast.draft(), odd.saved(im, "JPEG")) == "合格"


def test_whoever_passes_by_behind_is_nobody_s_business(cast: Cast) -> None:
    assert told(cast, cast.draft(), together(far=0.4)) == "合格"


@pytest.mark.parametrize("person", ["wang", "li", "zhao", "dili", "foreign"])
def test_somebody_at_the_counter_is_seen(cast: Cast, person: str) -> None:
    jpeg = specimens.live_photo(PEOPLE[person], (900, 1200))

    assert told(cast, cast.draft(), jpeg) == "合格"


def test_the_next_picture_ends_it(cast: Cast) -> None:
    application = cast.draft()

    first = told(cast, application, odd.saved(wall(), "JPEG"))

    assert (first, told(cast, application, ALONE)) == (WITHOUT, "合格")


def test_on_the_proxy_s_picture_a_face_is_looked_for_and_on_a_paper_none(cast: Cast) -> None:
    application = cast.ready(proxy="li")
    empty = odd.saved(wall(), "JPEG")

    assert told(cast, application, empty, "proxy_live") == WITHOUT
    assert "人脸" not in told(cast, application, empty, "letter")


def test_a_blur_explains_why_no_face_is_seen(cast: Cast) -> None:
    blurred = wall().filter(ImageFilter.GaussianBlur(7))

    assert told(cast, cast.draft(), odd.saved(blurred, "JPEG")) == BLURRED


def test_without_a_face_it_is_handed_in_all_the_same(cast: Cast) -> None:
    application = cast.ready()
    told(cast, application, odd.saved(wall(), "JPEG"))

    flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now)

    application.refresh_from_db()
    assert application.status == Application.Status.SUBMITTED


def test_where_no_finder_is_installed_the_picture_is_ready_without_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> face.FaceFinder:
        raise Unavailable("weights")

    monkeypatch.setattr(face, "finder", missing)

    said = told(cast, cast.draft(), odd.saved(wall(), "JPEG"))

    assert said == "合格"
    assert "faces" not in Photo.objects.get().quality


def test_of_a_face_nothing_is_kept_but_that_it_is_there(cast: Cast) -> None:
    told(cast, cast.draft(), ALONE)

    kept = Photo.objects.get().quality
    assert (kept.pop("faces"), kept.pop("aside")) == (1, False)
    assert set(kept) == {"low", "high", "blur", "tenengrad", "card", "looks", "stripes"}
