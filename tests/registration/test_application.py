"""The clerk's pages of one application, from the first choice to the slip."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from outlets.services import outlet as outlets
from outlets.services import staff
from portal.models import AuditEntry
from registration import flow, specimens
from registration.models import Application, Decision, LetterPoint, OnlineCheck
from registration.rules import law
from registration.services import application as applications
from registration.services import consent, line, sim
from tests.cast import ICCID, Cast
from tests.portal.services import RunningService, running_carrier

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _decisions_take_effect_at_once(settings: Any) -> None:
    settings.UNDO = timedelta(0)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with running_carrier(tmp_path_factory.mktemp("carrier")) as service:
        yield service


@pytest.fixture
def boss(running: RunningService, settings: Any) -> Iterator[RunningService]:
    """The carrier's system, in its ordinary mode again after every test."""
    settings.CARRIER_URL = running.url
    settings.GATEWAY_TIMEOUT = 1.0
    yield running
    running.mode("ok")


# What was sent back ----------------------------------------------------------------------


def test_a_sim_card_that_the_carrier_refused_is_redone_by_scanning_another(cast: Cast) -> None:
    application = _sent_back(cast, "iccid")

    sim.put(application, ICCID, now=cast.now)

    assert application.redo == []


def test_a_letter_sent_back_is_looked_at_again_point_by_point(cast: Cast) -> None:
    application = _sent_back(cast, "letter_points", proxy="li")
    assert application.letter_points == []

    today = timezone.localdate(cast.now)
    applications.check_letter(
        application, LetterPoint.values[:5], until=today, covers=True, now=cast.now
    )
    assert application.redo == ["letter_points"]
    cast.check_letter(application)

    assert application.redo == []


def test_a_number_that_the_carrier_would_not_open_is_redone_by_choosing_another(
    cast: Cast, boss: RunningService
) -> None:
    application = _sent_back(cast, "number")
    number = line.pool(cast.outlet)[0]

    line.reserve(application, number, by=cast.clerk, now=cast.now)

    application.refresh_from_db()
    assert application.redo == []


def test_the_finding_about_redoing_leads_to_the_step_where_it_is_done(cast: Cast) -> None:
    application = _sent_back(cast, "holder")

    verdicts = flow.judge(application, now=cast.now)

    assert [v.reason.step for v in verdicts if v.rule.id == "CV-11"] == ["read"]


def test_a_colleague_finishes_a_draft_whose_clerk_has_left(cast: Cast) -> None:
    application, colleague = cast.ready(), cast.colleague
    staff.dismiss(cast.clerk.posts.get(), by=cast.manager, now=cast.now)

    verdicts = flow.judge(application, clerk=colleague, now=cast.now)

    assert not [v for v in verdicts if v.rule.id == "CH-02"]


# A step after the other -------------------------------------------------------------------


def test_a_new_application_is_a_draft_of_the_clerk_s_outlet(cast: Cast) -> None:
    client = cast.signed_in(cast.clerk)

    answer = client.post(reverse("application_new"))

    draft = Application.objects.get()
    assert (draft.outlet, draft.clerk, draft.status) == (cast.outlet, cast.clerk, "draft")
    assert answer.headers["Location"] == reverse("application_start", args=[draft.pk])


def test_looking_at_the_new_address_makes_nothing(cast: Cast) -> None:
    answer = cast.signed_in(cast.clerk).get(reverse("application_new"))

    assert answer.status_code == 405
    assert not Application.objects.exists()


def test_the_rail_names_what_each_step_lacks(cast: Cast) -> None:
    board = _get(cast, "application_start", cast.draft()).context["board"]

    lacking = {step.name: step.missing for step in board.steps}
    assert lacking == {
        "start": ["号码", "SIM 卡号"],
        "read": ["机主读卡"],
        "photos": ["身份证正面", "身份证背面", "本人现场照"],
        "check": [],
        "sign": ["客户签字"],
    }
    assert not any(step.is_done for step in board.steps)


def test_an_application_goes_on_at_its_first_open_step(cast: Cast) -> None:
    application, client = cast.numbered(cast.draft()), cast.signed_in(cast.clerk)
    cast.read(application)

    answer = client.get(reverse("application", args=[application.pk]))

    assert answer.headers["Location"] == reverse("photos", args=[application.pk])


def test_a_ready_application_goes_on_at_the_signature(cast: Cast) -> None:
    application = cast.ready()

    board = _get(cast, "application_sign", application).context["board"]

    assert all(step.is_done for step in board.steps)
    assert board.missing == []


def test_choosing_a_proxy_asks_for_two_cards_and_the_letter(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)

    client.post(reverse("application_answer", args=[application.pk]), {"holder_kind": "proxy"})

    board = _get(cast, "application_start", application).context["board"]
    assert board.steps[1].missing == ["机主读卡", "受托人读卡"]
    assert "委托书六项" in board.steps[2].missing


# Number and SIM card ---------------------------------------------------------------------


def test_numbers_are_shown_grouped_and_one_is_kept_for_the_customer(
    cast: Cast, boss: RunningService
) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    shown = client.get(reverse("application_numbers", args=[application.pk]))
    number, grouped = shown.context["choices"][0]

    answer = _post(cast, "application_number", application, number=number)

    application.refresh_from_db()
    assert answer.status_code == 200
    assert application.number == number
    assert grouped in _get(cast, "application_start", application).content.decode()


def test_a_carrier_that_is_away_says_so_and_nothing_is_lost(
    cast: Cast, boss: RunningService
) -> None:
    application = cast.draft()
    _post(cast, "application_iccid", application, iccid=ICCID)
    boss.mode("down")

    pool = _get(cast, "application_numbers", application).content.decode()
    choice = _post(cast, "application_number", application, number="17000000001")

    assert "运营商系统暂时没有回应。" in pool
    assert "再取一次" in pool
    assert choice.status_code == 409
    application.refresh_from_db()
    assert application.iccid == ICCID


def test_a_number_that_another_counter_took_can_be_chosen_again(
    cast: Cast, boss: RunningService
) -> None:
    client = cast.signed_in(cast.clerk)
    pool = client.get(reverse("application_numbers", args=[cast.draft().pk]))
    number = pool.context["choices"][0][0]
    _post(cast, "application_number", cast.draft(), number=number)

    answer = _post(cast, "application_number", cast.draft(), number=number)

    assert answer.status_code == 409
    assert "被别人选走" in answer.json()["error"]


def test_what_is_no_number_is_refused_before_the_carrier_is_asked(cast: Cast) -> None:
    answer = _post(cast, "application_number", cast.draft(), number="0000")

    assert answer.status_code == 422
    assert answer.json()["error"] == "请从号码池里选一个号码。"


@pytest.mark.parametrize("typed", ["", "123", "89860012345678901239", "王样本", ICCID + ICCID])
def test_a_wrong_scan_is_answered_at_the_field(cast: Cast, typed: str) -> None:
    application = cast.draft()

    answer = _post(cast, "application_iccid", application, iccid=typed)

    application.refresh_from_db()
    assert answer.status_code in (409, 422)
    assert "扫描" in answer.json()["error"] + answer.json()["todo"]
    assert application.iccid == ""


def test_a_scan_is_saved_whatever_the_scanner_puts_around_it(cast: Cast) -> None:
    application = cast.draft()

    answer = _post(cast, "application_iccid", application, iccid=f" {ICCID[:10]} {ICCID[10:]}\r")

    application.refresh_from_db()
    assert application.iccid == ICCID
    assert re.fullmatch(r"\d\d:\d\d", answer.json()["saved"])


# The check -------------------------------------------------------------------------------


def test_the_check_says_that_nothing_is_wrong(cast: Cast) -> None:
    application = cast.ready()

    page = cast.signed_in(cast.clerk).get(reverse("application_check", args=[application.pk]))

    assert "没有发现问题。" in page.content.decode()


def test_the_check_says_what_is_wrong_what_to_do_where_and_why(cast: Cast) -> None:
    application = cast.numbered(cast.draft())
    cast.read(application, "wu")

    page = _get(cast, "application_check", application)

    said = {said.rule: said for _severity, found in page.context["groups"] for said in found}
    assert said["PD-10"].text == "身份证已过期。"
    assert said["PD-10"].role == "机主"
    assert said["PD-10"].url == reverse("identity", args=[application.pk, "holder"])
    assert "《" in said["PD-10"].article
    assert law.ORDER_25_7.text.splitlines()[0] in page.content.decode()
    assert said["CV-04"].url == reverse("photos", args=[application.pk])
    assert said["PD-10"].todo in page.content.decode()


def test_a_program_hears_the_same_sentence_with_the_article(cast: Cast) -> None:
    application = cast.numbered(cast.draft())
    cast.read(application, "wu")
    shown = _get(cast, "application_check", application).context["groups"]

    url = reverse("application_check", args=[application.pk])
    answer = cast.signed_in(cast.clerk).get(url, headers={"Accept": "application/json"}).json()

    expired = next(each for each in answer["findings"] if each["rule"] == "PD-10")
    assert expired["law"] == law.ORDER_25_7.text
    assert [each["text"] for each in answer["findings"]] == [
        said.text for _severity, found in shown for said in found
    ]


def test_a_customer_under_sixteen_hears_why_not(cast: Cast) -> None:
    application = cast.draft()
    cast.read(application, "zhou")

    page = _get(cast, "application_check", application).content.decode()

    assert "客户还没有到可以自己办理的年龄" in page
    assert "改为监护人代办" in page


def test_the_sixth_number_is_seen_at_the_check(cast: Cast) -> None:
    for place in range(5):
        cast.submitted(number=f"1700000001{place}")

    page = _get(cast, "application_check", cast.ready(number="17000000019"))

    assert "一证五户" in page.content.decode()


# The signature and the submit ------------------------------------------------------------


def test_the_customer_reads_what_is_signed_and_the_signature_is_kept(cast: Cast) -> None:
    application = cast.ready(number="17000000088")
    Application.objects.filter(pk=application.pk).update(confirmed_at=None)

    page = _get(cast, "application_sign", application).content.decode()
    answer = _sign(cast, application)

    application.refresh_from_db()
    assert "170 0000 0088" in page
    assert "王*" in page
    assert "不会把电话卡转售" in page
    assert answer.status_code == 200
    assert application.confirmed_at
    assert application.photos.current().get(kind="signature").source == "screen"


def test_nobody_signs_before_everything_else_is_there(cast: Cast) -> None:
    page = _get(cast, "application_sign", cast.draft()).content.decode()

    assert "还不能签字" in page
    assert "<canvas" not in page


def test_a_signature_that_is_no_picture_is_refused(cast: Cast) -> None:
    application = cast.draft()

    answer = _sign(cast, application, b"signed: Wang")

    application.refresh_from_db()
    assert answer.status_code == 409
    assert application.confirmed_at is None


def test_a_double_click_a_lost_reply_and_a_retry_get_the_first_answer(cast: Cast) -> None:
    application, key = cast.ready(), uuid.uuid4()

    answers = [_post(cast, "application_submit", application, key=key) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.json()["next"] for answer in answers}) == 1
    assert AuditEntry.objects.filter(action="application.submitted").count() == 1


def test_the_page_brings_its_own_key(cast: Cast) -> None:
    application, client = cast.ready(), cast.signed_in(cast.clerk)
    page = client.get(reverse("application_sign", args=[application.pk]))
    key = page.context["submit_form"]["key"].value()

    answer = client.post(reverse("application_submit", args=[application.pk]), {"key": key})

    assert answer.headers["Location"] == reverse("application_result", args=[application.pk])
    assert str(key) in page.content.decode()


def test_what_is_not_ready_is_not_submitted_and_hears_why(cast: Cast) -> None:
    application = cast.numbered(cast.draft())

    answer = _post(cast, "application_submit", application, key=uuid.uuid4())

    application.refresh_from_db()
    assert answer.status_code == 409
    assert answer.json()["todo"] == "请把机主的证件放到读卡器上。"
    assert application.status == Application.Status.DRAFT


def test_a_colleague_finishes_and_submits_what_another_began(cast: Cast) -> None:
    application = cast.ready()

    answer = _post(cast, "application_submit", application, by=cast.colleague, key=uuid.uuid4())

    application.refresh_from_db()
    assert answer.status_code == 200
    assert application.clerk == cast.colleague


def test_a_second_tab_cannot_change_what_the_first_has_submitted(cast: Cast) -> None:
    application = cast.submitted()

    change = _post(cast, "application_iccid", application, iccid=ICCID)
    page = _get(cast, "application_start", application)

    assert change.status_code == 409
    assert "已经提交" in change.json()["error"]
    assert page.headers["Location"] == reverse("application_result", args=[application.pk])


# The result ------------------------------------------------------------------------------


def test_the_result_has_the_number_the_way_ahead_and_a_slip_without_clear_data(
    cast: Cast,
) -> None:
    application = cast.submitted(number="17000000088")

    page = _get(cast, "application_result", application)
    text = page.content.decode()

    assert application.reference in text
    assert [station.title for station in page.context["stations"]] == [
        "已提交",
        "联网核验",
        "审核中",
        "已开通",
    ]
    assert cast.outlet.agent_code in text
    assert "170 **** 0088" in text
    for secret in ("17000000088", "170 0000 0088", "王样本", cast.outlet.channel.path):
        assert secret not in text


def test_the_status_line_moves_by_itself(cast: Cast) -> None:
    application = cast.submitted()
    first = _get(cast, "application_status", application)
    tag = {"If-None-Match": first.headers["ETag"]}
    same = _get(cast, "application_status", application, headers=tag)
    OnlineCheck.objects.update(result=OnlineCheck.Result.MATCH)
    flow.advance(application, now=cast.now)

    moved = _get(cast, "application_status", application, headers=tag)

    assert (first.status_code, same.status_code, moved.status_code) == (200, 304, 200)
    assert "等待审核员" in moved.content.decode()


def test_an_unchanged_status_line_costs_one_query_besides_who_asks(cast: Cast) -> None:
    application, pc = cast.submitted(), cast.signed_in(cast.clerk)
    url = reverse("application_status", args=[application.pk])
    tag = {"If-None-Match": pc.get(url).headers["ETag"]}

    with CaptureQueriesContext(connection) as asked:
        answer = pc.get(url, headers=tag)

    assert answer.status_code == 304
    assert len(asked) == 2


def test_a_check_that_is_unavailable_says_that_it_repeats_itself(cast: Cast) -> None:
    application = cast.submitted()
    OnlineCheck.objects.update(result=OnlineCheck.Result.UNAVAILABLE)

    assert "自动重试" in _get(cast, "application_status", application).content.decode()


def test_a_refused_customer_hears_the_reason(cast: Cast) -> None:
    application = cast.decided(Decision.Verdict.REFUSE, reason=Decision.Reason.FORGED)

    page = _get(cast, "application_result", application).content.decode()

    assert "证件伪造或变造" in page
    assert "data-live-stop" in page


def test_a_returned_one_says_what_to_redo_on_every_step(cast: Cast) -> None:
    application = cast.decided(
        Decision.Verdict.RETURN,
        reason=Decision.Reason.IMAGE_UNREADABLE,
        note="号码处反光",
        items=["id_front"],
    )

    result = _get(cast, "application_result", application).content.decode()
    step = _get(cast, "photos", application)

    assert "去修改" in result
    assert "号码处反光" in step.content.decode()
    assert [s.name for s in step.context["board"].steps if s.is_sent_back] == ["photos"]


# Giving up -------------------------------------------------------------------------------


def test_an_abandoned_draft_is_gone_from_the_counter(cast: Cast) -> None:
    application, client = cast.ready(), cast.signed_in(cast.clerk)

    answer = client.post(reverse("application_abandon", args=[application.pk]), follow=True)

    application.refresh_from_db()
    assert application.status == Application.Status.ABANDONED
    assert answer.redirect_chain[-1][0] == reverse("counter")
    assert "已放弃" in answer.content.decode()


def test_what_was_submitted_cannot_be_abandoned(cast: Cast) -> None:
    answer = _post(cast, "application_abandon", cast.submitted())

    assert answer.status_code == 409


# Whose it is -----------------------------------------------------------------------------

PAGES = [
    "application",
    "application_start",
    "application_numbers",
    "photos",
    "photo_slots",
    "application_check",
    "application_sign",
    "application_result",
    "application_status",
]
ACTS = [
    "application_answer",
    "application_number",
    "application_iccid",
    "letter",
    "application_signature",
    "application_submit",
    "application_abandon",
]


@pytest.mark.parametrize("name", PAGES)
def test_another_outlet_s_application_is_not_found(cast: Cast, name: str) -> None:
    application = cast.ready()

    assert _get(cast, name, application, by=cast.sister_clerk).status_code == 404


@pytest.mark.parametrize("name", ACTS)
def test_nobody_acts_on_another_outlet_s_application(cast: Cast, name: str) -> None:
    application = cast.ready()

    answer = _post(cast, name, application, by=cast.sister_clerk, key=uuid.uuid4())

    assert answer.status_code == 404


def test_another_outlet_s_card_reads_and_pictures_are_not_found_either(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.sister_clerk)

    for name in ("identity", "identity_challenge", "identity_take"):
        url = reverse(name, args=[application.pk, "holder"])
        answer = client.get(url) if name == "identity" else client.post(url)
        assert answer.status_code == 404
    url = reverse("photo_take", args=[application.pk, "id_front"])
    photo = SimpleUploadedFile("a.jpg", b"x")
    assert client.post(url, {"photo": photo, "source": "camera"}).status_code == 404


def test_a_sub_agent_s_application_is_not_the_outlet_s(cast: Cast) -> None:
    below = outlets.add(
        cast.outlet.channel,
        name="下级样本点",
        code="A1E001S",
        tier="endpoint",
        agent_code="DLA1E001S",
        address="示例省样本市测试路3号",
        authorised_by="样本授权人",
        authorised_date=timezone.localdate(cast.now),
        authorisation="样授〔2026〕1号",
        by=None,
        now=cast.now,
    )

    assert _get(cast, "application_start", cast.draft(outlet=below)).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_managers_have_other_pages_and_strangers_none(cast: Cast, name: str) -> None:
    application = cast.ready()

    manager = _get(cast, name, application, by=cast.manager)
    stranger = Client().get(reverse(name, args=[application.pk]))

    assert manager.status_code == 403
    assert stranger.headers["Location"].startswith(reverse("login"))


# -----------------------------------------------------------------------------------------


def _get(cast: Cast, name: str, application: Application, **how: Any) -> Any:
    client = cast.signed_in(how.pop("by", cast.clerk))
    return client.get(reverse(name, args=[application.pk]), **how)


def _post(cast: Cast, name: str, application: Application, **data: Any) -> Any:
    client = cast.signed_in(data.pop("by", cast.clerk))
    url = reverse(name, args=[application.pk])
    return client.post(url, data, headers={"Accept": "application/json"})


def _sign(cast: Cast, application: Application, data: bytes = b"", **answers: str) -> Any:
    picture = SimpleUploadedFile("signature.png", data or specimens.signature())
    shown = consent.name(application, now=cast.now)
    said = {"shown": shown, "face": "yes"} | answers
    return _post(cast, "application_signature", application, signature=picture, **said)


def _sent_back(cast: Cast, item: str, **how: Any) -> Application:
    """Returned with one thing to redo, as the carrier or a verifier would."""
    application = cast.in_review(**how)
    applications.send_back(application, [item], now=cast.now)
    return application
