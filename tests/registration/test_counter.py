"""The clerk's home: begin, take up again, see what came back."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from outlets.services import outlet as outlets
from portal.masking import group_phone
from registration.models import Application, Decision
from tests.cast import Cast

pytestmark = pytest.mark.django_db

RETURN, REFUSE = Decision.Verdict.RETURN, Decision.Verdict.REFUSE
UNREADABLE = Decision.Reason.IMAGE_UNREADABLE


@pytest.fixture(autouse=True)
def _decisions_take_effect_at_once(settings: Any) -> None:
    settings.UNDO = timedelta(0)


def _home(cast: Cast, **user: Any) -> str:
    client = cast.signed_in(user.get("by", cast.clerk))
    return client.get(reverse("counter")).content.decode()


# What it shows ---------------------------------------------------------------------------


def test_an_empty_counter_says_what_to_do(cast: Cast) -> None:
    page = _home(cast)

    assert "没有草稿。按 N 开始新受理。" in page
    assert "新受理" in page


def test_returned_work_shows_why_and_what_to_redo(cast: Cast) -> None:
    cast.decided(RETURN, reason=UNREADABLE, note="号码处反光", items=["id_front", "holder"])

    page = _home(cast)

    assert "影像不清晰" in page
    assert "号码处反光" in page
    assert "身份证正面" in page
    assert "机主读卡" in page


def test_a_colleague_of_the_outlet_sees_the_draft_and_goes_on(cast: Cast) -> None:
    draft = cast.numbered(cast.draft())
    client = cast.signed_in(cast.colleague)

    assert draft.reference in client.get(reverse("counter")).content.decode()
    step = client.get(reverse("application", args=[draft.pk]))

    assert step.headers["Location"] == reverse("identity", args=[draft.pk, "holder"])


def test_names_and_numbers_are_masked_in_every_list(cast: Cast) -> None:
    cast.submitted(number="17000000077")
    cast.read(cast.numbered(cast.draft(), "17000000078"), "li")

    page = _home(cast)

    assert "王*" in page
    assert "李*" in page
    for number in ("17000000077", "17000000078"):
        assert number not in page
        assert group_phone(number) not in page


def test_the_day_is_counted(cast: Cast) -> None:
    cast.submitted(number="17000000011")
    cast.decided(REFUSE, "li", reason=Decision.Reason.FORGED)

    page = cast.signed_in(cast.clerk).get(reverse("counter"))

    home = page.context["home"]
    assert (home.submitted_today, home.refused_today, home.returned_today) == (2, 1, 0)
    assert len(home.in_flight) == 1


def test_the_list_costs_the_same_for_one_and_for_many(cast: Cast) -> None:
    client = cast.signed_in(cast.clerk)
    cast.read(cast.draft())
    cast.decided(RETURN, "li", reason=UNREADABLE, items=["id_front"])

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("counter"))
        return len(queries)

    cost()  # the first page of a session also writes when it was seen
    few = cost()
    for person in ("zhang", "zhao", "chen"):
        cast.read(cast.draft(), person)
        cast.draft()

    assert cost() == few


# Live without reload ---------------------------------------------------------------------


def test_an_unchanged_list_is_a_304_that_costs_one_query_of_its_own(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    cast.draft()
    client = cast.signed_in(cast.clerk)
    first = client.get(reverse("counter_live"), headers={"HX-Polling": "1"})
    headers = {"HX-Polling": "1", "If-None-Match": first.headers["ETag"]}

    # Who asks is every page's; the other is the list's signature.
    with django_assert_num_queries(2):
        second = client.get(reverse("counter_live"), headers=headers)

    assert (first.status_code, second.status_code) == (200, 304)


def test_work_that_comes_back_appears_at_once(cast: Cast) -> None:
    application = cast.in_review()
    client = cast.signed_in(cast.clerk)
    before = client.get(reverse("counter_live"))
    Application.objects.filter(pk=application.pk).update(
        status=Application.Status.RETURNED, redo=["live"]
    )

    after = client.get(reverse("counter_live"), headers={"If-None-Match": before.headers["ETag"]})

    assert after.status_code == 200
    assert "本人现场照" in after.content.decode()


# Who may see it --------------------------------------------------------------------------


def test_another_outlet_sees_none_of_it(cast: Cast) -> None:
    draft = cast.draft()

    assert draft.reference not in _home(cast, by=cast.sister_clerk)


def test_the_work_of_a_sub_agent_below_the_outlet_is_not_shown(cast: Cast) -> None:
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
    draft = cast.draft(outlet=below)

    assert draft.reference not in _home(cast)


def test_a_manager_has_no_counter(cast: Cast) -> None:
    answer = cast.signed_in(cast.manager).get(reverse("counter"))

    assert answer.status_code == 403


def test_who_is_not_signed_in_is_sent_to_the_login(client: Any) -> None:
    answer = client.get(reverse("counter"))

    assert answer.headers["Location"].startswith(reverse("login"))


def test_a_suspended_outlet_stops_its_clerks_and_keeps_their_drafts(cast: Cast) -> None:
    draft = cast.draft()
    client = cast.signed_in(cast.clerk)
    outlets.suspend(cast.outlet, reason="样本核查", by=cast.manager, now=cast.now)

    stopped = client.get(reverse("application_start", args=[draft.pk]))
    outlets.reopen(cast.outlet, reason="核查结束", by=cast.manager, now=cast.now)

    assert stopped.status_code == 403
    assert "已暂停" in stopped.content.decode()
    assert draft.reference in _home(cast)
