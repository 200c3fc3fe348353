"""The outlet's phone as a camera: what its link lets one phone do, and how it ends."""

import base64
import re
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

import cv2
import numpy as np
import pytest
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from outlets.bridge.people import PEOPLE
from outlets.models import Outlet
from outlets.services import staff
from portal.models import AuditEntry
from registration import flow, specimens
from registration.models import Application, PhoneLink, Photo
from registration.services import darkroom
from registration.services import phone as phones
from registration.services import photo as photos
from registration.services.application import NotEditable
from tests.cast import Cast

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}
FRONT = specimens.id_front(PEOPLE["wang"], size=(800, 505))
MINE, OTHERS = "the phone's secret", "another phone's secret"


@dataclass
class Counter:
    """The clerk's PC with a draft, signed in."""

    cast: Cast
    pc: Client = field(init=False)
    application: Application = field(init=False)

    def __post_init__(self) -> None:
        self.pc = self.cast.signed_in(self.cast.clerk)
        self.application = self.cast.draft()

    def make(self, application: Application | None = None) -> tuple[PhoneLink, str]:
        return phones.make(
            application or self.application,
            by=self.cast.clerk,
            session_key=str(self.pc.session.session_key),
            now=self.cast.now,
        )

    def opened(self) -> PhoneLink:
        """A link that the phone with MINE has opened."""
        _link, token = self.make()
        return phones.open_by(token, MINE, now=self.cast.now)

    def take(self, link: PhoneLink, kind: str = "id_front", **how: Any) -> Photo:
        given: dict[str, Any] = {"source": Photo.Source.CAMERA, "now": self.cast.now} | how
        return phones.take(link, kind, FRONT, **given)


@pytest.fixture
def counter(cast: Cast) -> Counter:
    return Counter(cast)


# The link --------------------------------------------------------------------------------


def test_only_hashes_of_the_token_and_of_the_phone_are_kept(counter: Counter) -> None:
    link, token = counter.make()
    phones.open_by(token, MINE, now=counter.cast.now)

    row = PhoneLink.objects.values().get(pk=link.pk)

    assert len(base64.urlsafe_b64decode(f"{token}=")) == 32
    assert row["token_hash"] == sha256(token.encode()).hexdigest()
    assert not {token, MINE} & set(row.values())


def test_a_second_phone_is_refused_and_the_first_stays(counter: Counter) -> None:
    _link, token = counter.make()
    phones.open_by(token, MINE, now=counter.cast.now)

    with pytest.raises(phones.AnotherPhone):
        phones.open_by(token, OTHERS, now=counter.cast.now)

    assert phones.of_phone(MINE, counter.cast.now).application == counter.application
    with pytest.raises(phones.LinkEnded):
        phones.of_phone(OTHERS, counter.cast.now)


def test_a_phone_whose_first_answer_was_lost_asks_again(counter: Counter) -> None:
    _link, token = counter.make()
    first = phones.open_by(token, MINE, now=counter.cast.now)

    again = phones.open_by(token, MINE, now=counter.cast.now)

    assert again == first
    assert AuditEntry.objects.filter(action="phone.opened").count() == 1


def test_a_link_lives_five_minutes(counter: Counter) -> None:
    link, token = counter.make()
    phones.open_by(token, MINE, now=counter.cast.now)
    just, late = (counter.cast.now + timedelta(seconds=299 + more) for more in (0, 1))

    phones.of_phone(MINE, just)

    with pytest.raises(phones.LinkEnded):
        phones.of_phone(MINE, late)
    with pytest.raises(phones.LinkEnded):
        counter.take(link, now=late)


def test_a_code_that_nobody_scanned_in_time_is_worth_nothing(counter: Counter) -> None:
    _link, token = counter.make()

    with pytest.raises(phones.LinkEnded):
        phones.open_by(token, MINE, now=counter.cast.now + phones.LIFE)


def test_a_new_code_ends_the_one_before(counter: Counter) -> None:
    _old, old_token = counter.make()
    opened = phones.open_by(old_token, MINE, now=counter.cast.now)

    counter.make()

    with pytest.raises(phones.LinkEnded):
        phones.of_phone(MINE, counter.cast.now)
    with pytest.raises(phones.LinkEnded):
        phones.open_by(old_token, MINE, now=counter.cast.now)
    with pytest.raises(phones.LinkEnded):
        counter.take(opened)


def test_the_database_holds_one_open_link_per_application(counter: Counter) -> None:
    link, _token = counter.make()
    values = PhoneLink.objects.values().get(pk=link.pk) | {"id": None, "token_hash": "0" * 64}

    with pytest.raises(IntegrityError), transaction.atomic():
        PhoneLink.objects.create(**values)


def test_stopping_ends_it_and_twice_is_once(counter: Counter) -> None:
    counter.opened()

    for _time in range(2):
        phones.end(counter.application, by=counter.cast.clerk, now=counter.cast.now)

    with pytest.raises(phones.LinkEnded):
        phones.of_phone(MINE, counter.cast.now)
    assert AuditEntry.objects.filter(action="phone.ended").count() == 1


def test_a_link_ends_when_the_application_is_handed_in_and_does_not_come_back_with_it(
    counter: Counter,
) -> None:
    counter.application = counter.cast.ready()
    link = counter.opened()

    flow.submit(
        counter.application,
        by=counter.cast.clerk,
        key="00000000-0000-0000-0000-000000000001",  # type: ignore[arg-type]
        now=counter.cast.now,
    )
    submitted = phones.is_live(link, counter.cast.now)
    Application.objects.filter(pk=counter.application.pk).update(
        status=Application.Status.RETURNED, redo=["id_front"]
    )

    assert not submitted
    assert not phones.is_live(link, counter.cast.now)
    with pytest.raises(phones.LinkEnded):
        counter.take(link)


def test_a_link_ends_with_an_application_that_is_given_up(counter: Counter) -> None:
    link = counter.opened()

    flow.abandon(counter.application, by=counter.cast.clerk, now=counter.cast.now)

    with pytest.raises(phones.LinkEnded):
        counter.take(link)
    with pytest.raises(NotEditable):
        counter.make()


def test_signing_out_at_the_pc_ends_it(counter: Counter) -> None:
    counter.opened()

    counter.pc.post(reverse("logout"))

    with pytest.raises(phones.LinkEnded):
        phones.of_phone(MINE, counter.cast.now)


def test_a_locked_pc_stops_the_phone_until_it_is_unlocked(counter: Counter) -> None:
    counter.opened()
    counter.pc.post(reverse("lock"))

    with pytest.raises(phones.CounterLocked):
        phones.of_phone(MINE, counter.cast.now)
    session = counter.pc.session
    del session["locked"]
    session.save()

    assert phones.of_phone(MINE, counter.cast.now).application == counter.application


def test_a_suspended_outlet_s_phone_is_stopped_and_opens_nothing(counter: Counter) -> None:
    counter.opened()
    _link, token = counter.make(counter.cast.draft())
    Outlet.objects.filter(pk=counter.cast.outlet.pk).update(status=Outlet.Status.SUSPENDED)

    with pytest.raises(phones.LinkEnded):
        phones.of_phone(MINE, counter.cast.now)
    with pytest.raises(phones.LinkEnded):
        phones.open_by(token, MINE, now=counter.cast.now)


def test_a_dismissed_clerk_s_phone_is_stopped(counter: Counter) -> None:
    counter.opened()

    post = counter.cast.clerk.post
    staff.dismiss(post, by=counter.cast.manager, now=counter.cast.now)

    with pytest.raises(phones.LinkEnded):
        phones.of_phone(MINE, counter.cast.now)


# The pictures ----------------------------------------------------------------------------


def test_a_picture_is_the_clerk_s_and_the_audit_names_the_link(counter: Counter) -> None:
    link = counter.opened()

    taken = counter.take(link)

    entry = AuditEntry.objects.get(action="photo.received")
    assert (taken.source, taken.taken_by) == (Photo.Source.CAMERA, counter.cast.clerk)
    assert entry.detail["phone"] == link.pk
    assert entry.detail["sha256"] == sha256(FRONT).hexdigest()


def test_a_person_is_shot_in_the_page_and_not_picked_from_the_phone(counter: Counter) -> None:
    link = counter.opened()

    with pytest.raises(photos.CameraOnly):
        counter.take(link, "live", source=Photo.Source.FILE)

    assert counter.take(link, "live").source == Photo.Source.CAMERA


@pytest.mark.parametrize("kind", ["signature", "letter", "nonsense"])
def test_a_phone_takes_no_signature_and_nothing_that_is_not_wanted(
    counter: Counter, kind: str
) -> None:
    with pytest.raises(photos.WrongKind):
        counter.take(counter.opened(), kind)


def test_a_link_takes_sixty_pictures_at_most(counter: Counter) -> None:
    link = counter.opened()
    PhoneLink.objects.filter(pk=link.pk).update(uploads=PhoneLink.MOST_UPLOADS - 1)

    counter.take(link)

    with pytest.raises(phones.TooMany):
        counter.take(link)


# The phone's pages -----------------------------------------------------------------------


def _scan(counter: Counter, host: str = "testserver") -> str:
    """What a camera reads from the code that the PC shows."""
    url = reverse("phone_link", args=[counter.application.pk])
    html = counter.pc.post(url, headers=JSON | {"Host": host}).json()["html"]
    found = re.search(r'src="data:image/svg\+xml[^,]*,([^"]+)"', html)
    assert found
    return str(zxingcpp.read_barcode(_pixels(unquote(found[1]))).text)  # type: ignore[union-attr]


def _pixels(svg: str) -> Any:
    """The modules of segno's one path: horizontal strokes, given relatively."""
    side = int(re.search(r"viewBox='0 0 (\d+)", svg)[1])  # type: ignore[index]
    page = np.full((side, side), 255, np.uint8)
    x, y = 0.0, 0.0
    strokes = re.search(r"class='qrline'[^>]*? d='([^']+)'|d='(M[^']+)'[^>]*class='qrline'", svg)
    assert strokes
    for step, numbers in re.findall(r"([Mmh])([^Mmh]+)", strokes[1] or strokes[2]):
        values = [float(each) for each in re.findall(r"-?[\d.]+", numbers)]
        if step == "h":
            page[int(y), int(x) : int(x + values[0])] = 0
            x += values[0]
        else:
            x, y = (values[0], values[1]) if step == "M" else (x + values[0], y + values[1])
    return cv2.resize(page, None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST)


def _phone(address: str) -> tuple[Client, Any]:
    """A browser that has opened the address; the answer to its token."""
    phone, token = Client(), address.partition("#")[2]
    phone.get(reverse("camera"))
    return phone, phone.post(reverse("camera_open"), {"token": token}, headers=JSON)


def _upload(phone: Client, kind: str = "id_front", data: bytes = FRONT) -> Any:
    picture = SimpleUploadedFile("p.jpg", data, content_type="image/jpeg")
    url = reverse("camera_take", args=[kind])
    return phone.post(url, {"photo": picture, "source": "camera"}, headers=JSON)


def test_the_code_leads_to_the_camera_with_the_token_behind_the_fragment(counter: Counter) -> None:
    address = _scan(counter)

    before, _hash, token = address.partition("#")
    assert before == "http://testserver/camera/"
    assert PhoneLink.objects.get().token_hash == sha256(token.encode()).hexdigest()


def test_a_phone_opens_the_link_takes_a_picture_and_the_pc_shows_it(counter: Counter) -> None:
    phone, opened = _phone(_scan(counter))
    taken = _upload(phone)
    darkroom.develop(Photo.objects.get(), now=counter.cast.now)

    page = counter.pc.get(reverse("photos", args=[counter.application.pk])).content.decode()
    mine = phone.get(reverse("camera")).content.decode()

    assert (opened.status_code, taken.status_code) == (200, 200)
    assert "手机已连接" in page
    assert 'data-kind="id_front" data-state="ready"' in page
    assert 'data-kind="id_front" data-state="ready"' in mine


def test_the_phone_s_cookie_is_closed_to_scripts_and_to_other_pages(counter: Counter) -> None:
    phone, _opened = _phone(_scan(counter))

    cookie = phone.cookies["phone"]

    assert cookie["httponly"]
    assert cookie["path"] == "/camera/"
    assert cookie["samesite"] == "Lax"


def test_the_phone_sees_no_outlet_no_person_and_no_picture(counter: Counter) -> None:
    counter.application = counter.cast.ready(proxy="li")
    phone, _opened = _phone(_scan(counter))

    page = phone.get(reverse("camera"))
    shown = page.content.decode()

    assert "受托人身份证正面" in shown
    for hidden in ("样本通讯店", "样本店员", "王", "李", counter.application.reference, "/photos/"):
        assert hidden not in shown.replace("/camera/photos/", "")
    picture = counter.application.photos.current().first()
    assert picture
    looked = phone.get(reverse("photo", args=[picture.pk]))
    assert looked.headers["Location"].startswith(reverse("login"))
    assert "no-store" in page.headers["Cache-Control"]


def test_a_second_phone_is_told_so(counter: Counter) -> None:
    address = _scan(counter)
    _phone(address)

    second, refused = _phone(address)

    assert refused.status_code == 409
    assert "另一部手机" in refused.json()["error"]
    assert _upload(second).status_code == 401


def test_a_stranger_without_a_code_is_answered_and_fills_no_audit(counter: Counter) -> None:
    _phone(_scan(counter))
    before = AuditEntry.objects.count()
    stranger, refused = _phone("http://testserver/camera/#guessed")

    answers = [refused, stranger.get(reverse("camera_slots")), _upload(stranger)]

    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert {answer.json()["error"] for answer in answers} == {"这个二维码已经失效。"}
    assert AuditEntry.objects.count() == before
    assert not Photo.objects.exists()


def test_a_browser_without_cookies_is_told_so_and_spends_nothing(counter: Counter) -> None:
    token = _scan(counter).partition("#")[2]

    refused = Client().post(reverse("camera_open"), {"token": token}, headers=JSON)

    assert "Cookie" in refused.json()["error"]
    assert PhoneLink.objects.get().opened_at is None


def test_a_public_post_still_wants_the_token_against_forged_requests(counter: Counter) -> None:
    phone = Client(enforce_csrf_checks=True)
    phone.get(reverse("camera"))
    token = _scan(counter).partition("#")[2]

    forged = phone.post(reverse("camera_open"), {"token": token}, headers=JSON)
    own = {"X-CSRFToken": phone.cookies["csrftoken"].value}
    honest = phone.post(reverse("camera_open"), {"token": token}, headers=JSON | own)

    assert (forged.status_code, honest.status_code) == (403, 200)


def test_after_five_minutes_the_page_says_to_scan_a_new_code(counter: Counter) -> None:
    phone, _opened = _phone(_scan(counter))
    PhoneLink.objects.update(expires_at=counter.cast.now)

    page = phone.get(reverse("camera")).content.decode()

    assert "用手机扫新的二维码" in page
    assert _upload(phone).status_code == 401


def test_a_bad_picture_from_the_phone_is_refused_in_words(counter: Counter) -> None:
    phone, _opened = _phone(_scan(counter))

    refused = _upload(phone, data=b"only text")

    assert refused.status_code == 409
    assert "不是图片" in refused.json()["error"]


def test_a_phone_with_a_new_code_is_at_the_new_application(counter: Counter) -> None:
    phone, _opened = _phone(_scan(counter))
    earlier, counter.application = counter.application, counter.cast.draft()
    token = _scan(counter).partition("#")[2]

    phone.post(reverse("camera_open"), {"token": token}, headers=JSON)
    _upload(phone)

    assert counter.application.photos.exists()
    assert not earlier.photos.exists()


def test_unchanged_slots_are_a_304_for_the_phone_too(counter: Counter) -> None:
    phone, _opened = _phone(_scan(counter))
    url = reverse("camera_slots")
    tag = phone.get(url).headers["ETag"]

    same = phone.get(url, headers={"If-None-Match": tag})
    _upload(phone)
    changed = phone.get(url, headers={"If-None-Match": tag})

    assert (same.status_code, changed.status_code) == (304, 200)


def test_over_plain_http_from_another_computer_people_are_shot_at_the_pc(counter: Counter) -> None:
    phone, _opened = _phone(_scan(counter))

    page = phone.get(reverse("camera")).content.decode()

    assert "现场照请在电脑上拍" in page
    assert page.count('capture="environment"') == 2
    assert "data-open>" not in page


# The PC's panel --------------------------------------------------------------------------


def test_the_panel_says_when_a_phone_cannot_get_there(counter: Counter) -> None:
    url = reverse("phone_link", args=[counter.application.pk])

    local = counter.pc.post(url, headers=JSON | {"Host": "127.0.0.1"}).json()["html"]
    reachable = counter.pc.post(url, headers=JSON).json()["html"]

    assert "演示环境" in local
    assert "演示环境" not in reachable


def test_the_public_address_is_the_one_in_the_code(counter: Counter, settings: Any) -> None:
    settings.ORIGIN = "https://shiming.example"

    assert _scan(counter).startswith("https://shiming.example/camera/#")


def test_the_pc_hears_of_the_phone_and_of_the_end_with_its_next_look(counter: Counter) -> None:
    look = reverse("photo_slots", args=[counter.application.pk])

    def shown() -> str:
        found = re.search(r'data-phone="(\w*)"', counter.pc.get(look).content.decode())
        assert found
        return found[1]

    states = [shown()]
    address = _scan(counter)
    states.append(shown())
    _phone(address)
    states.append(shown())
    counter.pc.post(reverse("phone_stop", args=[counter.application.pk]), headers=JSON)
    states.append(shown())

    assert states == ["", "waiting", "open", ""]


def test_the_page_that_reads_a_passport_offers_the_phone_too(counter: Counter) -> None:
    counter.application = counter.cast.draft(by=counter.cast.hall_clerk, outlet=counter.cast.hall)
    counter.cast.choose(counter.application, "passport")
    pc = counter.cast.signed_in(counter.cast.hall_clerk)

    page = pc.get(reverse("identity", args=[counter.application.pk, "holder"])).content.decode()

    assert "data-phone-make" in page
