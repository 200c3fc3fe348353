"""A picture that was used before is found, however it was packed; no other picture is."""

import io
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from django.db import connection
from PIL import Image, ImageEnhance

from outlets.bridge.people import PEOPLE
from portal import blobs
from registration import flow, imaging, intake, likeness, specimens
from registration.likeness import Level, Sort
from registration.models import Application, Photo, PictureHash, Role
from registration.services import erasure, study
from registration.services import likeness as reuse
from registration.services import photo as photos
from tests import specimens as odd
from tests.cast import Cast

WANG, LI, ZHANG = PEOPLE["wang"], PEOPLE["li"], PEOPLE["zhang"]
SIZE = (600, 800)
FACE = specimens.live_photo(WANG, SIZE)
Change = Callable[[Image.Image], Image.Image]


def packed(jpeg: bytes, change: Change = lambda im: im, *, quality: int = 85) -> bytes:
    out = io.BytesIO()
    change(Image.open(io.BytesIO(jpeg)).convert("RGB")).save(out, "JPEG", quality=quality)
    return out.getvalue()


def cut(im: Image.Image) -> Image.Image:
    """One hundredth off every side."""
    x, y = im.width // 100, im.height // 100
    return im.crop((x, y, im.width - x, im.height - y))


def looks(jpeg: bytes) -> likeness.Print | None:
    return likeness.of(imaging.clean(jpeg, min_side=1).small)


def level(sort: Sort, one: bytes, other: bytes) -> Level | None:
    ours, theirs = looks(one), looks(other)
    assert ours is not None
    assert theirs is not None
    return likeness.level(sort, ours, theirs)


# ---------------------------------------------------------------- pure

AGAIN: dict[str, Callable[[bytes], bytes]] = {
    "packed again": lambda jpeg: packed(jpeg, quality=50),
    "badly": lambda jpeg: packed(jpeg, quality=25),
    "smaller": lambda jpeg: packed(jpeg, lambda im: im.resize((im.width // 2, im.height // 2))),
    "brighter": lambda jpeg: packed(jpeg, lambda im: ImageEnhance.Brightness(im).enhance(1.12)),
    "darker": lambda jpeg: packed(jpeg, lambda im: ImageEnhance.Brightness(im).enhance(0.8)),
    "harder": lambda jpeg: packed(jpeg, lambda im: ImageEnhance.Contrast(im).enhance(1.2)),
}


@pytest.mark.parametrize("change", AGAIN.values(), ids=AGAIN)
@pytest.mark.parametrize("person", ["wang", "li", "zhao", "dili"])
def test_the_same_picture_of_a_person_is_known_again(
    person: str, change: Callable[[bytes], bytes]
) -> None:
    shot = specimens.live_photo(PEOPLE[person], SIZE)

    assert level(Sort.PERSON, shot, change(shot)) == Level.ALARM


def test_a_picture_with_its_edge_cut_off_is_known_again() -> None:
    assert level(Sort.PERSON, FACE, packed(FACE, cut)) == Level.ALARM


# White paper that is brightened further loses what is written on it.
@pytest.mark.parametrize("name", [name for name in AGAIN if name != "brighter"])
def test_the_same_picture_of_a_letter_is_known_again(name: str) -> None:
    letter = specimens.letter(WANG, LI, "13800000001", (800, 1131))

    assert level(Sort.PAPER, letter, AGAIN[name](letter)) == Level.ALARM


def test_no_two_people_at_one_counter_are_taken_for_one_picture() -> None:
    shots = [specimens.live_photo(person, SIZE) for person in PEOPLE.values()]

    assert Level.ALARM not in [level(Sort.PERSON, *pair) for pair in combinations(shots, 2)]


def test_a_person_who_comes_twice_is_two_pictures() -> None:
    shots = [specimens.live_photo(WANG, SIZE, shot=str(number)) for number in range(6)]

    assert Level.ALARM not in [level(Sort.PERSON, *pair) for pair in combinations(shots, 2)]


def test_letters_on_one_form_are_no_finding() -> None:
    people = list(PEOPLE.values())[:8]
    letters = [
        specimens.letter(holder, proxy, f"1380000000{place}", (800, 1131))
        for place, (holder, proxy) in enumerate(combinations(people[:4], 2))
    ]

    assert {level(Sort.PAPER, *pair) for pair in combinations(letters, 2)} == {None}


def test_an_empty_page_looks_like_nothing() -> None:
    white = packed(odd.jpeg(), lambda im: Image.new("RGB", im.size, "white"))

    assert looks(white) is None


# ---------------------------------------------------------------- the step


@pytest.fixture
def draft(cast: Cast) -> Application:
    return cast.draft()


def taken(
    cast: Cast,
    application: Application,
    kind: str = "live",
    jpeg: bytes = FACE,
    *,
    days: float = 0,
    **fields: object,
) -> Photo:
    """A picture that came ``days`` later and has been studied."""
    at = cast.now + timedelta(days=days)
    photo = cast.photo(application, kind, taken_at=at, original=blobs.put(jpeg), **fields)
    study.plan(photo, now=at)
    study.study(photo, now=at)
    return photo


def found(photo: Photo) -> list[tuple[int, str]]:
    return list(photo.likenesses.order_by("pk").values_list("other_id", "level"))


pytestmark = pytest.mark.django_db


def test_the_outlets_picture_of_last_week_is_found_again(cast: Cast, draft: Application) -> None:
    first = taken(cast, draft)

    second = taken(cast, cast.draft(), jpeg=packed(FACE, quality=50), days=7)

    assert found(second) == [(first.pk, Level.ALARM)]
    assert found(first) == []


def test_what_was_seen_at_the_counter_is_not_decoded_again(
    cast: Cast, draft: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = photos.receive(
        draft, "live", packed(FACE), source="camera", by=cast.clerk, now=cast.now
    )
    intake.develop(photo, now=cast.now)
    monkeypatch.setattr(imaging, "clean", lambda *_args, **_options: pytest.fail("decoded"))

    study.study(photo, now=cast.now)

    assert PictureHash.objects.filter(photo=photo).exists()


def test_a_picture_is_found_as_another_persons_too(cast: Cast, draft: Application) -> None:
    first = taken(cast, draft)

    second = taken(cast, cast.draft(), "proxy_live", packed(FACE), days=1)

    assert found(second) == [(first.pk, Level.ALARM)]


def test_what_is_studied_late_is_told_of_the_later_picture(cast: Cast, draft: Application) -> None:
    first = cast.photo(draft, "live", original=blobs.put(FACE))
    second = taken(cast, cast.draft(), jpeg=packed(FACE), days=1)

    study.plan(first, now=cast.now)
    study.study(first, now=cast.now)

    assert found(second) == [(first.pk, Level.ALARM)]


def test_a_step_that_runs_twice_finds_once(cast: Cast, draft: Application) -> None:
    taken(cast, draft)
    second = taken(cast, cast.draft(), jpeg=packed(FACE), days=1)

    reuse.keep(second, looks(packed(FACE)), cast.now)

    assert len(found(second)) == 1
    assert PictureHash.objects.count() == 2


def test_a_picture_that_is_taken_again_is_not_its_own_double(
    cast: Cast, draft: Application
) -> None:
    first = taken(cast, draft)
    Photo.objects.filter(pk=first.pk).update(replaced_at=cast.now)

    second = taken(cast, draft, jpeg=packed(FACE))

    assert found(second) == []


def test_one_picture_for_two_people_of_an_application_is_found(
    cast: Cast, draft: Application
) -> None:
    first = taken(cast, draft)

    second = taken(cast, draft, "proxy_live", packed(FACE))

    assert found(second) == [(first.pk, Level.ALARM)]


def test_a_picture_of_what_was_given_up_counts(cast: Cast, draft: Application) -> None:
    first = taken(cast, draft)
    flow.abandon(draft, by=cast.clerk, now=cast.now)

    second = taken(cast, cast.draft(), jpeg=packed(FACE), days=1)

    assert found(second) == [(first.pk, Level.ALARM)]


def test_another_outlets_picture_is_not_compared(cast: Cast, draft: Application) -> None:
    taken(cast, draft)

    second = taken(cast, cast.draft(outlet=cast.sister, by=cast.sister_clerk), jpeg=packed(FACE))

    assert found(second) == []


def test_the_same_file_is_found_at_any_outlet_and_after_any_time(
    cast: Cast, draft: Application
) -> None:
    first = taken(cast, draft, sha256="a" * 64)

    other = cast.draft(outlet=cast.sister, by=cast.sister_clerk)
    second = taken(cast, other, sha256="a" * 64, days=400)

    assert found(second) == [(first.pk, Level.ALARM)]


def test_a_proxys_picture_is_found_at_another_outlet(cast: Cast) -> None:
    shops = [(cast.outlet, cast.clerk), (cast.sister, cast.sister_clerk)]
    drafts = [cast.draft(outlet=outlet, by=clerk) for outlet, clerk in shops]
    for application in drafts:
        cast.answer(application, "proxy")
        cast.read(application, "li", Role.PROXY)

    first, second = (
        taken(cast, application, "proxy_live", packed(FACE, quality=quality), days=quality / 100)
        for application, quality in zip(drafts, (60, 90), strict=True)
    )

    assert found(second) == [(first.pk, Level.ALARM)]


@pytest.mark.parametrize(("days", "is_found"), [(29, True), (31, False)])
def test_the_look_goes_back_thirty_days(
    cast: Cast, draft: Application, days: int, is_found: bool
) -> None:
    taken(cast, draft)

    second = taken(cast, cast.draft(), jpeg=packed(FACE), days=days)

    assert bool(found(second)) is is_found


def test_policy_says_how_far_back_the_look_goes(cast: Cast, draft: Application) -> None:
    cast.policy("picture.look_back_days", 5)
    taken(cast, draft)

    second = taken(cast, cast.draft(), jpeg=packed(FACE), days=6)

    assert found(second) == []


def test_card_pages_and_signatures_are_not_compared(cast: Cast, draft: Application) -> None:
    for kind in ("id_front", "id_back", "signature", "licence"):
        taken(cast, draft, kind, source="screen" if kind == "signature" else "camera")

    assert not PictureHash.objects.exists()


def test_the_hash_goes_with_what_is_erased(cast: Cast, draft: Application) -> None:
    taken(cast, draft)
    flow.abandon(draft, by=cast.clerk, now=cast.now)
    draft.orders.update(status="done")

    erasure.erase(draft, now=cast.now + timedelta(days=400))

    assert not PictureHash.objects.exists()


def test_a_look_costs_the_same_whatever_lies_in_the_table(
    cast: Cast, draft: Application, django_assert_num_queries: Any
) -> None:
    photo = taken(cast, draft)
    for place in range(12):
        other = cast.draft(outlet=cast.sister, by=cast.sister_clerk)
        taken(cast, other, jpeg=specimens.live_photo(ZHANG, SIZE, shot=str(place)))
    photo = Photo.objects.select_related("application").get(pk=photo.pk)

    with django_assert_num_queries(4):  # its hash, the policy, the window, the twins
        assert reuse.find(photo) == []


# ---------------------------------------------------------------- what the rules are told


def _judged(cast: Cast, application: Application) -> set[str]:
    return {verdict.rule.id for verdict in flow.judge(application, now=cast.now)}


def test_the_verifier_is_told_that_a_live_photo_was_used_before(cast: Cast) -> None:
    taken(cast, cast.draft())
    application = cast.ready()
    application.photos.filter(kind="live").delete()

    taken(cast, application, jpeg=packed(FACE), days=1)

    assert {verdict.rule.id: verdict.severity for verdict in flow.judge(application, now=cast.now)}[
        "CV-04R"
    ] == "review"


def test_the_counter_hands_in_all_the_same(cast: Cast) -> None:
    taken(cast, cast.draft())
    application = cast.ready()
    application.photos.filter(kind="live").delete()
    taken(cast, application, jpeg=packed(FACE), days=1)

    flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now)

    assert application.findings.filter(rule="CV-04R", severity="review").exists()


def test_a_letter_packed_otherwise_is_a_used_letter(cast: Cast) -> None:
    letter = specimens.letter(WANG, LI, "13800000001", (800, 1131))
    first, second = cast.ready(proxy="li"), cast.ready("zhang", proxy="li", number="17000000002")
    for place, application in enumerate((first, second)):
        application.photos.filter(kind="letter").delete()
        taken(cast, application, "letter", packed(letter, quality=90 - 40 * place), days=place)

    assert "PX-07L" not in _judged(cast, first)
    assert "PX-07L" in _judged(cast, second)


def test_what_replaced_pictures_had_found_is_not_told(cast: Cast) -> None:
    taken(cast, cast.draft())
    application = cast.ready()
    application.photos.filter(kind="live").delete()
    used = taken(cast, application, jpeg=packed(FACE), days=1)

    Photo.objects.filter(pk=used.pk).update(replaced_at=cast.now)
    taken(cast, application, jpeg=specimens.live_photo(ZHANG, SIZE), days=1)

    assert "CV-04R" not in _judged(cast, application)


# ---------------------------------------------------------------- where the file comes from

FOREIGN = {
    "a phone's": odd.jpeg_with_exif_gps_and_orientation(1),
    "a stereo file": odd.mpo(),
    "with a comment": odd.jpeg(comment=b"edited"),
    "a screenshot": odd.saved(odd.picture(), "PNG"),
    "a phone's HEIC": odd.HEIC,
}


def _exif() -> bytes:
    exif = Image.Exif()
    exif[0x112] = 1
    exif.get_ifd(0x8769).update({0xA001: 1, 0xA002: 640, 0xA003: 480})
    return odd.jpeg(exif=exif)


CANVAS = {
    "a plain canvas": odd.jpeg(),
    "with a profile": odd.jpeg(icc_profile=b"p" * 300),
    "Safari's": _exif(),
}


def _received(cast: Cast, kind: str, data: bytes, source: str = "camera") -> Photo:
    application = cast.draft(outlet=cast.hall, by=cast.hall_clerk)
    return photos.receive(application, kind, data, source=source, by=cast.hall_clerk, now=cast.now)


@pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN)
def test_a_live_photo_that_no_page_of_ours_made_is_noted(cast: Cast, data: bytes) -> None:
    photo = _received(cast, "live", data)

    assert photo.made_elsewhere
    assert "CV-04G" in _judged(cast, photo.application)


@pytest.mark.parametrize("data", CANVAS.values(), ids=CANVAS)
def test_a_frame_of_the_counters_camera_is_in_order(cast: Cast, data: bytes) -> None:
    photo = _received(cast, "live", data)

    assert not photo.made_elsewhere
    assert "CV-04G" not in _judged(cast, photo.application)


def test_a_page_from_a_scanner_may_say_where_it_comes_from(cast: Cast) -> None:
    photo = _received(cast, "id_front", odd.jpeg_with_exif_gps_and_orientation(1), "file")

    assert not photo.made_elsewhere


# ---------------------------------------------------------------- PostgreSQL


def _plans() -> Iterator[str]:
    """How the server would carry out the look's queries on a table that is large."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        photo = Photo.objects.select_related("application").latest("pk")
        mine = PictureHash.objects.get(photo=photo)
        mine.proxy_key = "k" * 64
        for window in reuse._windows(mine, photo):
            yield window.order_by("-taken_at")[: reuse.MOST].explain()
        yield reuse._twins(photo).explain()


@pytest.mark.postgres
def test_every_look_goes_through_an_index_of_its_own(cast: Cast, draft: Application) -> None:
    taken(cast, draft)

    plans = list(_plans())

    names = ("picture_hash_by_outlet", "picture_hash_by_proxy", "live_by_picture")
    assert [name for name, plan in zip(names, plans, strict=True) if name in plan] == list(names)
