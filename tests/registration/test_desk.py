"""The desk over HTTP: who sees a case, what it shows, and what each button does."""

import logging
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.bridge.people import PEOPLE
from outlets.models import Post
from outlets.services import outlet as outlets
from portal.models import AuditEntry
from registration import flow
from registration.models import (
    Application,
    Decision,
    LetterPoint,
    OnlineCheck,
    Photo,
    Review,
)
from registration.rules import engine, law
from registration.services import application as applications
from registration.services import check, review
from tests.cast import Cast
from tests.pictures import address, look

pytestmark = pytest.mark.django_db

APPROVED = {
    "verdict": "approve",
    "check_same_person": "y",
    "check_papers_clear": "y",
    "check_data_agrees": "y",
}
LETTER = {f"letter_{point}": "y" for point in LetterPoint.values} | {"check_letter_term": "y"}
RETURNED = {
    "verdict": "return",
    "items": ["id_front", "holder"],
    "return_reason": "IMAGE_UNREADABLE",
    "return_note": "号码处反光",
}
REFUSED = {"verdict": "refuse", "refuse_reason": "FORGED"}


@pytest.fixture
def desk(cast: Cast) -> Client:
    """The verifier's browser."""
    return cast.signed_in(cast.verifier)


def page(case: Review, name: str = "review") -> str:
    return reverse(name, kwargs={"pk": case.pk})


def held(cast: Cast, **how: Any) -> Review:
    """A whole case in the verifier's hands."""
    cast.in_review(**how)
    return cast.claimed()


def decide(desk: Client, case: Review, how: dict[str, Any], **more: Any) -> Any:
    data = {"claim_no": case.claim_no} | how | more
    return desk.post(page(case, "review_decide"), data)


def give_away(cast: Cast, case: Review) -> None:
    """The lease runs out and a colleague takes the case."""
    Review.objects.filter(pk=case.pk).update(lease_until=cast.now - timedelta(seconds=1))
    assert review.claim(cast.second_verifier, now=timezone.now()) == case


# The first page ------------------------------------------------------------------------------


def test_the_desk_shows_what_waits_and_since_when(cast: Cast, desk: Client) -> None:
    cast.queued()
    cast.queued(minutes=3)

    shown = desk.get(reverse("desk")).content.decode()

    assert "2 单等待审核" in shown
    assert f"{timezone.localtime(cast.now):%m-%d %H:%M}" in shown
    assert "领取下一单" in shown


def test_an_empty_desk_says_that_it_keeps_itself_fresh(desk: Client) -> None:
    shown = desk.get(reverse("desk")).content.decode()

    assert "没有等待审核的受理单" in shown
    assert "这里会自己更新" in shown
    assert reverse("desk_queue") in shown
    assert "领取下一单" not in shown


def test_polling_is_cheap_until_something_changes(cast: Cast, desk: Client) -> None:
    first = desk.get(reverse("desk_queue"), headers={"HX-Polling": "1"})
    tag = {"HX-Polling": "1", "If-None-Match": first["ETag"]}

    assert desk.get(reverse("desk_queue"), headers=tag).status_code == 304
    cast.queued()
    changed = desk.get(reverse("desk_queue"), headers=tag)

    assert changed.status_code == 200
    assert "1 单等待审核" in changed.content.decode()


def test_the_desk_counts_what_the_verifier_decided_today(cast: Cast, desk: Client) -> None:
    verdicts: tuple[dict[str, Any], ...] = (RETURNED, RETURNED, REFUSED)
    for number, how in enumerate(verdicts):
        cast.in_review(number=f"1700000001{number}")
        decide(desk, cast.claimed(), how)
    Decision.objects.filter(verdict="refuse").update(decided_at=cast.now - timedelta(days=1))

    assert desk.get(reverse("desk")).context["today"] == {"approve": 0, "return": 2, "refuse": 0}


def test_claiming_opens_the_oldest_case(cast: Cast, desk: Client) -> None:
    cast.in_review()
    case = Review.objects.get()

    answer = desk.post(reverse("review_claim"))

    assert answer["Location"] == page(case)
    case.refresh_from_db()
    assert case.claimed_by == cast.verifier


def test_claiming_from_an_empty_queue_says_so(desk: Client) -> None:
    answer = desk.post(reverse("review_claim"), follow=True)

    assert "现在没有等待审核的受理单" in answer.content.decode()


def test_who_comes_back_goes_on_with_their_case(cast: Cast, desk: Client) -> None:
    case = held(cast)

    assert "继续审核" in desk.get(reverse("desk")).content.decode()
    assert desk.post(reverse("review_claim"))["Location"] == page(case)
    case.refresh_from_db()
    assert case.claim_no == 1


# The case ------------------------------------------------------------------------------------


def test_the_holder_sees_the_data_of_the_chip_in_clear(cast: Cast, desk: Client) -> None:
    case = held(cast)
    wang = PEOPLE["wang"]

    shown = desk.get(page(case)).content.decode()

    for text in (
        wang.name,
        f"{wang.number[:6]} {wang.number[6:14]} {wang.number[14:]}",
        wang.address,
        wang.issuer,
        "1990-03-14",
        "2018-06-01",
        "本店读卡程序这样说（L0）",
        "不能证明当时卡在读卡器上",
        "居民身份证",
        "170 0000 0001",
    ):
        assert text in shown


OTHER_CARDS: dict[str, tuple[str, ...]] = {
    "hk": ("港澳台居民居住证", "通行证", "H99000012", "住址", "签发"),
    "foreign": ("外国人永久居留身份证（2017 版）", "国籍", "UTO"),
    "resident_foreigner": (
        "外国人永久居留身份证（2023 版）",
        "国籍",
        "SPECIMEN-FICTITIOUS, MARCO ANTONIO DEMO",
        "马可样",
    ),
}
ROWS = ("国籍", "通行证", "住址", "签发")


@pytest.mark.parametrize("name", OTHER_CARDS)
def test_another_card_is_named_and_has_no_empty_rows(cast: Cast, desk: Client, name: str) -> None:
    case = held(cast, person=name, by=cast.hall_clerk, outlet=cast.hall)

    shown = desk.get(page(case)).content.decode()

    people = shown[shown.index('class="desk-people') : shown.index("</table>")]
    assert all(text in people for text in OTHER_CARDS[name])
    rows = set(re.findall(r'<th scope="row">(.+?)</th>', people))
    assert rows & set(ROWS) == set(OTHER_CARDS[name]) & set(ROWS)
    assert "<td></td>" not in people.partition("<tbody>")[2]


def test_a_new_address_and_a_vendor_s_read_are_told(cast: Cast, desk: Client) -> None:
    application = cast.ready()
    new = "示例省新住址县".ljust(35).encode("utf-16-le")
    parts = {"block": PEOPLE["wang"].block(), "address": new}
    cast.read(application, parts=parts, source="fields")
    applications.confirm(application, now=cast.now)
    flow.submit(application, by=cast.clerk, key=uuid4(), now=cast.now)
    cast.matched(application)

    shown = desk.get(page(cast.claimed())).content.decode()

    assert "示例省新住址县" in shown
    assert "芯片追加的新住址" in shown
    assert "厂家程序给出的字段，不是芯片原文" in shown
    assert "没有芯片照片" in shown


def test_each_look_is_written_down(cast: Cast, desk: Client) -> None:
    case = held(cast, proxy="li")

    desk.get(page(case))
    desk.get(page(case))

    looks = AuditEntry.objects.filter(action="identity.viewed", actor=cast.verifier)
    assert looks.count() == 4
    assert {look.detail["why"] for look in looks} == {"review"}


def test_a_proxy_stands_beside_the_holder(cast: Cast, desk: Client) -> None:
    case = held(cast, proxy="li")

    shown = desk.get(page(case))

    people = shown.context["evidence"].people
    assert [person.role for person in people] == ["holder", "proxy"]
    assert PEOPLE["li"].name in shown.content.decode()
    assert [picture.kind for picture in shown.context["evidence"].pictures] == [
        "id_front",
        "id_back",
        "proxy_id_front",
        "proxy_id_back",
        "proxy_live",
        "letter",
        "signature",
    ]


def test_the_letter_is_checked_anew_and_the_clerks_ticks_are_not_shown(
    cast: Cast, desk: Client
) -> None:
    case = held(cast, proxy="li")
    assert len(case.application.letter_points) == 6

    shown = desk.get(page(case))

    questions = shown.context["questions"]
    assert [question.answer for question in questions] == [""] * 10
    assert sum(question.is_of_letter for question in questions) == 7
    assert f"有效期至 {timezone.localdate(cast.now)}，业务为“新开移动号码”" in questions[-1].label
    assert "checked" not in shown.content.decode()


def test_the_online_answer_is_shown_with_its_reference(cast: Cast, desk: Client) -> None:
    case = held(cast)
    OnlineCheck.objects.update(reference="LW-0001")

    shown = desk.get(page(case)).content.decode()

    assert "一致" in shown
    assert "LW-0001" in shown


def test_a_finding_carries_its_article(cast: Cast, desk: Client) -> None:
    case = held(cast)
    OnlineCheck.objects.update(result="mismatch")
    application = case.application
    given = flow.facts(application, now=cast.now)
    check.keep(application, given, engine.judge(given), now=cast.now)

    shown = desk.get(page(case)).content.decode()

    assert "阻断：机主 · 联网核验：姓名与号码不一致" in shown
    assert "182号" in shown
    assert law.NOTICE_182_2_1.text in shown
    assert "大意" in shown


@pytest.mark.parametrize("result", ["mismatch", "not_found", "unavailable", "waiting"])
def test_without_a_match_approve_is_disabled_with_the_reason(
    cast: Cast, desk: Client, result: str
) -> None:
    case = held(cast)
    OnlineCheck.objects.update(result=result)

    shown = desk.get(page(case)).content.decode()

    assert "不能通过：联网核验" in shown
    assert 'data-key="a" disabled' in shown


def test_with_a_match_approve_is_open(cast: Cast, desk: Client) -> None:
    shown = desk.get(page(held(cast))).content.decode()

    assert "why-not" not in shown
    assert 'data-key="a">' in shown


def test_an_earlier_round_shows_what_was_asked_and_what_was_redone(
    cast: Cast, desk: Client
) -> None:
    application = cast.decided(
        "return", reason="IMAGE_UNREADABLE", items=["id_front"], note="号码处反光"
    )
    later = cast.now + timedelta(minutes=5)
    Photo.objects.filter(kind="id_front").update(replaced_at=later)
    cast.photo(application, "id_front", taken_at=later)
    applications.redone(application, "id_front", now=later)
    flow.submit(application, by=cast.clerk, key=uuid4(), now=later)
    cast.compared(application)
    flow.advance(application, now=later)

    shown = desk.get(page(cast.claimed()))

    [before] = shown.context["evidence"].rounds
    assert (before.number, before.decision.note) == (1, "号码处反光")
    assert [(item.label, item.done_at) for item in before.items] == [("重拍：身份证正面", later)]
    new = [picture.kind for picture in shown.context["evidence"].pictures if picture.is_new]
    assert new == ["id_front"]
    assert "第 2 轮" in shown.content.decode()


def test_a_suspended_outlet_is_named(cast: Cast, desk: Client) -> None:
    case = held(cast)
    outlets.suspend(cast.outlet, reason="稽核", by=cast.manager, now=cast.now)

    assert "暂停" in desk.get(page(case)).content.decode()


def test_no_personal_data_stands_in_title_or_address(cast: Cast, desk: Client) -> None:
    case = held(cast, proxy="li")

    answer = desk.get(page(case))
    title = answer.content.decode().split("<title>")[1].split("</title>")[0]

    for person in (PEOPLE["wang"], PEOPLE["li"]):
        for secret in (person.name, person.number, "17000000001"):
            assert secret not in title
            assert secret not in answer.request["PATH_INFO"]


def test_no_personal_data_reaches_the_log_or_the_audit(
    cast: Cast, desk: Client, caplog: pytest.LogCaptureFixture
) -> None:
    case = held(cast)

    with caplog.at_level(logging.DEBUG):
        desk.get(page(case))
        decide(desk, case, RETURNED)

    written = caplog.text + repr(list(AuditEntry.objects.values_list("action", "detail")))
    for secret in (PEOPLE["wang"].name, PEOPLE["wang"].number, "17000000001", "号码处反光"):
        assert secret not in written


@pytest.mark.parametrize("rows", [1, 12])
def test_a_case_costs_the_same_in_a_long_queue(
    cast: Cast, desk: Client, rows: int, django_assert_num_queries: Any
) -> None:
    case = held(cast)
    for minutes in range(rows):
        cast.queued(minutes=minutes)
    desk.get(page(case))

    with django_assert_num_queries(31):
        desk.get(page(case))


# Who may ------------------------------------------------------------------------------------


def test_a_verifier_who_does_not_hold_the_case_sees_who_does(cast: Cast, desk: Client) -> None:
    case = held(cast)

    answer = cast.signed_in(cast.second_verifier).get(page(case))
    shown = answer.content.decode()

    assert answer.status_code == 409
    assert "样本审核 从" in shown
    assert "领取下一单" in shown
    assert PEOPLE["wang"].name not in shown
    assert not AuditEntry.objects.filter(action="identity.viewed").exists()


def test_an_unclaimed_case_is_not_opened_by_its_address(cast: Cast, desk: Client) -> None:
    cast.in_review()

    answer = desk.get(page(Review.objects.get()))

    assert answer.status_code == 409
    assert PEOPLE["wang"].name not in answer.content.decode()


@pytest.mark.parametrize("name", ["review", "review_decide", "review_heartbeat"])
def test_a_case_of_another_province_is_missing(cast: Cast, name: str) -> None:
    case = held(cast)
    far = cast.signed_in(cast.far_verifier)

    answer = far.get(page(case)) if name == "review" else far.post(page(case, name))

    assert answer.status_code == 404


@pytest.mark.parametrize("who", ["clerk", "manager", "head_manager", "administrator"])
def test_other_roles_have_no_desk(cast: Cast, who: str) -> None:
    case = held(cast)
    client = cast.signed_in(getattr(cast, who))

    assert client.get(reverse("desk")).status_code == 403
    assert client.get(page(case)).status_code == 403


def test_signed_out_visitors_go_to_the_login(cast: Cast) -> None:
    answer = Client().get(page(held(cast)))

    assert answer["Location"].startswith(reverse("login"))


def test_a_verifier_whose_post_ended_is_stopped_at_the_next_click(cast: Cast, desk: Client) -> None:
    case = held(cast)
    Post.objects.filter(user=cast.verifier).update(
        until_date=timezone.localdate() - timedelta(days=1)
    )

    assert decide(desk, case, RETURNED).status_code == 403
    assert not Decision.objects.exists()


def test_a_verifier_who_moved_to_another_province_finds_nothing(cast: Cast, desk: Client) -> None:
    case = held(cast)
    post = cast.verifier.post
    Post.objects.filter(pk=post.pk).update(channel=cast.other_province)

    assert decide(desk, case, RETURNED).status_code == 404
    assert not Decision.objects.exists()


def _other_looks(cast: Cast, photo: Photo) -> int:
    other = cast.second_verifier
    return int(look(cast.signed_in(other), other, photo).status_code)


def test_pictures_are_for_the_holder_while_the_lease_lives(cast: Cast, desk: Client) -> None:
    case = held(cast)
    photo = Photo.objects.get(kind="id_front")
    picture = address(desk, cast.verifier, photo)

    assert desk.get(picture).status_code == 200
    assert _other_looks(cast, photo) == 404
    Review.objects.filter(pk=case.pk).update(lease_until=cast.now - timedelta(seconds=1))
    assert desk.get(picture).status_code == 404


# Deciding -----------------------------------------------------------------------------------


def test_approving_opens_the_next_case_at_once(cast: Cast, desk: Client) -> None:
    case = held(cast)
    cast.in_review("li", number="17000000002")
    following = Review.objects.exclude(pk=case.pk).get()

    answer = decide(desk, case, APPROVED)

    assert answer["Location"].startswith(f"{page(following)}?turn=")
    assert Decision.objects.get().checks == ["same_person", "papers_clear", "data_agrees"]
    assert Application.objects.get(pk=case.application_id).status == "approved"


def test_the_last_case_leads_back_to_the_desk(cast: Cast, desk: Client) -> None:
    assert decide(desk, held(cast), APPROVED)["Location"] == reverse("desk")


def test_a_proxys_case_is_approved_with_the_six_points(cast: Cast, desk: Client) -> None:
    decide(desk, held(cast, proxy="li"), APPROVED | LETTER)

    assert Decision.objects.get().letter_points == LetterPoint.values


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"check_data_agrees": ""}, "核对单还有 1 项没有回答"),
        ({"check_same_person": "n"}, "核对单有一项答了“否”"),
    ],
)
def test_an_open_or_denied_question_stops_the_approval(
    cast: Cast, desk: Client, how: dict[str, str], said: str
) -> None:
    case = held(cast)

    answer = decide(desk, case, APPROVED | how)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Decision.objects.exists()


@pytest.mark.parametrize("point", ["letter_business", "check_letter_term"])
def test_an_unfinished_letter_stops_the_approval(cast: Cast, desk: Client, point: str) -> None:
    answer = decide(desk, held(cast, proxy="li"), APPROVED | LETTER | {point: ""})

    assert answer.status_code == 422
    assert not Decision.objects.exists()


def test_what_was_answered_is_kept_when_something_is_missing(cast: Cast, desk: Client) -> None:
    case = held(cast)
    how = RETURNED | {"return_reason": "", "check_same_person": "n"}

    answer = decide(desk, case, how)

    assert answer.status_code == 409
    assert "必须选原因" in answer.content.decode()
    answers = {question.name: question.answer for question in answer.context["questions"]}
    assert answers["check_same_person"] == "n"
    assert answer.context["form"]["items"].value() == ["id_front", "holder"]
    assert "号码处反光" in answer.content.decode()


def test_a_mismatch_cannot_be_approved_by_a_bent_request(cast: Cast, desk: Client) -> None:
    case = held(cast)
    OnlineCheck.objects.update(result="mismatch")

    answer = decide(desk, case, APPROVED)

    assert answer.status_code == 409
    assert "姓名与号码不一致" in answer.content.decode()
    assert not Decision.objects.exists()
    assert AuditEntry.objects.filter(action="refused", detail__reason="Blocked").exists()


def test_returned_work_is_at_the_counter_with_what_to_redo(cast: Cast, desk: Client) -> None:
    case = held(cast)

    decide(desk, case, RETURNED)

    application = Application.objects.get()
    assert application.status == "returned"
    assert application.redo == ["holder", "id_front"]
    shown = cast.signed_in(cast.clerk).get(reverse("counter")).content.decode()
    assert "号码处反光" in shown
    assert "身份证正面" in shown


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (RETURNED | {"items": []}, "必须指明要重做"),
        (RETURNED | {"items": ["letter"]}, "letter"),
        (RETURNED | {"return_reason": "OTHER", "return_note": " "}, "必须选原因"),
        (REFUSED | {"refuse_reason": ""}, "必须选原因"),
        (REFUSED | {"refuse_reason": "IMAGE_UNREADABLE"}, "IMAGE_UNREADABLE"),
        ({"verdict": "nonsense"}, "nonsense"),
    ],
)
def test_a_return_or_refusal_that_lacks_something_says_what(
    cast: Cast, desk: Client, how: dict[str, Any], said: str
) -> None:
    case = held(cast)

    answer = decide(desk, case, how)

    assert answer.status_code in (409, 422)
    assert said in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_refusal_names_its_code(cast: Cast, desk: Client) -> None:
    decide(desk, held(cast), REFUSED | {"refuse_note": "照片明显被改"})

    decision = Decision.objects.get()
    assert (decision.verdict, decision.reason) == ("refuse", "FORGED")
    assert decision.note == "照片明显被改"
    assert Application.objects.get().status == "refused"


def test_a_late_decision_says_who_has_the_case_and_since_when(cast: Cast, desk: Client) -> None:
    case = held(cast)
    give_away(cast, case)

    answer = decide(desk, case, APPROVED)
    shown = answer.content.decode()

    assert answer.status_code == 409
    assert "样本审核乙 从" in shown
    assert "刚才的操作没有生效" in shown
    assert "领取下一单" in shown
    assert PEOPLE["wang"].name not in shown
    assert not Decision.objects.exists()
    assert AuditEntry.objects.filter(action="refused", detail__reason="TakenOver").exists()


def test_a_decision_without_a_token_is_refused(cast: Cast, desk: Client) -> None:
    case = held(cast)

    assert decide(desk, case, RETURNED, claim_no="").status_code == 422
    assert decide(desk, case, RETURNED, claim_no="99").status_code == 409
    assert not Decision.objects.exists()


def test_a_double_click_is_answered_like_one(cast: Cast, desk: Client) -> None:
    case = held(cast)
    cast.in_review("li", number="17000000002")
    following = Review.objects.exclude(pk=case.pk).get()
    decide(desk, case, RETURNED)

    again = decide(desk, case, RETURNED)

    assert again["Location"].startswith(page(following))
    assert Decision.objects.count() == 1


# Keeping, putting back, taking back ------------------------------------------------------------


def test_a_heartbeat_keeps_the_case(cast: Cast, desk: Client) -> None:
    case = held(cast)
    Review.objects.update(lease_until=timezone.now() + timedelta(seconds=20))

    answer = desk.post(
        page(case, "review_heartbeat"),
        {"claim_no": case.claim_no},
        headers={"Accept": "application/json", "HX-Polling": "1"},
    )

    assert 0 < answer.json()["left"] <= settings.LEASE.total_seconds()
    case.refresh_from_db()
    assert case.lease_until is not None
    assert case.lease_until > timezone.now() + timedelta(minutes=5)


def test_a_heartbeat_hears_who_took_the_case(cast: Cast, desk: Client) -> None:
    case = held(cast)
    give_away(cast, case)

    answer = desk.post(
        page(case, "review_heartbeat"),
        {"claim_no": case.claim_no},
        headers={"Accept": "application/json"},
    )

    assert answer.status_code == 409
    assert answer.json()["error"].startswith("样本审核乙 从")


def test_a_locked_screen_keeps_no_case(cast: Cast, desk: Client) -> None:
    case = held(cast)
    desk.get(page(case))
    session = desk.session
    session["locked"] = True
    session.save()

    answer = desk.post(
        page(case, "review_heartbeat"),
        {"claim_no": case.claim_no},
        headers={"Accept": "application/json", "HX-Polling": "1"},
    )

    assert answer.status_code == 401
    case.refresh_from_db()
    assert case.lease_until == cast.now + settings.LEASE  # it runs out by itself


def test_a_case_can_be_put_back(cast: Cast, desk: Client) -> None:
    case = held(cast)

    answer = desk.post(page(case, "review_release"), {"claim_no": case.claim_no}, follow=True)

    assert "已放回队列" in answer.content.decode()
    assert review.claim(cast.second_verifier, now=timezone.now()) == case


def test_a_case_that_is_gone_cannot_be_put_back(cast: Cast, desk: Client) -> None:
    case = held(cast)
    give_away(cast, case)

    answer = desk.post(page(case, "review_release"), {"claim_no": case.claim_no})

    assert answer.status_code == 409
    assert "样本审核乙 从" in answer.content.decode()


def test_a_decision_can_be_taken_back_from_the_next_page(
    cast: Cast, desk: Client, settings: Any
) -> None:
    settings.UNDO = timedelta(seconds=5)
    case = held(cast)

    decide(desk, case, APPROVED)
    shown = desk.get(reverse("desk")).content.decode()
    back = desk.post(page(case, "review_undo"), {"claim_no": case.claim_no})

    assert f"受理 {case.application.reference}：通过" in shown
    assert "撤销" in shown
    assert back["Location"] == page(case)
    assert desk.get(page(case)).status_code == 200
    assert not Decision.objects.exists()


def test_a_decision_that_took_effect_is_not_taken_back(cast: Cast, desk: Client) -> None:
    case = held(cast)
    decide(desk, case, APPROVED)

    answer = desk.post(page(case, "review_undo"), {"claim_no": case.claim_no})

    assert answer.status_code == 409
    assert "已经生效" in answer.content.decode()
    assert "撤销 <kbd>" not in desk.get(reverse("desk")).content.decode()
    assert Decision.objects.count() == 1


def test_two_verifiers_decide_two_cases(cast: Cast, desk: Client) -> None:
    mine = held(cast)
    cast.in_review("li", number="17000000002")
    other = cast.signed_in(cast.second_verifier)
    theirs = other.post(reverse("review_claim"))["Location"]

    assert theirs != page(mine)
    assert other.post(page(mine, "review_decide"), APPROVED | {"claim_no": 1}).status_code == 409
    assert decide(desk, mine, APPROVED).status_code == 302
