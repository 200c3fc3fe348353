"""What the machine read, as the desk shows it: match, differs with both, unread, and what waits."""

import re
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outlets.bridge.people import PEOPLE
from registration.models import Application, FaceCheck, PhotoStep, Review
from registration.printed import Compared, State
from registration.services import text as texts
from registration.views import text
from tests.cast import Cast

pytestmark = pytest.mark.django_db

WANG, LI = PEOPLE["wang"], PEOPLE["li"]
SCRIPT = '<script>alert("样本")</script>'


@pytest.fixture
def desk(cast: Cast) -> Client:
    return cast.signed_in(cast.verifier)


@pytest.fixture
def case(cast: Cast) -> Review:
    """A proxy's case in the verifier's hands."""
    cast.in_review(proxy="li")
    return cast.claimed()


def match(field: str, said: str) -> Compared:
    return Compared(field, "样本项", State.MATCH, said, said, (), (0.1, 0.2, 0.5, 0.25))


def differs(field: str, expected: str, read: str, *at: int) -> Compared:
    return Compared(field, "样本项", State.DIFFERS, expected, read, at, (0.1, 0.2, 0.5, 0.25))


def unread(field: str, expected: str = "") -> Compared:
    return Compared(field, "样本项", State.UNREAD, expected, "")


def read(monkeypatch: pytest.MonkeyPatch, **pictures: tuple[Compared, ...]) -> None:
    """Let this be what a worker found on the pictures."""

    def compared(application: Application, _parties: Any = None) -> list[Any]:
        photos = application.photos.current().filter(kind__in=pictures).order_by("-pk")
        return [(photo, pictures[photo.kind]) for photo in photos]

    monkeypatch.setattr(texts, "compared", compared)


def step(cast: Cast, case: Review, kind: str, status: str) -> None:
    """How far the reading of this picture has come."""
    PhotoStep.objects.update_or_create(
        photo=case.application.photos.get(kind=kind),
        name=PhotoStep.Name.TEXT,
        defaults={"status": status, "due_at": cast.now},
    )


def seen(case: Review) -> text.Seen:
    application = case.application
    return text.seen(application, application.photos_wanted, application.parties.all())


def shown(desk: Client, case: Review) -> str:
    return desk.get(reverse("review", kwargs={"pk": case.pk})).content.decode()


def row(page: str, key: str) -> str:
    """What one point says, without its tags."""
    found = re.search(rf'<button[^>]*data-point="{key}".*?</button>', page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", "", found[0]).split())


# What a point says ---------------------------------------------------------------------------


def test_a_field_of_a_document_stands_beside_the_chips(
    case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(monkeypatch, id_front=(match("name", WANG.name),), proxy_id_front=(unread("number"),))

    found = seen(case)

    assert found.people["holder"]["name"][0].state == State.MATCH
    assert found.people["proxy"]["number"][0].state == State.UNREAD
    assert not found.papers


def test_what_a_letter_says_is_listed_by_itself(
    case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(monkeypatch, letter=(match("name", WANG.name), unread("dates")))

    found = seen(case)

    assert [paper.label for paper in found.papers] == ["委托书"]
    assert len(found.papers[0].points) == 2
    assert not found.people["holder"]


def test_differences_are_numbered_as_the_pictures_stand(
    case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = differs("name", "李样例", "李祥例", 1)
    read(monkeypatch, letter=(name, name), id_front=(match("name", "王样本"), name))

    found = seen(case)

    assert [point.key for point in found.points if point.number] == [
        "id_front-1",
        "letter-0",
        "letter-1",
    ]
    assert [point.number for point in found.points] == [0, 1, 2, 3]
    assert found.differing_on("letter") == 2


@pytest.mark.parametrize(
    ("expected", "said", "at", "where"),
    [
        ("李样例", "李祥例", (1,), "第2字不同"),
        ("99110119871102002X", "99110119871172002X", (12,), "第13位不同"),
        ("99110119871102002X", "99110199871172002X", (7, 12), "第8、13位不同"),
        ("2018.06.01", "2018.07.12", (6, 8, 9), "第7、9–10位不同"),
        ("示例省样本市测试路", "东例西样南市北试中", (0, 2, 4, 6, 8), "多处不同"),
        ("李样例", "李样", (), "内容不同"),
    ],
)
def test_where_two_readings_part_is_counted_from_one(
    case: Review,
    monkeypatch: pytest.MonkeyPatch,
    expected: str,
    said: str,
    at: tuple[int, ...],
    where: str,
) -> None:
    read(monkeypatch, letter=(differs("name", expected, said, *at),))

    assert seen(case).points[0].where == where


def test_the_characters_that_differ_are_marked_in_both(
    case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = differs("proxy_number", "99110119871102002X", "99110119871172002X", 12)
    read(monkeypatch, letter=(wrong,))

    [point] = seen(case).points

    pieces = [
        [(piece.text, piece.is_off) for piece in side] for side in (point.expected, point.read)
    ]
    assert pieces == [
        [("991101 198711", False), ("0", True), ("2 002X", False)],
        [("991101 198711", False), ("7", True), ("2 002X", False)],
    ]


def test_a_text_of_another_length_is_marked_where_it_is_longer(
    case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(monkeypatch, letter=(differs("address", "样本路1号", "样本路21号"),))

    [point] = seen(case).points

    assert [piece.text for piece in point.read if piece.is_off] == ["2"]
    assert not any(piece.is_off for piece in point.expected)


# The page ------------------------------------------------------------------------------------


def test_the_page_shows_match_both_readings_and_what_is_unread(
    desk: Client, case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(
        monkeypatch,
        id_front=(match("name", WANG.name), unread("address", WANG.address)),
        letter=(differs("proxy_name", LI.name, "李祥例", 1), unread("dates")),
    )

    page = shown(desk, case)

    assert row(page, "id_front-0") == "样本项 影像一致"
    assert row(page, "id_front-1") == "样本项 影像未读出"
    assert row(page, "letter-0") == "1样本项 第2字不同 登记 李样例 影像 李祥例"
    assert row(page, "letter-1") == "样本项 没有找到"
    assert '<mark class="diff">祥</mark>' in page
    assert "影像与登记有 1 处不同" in page


def test_a_date_that_the_letter_gives_is_shown(
    desk: Client, case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = Compared("dates", "日期或期限", State.MATCH, "", "2026.11.28", (), None)
    read(monkeypatch, letter=(given,))

    assert row(shown(desk, case), "letter-0") == "日期或期限 2026.11.28"


def test_the_strip_counts_the_differences_of_each_picture(
    desk: Client, case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(monkeypatch, letter=(differs("proxy_name", LI.name, "李祥例", 1), match("name", "王样本")))

    page = desk.get(reverse("review", kwargs={"pk": case.pk}))

    differing = {each.kind: each.differing for each in page.context["evidence"].pictures}
    assert differing.pop("letter") == 1
    assert not any(differing.values())


@pytest.mark.parametrize(("turns", "shown_by"), [(1, 270), (2, 180), (3, 90)])
def test_a_page_that_was_read_on_its_side_is_shown_upright(
    desk: Client, case: Review, monkeypatch: pytest.MonkeyPatch, turns: int, shown_by: int
) -> None:
    lying = replace(match("name", WANG.name), turns=turns)
    read(monkeypatch, id_front=(lying,), letter=(match("proxy_name", LI.name),))

    page = shown(desk, case)

    assert f'data-picture="id_front" data-turned="{shown_by}"' in page
    assert page.count("data-turned") == 1


def test_a_machines_word_answers_no_question(
    desk: Client, case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(monkeypatch, letter=(match("proxy_name", LI.name),), id_front=(match("name", WANG.name),))

    page = desk.get(reverse("review", kwargs={"pk": case.pk}))

    assert not any(question.answer for question in page.context["questions"])


def test_what_a_hostile_picture_says_is_only_text(
    desk: Client, case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(monkeypatch, letter=(differs("proxy_name", LI.name, SCRIPT + "样" * 5000),))

    page = shown(desk, case)

    assert SCRIPT not in page
    assert "&lt;script&gt;" in page
    assert "样" * 200 not in page


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("waiting", "还在识别：身份证正面、委托书"),
        ("failed", "没有识别成，请直接看影像：身份证正面、委托书"),
    ],
)
def test_a_picture_that_was_not_read_is_named(
    cast: Cast, desk: Client, case: Review, status: str, said: str
) -> None:
    step(cast, case, "id_front", status)
    step(cast, case, "letter", status)
    step(cast, case, "id_back", "done")

    page = re.sub(r"<[^>]+>", "", shown(desk, case))

    assert f"{said}\n" in page


def test_without_anything_read_the_page_is_as_before(desk: Client, case: Review) -> None:
    page = shown(desk, case)

    assert "data-point" not in page
    assert 'data-view="toggle"' in page


def test_more_that_was_read_costs_no_more_queries(
    desk: Client, case: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(monkeypatch, letter=(match("name", WANG.name),))
    shown(desk, case)
    with CaptureQueriesContext(connection) as one:
        shown(desk, case)

    card = [differs(field, "样本一", "样本二", 2) for field in ("name", "number", "address")]
    letter = [differs(f"proxy_{field}", "样本一", "样本二", 2) for field in ("name", "number")]
    read(monkeypatch, letter=tuple(letter), id_front=tuple(card), proxy_id_front=tuple(card))
    with CaptureQueriesContext(connection) as many:
        shown(desk, case)

    assert len(many) == len(one)


# Faces ---------------------------------------------------------------------------------------


def face(page: str) -> str:
    """The row of the people's table about faces, without its tags."""
    found = re.search(r'<tr><th scope="row">人脸</th>.*?</tr>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def test_a_face_shows_how_alike_it_is_and_who_says_so(desk: Client, case: Review) -> None:
    FaceCheck.objects.update(
        result="unsure", score=0.384, threshold=0.45, engine="样本引擎 1", portrait="page"
    )

    said = face(shown(desk, case))

    # The holder is not there: only the proxy's face was taken.
    assert said.startswith("人脸 — 拿不准")
    assert "相似度 0.38（0.45 起为相似） 证件影像 · 样本引擎 1" in said


@pytest.mark.parametrize(
    ("result", "look"),
    [
        ("alike", "state-pass"),
        ("differs", "state-block"),
        ("no_face", "state-review"),
        ("not_compared", "state-note"),
        ("waiting", "state-wait"),
        ("unavailable", "state-wait"),
    ],
)
def test_every_result_of_a_face_has_its_words(
    desk: Client, case: Review, result: str, look: str
) -> None:
    FaceCheck.objects.update(result=result, score=None, threshold=None, engine="")

    page = shown(desk, case)

    assert str(FaceCheck.Result(result).label) in face(page)
    assert "相似度" not in face(page)
    assert f'<span class="state {look}">' in page


def test_nobodys_face_is_no_row(desk: Client, case: Review) -> None:
    FaceCheck.objects.all().delete()

    assert not face(shown(desk, case))
