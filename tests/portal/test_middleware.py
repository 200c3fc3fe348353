"""The idle lock by the clock, the doors, and refusals as answers."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.models import AuditEntry
from tests.cast import Cast

PAGE = "/account/sessions/"


def untouched(cast: Cast, **ago: float) -> Client:
    """A browser of the clerk whose last sign of life is so long ago."""
    browser = cast.signed_in(cast.clerk)
    session = browser.session
    session["seen_at"] = (timezone.now() - timedelta(**ago)).isoformat()
    session.save()
    return browser


def seen(browser: Client) -> timedelta:
    return timezone.now() - datetime.fromisoformat(browser.session["seen_at"])


# The clock ----------------------------------------------------------------------------------


def test_a_counter_in_use_stays_open(cast: Cast) -> None:
    counter = untouched(cast, minutes=9)

    assert counter.get(PAGE).status_code == 200
    assert seen(counter) < timedelta(seconds=30)


@pytest.mark.parametrize("ago", [{"minutes": 11}, {"hours": 5}, {"days": 1, "seconds": 5}])
def test_a_deserted_counter_is_locked(cast: Cast, ago: dict[str, float]) -> None:
    counter = untouched(cast, **ago)

    response = counter.get(f"{PAGE}?a=1")

    assert response.status_code == 302
    assert response["Location"] == "/account/unlock/?next=%2Faccount%2Fsessions%2F%3Fa%3D1"
    assert AuditEntry.objects.filter(action="locked").count() == 1


def test_a_locked_counter_stays_locked_however_often_it_is_asked(cast: Cast) -> None:
    counter = untouched(cast, minutes=11)

    assert [counter.get(PAGE).status_code for _ in range(3)] == [302] * 3
    assert AuditEntry.objects.filter(action="locked").count() == 1


def test_a_page_that_polls_does_not_keep_the_counter_open(cast: Cast) -> None:
    counter = untouched(cast, minutes=9)

    response = counter.get(PAGE, headers={"HX-Polling": "1"})

    assert response.status_code == 200
    assert seen(counter) > timedelta(minutes=8)


def test_a_page_that_polls_is_locked_with_the_others(cast: Cast) -> None:
    counter = untouched(cast, minutes=11)

    assert counter.get(PAGE, headers={"HX-Polling": "1"}).status_code == 302


def test_the_clock_starts_with_the_first_request_even_a_silent_one(cast: Cast) -> None:
    counter = cast.signed_in(cast.clerk)

    counter.get(PAGE, headers={"HX-Polling": "1"})

    assert seen(counter) < timedelta(seconds=30)


def test_typing_without_sending_keeps_the_counter_open(cast: Cast) -> None:
    counter = untouched(cast, minutes=9)

    assert counter.post(reverse("awake")).status_code == 204
    assert seen(counter) < timedelta(seconds=30)


def test_most_requests_do_not_write_the_session(cast: Cast) -> None:
    counter = untouched(cast, seconds=20)
    before = counter.session["seen_at"]

    counter.get(PAGE)

    assert counter.session["seen_at"] == before


def test_a_clock_that_was_set_back_does_not_lock(cast: Cast) -> None:
    assert untouched(cast, minutes=-30).get(PAGE).status_code == 200


def test_the_time_comes_from_the_settings(cast: Cast, settings: Any) -> None:
    settings.IDLE_LOCK = timedelta(minutes=1)

    assert untouched(cast, minutes=2).get(PAGE).status_code == 302


# What a locked screen answers ---------------------------------------------------------------


@pytest.fixture
def locked(cast: Cast) -> Client:
    return untouched(cast, minutes=11)


def test_a_form_on_a_locked_page_leads_back_to_the_page_that_holds_it(locked: Client) -> None:
    response = locked.post(
        reverse("end_other_sessions"), headers={"referer": f"http://testserver{PAGE}"}
    )

    assert response["Location"] == "/account/unlock/?next=%2Faccount%2Fsessions%2F"


def test_a_form_that_came_from_elsewhere_leads_home(locked: Client) -> None:
    response = locked.post(
        reverse("end_other_sessions"), headers={"referer": "https://evil.example/x"}
    )

    assert response["Location"] == "/account/unlock/?next=%2F"


def test_a_script_hears_that_the_screen_is_locked(locked: Client) -> None:
    response = locked.get("/nowhere/", headers={"accept": "application/json"})

    assert response.status_code == 401
    assert response.json() == {
        "error": "屏幕已锁定。",
        "todo": "请输入密码解锁。",
        "door": "/account/unlock/?next=%2F",
    }


def test_a_part_of_a_page_sends_the_whole_page_to_the_door(locked: Client) -> None:
    response = locked.get(
        "/counter/live/",
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{PAGE}"},
    )

    assert response.status_code == 204
    assert response["HX-Redirect"] == "/account/unlock/?next=%2Faccount%2Fsessions%2F"


@pytest.mark.parametrize("path", ["/nowhere/", PAGE])
def test_the_answer_of_a_locked_screen_is_not_kept_by_the_browser(
    locked: Client, path: str
) -> None:
    assert "no-store" in locked.get(path)["Cache-Control"]


# The doors of those whose login ended -------------------------------------------------------


def test_signed_out_a_script_hears_that_the_login_ended(db: None) -> None:
    response = Client().get(PAGE, headers={"accept": "application/json"})

    assert response.status_code == 401
    assert response.json()["error"] == "登录已经结束。"
    assert response.json()["door"].startswith(reverse("login"))


def test_signed_out_a_part_of_a_page_sends_the_whole_page_to_the_login(db: None) -> None:
    response = Client().get(
        PAGE, headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/counter/7/"}
    )

    assert response.status_code == 204
    assert response["HX-Redirect"] == "/account/login/?next=%2Fcounter%2F7%2F"


def test_pages_of_visitors_may_be_kept(db: None) -> None:
    assert "Cache-Control" not in Client().get("/nowhere/")


# Refusals -----------------------------------------------------------------------------------


def test_a_refusal_is_a_page_with_what_to_do_and_is_written_down(cast: Cast) -> None:
    response = cast.signed_in(cast.clerk).get(
        reverse("health"), headers={"referer": f"http://testserver{PAGE}"}
    )

    page = response.content.decode()
    assert response.status_code == 403
    assert "你现在的岗位不能查看系统健康。" in page
    assert f'href="{PAGE}"' in page
    entry = AuditEntry.objects.get(action="refused")
    assert entry.actor == cast.clerk
    assert entry.detail == {"reason": "NotForYou", "view": "health", "ids": {}}


def test_a_refusal_never_links_to_another_site(cast: Cast) -> None:
    response = cast.signed_in(cast.clerk).get(
        reverse("health"), headers={"referer": "https://evil.example/"}
    )

    assert "evil.example" not in response.content.decode()


def test_a_refusal_to_a_script_is_json(cast: Cast) -> None:
    response = cast.signed_in(cast.clerk).get(
        reverse("health"), headers={"accept": "application/json"}
    )

    assert response.json() == {
        "error": "你现在的岗位不能查看系统健康。",
        "todo": "如果系统不能用，请联系渠道经理。",
    }


def test_a_refusal_of_a_part_is_said_in_the_message_area(cast: Cast) -> None:
    response = cast.signed_in(cast.clerk).get(reverse("health"), headers={"HX-Request": "true"})

    assert response.status_code == 403
    assert response["HX-Retarget"] == "#messages"
    assert response["HX-Reswap"] == "innerHTML"
    assert "<html" not in response.content.decode()
    assert "请联系渠道经理" in response.content.decode()
