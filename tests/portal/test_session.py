from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.models import AuditEntry, Session
from portal.services import session
from tests.cast import PASSWORD, Cast


def signed_in(username: str, agent: str = "Firefox/140 (Windows NT 10.0)") -> Client:
    browser = Client(headers={"user-agent": agent})
    browser.post(reverse("login"), {"username": username, "password": PASSWORD})
    return browser


def key(browser: Client) -> str:
    return str(browser.session.session_key)


def test_the_list_shows_where_one_is_signed_in_and_which_is_this_one(cast: Cast) -> None:
    here, there = signed_in("clerk"), signed_in("clerk", "Chrome/139 (Linux; Android 14)")

    page = here.get(reverse("sessions")).content.decode()

    assert page.count("当前这个") == 1
    assert "Firefox · Windows" in page
    assert "Chrome · Android" in page
    assert "127.0.0.1" in page
    # The key opens the door: neither it nor the other one's stands on the page.
    assert key(here) not in page
    assert key(there) not in page


def test_the_list_does_not_show_a_colleague(cast: Cast) -> None:
    signed_in(cast.colleague.username)

    page = signed_in("clerk").get(reverse("sessions")).content.decode()

    assert page.count("登录于") == 1


def test_the_list_leaves_out_what_has_expired(cast: Cast) -> None:
    old, here = signed_in("clerk"), signed_in("clerk")
    Session.objects.filter(pk=key(old)).update(expire_date=timezone.now() - timedelta(seconds=1))

    assert here.get(reverse("sessions")).content.decode().count("登录于") == 1


def test_one_of_my_sessions_can_be_ended(cast: Cast) -> None:
    here, there = signed_in("clerk"), signed_in("clerk")

    response = here.post(reverse("end_session", args=[session.handle(key(there))]))

    assert response["Location"] == reverse("sessions")
    assert there.get(reverse("sessions")).status_code == 302
    assert here.get(reverse("sessions")).status_code == 200
    assert AuditEntry.objects.filter(action="session.ended").count() == 1


def test_a_session_of_another_user_cannot_be_ended(cast: Cast) -> None:
    here, other = signed_in("clerk"), signed_in(cast.colleague.username)

    response = here.post(reverse("end_session", args=[session.handle(key(other))]))

    assert response.status_code == 409
    assert "这个登录已经结束" in response.content.decode()
    assert other.get(reverse("sessions")).status_code == 200


def test_a_session_key_is_no_handle(cast: Cast) -> None:
    here, there = signed_in("clerk"), signed_in("clerk")

    assert here.post(reverse("end_session", args=[key(there)])).status_code == 409


def test_all_others_can_be_ended_at_once(cast: Cast) -> None:
    here, second, third = signed_in("clerk"), signed_in("clerk"), signed_in("clerk")
    colleague = signed_in(cast.colleague.username)

    here.post(reverse("end_other_sessions"))

    assert [
        browser.get(reverse("sessions")).status_code for browser in (here, second, third, colleague)
    ] == [200, 302, 302, 200]


def test_ending_the_others_where_there_are_none_writes_nothing(cast: Cast) -> None:
    signed_in("clerk").post(reverse("end_other_sessions"))

    assert not AuditEntry.objects.filter(action="session.ended").exists()


def test_signed_out_there_is_no_list(db: None) -> None:
    for url in (
        reverse("sessions"),
        reverse("end_other_sessions"),
        reverse("end_session", args=["x"]),
    ):
        assert Client().get(url)["Location"].startswith(reverse("login"))


def test_links_end_nothing(cast: Cast) -> None:
    here = signed_in("clerk")

    assert here.get(reverse("end_other_sessions")).status_code == 405
    assert here.get(reverse("end_session", args=["x"])).status_code == 405


def test_the_list_costs_the_same_for_one_session_and_for_many(
    cast: Cast, django_assert_num_queries: object
) -> None:
    here = signed_in("clerk")
    here.get(reverse("sessions"))
    counted = []
    for more in (0, 10):
        for _ in range(more):
            signed_in("clerk")
        with django_assert_num_queries(2) as queries:  # type: ignore[operator]
            here.get(reverse("sessions"))
        counted.append(len(queries))

    assert counted[0] == counted[1]


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/139.0 Safari/537.36 Edg/139.0", "Edge · Windows"),
        ("Mozilla/5.0 (Macintosh) Version/18 Safari/605", "Safari · macOS"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/139 MicroMessenger/8", "微信 · Android"),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_a_browser_is_described_in_two_words(agent: str, words: str) -> None:
    assert session.described(agent) == words
