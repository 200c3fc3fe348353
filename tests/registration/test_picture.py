"""A picture's address is good for one viewer and some minutes; what is shown names the viewer."""

import io
import time
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings as conf
from django.core import signing
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone
from PIL import Image

from outlets.bridge.people import PEOPLE
from outlets.models import Outlet
from portal import blobs
from portal.models import AuditEntry
from registration import imaging, marks, specimens
from registration.models import Photo
from registration.services import darkroom, evidence
from registration.services import photo as photos
from tests.cast import Cast
from tests.pictures import address, look

pytestmark = pytest.mark.django_db

CARD = imaging.clean(specimens.id_front(PEOPLE["wang"], size=(2000, 1262))).jpeg


@pytest.fixture
def shown(cast: Cast) -> Photo:
    return cast.photo(cast.draft(), "id_front")


def _refused() -> dict[str, Any]:
    detail: dict[str, Any] = AuditEntry.objects.get(action="photo.refused").detail
    return detail


# The address -------------------------------------------------------------------------------


def test_the_address_on_the_page_shows_the_picture(cast: Cast, shown: Photo) -> None:
    client = cast.signed_in(cast.clerk)

    page = client.get(reverse("photos", args=[shown.application_id])).content.decode()

    assert address(client, cast.clerk, shown) in page
    assert look(client, cast.clerk, shown).status_code == 200


def test_the_address_names_neither_the_customer_nor_the_session(cast: Cast, shown: Photo) -> None:
    client = cast.signed_in(cast.clerk)

    seal = resolve(address(client, cast.clerk, shown)).kwargs["seal"]

    sealed = signing.Signer(salt="registration.picture").unsign_object(seal)
    assert sealed[:2] == [shown.pk, cast.clerk.pk]
    assert str(client.session.session_key) not in str(sealed)


def test_a_copied_address_shows_a_colleague_nothing_and_is_written_down(
    cast: Cast, shown: Photo
) -> None:
    copied = address(cast.signed_in(cast.clerk), cast.clerk, shown)

    answer = cast.signed_in(cast.colleague).get(copied)

    assert answer.status_code == 404
    assert _refused() == {"reason": "viewer", "made_for": cast.clerk.pk}
    assert not AuditEntry.objects.filter(action="photo.viewed").exists()


def test_the_same_person_signed_in_elsewhere_sees_nothing_there(cast: Cast, shown: Photo) -> None:
    copied = address(cast.signed_in(cast.clerk), cast.clerk, shown)

    answer = cast.signed_in(cast.clerk).get(copied)

    assert answer.status_code == 404
    assert _refused()["reason"] == "session"


@pytest.mark.parametrize("seal", ["41", "x:y", "WzEsMiwzXQ:forged"])
def test_an_address_that_was_made_up_is_missing(cast: Cast, seal: str) -> None:
    answer = cast.signed_in(cast.clerk).get(reverse("photo", args=[seal]))

    assert answer.status_code == 404


def test_an_address_lives_for_five_to_ten_minutes_and_the_page_then_gives_another(
    cast: Cast, shown: Photo
) -> None:
    client = cast.signed_in(cast.clerk)
    now = timezone.now()
    old = address(client, cast.clerk, shown, now - timedelta(minutes=10, seconds=1))
    late = address(client, cast.clerk, shown, now - timedelta(minutes=4, seconds=59))

    expired = client.get(old)

    assert expired.status_code == 410
    assert "请刷新页面" in expired.content.decode()
    assert client.get(late).status_code == 200
    page = client.get(reverse("photos", args=[shown.application_id])).content.decode()
    assert old not in page


def test_a_page_that_is_asked_for_often_names_the_same_address_for_minutes(
    cast: Cast, shown: Photo
) -> None:
    client = cast.signed_in(cast.clerk)
    start = timezone.now()
    moments = [start + timedelta(seconds=seconds) for seconds in range(0, 600, 5)]

    addresses = [address(client, cast.clerk, shown, moment) for moment in moments]

    assert len(set(addresses)) <= 3


def test_new_addresses_are_no_change_to_who_polls(
    cast: Cast, shown: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = cast.signed_in(cast.clerk)
    url = reverse("photo_slots", args=[shown.application_id])
    tag = client.get(url).headers["ETag"]
    later = timezone.now() + timedelta(minutes=6)
    monkeypatch.setattr(timezone, "now", lambda: later)

    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304


def test_the_door_is_still_asked_at_every_look(cast: Cast, shown: Photo) -> None:
    client = cast.signed_in(cast.clerk)
    good = address(client, cast.clerk, shown)

    Outlet.objects.filter(pk=cast.outlet.pk).update(status=Outlet.Status.SUSPENDED)

    assert client.get(good).status_code == 403


def test_pictures_lie_under_no_public_path() -> None:
    folder = Path(conf.STORAGES["evidence"]["OPTIONS"]["location"])

    for public in (conf.STATIC_ROOT, *conf.STATICFILES_DIRS):
        assert not folder.is_relative_to(public)
    assert not conf.MEDIA_ROOT
    assert not conf.MEDIA_URL.strip("/")


# What is burnt in --------------------------------------------------------------------------


def test_what_is_shown_names_viewer_role_purpose_and_minute(cast: Cast) -> None:
    lines = photos.viewer_lines(cast.verifier, photos.Purpose.REVIEW, cast.now)

    who, why = (line.split(" ") for line in lines)
    assert who[:2] == [cast.verifier.name, "审核员"]
    assert "*" in who[2]
    assert cast.verifier.username not in lines[0]
    assert why[0] == "审核"
    assert " ".join(why[1:]) == f"{timezone.localtime(cast.now):%Y-%m-%d %H:%M}"


def test_the_mark_of_the_viewer_is_on_what_is_shown_and_not_on_what_is_stored(
    cast: Cast, shown: Photo
) -> None:
    stored = blobs.get(shown.view)

    seen = look(cast.signed_in(cast.clerk), cast.clerk, shown)
    elsewhere = look(cast.signed_in(cast.colleague), cast.colleague, shown)

    assert _differs(stored, seen.content).any()
    assert _differs(seen.content, elsewhere.content).any()
    assert blobs.get(shown.view) == stored


def test_looking_leaves_the_evidence_intact(cast: Cast) -> None:
    taken = photos.receive(
        cast.draft(), "id_front", CARD, source="camera", by=cast.clerk, now=cast.now
    )
    darkroom.develop(taken, now=cast.now)
    taken.refresh_from_db()

    look(cast.signed_in(cast.clerk), cast.clerk, taken)

    states = [item.state for item in evidence.verify(taken.application)]
    assert set(states) == {evidence.State.INTACT}
    marked = AuditEntry.objects.get(action="photo.marked")
    assert marked.detail["sha256"] == sha256(blobs.get(taken.view)).hexdigest()


LINES = ["王样本 审核员 ve****er", "审核 2026-11-27 17:50"]


def test_every_part_that_is_of_use_names_the_viewer() -> None:
    changed = _differs(CARD, marks.stamp(CARD, LINES))
    width, height = 700, 420  # a third of the card: a face, or the line of the number

    for left in range(0, changed.shape[1] - width, 100):
        for top in range(0, changed.shape[0] - height, 70):
            part = changed[top : top + height, left : left + width]
            assert part.mean() > 0.01


def test_the_mark_of_the_viewer_is_seen_on_dark_and_on_light_and_hides_little() -> None:
    for shade in ("#000000", "#808080", "#ffffff"):
        out = io.BytesIO()
        Image.new("RGB", (1200, 900), shade).save(out, "JPEG", quality=90)

        changed = _differs(out.getvalue(), marks.stamp(out.getvalue(), LINES))

        assert 0.005 < changed.mean() < 0.1


@pytest.mark.parametrize("size", [(400, 160), (320, 2000), (2000, 1500)])
def test_a_picture_of_any_shape_keeps_it_and_stays_a_plain_jpeg(size: tuple[int, int]) -> None:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, "JPEG")

    seen = Image.open(io.BytesIO(marks.stamp(out.getvalue(), LINES)))

    assert (seen.size, seen.mode, seen.format) == (size, "RGB", "JPEG")
    assert not seen.getexif()


def test_marking_for_a_look_takes_little_longer_than_the_jpeg_itself() -> None:
    marks.stamp(CARD, LINES)

    floor = _seconds(lambda: _again(CARD))
    took = _seconds(lambda: marks.stamp(CARD, LINES))

    assert took < 3 * floor


def _again(jpeg: bytes) -> None:
    Image.open(io.BytesIO(jpeg)).save(io.BytesIO(), "JPEG", quality=82)


def _seconds(work: Any) -> float:
    """The quickest of some, in time of this thread: neighbours do not count."""
    found = []
    for _ in range(7):
        begun = time.thread_time()
        work()
        found.append(time.thread_time() - begun)
    return min(found)


def _differs(one: bytes, other: bytes) -> Any:
    """Which pixels are clearly another brightness."""
    grey = [
        np.asarray(Image.open(io.BytesIO(each)).convert("L"), np.int16) for each in (one, other)
    ]
    return np.abs(grey[0] - grey[1]) > 25


# When it cannot be shown -------------------------------------------------------------------


def test_a_storage_that_is_away_is_said_and_no_error_of_ours(
    cast: Cast, shown: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(name: str) -> bytes:
        raise blobs.BlobUnavailable

    monkeypatch.setattr(blobs, "get", away)

    answer = look(cast.signed_in(cast.clerk), cast.clerk, shown)

    assert answer.status_code == 503
    assert "图片暂时存取不了" in answer.content.decode()


def test_who_is_signed_out_is_sent_to_the_login(cast: Cast, shown: Photo) -> None:
    good = address(cast.signed_in(cast.clerk), cast.clerk, shown)

    assert Client().get(good)["Location"].startswith(reverse("login"))
