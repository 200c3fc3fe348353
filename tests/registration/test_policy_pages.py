"""The policy pages through HTTP: who looks, who may set, what the list says."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from outlets.models import Post
from portal.models import User
from registration.models import PolicyRow
from registration.rules.policy import POLICIES
from tests.cast import Cast
from tests.outlets.places import queries, visitors
from tests.registration.pages import shown
from tests.registration.policies import HOURS, KEY, page, put, send, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(cast: Cast) -> Client:
    return cast.signed_in(cast.administrator)


def province_admin(cast: Cast) -> User:
    return cast.person("admin2", "甲省管理", cast.province, Post.Role.ADMINISTRATOR)


# Who sees what --------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", KEY])
def test_four_visitors_at_a_node(cast: Cast, key: str) -> None:
    address = page(cast.district, key)

    answers = {who: client.get(address).status_code for who, client in visitors(cast).items()}

    assert answers == {
        "in scope": 200,
        "above": 200,
        "sister": 404,
        "clerk": 403,
        "signed out": 302,
    }


def inspector(cast: Cast) -> User:
    user = cast.person("inspector", "样本检查", cast.province, Post.Role.MANAGER)
    Post.objects.filter(user=user).update(role=Post.Role.INSPECTOR, until_date=today())
    return user


def test_a_manager_and_an_inspector_look_and_set_nothing(cast: Cast) -> None:
    for user in (cast.manager, inspector(cast)):
        client = cast.signed_in(user)
        assert 'name="reason"' not in shown(client, page(cast.district, KEY))
        assert send(client, cast.district).status_code == 403
    assert not PolicyRow.objects.exists()


def test_a_provinces_administrator_sets_there_and_below_and_nowhere_else(cast: Cast) -> None:
    client = cast.signed_in(province_admin(cast))

    answers = [
        send(client, node).status_code
        for node in (cast.province, cast.district, cast.head, cast.other_province)
    ]

    assert answers == [302, 302, 404, 404]
    assert {row.channel for row in PolicyRow.objects.all()} == {cast.province, cast.district}


def test_an_unknown_policy_is_missing(cast: Cast, admin: Client) -> None:
    assert admin.get(page(cast.head, "no.such")).status_code == 404


def test_an_administrator_begins_at_the_own_node(cast: Cast, admin: Client) -> None:
    assert "示例移动" in shown(admin, reverse("policies"))


def test_the_pages_of_a_node_lead_to_its_policies_and_a_clerks_do_not(cast: Cast) -> None:
    manager = cast.signed_in(cast.manager)
    pages = (
        (page(cast.district), reverse("channel", args=[cast.district.pk])),
        (page(cast.outlet.channel), reverse("outlet", args=[cast.outlet.pk])),
        (page(cast.district), reverse("report")),
    )

    for address, shown_at in pages:
        assert address in shown(manager, shown_at)
    assert "/policies/" not in shown(cast.signed_in(cast.clerk), reverse("counter"))


# The list -------------------------------------------------------------------------------------


def test_the_list_says_every_policy_with_its_default(cast: Cast, admin: Client) -> None:
    found = shown(admin, page(cast.head))

    for each in POLICIES.values():
        assert each.title in found
        assert page(cast.head, each.key) in found
    assert "5 个" in found
    assert "默认值，2026-11-27 起" in found


def test_the_list_says_what_holds_where_it_comes_from_and_what_comes(
    cast: Cast, admin: Client
) -> None:
    put(cast, cast.province, 3)
    put(cast, cast.province, 2, days=9)
    put(cast, cast.city, 4)

    above, here, below = (
        shown(admin, page(node)) for node in (cast.head, cast.province, cast.other_district)
    )

    assert "下级有 2 处另有设定" in above
    assert "3 个" in here
    assert "本级设定" in here
    assert f"甲省公司，{today()} 起，样本管理员设定：样本原因" in here
    assert f"{today() + timedelta(days=9)} 起甲省公司改为：2 个" in here
    assert "4 个" in below
    assert "上级设定" in below


def test_a_province_is_not_seen_at_its_sister(cast: Cast, admin: Client) -> None:
    put(cast, cast.province, 3)

    assert "甲省公司" not in shown(admin, page(cast.other_province))


def test_the_way_down_leads_to_children_and_by_search_further(cast: Cast, admin: Client) -> None:
    near = shown(admin, page(cast.head))
    far = shown(admin, f"{page(cast.head)}?q=样本通讯店")

    assert page(cast.province) in near
    assert page(cast.outlet.channel) not in near
    assert page(cast.outlet.channel) in far


def test_the_way_up_ends_where_the_viewer_s_part_ends(cast: Cast) -> None:
    found = shown(cast.signed_in(cast.manager), page(cast.outlet.channel))

    assert page(cast.district) in found
    assert page(cast.city) not in found


def test_fifty_rows_cost_the_same_queries_as_one(cast: Cast, admin: Client) -> None:
    put(cast, cast.head, 3)
    put(cast, cast.province, 2)
    few = queries(admin, page(cast.head)), queries(admin, page(cast.head, KEY))
    for number in range(50):
        for node in (cast.head, cast.province, cast.outlet.channel):
            put(cast, node, number % 5 + 1, days=number % 4)
        put(cast, cast.district, "note", key=HOURS)

    assert (queries(admin, page(cast.head)), queries(admin, page(cast.head, KEY))) == few
