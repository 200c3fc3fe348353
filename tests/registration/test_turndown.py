"""A customer is sent away: the reason, the notice, and what is kept (RF-01 to RF-06)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal.models import AuditEntry
from registration import flow, tasks
from registration.models import Application, CarrierOrder, Decision, OnlineCheck, Photo, Turndown
from registration.rules import turndown as reasons
from registration.rules.rule import RULES
from registration.services import application as applications
from registration.services import turndown
from tests.cast import Cast

pytestmark = pytest.mark.django_db
AT_COUNTER = [one.code for one in reasons.TURNDOWNS.values() if one.at_counter]


@pytest.fixture(autouse=True)
def _decisions_take_effect_at_once(settings: Any) -> None:
    settings.UNDO = timedelta(0)


# The table -------------------------------------------------------------------------------


def test_every_reason_tells_why_what_to_bring_and_what_it_rests_on() -> None:
    for one in reasons.TURNDOWNS.values():
        assert one.label
        assert one.why.endswith("。")
        assert one.papers.endswith("。")
        assert str(one.article).startswith("《")


def test_the_four_reasons_of_order_25_rest_on_its_article_10() -> None:
    four = ("REFUSED_DOC", "REFUSED_DATA", "IMPERSONATION", "FORGED")

    assert {str(reasons.TURNDOWNS[code].article) for code in four} == {
        "《电话用户真实身份信息登记规定》第10条"
    }


def test_whatever_a_verifier_refuses_for_has_its_notice() -> None:
    assert {reason.value for reason in Decision.REFUSALS} <= set(reasons.TURNDOWNS)


def test_a_suggestion_is_a_reason_that_the_counter_has() -> None:
    assert set(reasons.SUGGESTED.values()) <= set(AT_COUNTER)
    assert set(reasons.SUGGESTED) <= {rule.id for rule in RULES}


# At the counter --------------------------------------------------------------------------


@pytest.mark.parametrize("code", AT_COUNTER)
def test_each_reason_ends_the_draft_and_gives_the_number_back(cast: Cast, code: str) -> None:
    application = cast.ready()

    answer = _turn_down(cast, application, code)

    application.refresh_from_db()
    made = Turndown.objects.get()
    assert answer.headers["Location"] == reverse("application_result", args=[application.pk])
    assert application.status == Application.Status.REFUSED
    assert (made.code, made.by) == (code, cast.clerk)
    assert application.orders.get().command == CarrierOrder.Command.RELEASE
    assert AuditEntry.objects.get(action="application.turned_down").detail["code"] == code


def test_what_came_back_can_be_turned_down_and_its_place_is_free(cast: Cast) -> None:
    application = cast.in_review()
    applications.send_back(application, ["live"], now=cast.now)

    _turn_down(cast, application, "FACE_MISMATCH")

    application.refresh_from_db()
    assert application.status == Application.Status.REFUSED
    assert not hasattr(application, "slot")
    assert application.legal_hold_at is None


def test_what_was_handed_in_is_the_verifier_s_to_refuse(cast: Cast) -> None:
    application = cast.submitted()

    answer = _turn_down(cast, application, "EXPIRED")

    application.refresh_from_db()
    assert answer.status_code == 409
    assert application.status == Application.Status.SUBMITTED


@pytest.mark.parametrize("code", ["", "NONSENSE"])
def test_without_a_reason_nobody_is_sent_away(cast: Cast, code: str) -> None:
    application = cast.ready()

    answer = _turn_down(cast, application, code)

    application.refresh_from_db()
    assert answer.status_code == 422
    assert "请选一个不能办理的原因。" in answer.content.decode()
    assert application.status == Application.Status.DRAFT
    with pytest.raises(turndown.NoSuchReason):
        turndown.make(application, code, by=cast.clerk, now=cast.now)


def test_a_row_without_a_reason_cannot_be_stored(cast: Cast) -> None:
    application = cast.draft()

    with pytest.raises(IntegrityError), transaction.atomic():
        Turndown.objects.create(
            application=application, code="", article="", by=cast.clerk, at=cast.now
        )


def test_the_reason_is_the_one_that_the_rules_suggest(cast: Cast) -> None:
    application = cast.draft()
    cast.read(application, "hk")

    page = _page(cast, "application_turndown", application)

    assert page.context["form"]["code"].value() == "TIER_NOT_ALLOWED"


def test_a_guardian_who_is_not_there_is_the_reason_that_is_suggested(cast: Cast) -> None:
    application = cast.draft()
    cast.answer(application, "guardian")
    cast.read(application, "tong")

    page = _page(cast, "application_turndown", application)

    assert page.context["form"]["code"].value() == "UNDERAGE"


def _at_the_limit(cast: Cast) -> Application:
    for place in range(5):
        cast.submitted(number=f"1700000002{place}")
    application = cast.draft()
    cast.read(application)
    return application


def test_who_has_five_numbers_hears_it_before_any_picture_is_taken(cast: Cast) -> None:
    application = _at_the_limit(cast)

    page = cast.signed_in(cast.clerk).get(reverse("identity", args=[application.pk, "holder"]))

    assert "一证五户" in page.content.decode()


def test_what_no_step_mends_leads_to_the_reason_and_not_to_the_camera(cast: Cast) -> None:
    page = _page(cast, "application_check", _at_the_limit(cast))

    assert page.context["ends_here"]
    assert "先去拍照" not in page.content.decode()


def test_what_was_sent_back_is_done_again_before_anybody_is_sent_away(cast: Cast) -> None:
    application = cast.decided("return", reason="OTHER", note="样本", items=["holder"])
    OnlineCheck.objects.update(result="mismatch")

    page = _page(cast, "application_check", application)

    assert not page.context["ends_here"]
    assert "先去读卡" in page.content.decode()


def test_the_way_there_is_on_every_step(cast: Cast) -> None:
    application = cast.ready()

    for name in ("application_start", "photos", "application_check", "application_sign"):
        page = _page(cast, name, application).content.decode()
        assert reverse("application_turndown", args=[application.pk]) in page


# Forged and borrowed papers (RF-03) ------------------------------------------------------


@pytest.mark.parametrize("code", ["FORGED", "IMPERSONATION"])
def test_evidence_of_a_forgery_is_kept_whole_and_the_card_is_given_back(
    cast: Cast, code: str
) -> None:
    application = cast.ready()

    _turn_down(cast, application, code)
    tasks.forget_originals(application_id=application.pk)

    application.refresh_from_db()
    shown = _page(cast, "application_result", application).content.decode()
    assert application.legal_hold_at
    assert not Photo.objects.filter(application=application, original="").exists()
    assert "不得扣押客户的证件" in shown
    assert "供有关机关核查" in shown


def test_a_verifier_who_finds_a_forgery_holds_it_too(cast: Cast) -> None:
    application = cast.decided("refuse", reason="FORGED")

    assert application.status == Application.Status.REFUSED
    assert application.legal_hold_at


def test_a_second_click_on_a_refusal_shows_what_the_first_one_did(cast: Cast) -> None:
    application = cast.ready()
    _turn_down(cast, application, "REFUSED_DATA")

    again = _turn_down(cast, application, "REFUSED_DATA")

    assert again.status_code == 302
    assert Turndown.objects.count() == 1


# The notice (RF-06) ----------------------------------------------------------------------


def test_the_notice_says_why_by_which_article_what_to_bring_and_where_to_appeal(
    cast: Cast, settings: Any
) -> None:
    settings.CARRIER_HOTLINE = "000-1111"
    application = cast.ready()
    _turn_down(cast, application, "REFUSED_DATA")

    sheet = _sheet(_page(cast, "application_result", application).content.decode())

    assert application.reference in sheet
    assert "客户拒绝提供登记资料" in sheet
    assert "第10条" in sheet
    assert "变造的证件的，不得为其办理入网手续" in sheet
    assert "请携带证件原件再来办理" in sheet
    assert "000-1111" in sheet
    assert "甲市公司" in sheet
    assert "15 日内" in sheet
    assert "12300" in sheet
    assert "30 天后删除" in sheet


def test_how_soon_an_appeal_is_answered_is_policy(cast: Cast) -> None:
    cast.policy("appeal.answer_days", 7)
    application = cast.ready()
    _turn_down(cast, application, "REFUSED_DATA")

    assert "7 日内" in _sheet(_page(cast, "application_result", application).content.decode())


def test_the_notice_shows_nothing_of_the_person_but_a_masked_name(cast: Cast) -> None:
    application = cast.ready()
    _turn_down(cast, application, "EXPIRED")

    sheet = _sheet(_page(cast, "application_result", application).content.decode())

    assert "王*" in sheet
    assert "9911" not in sheet
    assert "1700" not in sheet


def test_the_verifier_s_refusal_prints_the_same_notice(cast: Cast) -> None:
    application = cast.decided("refuse", reason="ONLINE_MISMATCH")

    page = _page(cast, "application_result", application).content.decode()

    assert "打印告知书" in page
    assert "不予办理告知书" in page
    assert "第21条" in page


# Nobody overrides (RF-02) ----------------------------------------------------------------


@pytest.mark.parametrize("who", ["verifier", "clerk", "manager", "head_manager", "administrator"])
@pytest.mark.parametrize("result", ["mismatch", "not_found", "unavailable"])
def test_no_role_can_approve_whom_the_national_check_does_not_know(
    cast: Cast, who: str, result: str
) -> None:
    application = cast.in_review()
    case = cast.claimed()
    application.online_checks.update(result=result)
    answers = {f"check_{check}": "y" for check in Decision.Check.values}

    cast.signed_in(getattr(cast, who)).post(
        reverse("review_decide", args=[case.pk]),
        {"claim_no": case.claim_no, "verdict": "approve", **answers},
    )

    application.refresh_from_db()
    assert application.status == Application.Status.IN_REVIEW
    assert not Decision.objects.exists()


# The receipt -----------------------------------------------------------------------------


def test_the_receipt_has_two_parts_and_waits_for_its_stamp(cast: Cast) -> None:
    application = cast.submitted()

    page = _page(cast, "application_result", application).content.decode()

    paper = page[page.index('class="print-only slips"') :]
    assert paper.count('class="slip"') == 2
    assert paper.count("客户联") == paper.count("存根联") == 2
    assert paper.count(">待审核<") == 2
    assert paper.count(application.outlet.agent_code) == 2
    assert "人脸信息单独同意" in paper
    assert "请勿转售" in paper
    assert "1700" not in paper.replace(application.reference, "")


def test_the_stamp_changes_with_the_line(cast: Cast) -> None:
    application = cast.in_review()
    for status, stamp in (
        (Application.Status.IN_REVIEW, "待审核"),
        (Application.Status.APPROVED, "已通过，办理中"),
        (Application.Status.ACTIVE, "已办结"),
    ):
        Application.objects.filter(pk=application.pk).update(status=status)
        page = _page(cast, "application_status", application).content.decode()
        assert page.count(f"data-stamp>{stamp}<") == 3


def test_a_refused_face_is_on_the_receipt(cast: Cast) -> None:
    application = cast.ready(outlet=cast.hall, by=cast.hall_clerk)
    cast.signed(application, face=False)
    flow.submit(application, by=cast.hall_clerk, key=uuid4(), now=cast.now)

    page = cast.signed_in(cast.hall_clerk).get(reverse("application_result", args=[application.pk]))

    assert "<strong>不同意</strong>" in page.content.decode()


# -----------------------------------------------------------------------------------------


def _turn_down(cast: Cast, application: Application, code: str) -> Any:
    url = reverse("application_turndown", args=[application.pk])
    return cast.signed_in(cast.clerk).post(url, {"code": code})


def _page(cast: Cast, name: str, application: Application) -> Any:
    return cast.signed_in(cast.clerk).get(reverse(name, args=[application.pk]))


def _sheet(page: str) -> str:
    start = page.index("notice-sheet")
    return page[start : page.index("</section>", start)]
