"""Pictures through the pages: what is taken, what is refused and why, and who may look."""

import io
import struct
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageEnhance, ImageFilter

from outlets.bridge.people import PEOPLE
from outlets.models import Outlet
from portal import blobs
from portal.models import AuditEntry
from registration import intake, specimens
from registration.models import Application, LetterPoint, Photo
from registration.services import consent, darkroom, review
from registration.services import photo as photos
from tests import specimens as odd
from tests.cast import Cast
from tests.pictures import address, look

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}
FRONT = specimens.id_front(PEOPLE["wang"], size=(800, 505))


def _upload(
    client: Client,
    application: Application,
    kind: str = "id_front",
    data: bytes = FRONT,
    source: str = "camera",
    name: str = "id.jpg",
) -> Any:
    url = reverse("photo_take", args=[application.pk, kind])
    photo = SimpleUploadedFile(name, data, content_type="image/jpeg")
    return client.post(url, {"photo": photo, "source": source}, headers=JSON)


def _slots(client: Client, application: Application) -> dict[str, str]:
    page = client.get(reverse("photos", args=[application.pk]))
    return {slot.kind: slot.text for slot in page.context["slots"]}


# Taking ----------------------------------------------------------------------------------


def test_every_picture_that_is_due_has_a_slot(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)

    alone = _slots(client, application)
    cast.answer(application, "proxy")
    by_proxy = _slots(client, application)

    assert list(alone) == ["id_front", "id_back", "live"]
    assert set(alone.values()) == {"待拍"}
    assert "letter" in by_proxy
    assert "live" not in by_proxy


def test_a_picture_is_worked_on_and_then_shown(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)

    answer = _upload(client, application)
    waiting = _slots(client, application)
    picture = Photo.objects.get()
    unseen = look(client, cast.clerk, picture)
    darkroom.develop(picture, now=cast.now)
    seen = look(client, cast.clerk, picture)

    assert answer.status_code == 200
    assert answer.json()["saved"]
    assert waiting["id_front"] == "处理中"
    assert unseen.status_code == 404
    assert _slots(client, application)["id_front"] == "合格"
    assert seen.headers["Content-Type"] == "image/jpeg"
    assert seen.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in seen.headers["Cache-Control"]
    assert "private" in seen.headers["Cache-Control"]


def test_a_picture_that_a_worker_keeps_waiting_says_that_it_goes_on(cast: Cast) -> None:
    application = cast.draft()
    earlier = cast.now - timedelta(minutes=1)
    cast.photo(application, "id_front", status=Photo.Status.RECEIVED, view="", taken_at=earlier)

    assert "会自动完成" in _slots(cast.signed_in(cast.clerk), application)["id_front"]


def test_a_picture_that_could_not_be_read_says_what_to_do(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    header = struct.pack(">IIBBBBB", 640, 480, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", b"no pixels in here"), (b"IEND", b"")]
    _upload(client, application, data=odd.png_of(*[odd.chunk(*part) for part in parts]))

    darkroom.develop(Photo.objects.get(), now=cast.now)

    assert _slots(client, application)["id_front"].startswith("重拍：")


def test_retaking_replaces_and_the_old_one_is_gone_for_everyone(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    old = cast.photo(application, "id_front")

    _upload(client, application)

    assert look(client, cast.clerk, old).status_code == 404
    assert application.photos.current().get().pk != old.pk


def test_a_picture_that_was_sent_back_is_marked_until_it_is_retaken(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    cast.photo(application, "id_front")
    Application.objects.filter(pk=application.pk).update(redo=["id_front"])

    before = _slots(client, application)
    _upload(client, application)

    assert before["id_front"] == "审核退回：请重拍"
    assert _slots(client, application)["id_front"] == "处理中"


def test_unchanged_slots_are_a_304(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    url = reverse("photo_slots", args=[application.pk])
    tag = client.get(url).headers["ETag"]

    same = client.get(url, headers={"If-None-Match": tag})
    _upload(client, application)
    changed = client.get(url, headers={"If-None-Match": tag})

    assert (same.status_code, changed.status_code) == (304, 200)
    assert 'data-part="slot-id_front"' in changed.content.decode()


# What is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"just some text, named .jpg", "不是图片"),
        (b"", "不完整"),
        (odd.png_of_200_megapixels(), "像素太多"),
        (odd.truncated_jpeg(), "不完整"),
        (odd.jpeg_with_zip_tail(), "夹带"),
        (odd.animated_gif(), "不支持这种格式"),
        (b"\xff\xd8\xff" + b"\0" * (15 * 1024 * 1024), "15 MB"),
    ],
    ids=["text", "empty", "200-megapixels", "truncated", "polyglot", "gif", "too-large"],
)
def test_a_bad_file_is_refused_with_its_reason_and_nothing_is_kept(
    cast: Cast, data: bytes, words: str
) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)

    answer = _upload(client, application, data=data)

    assert answer.status_code == 409
    assert words in answer.json()["error"]
    assert not Photo.objects.exists()


def test_a_bad_file_does_not_cost_the_good_picture_before_it(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    cast.photo(application, "id_front")

    _upload(client, application, data=b"text")

    assert _slots(client, application)["id_front"] == "合格"


def test_a_form_without_a_picture_is_answered_in_words(cast: Cast) -> None:
    url = reverse("photo_take", args=[cast.draft().pk, "id_front"])

    answer = cast.signed_in(cast.clerk).post(url, {"source": "camera"}, headers=JSON)

    assert answer.status_code == 422
    assert answer.json()["error"] == "没有收到照片。请重拍。"


def test_a_file_is_taken_in_a_hall_and_refused_at_an_agent(cast: Cast) -> None:
    clerk = cast.person("hall", "大厅店员", cast.hall.channel, "clerk")

    hall = _upload_at(cast, clerk, cast.hall)
    agent = _upload_at(cast, cast.clerk, cast.outlet)

    assert hall.status_code == 200
    assert agent.status_code == 409
    assert "不能上传文件" in agent.json()["error"]


def _upload_at(cast: Cast, clerk: Any, outlet: Outlet) -> Any:
    application = cast.draft(by=clerk, outlet=outlet)
    return _upload(cast.signed_in(clerk), application, source="file")


def test_the_live_photo_comes_from_the_camera_even_in_a_hall(cast: Cast) -> None:
    clerk = cast.person("hall", "大厅店员", cast.hall.channel, "clerk")
    application = cast.draft(by=clerk, outlet=cast.hall)

    answer = _upload(cast.signed_in(clerk), application, "live", source="file")

    assert answer.status_code == 409
    assert "现场照只能用摄像头" in answer.json()["error"]


def test_a_kind_of_picture_that_is_not_due_is_refused(cast: Cast) -> None:
    answer = _upload(cast.signed_in(cast.clerk), cast.draft(), "letter")

    assert answer.status_code == 409


# The letter ------------------------------------------------------------------------------


def test_the_letter_s_points_save_themselves(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    cast.answer(application, "proxy")
    url = reverse("letter", args=[application.pk])

    answer = client.post(url, {"points": LetterPoint.values[:2]}, headers=JSON)

    application.refresh_from_db()
    assert answer.status_code == 200
    assert application.letter_points == LetterPoint.values[:2]


# Who may look ----------------------------------------------------------------------------


def _look(cast: Cast, user: Any, picture: Photo) -> int:
    return int(look(cast.signed_in(user), user, picture).status_code)


def test_the_outlet_s_clerks_see_a_picture_and_nobody_else_does(cast: Cast) -> None:
    picture = cast.photo(cast.draft(), "id_front")

    assert _look(cast, cast.clerk, picture) == 200
    assert _look(cast, cast.colleague, picture) == 200
    for stranger in (cast.sister_clerk, cast.manager, cast.head_manager, cast.administrator):
        assert _look(cast, stranger, picture) == 404


def test_who_is_not_signed_in_sees_no_picture(cast: Cast, client: Client) -> None:
    picture = cast.photo(cast.draft(), "id_front")

    answer = client.get(address(cast.signed_in(cast.clerk), cast.clerk, picture))

    assert answer.headers["Location"].startswith(reverse("login"))


def test_a_verifier_sees_the_pictures_of_the_case_in_hand_only(cast: Cast) -> None:
    application = cast.in_review()
    picture = application.photos.current().get(kind="id_front")

    before = _look(cast, cast.verifier, picture)
    case = cast.claimed()
    while_held = _look(cast, cast.verifier, picture)
    other = _look(cast, cast.second_verifier, picture)
    review.release(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)

    assert (before, while_held, other) == (404, 200, 404)
    assert _look(cast, cast.verifier, picture) == 404


def test_a_clerk_sees_no_picture_of_work_that_is_done(cast: Cast) -> None:
    application = cast.ready()
    picture = application.photos.current().get(kind="id_front")
    Application.objects.filter(pk=application.pk).update(status=Application.Status.ABANDONED)

    assert _look(cast, cast.clerk, picture) == 404


def test_a_clerk_of_a_suspended_outlet_sees_no_picture(cast: Cast) -> None:
    picture = cast.photo(cast.draft(), "id_front")
    Outlet.objects.filter(pk=cast.outlet.pk).update(status=Outlet.Status.SUSPENDED)

    assert _look(cast, cast.clerk, picture) == 403


def test_looking_at_a_picture_is_written_down(cast: Cast) -> None:
    picture = cast.photo(cast.draft(), "id_front")

    _look(cast, cast.clerk, picture)

    entry = AuditEntry.objects.get(action="photo.viewed")
    assert (entry.actor, entry.subject_id) == (cast.clerk, picture.pk)


def test_a_blank_signature_is_refused_by_the_server_too(cast: Cast) -> None:
    paper = io.BytesIO()
    Image.new("RGB", (600, 200), "white").save(paper, "PNG")

    with pytest.raises(photos.BlankSignature):
        _sign(cast, cast.draft(), paper.getvalue())


def test_a_drawn_signature_is_taken(cast: Cast) -> None:
    application = cast.draft()

    _sign(cast, application, specimens.signature())

    assert application.confirmed_at == cast.now


def _sign(cast: Cast, application: Application, data: bytes) -> None:
    shown = consent.name(application, now=cast.now)
    intake.sign(application, data, shown=shown, answers={"face": True}, by=cast.clerk, now=cast.now)


# How good it is --------------------------------------------------------------------------


def _shot(cast: Cast, application: Application, data: bytes, kind: str = "id_front") -> Photo:
    """Taken and worked on, a little later than the last one."""
    cast.now += timedelta(seconds=5)
    taken = photos.receive(
        application, kind, data, source="camera", camera="样机", by=cast.clerk, now=cast.now
    )
    darkroom.develop(taken, now=cast.now)
    taken.refresh_from_db()
    return taken


def _changed(change: Any) -> bytes:
    return odd.saved(change(Image.open(io.BytesIO(FRONT)).convert("RGB")), "JPEG")


BLURRED = _changed(lambda im: im.filter(ImageFilter.GaussianBlur(9)))
DIM = _changed(lambda im: ImageEnhance.Brightness(im).enhance(0.3))


def test_a_picture_that_nobody_can_read_is_refused_at_its_slot(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)

    taken = _shot(cast, application, BLURRED)

    assert taken.status == Photo.Status.REJECTED
    assert taken.quality["blur"] > 5
    assert _slots(client, application)["id_front"].startswith("重拍：太模糊")


def test_a_picture_that_nobody_foresaw_is_refused_and_not_tried_for_ever(cast: Cast) -> None:
    strip = Image.effect_noise((20_000, 320), 60).convert("RGB")
    # As if it had come before its header was looked at for that.
    taken = cast.photo(
        cast.draft(),
        "id_front",
        status=Photo.Status.RECEIVED,
        original=blobs.put(odd.saved(strip, "JPEG")),
    )

    darkroom.develop(taken, now=cast.now)

    taken.refresh_from_db()
    assert taken.status == Photo.Status.REJECTED
    assert taken.problem == "图片已损坏，打不开。请重拍。"


def test_a_picture_that_could_be_better_is_taken_and_says_so(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)

    taken = _shot(cast, application, DIM)

    page = client.get(reverse("photos", args=[application.pk])).content.decode()
    assert (taken.status, taken.hint) == (Photo.Status.READY, "dark")
    assert "可用，但偏暗" in page
    assert "is-hinted" in page


def test_the_camera_s_name_comes_along_as_far_as_it_is_one(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    url = reverse("photo_take", args=[application.pk, "id_front"])
    photo = SimpleUploadedFile("id.jpg", FRONT, content_type="image/jpeg")

    answer = client.post(
        url, {"photo": photo, "source": "camera", "camera": "高拍仪\n" + "x" * 200}, headers=JSON
    )

    assert answer.status_code == 200
    assert Photo.objects.get().camera == "高拍仪" + "x" * 77


def test_tries_are_counted_anew_once_it_was_sent_back(cast: Cast) -> None:
    application = cast.draft()
    first, second = _shot(cast, application, BLURRED), _shot(cast, application, FRONT)
    Application.objects.filter(pk=application.pk).update(submitted_at=cast.now)
    application.refresh_from_db()

    third = _shot(cast, application, FRONT)

    assert [each.attempt for each in (first, second, third)] == [1, 2, 1]
