"""The manager's pages of appeals: who gets in, what is listed, what the customer is handed."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.models import Post
from portal.models import User
from registration import flow
from registration.models import Appeal, Application, CarrierOrder, Role
from registration.services import appeal, erasure
from tests.cast import Cast
from tests.outlets.places import queries, visitors
from tests.registration import units
from tests.registration.pages import names, shown

pytestmark = pytest.mark.django_db
WORDS, ANSWER = "样本：我用的是自己的证件", "样本：查了原件，您说得对"


@pytest.fixture(autouse=True)
def _decisions_take_effect_at_once(settings: Any) -> None:
    settings.UNDO = timedelta(0)


def refused(cast: Cast, code: str = "ABNORMAL") -> Application:
    application = cast.ready()
    flow.turn_down(application, code, by=cast.clerk, now=cast.now)
    return application


def bare(cast: Cast) -> Application:
    """Refused without people or papers, cheaply."""
    application = cast.draft()
    flow.turn_down(application, "REFUSED_DOC", by=cast.clerk, now=cast.now)
    return application


def made(cast: Cast, application: Application, *, days_ago: int = 0) -> Appeal:
    then = cast.now - timedelta(days=days_ago)
    return appeal.make(application, "hotline", WORDS, by=cast.manager, now=then)


def case(application: Application) -> str:
    return reverse("report_case", args=[application.pk])


def one(row: Appeal) -> str:
    return reverse("appeal", args=[row.pk])


def record(client: Client, application: Application, **said: str) -> Any:
    answers = {"way": "hotline", "words": WORDS} | said
    return client.post(reverse("appeal_make", args=[application.pk]), answers)


def answer(client: Client, row: Appeal, outcome: str = "upheld", text: str = ANSWER) -> Any:
    url = reverse("appeal_decide", args=[row.pk])
    return client.post(url, {"outcome": outcome, "answer": text})


def inspector(cast: Cast) -> User:
    """Somebody who looks for a day."""
    user = cast.person("inspector", "样本检查", cast.district, Post.Role.MANAGER)
    Post.objects.filter(user=user).update(role=Post.Role.INSPECTOR, until_date=timezone.localdate())
    return user


# On the case -----------------------------------------------------------------------------


def test_a_manager_records_an_appeal_on_the_refused_case(cast: Cast) -> None:
    application, client = refused(cast), cast.signed_in(cast.manager)
    assert "登记申诉" in shown(client, case(application))

    response = record(client, application, way="regulator")

    row = Appeal.objects.get()
    assert response.headers["Location"] == one(row)
    assert (row.way, row.words, row.made_by) == ("regulator", WORDS, cast.manager)
    page = shown(client, case(application))
    assert one(row) in page
    assert "待答复" in page
    assert reverse("appeal_make", args=[application.pk]) not in page


@pytest.mark.parametrize("said", [{"way": ""}, {"way": "letter"}, {"words": ""}, {"words": " "}])
def test_an_appeal_without_words_or_way_is_asked_for_again(
    cast: Cast, said: dict[str, str]
) -> None:
    application = refused(cast)

    response = record(cast.signed_in(cast.manager), application, **said)

    assert response.status_code == 422
    assert "invalid-feedback" in response.content.decode()
    assert not Appeal.objects.exists()


def test_a_case_that_was_not_refused_has_no_appeals(cast: Cast) -> None:
    application, client = cast.in_review(), cast.signed_in(cast.manager)

    assert "申诉" not in shown(client, case(application)).partition("<main")[2]
    assert record(client, application).status_code == 409


def test_an_inspector_sees_that_there_was_an_appeal_and_no_more(cast: Cast) -> None:
    application = refused(cast)
    row, client = made(cast, application), cast.signed_in(inspector(cast))

    page = shown(client, case(application))

    assert "客服热线" in page
    assert one(row) not in page
    assert client.get(one(row)).status_code == 403
    assert record(client, application).status_code == 403


def test_a_number_of_an_order_leads_to_the_order(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    number = units.number(cast, order, user="wang")
    units.matched(cast, units.submitted(cast, order))
    units.decided(cast, "refuse", reason="FORGED")

    page = shown(cast.signed_in(cast.manager), case(number))

    assert "请在单位订单上登记申诉" not in page
    assert "随单位订单一起拒绝" in page
    assert "登记申诉" not in page


def test_a_number_with_a_review_of_its_own_is_appealed_against_itself(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    units.number(cast, order, 1, "wang")
    late = units.number(cast, order, 2)
    units.matched(cast, units.submitted(cast, order))
    units.decided(cast)
    cast.read(late, "li", Role.END_USER)
    order = Application.objects.get(pk=order.pk)
    flow.hand_in_numbers(order, by=cast.hall_clerk, now=cast.now)
    units.matched(cast, order)
    units.decided(cast, "refuse", reason="FORGED")

    url, looker = reverse("appeal_make", args=[late.pk]), cast.signed_in(inspector(cast))

    assert url in shown(cast.signed_in(cast.manager), case(late))
    assert "客户没有申诉" in shown(looker, case(late))


def test_an_erased_case_says_what_the_customer_can_do(cast: Cast) -> None:
    application = refused(cast)
    CarrierOrder.objects.update(status="done")
    erasure.erase(application, now=cast.now + timedelta(days=31))

    page = shown(cast.signed_in(cast.manager), case(application))

    assert "可以带证件原件重新办理" in page
    assert "登记申诉" not in page


# What waits ------------------------------------------------------------------------------


def test_the_soonest_due_comes_first_and_what_is_late_says_so(cast: Cast) -> None:
    fresh, late, old = bare(cast), bare(cast), bare(cast)
    made(cast, fresh)
    made(cast, late, days_ago=20)
    made(cast, old, days_ago=15)

    page = shown(cast.signed_in(cast.manager), reverse("appeals"))

    assert names(page) == [late.reference, old.reference, fresh.reference]
    assert page.count("已逾期") == 1


def test_what_was_answered_waits_no_more(cast: Cast) -> None:
    row, client = made(cast, bare(cast)), cast.signed_in(cast.manager)
    answer(client, row)

    page = shown(client, reverse("appeals"))

    assert "没有待答复的申诉" in page


def test_each_manager_sees_what_is_below(cast: Cast) -> None:
    row = made(cast, bare(cast))
    seen = {
        who: client.get(reverse("appeals")).content.decode().count(one(row))
        for who, client in visitors(cast).items()
    }

    assert seen == {"in scope": 1, "above": 1, "sister": 0, "clerk": 0, "signed out": 0}


def test_a_long_list_costs_the_queries_of_a_short_one(cast: Cast) -> None:
    client, url = cast.signed_in(cast.manager), reverse("appeals")
    made(cast, bare(cast))
    few = queries(client, url)
    for _number in range(20):
        made(cast, bare(cast))

    assert queries(client, url) == few <= 8


def test_the_list_opens_no_customer_s_words(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    made(cast, refused(cast))

    page = shown(cast.signed_in(cast.manager), reverse("appeals"))

    assert WORDS not in page
    assert "王" not in page


def test_the_overview_counts_what_waits(cast: Cast) -> None:
    for _number in range(3):
        made(cast, bare(cast))

    def count(user: User) -> str:
        page = shown(cast.signed_in(user), reverse("report"))
        return page.partition(f'href="{reverse("appeals")}"')[2].partition("</a>")[0]

    assert '<span class="tabular">3</span>' in count(cast.manager)
    assert '<span class="tabular">0</span>' in count(cast.sister_manager)
    assert count(inspector(cast)) == ""


def test_the_number_on_the_notice_leads_to_the_case(cast: Cast) -> None:
    application, client = refused(cast), cast.signed_in(cast.manager)

    def find(q: str) -> Any:
        return client.get(reverse("appeals", query={"q": q}))

    assert find(f" {application.reference} ").headers["Location"] == case(application)
    for wrong in ("20200101-000001", str(application.pk), "样本", "1-" + "9" * 30, "1-²"):
        assert "没有找到这个编号" in find(wrong).content.decode()
    stranger = cast.signed_in(cast.sister_manager)
    missed = stranger.get(reverse("appeals", query={"q": application.reference}))
    assert "没有找到这个编号" in missed.content.decode()


# One appeal ------------------------------------------------------------------------------


def test_who_answers_sees_the_reason_its_article_and_the_words(cast: Cast) -> None:
    application = refused(cast)

    page = shown(cast.signed_in(cast.manager), one(made(cast, application)))

    assert "异常办卡" in page
    assert "反电信网络诈骗法》第10条" in page
    assert WORDS in page
    assert case(application) in page
    assert "王*" in page
    assert "9911" not in page


def test_an_upheld_appeal_makes_a_sheet_for_the_customer(cast: Cast, settings: Any) -> None:
    settings.CARRIER_HOTLINE = "000-1111"
    application = refused(cast, "FORGED")
    row, client = made(cast, application), cast.signed_in(cast.manager)

    answer(client, row)

    sheet = _sheet(shown(client, one(row)))
    for words in (application.reference, "王*", "申诉成立", ANSWER, "12300", "000-1111"):
        assert words in sheet
    assert "请携带证件原件重新办理" in sheet
    assert not Application.objects.get().legal_hold_at


def test_a_rejection_says_what_would_be_needed(cast: Cast) -> None:
    row, client = made(cast, refused(cast)), cast.signed_in(cast.manager)

    answer(client, row, "rejected")

    sheet = _sheet(shown(client, one(row)))
    assert "维持原来的决定" in sheet
    assert "说明用途的材料" in sheet
    assert "12300" in sheet


@pytest.mark.parametrize(("outcome", "text"), [("", ANSWER), ("perhaps", ANSWER), ("upheld", " ")])
def test_nothing_is_decided_without_outcome_and_answer(cast: Cast, outcome: str, text: str) -> None:
    row = made(cast, refused(cast))

    response = answer(cast.signed_in(cast.manager), row, outcome, text)

    assert response.status_code == 422
    assert not Appeal.objects.get().outcome


def test_whoever_had_a_hand_in_the_case_reads_who_else_can_answer(cast: Cast) -> None:
    application = cast.ready()
    flow.turn_down(application, "ABNORMAL", by=cast.manager, now=cast.now)
    row, client = made(cast, application), cast.signed_in(cast.manager)

    page = shown(client, one(row))

    assert "请上级渠道经理答复" in page
    assert reverse("appeal_decide", args=[row.pk]) not in page
    assert answer(client, row).status_code == 403
    assert answer(cast.signed_in(cast.head_manager), row).status_code == 302


def test_a_second_click_shows_the_answer_and_a_second_manager_hears_of_it(cast: Cast) -> None:
    row, client = made(cast, refused(cast)), cast.signed_in(cast.manager)
    answer(client, row)

    again = answer(client, row, "rejected")
    late = answer(cast.signed_in(cast.head_manager), row, "rejected")

    assert again.headers["Location"] == one(row)
    assert late.status_code == 409
    assert "你的答复没有保存" in late.content.decode()
    assert Appeal.objects.get().outcome == "upheld"


def test_after_the_erasure_the_outcome_is_all_that_is_told(cast: Cast) -> None:
    application = refused(cast, "FORGED")
    row, client = made(cast, application), cast.signed_in(cast.manager)
    answer(client, row)
    CarrierOrder.objects.update(status="done")
    erasure.erase(Application.objects.get(), now=cast.now + timedelta(days=31))

    page = shown(client, one(row))

    assert "申诉成立" in page
    assert page.count("已按规定删除") == 2
    assert "notice-sheet" not in page


# At the counter --------------------------------------------------------------------------


@pytest.mark.parametrize(("outcome", "is_told"), [("upheld", True), ("rejected", False)])
def test_the_clerk_reads_that_the_customer_can_be_served_again(
    cast: Cast, outcome: str, is_told: bool
) -> None:
    application = refused(cast)
    answer(cast.signed_in(cast.manager), made(cast, application), outcome)

    url = reverse("application_result", args=[application.pk])
    page = shown(cast.signed_in(cast.clerk), url)

    assert ("请新开一张受理单" in page) is is_told


def test_the_notice_keeps_its_day_when_the_days_start_anew(cast: Cast) -> None:
    application, later = refused(cast), cast.now + timedelta(days=9)
    row = made(cast, application)
    appeal.decide(row, "upheld", ANSWER, by=cast.manager, now=later)

    url = reverse("application_result", args=[application.pk])
    page = shown(cast.signed_in(cast.clerk), url)

    assert f"{timezone.localtime(cast.now):%Y-%m-%d}" in _sheet(page)


# -----------------------------------------------------------------------------------------


def _sheet(page: str) -> str:
    start = page.index("notice-sheet")
    return page[start : page.index("</section>", start)]
