"""The only door: what each person sees of each kind of row."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from outlets.models import Channel, Post, Reader, ScopedQuerySet
from portal.models import User
from tests.cast import Cast
from tests.signing import SAM_ID

# Every kind of row of the organisation, and of those that carry a channel path, at one outlet.
ROWS: dict[str, Callable[[Cast], Any]] = {
    "Channel": lambda cast: cast.outlet.channel,
    "Outlet": lambda cast: cast.outlet,
    "Post": lambda cast: Post.objects.get(user=cast.clerk),
    "Bridge": lambda cast: cast.bridge,
    "Reader": lambda cast: Reader.objects.create(
        outlet=cast.outlet, sam_id=SAM_ID, seen_at=cast.now
    ),
    "Application": lambda cast: cast.draft(),
}


def test_every_scoped_model_of_the_organisation_is_in_the_table() -> None:
    scoped = {
        model.__name__
        for model in apps.get_app_config("outlets").get_models()
        if isinstance(model._default_manager.all(), ScopedQuerySet)
    }

    assert scoped == {"Channel", "Outlet", "Post", "Bridge", "Reader"}
    assert scoped < set(ROWS)


@pytest.mark.parametrize("kind", ROWS)
def test_a_row_is_seen_at_its_node_and_from_above_and_by_nobody_else(cast: Cast, kind: str) -> None:
    row = ROWS[kind](cast)
    rows = type(row)._default_manager
    nobody = User.objects.create(username="nobody", name="无岗样")

    seen = {
        name: row in rows.visible_to(user)
        for name, user in {
            "at the node": cast.clerk,
            "in scope": cast.manager,
            "above": cast.head_manager,
            "sister": cast.sister_manager,
            "nobody": nobody,
        }.items()
    }

    assert seen == {
        "at the node": True,
        "in scope": True,
        "above": True,
        "sister": False,
        "nobody": False,
    }


def test_nobody_sees_the_node_above_his_own(cast: Cast) -> None:
    visible = Channel.objects.visible_to(cast.manager)

    assert set(visible) == {cast.district, cast.outlet.channel, cast.hall.channel}


@pytest.mark.parametrize(
    ("begins", "ends", "status"),
    [(-9, None, 200), (-9, 0, 200), (0, 0, 200), (-9, -1, 403), (1, None, 403)],
)
def test_a_post_shows_what_hangs_below_it_on_its_days_only(
    cast: Cast, begins: int, ends: int | None, status: int
) -> None:
    today = timezone.localdate()
    Post.objects.filter(user=cast.manager).update(
        from_date=today + timedelta(days=begins),
        until_date=None if ends is None else today + timedelta(days=ends),
    )

    page = cast.signed_in(cast.manager).get(reverse("channels"))

    assert page.status_code == status


def test_an_account_that_is_off_holds_no_post(cast: Cast) -> None:
    User.objects.filter(pk=cast.manager.pk).update(is_active=False)

    assert not Post.objects.held_by(cast.manager, timezone.localdate()).exists()
