"""Text on pictures: kept by a step, compared when asked, judged as something to look at."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection
from PIL import Image

from outlets.bridge.people import PEOPLE, Person
from portal import blobs
from registration import flow, imaging, ocr, printed, specimens, tasks
from registration.models import Application, Photo, PhotoStep, PhotoText, Unit
from registration.ocr import Line
from registration.printed import Compared, State
from registration.rules import engine
from registration.services import study, text
from tests import specimens as odd
from tests.cast import Cast
from tests.registration.test_rules import GOOD

pytestmark = pytest.mark.django_db

WANG, LI = PEOPLE["wang"], PEOPLE["li"]
ALTERED = specimens.misprinted(LI, 12)
OF_SOMETHING_ELSE = (Line("样本饮料 净含量500毫升", (0.1, 0.1, 0.9, 0.2)),)


def letter_lines(proxy: Person = LI) -> tuple[Line, ...]:
    rows = (
        f"委托人：{WANG.name}",
        f"公民身份号码：{WANG.number}",
        f"受托人：{proxy.name}",
        f"公民身份号码：{proxy.number}",
        "委托事项：代为办理移动电话入网",
    )
    return tuple(
        Line(row, (0.1, place / 5, 0.9, (place + 1) / 5), again=row, row=place)
        for place, row in enumerate(rows)
    )


def card_lines(person: Person = WANG) -> tuple[Line, ...]:
    rows = (f"姓名{person.name}", f"公民身份号码{person.number}")
    return tuple(Line(row, (0, 0, 1, 1), again=row, row=at) for at, row in enumerate(rows))


def was_read(cast: Cast, application: Application, kind: str, lines: tuple[Line, ...]) -> Photo:
    photo = application.photos.current().get(kind=kind)
    text.keep(photo, lines, cast.now)
    return photo


def fields(application: Application) -> dict[tuple[str, str], Compared]:
    return {
        (photo.kind, one.field): one for photo, found in text.compared(application) for one in found
    }


def found_by(application: Application, cast: Cast) -> dict[str, tuple[str, str]]:
    judged = flow.judge(application, now=cast.now)
    return {one.rule.id: (one.severity.value, one.reason.text) for one in judged}


def test_a_step_that_runs_twice_keeps_one_text(cast: Cast) -> None:
    application = cast.ready()

    was_read(cast, application, "id_front", ())
    photo = was_read(cast, application, "id_front", card_lines())

    kept = PhotoText.objects.get()
    assert (kept.photo, kept.engine, kept.read_at) == (photo, ocr.ENGINE, cast.now)
    assert text.lines_of(kept) == card_lines()


def test_what_was_read_lies_enciphered(cast: Cast) -> None:
    was_read(cast, cast.ready(), "id_front", card_lines())

    with connection.cursor() as cursor:
        cursor.execute("SELECT lines FROM registration_phototext")
        lying = bytes(cursor.fetchone()[0])

    assert WANG.number.encode() not in lying
    assert WANG.name.encode() not in lying
    assert str(PhotoText.objects.get()).count(WANG.number) == 0


def test_faces_and_signatures_are_not_read(cast: Cast) -> None:
    application = cast.ready(proxy="li")

    wanted = {photo.kind for photo in application.photos.current() if text.is_wanted(photo)}

    assert wanted == {"id_front", "id_back", "proxy_id_front", "proxy_id_back", "letter"}


def test_a_card_that_says_what_its_chip_says_matches(cast: Cast) -> None:
    application = cast.ready()
    was_read(cast, application, "id_front", card_lines())

    found = fields(application)

    assert found["id_front", "name"].state is State.MATCH
    assert found["id_front", "number"].state is State.MATCH
    assert found["id_front", "address"].state is State.UNREAD
    assert not {"CV-07P", "CV-07U"} & set(found_by(application, cast))


def test_a_form_that_is_corrected_is_compared_anew(cast: Cast) -> None:
    application = cast.ready(proxy="li")
    row = "有效期至：2030年12月31日"
    was_read(cast, application, "letter", (Line(row, (0, 0, 1, 1), again=row),))

    application.letter_until = date(2031, 12, 31)
    before = fields(application)["letter", "until"].state
    application.letter_until = date(2030, 12, 31)
    after = fields(application)["letter", "until"].state

    assert (before, after) == (State.DIFFERS, State.MATCH)


def test_the_letters_altered_digit_is_something_to_look_at(cast: Cast) -> None:
    application = cast.ready(proxy="li")
    was_read(cast, application, "letter", letter_lines(ALTERED))

    found = found_by(application, cast)

    assert found["PX-02P"] == ("review", "委托书上的受托人号码与证件读出的不符。")
    assert fields(application)["letter", "proxy_number"].at == (12,)


def test_another_persons_card_under_the_camera_is_something_to_look_at(cast: Cast) -> None:
    application = cast.ready()
    was_read(cast, application, "id_front", card_lines(LI))

    assert found_by(application, cast)["CV-07P"][0] == "review"


def test_what_is_read_after_the_case_went_to_its_verifier_is_found_all_the_same(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = cast.in_review()
    photo = application.photos.current().get(kind="id_front")
    Photo.objects.filter(pk=photo.pk).update(original=blobs.put(odd.jpeg()))
    step = study.Step(text.is_wanted, lambda _photo, _picture: card_lines(LI), text.keep)
    monkeypatch.setattr(study, "STEPS", {PhotoStep.Name.TEXT: step})
    study.plan(photo, now=cast.now)

    tasks.study_photo(photo_id=photo.pk)

    assert application.findings.filter(rule="CV-07P", severity="review").exists()


@pytest.mark.parametrize(
    ("kind", "page"),
    [("id_front", "证件正面"), ("proxy_id_back", "证件背面"), ("letter", "委托书")],
)
def test_a_page_that_says_nothing_of_its_own_is_noted(cast: Cast, kind: str, page: str) -> None:
    application = cast.ready(proxy="li")
    was_read(cast, application, kind, OF_SOMETHING_ELSE)

    severity, said = found_by(application, cast)["CV-07U"]

    assert severity == "note"
    assert page in said


def test_of_two_papers_that_say_nothing_it_is_said_once() -> None:
    facts = replace(GOOD, unread_pages=("licence", "unit_certificate"))

    said = [one.reason.text for one in engine.judge(facts) if one.rule.id == "CV-07U"]

    assert said == ["证明材料的照片上没有读到应有的内容。"]


def test_what_a_finding_says_holds_no_value(cast: Cast) -> None:
    application = cast.ready(proxy="li")
    was_read(cast, application, "letter", letter_lines(ALTERED))

    said = " ".join(reason for _severity, reason in found_by(application, cast).values())

    assert not any(value in said for value in (LI.number, ALTERED.number, LI.name))


def test_a_units_licence_is_compared_with_the_form(cast: Cast) -> None:
    application = cast.draft()
    Application.objects.filter(pk=application.pk).update(holder_kind="unit")
    application = Application.objects.get(pk=application.pk)
    Unit.objects.create(
        application=application,
        kind="enterprise",
        name="样本有限公司",
        number="91350100M000100Y43",
        address="样本",
        purpose="办公",
        letter_until=date(2026, 12, 31),
        papers=["licence"],
    )
    cast.photo(application, "licence", status=Photo.Status.READY)
    rows = ("统一社会信用代码：91350100M000100Y48", "名　　称：样本有限公司")
    lines = tuple(Line(row, (0, 0, 1, 1), again=row, row=at) for at, row in enumerate(rows))
    was_read(cast, application, "licence", lines)

    found = {field: one.state for (_kind, field), one in fields(application).items()}

    assert found == {"unit_name": State.MATCH, "unit_number": State.DIFFERS}
    assert found_by(application, cast)["UD-01P"][0] == "review"


def test_comparing_costs_the_same_for_one_picture_and_for_five(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    application = cast.ready(proxy="li")
    was_read(cast, application, "id_front", card_lines())
    with django_assert_num_queries(2):
        text.compared(application)
    for kind in ("id_back", "proxy_id_front", "proxy_id_back", "letter"):
        was_read(cast, application, kind, letter_lines())

    with django_assert_num_queries(2):
        text.compared(application)


BACK = (Line("签发机关 样本市公安局", (0.2, 0.7, 0.8, 0.8)),)


@pytest.mark.parametrize(
    ("kind", "lines", "hint"),
    [
        ("id_front", (), "unread"),
        ("id_front", card_lines(), ""),
        ("id_front", BACK, "wrong_side"),
        ("id_back", BACK, ""),
        ("id_back", card_lines(), "wrong_side"),
        ("id_back", (), "silent"),
        ("id_back", OF_SOMETHING_ELSE, "silent"),
        ("letter", OF_SOMETHING_ELSE, "silent"),
        ("letter", letter_lines(), ""),
    ],
)
def test_the_counter_hears_what_only_reading_tells(
    cast: Cast, kind: str, lines: tuple[Line, ...], hint: str
) -> None:
    application = cast.ready()
    photo = cast.photo(application, kind) if kind == "letter" else _page(application, kind)

    text.keep(photo, lines, cast.now)

    photo.refresh_from_db()
    assert photo.hint == hint


def test_what_is_wrong_with_the_light_is_said_first(cast: Cast) -> None:
    photo = _page(cast.ready(), "id_front")
    Photo.objects.filter(pk=photo.pk).update(hint="dark")

    text.keep(photo, (), cast.now)

    photo.refresh_from_db()
    assert photo.hint == "dark"


@pytest.mark.parametrize(("doubt", "left"), [("blurred", ""), ("glare_number", ""), ("cut", "cut")])
def test_a_doubt_whether_a_page_can_be_read_ends_when_it_was_read(
    cast: Cast, doubt: str, left: str
) -> None:
    photo = _page(cast.ready(), "id_front")
    Photo.objects.filter(pk=photo.pk).update(hint=doubt)

    text.keep(photo, card_lines(), cast.now)

    photo.refresh_from_db()
    assert photo.hint == left


def _page(application: Application, kind: str) -> Photo:
    photo: Photo = application.photos.current().get(kind=kind)
    return photo


# With the models: each of these takes a second ------------------------------------------------


def test_the_one_altered_letter_among_ten_is_found() -> None:
    expected = {
        "principal_name": WANG.name,
        "principal_number": WANG.number,
        "proxy_name": LI.name,
        "proxy_number": LI.number,
    }
    suspects = []

    for place in range(10):
        sheet = specimens.letter(WANG, ALTERED if place == 6 else LI, f"1701234567{place}")
        lines = text.look(Photo(kind="letter"), imaging.clean(sheet))
        found = printed.compare("letter", lines, expected)
        suspects += [(place, one.field) for one in found if one.state is State.DIFFERS]

    assert suspects == [(6, "proxy_number")]


@pytest.mark.parametrize("quarters", [0, 1])
def test_a_card_is_read_whichever_way_it_lies(quarters: int) -> None:
    card = imaging.clean(turned(specimens.id_front(WANG), quarters))
    lines = text.look(Photo(kind="id_front"), card)

    found = printed.compare("id_front", lines, {"name": WANG.name, "number": WANG.number})

    assert [one.state for one in found] == [State.MATCH, State.MATCH]
    # The name stands left above on the card: left below on one that was turned to the left.
    box = found[0].box
    assert box is not None
    assert (box[1] > 0.5) == (quarters == 1)


def turned(jpeg: bytes, quarters: int) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(jpeg)).rotate(90 * quarters, expand=True).save(out, "JPEG")
    return out.getvalue()
