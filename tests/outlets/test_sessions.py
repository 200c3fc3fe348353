"""One statement says who asks, and whatever ends a log-in ends it at the next question."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.models import Post
from outlets.services import outlet, staff
from outlets.sessions import SessionStore
from portal.models import Session, User
from portal.services import account, session
from tests.cast import Cast

POLL = {"HX-Polling": "1", "Accept": "application/json"}


class OtherBackend(ModelBackend):
    """Knows the same users."""


def asked(browser: Client, tag: str = "") -> Any:
    return browser.get(reverse("counter_live"), headers=POLL | {"If-None-Match": tag})


def held(browser: Client) -> SessionStore:
    store = SessionStore(browser.session.session_key)
    store.load()
    return store


# What it finds --------------------------------------------------------------------------------


def test_it_brings_the_posts_that_are_held_today(cast: Cast) -> None:
    for place in (cast.hall, cast.sister):
        staff.appoint(cast.clerk, channel=place.channel, role="clerk", by=None, now=cast.now)
    ended = Post.objects.get(user=cast.clerk, channel=cast.sister.channel)
    past = timezone.localdate() - timedelta(days=1)
    Post.objects.filter(pk=ended.pk).update(from_date=past, until_date=past)

    found = held(cast.signed_in(cast.clerk))

    wanted = list(Post.objects.held_by(cast.clerk, timezone.localdate()))
    assert len(wanted) == 2
    assert found.holder == cast.clerk
    assert [vars(post) | {"_state": None} for post in found.posts] == [
        vars(post) | {"_state": None} for post in wanted
    ]


def test_place_and_outlet_came_along(cast: Cast, django_assert_num_queries: Any) -> None:
    clerk, manager = held(cast.signed_in(cast.clerk)), held(cast.signed_in(cast.manager))

    with django_assert_num_queries(0):
        shop = clerk.posts[0].channel.outlet
        has_shop = hasattr(manager.posts[0].channel, "outlet")

    assert (shop, shop.channel, has_shop) == (cast.outlet, cast.outlet.channel, False)


@pytest.mark.parametrize(("who", "only"), [("verifier", True), ("clerk", False)])
def test_it_knows_who_was_never_anything_but_a_verifier(cast: Cast, who: str, only: bool) -> None:
    [post] = held(cast.signed_in(getattr(cast, who))).posts

    assert post.has_only_verified is only


def test_who_has_no_post_is_known_all_the_same(cast: Cast) -> None:
    nobody = User.objects.create_user("nobody", "样本甲")

    found = held(cast.signed_in(nobody))

    assert (found.holder, found.posts) == (nobody, [])


def test_who_asks_is_one_statement_for_one_post_and_for_three(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    browser = cast.signed_in(cast.clerk)
    tag = asked(browser)["ETag"]
    for place in (cast.hall, cast.sister):
        staff.appoint(cast.clerk, channel=place.channel, role="clerk", by=None, now=cast.now)

    with django_assert_num_queries(2):
        answer = asked(browser, tag)

    assert answer.status_code == 304


# What ends it ---------------------------------------------------------------------------------


def expire(cast: Cast) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def sign_out_elsewhere(cast: Cast) -> None:
    session.end_others(cast.clerk, keep=None, now=cast.now)


def change_the_password(cast: Cast) -> None:
    cast.clerk.set_password("另一个-Specimen-2026")
    cast.clerk.save(update_fields=["password"])


def disable_the_account(cast: Cast) -> None:
    User.objects.filter(pk=cast.clerk.pk).update(is_active=False)


def give_it_to_another(cast: Cast) -> None:
    Session.objects.update(user=cast.colleague)
    disable_the_account(cast)


@pytest.mark.parametrize(
    "end",
    [
        expire,
        sign_out_elsewhere,
        change_the_password,
        disable_the_account,
        give_it_to_another,
    ],
)
def test_an_ended_log_in_hears_of_no_unchanged_page(
    cast: Cast, end: Callable[[Cast], None]
) -> None:
    browser = cast.signed_in(cast.clerk)
    tag = asked(browser)["ETag"]
    before = asked(browser, tag).status_code

    end(cast)

    assert (before, asked(browser, tag).status_code) == (304, 401)


def test_a_password_changed_at_another_browser_ends_this_one_alone(cast: Cast) -> None:
    here, there = cast.signed_in(cast.clerk), cast.signed_in(cast.clerk)
    tag = asked(there)["ETag"]
    key = str(here.session.session_key)

    account.change_password(cast.clerk, "另一个-Specimen-2026", keep=key, now=cast.now)

    assert asked(there, tag).status_code == 401


def test_a_post_that_ended_hears_of_no_unchanged_page(cast: Cast) -> None:
    browser = cast.signed_in(cast.clerk)
    tag = asked(browser)["ETag"]

    Post.objects.filter(user=cast.clerk).update(
        from_date=timezone.localdate() - timedelta(days=2),
        until_date=timezone.localdate() - timedelta(days=1),
    )

    assert asked(browser, tag).status_code == 403


def test_a_suspended_outlet_hears_of_no_unchanged_page(cast: Cast) -> None:
    browser = cast.signed_in(cast.clerk)
    tag = asked(browser)["ETag"]

    outlet.suspend(cast.outlet, reason="盘点", by=cast.manager, now=cast.now)

    assert asked(browser, tag).status_code == 403


def test_whom_another_backend_let_in_is_judged_by_django(cast: Cast, settings: Any) -> None:
    path = f"{OtherBackend.__module__}.{OtherBackend.__qualname__}"
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, path]
    browser = Client()
    browser.force_login(cast.clerk, backend=path)
    before = asked(browser).status_code

    settings.AUTHENTICATION_BACKENDS = settings.AUTHENTICATION_BACKENDS[:-1]

    assert (before, asked(browser).status_code) == (200, 401)


def test_a_session_outlives_the_change_of_the_secret_key(cast: Cast, settings: Any) -> None:
    browser = cast.signed_in(cast.clerk)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]

    settings.SECRET_KEY = "another-secret-key-of-the-tests" * 3

    assert [asked(browser).status_code for _ in range(2)] == [200, 200]


# What it leaves alone -------------------------------------------------------------------------


def test_asking_leaves_the_session_as_it_was(cast: Cast) -> None:
    browser = cast.signed_in(cast.clerk)
    tag = asked(browser)["ETag"]
    before = Session.objects.values_list("expire_date", "used_at", "session_data").get()

    answer = asked(browser, tag)

    assert answer.status_code == 304
    assert "sessionid" not in answer.cookies
    assert Session.objects.values_list("expire_date", "used_at", "session_data").get() == before


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_lost_meanwhile_is_replaced(cast: Cast) -> None:
    browser = cast.signed_in(cast.clerk)
    tag = asked(browser)["ETag"]
    assert connection.connection is not None

    connection.connection.close()

    assert asked(browser, tag).status_code == 304
