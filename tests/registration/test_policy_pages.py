"""The policy pages through HTTP: who looks, who sets, what is said."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.bridge.people import PEOPLE
from outlets.models import Channel, Post
from portal.models import User
from registration import flow
from registration.models import PolicyRow
from registration.rules.facts import age
from registration.rules.policy import GUARDIAN_AGE, LINES_A_PERSON, POLICIES, Amount
from registration.rules.reading import COPY_MINUTES
from registration.services import policy
from tests.cast import Cast
from tests.outlets.places import queries, visitors
from tests.registration.pages import shown
from tests.registration.work import last_month

pytestmark = pytest.mark.django_db
KEY = LINES_A_PERSON.key
TIERS = "document.resident.tiers"
HOURS = "rule.CV-01H"


def page(node: Channel, key: str = "") -> str:
    return reverse("policy", args=[node.pk, key]) if key else reverse("policies_at", args=[node.pk])


def today() -> date:
    return timezone.localdate()


@pytest.fixture
def admin(cast: Cast) -> Client:
    return cast.signed_in(cast.administrator)


def province_admin(cast: Cast) -> User:
    return cast.person("admin2", "甲省管理", cast.province, Post.Role.ADMINISTRATOR)


def send(client: Client, node: Channel, key: str = KEY, **said: Any) -> HttpResponse:
    data = {"value": 3, "from_date": today().isoformat(), "reason": "样本通知", "do": "save"}
    return client.post(page(node, key), data | said)  # type: ignore[return-value]


def put(cast: Cast, node: Channel, value: Any, *, key: str = KEY, days: int = 0) -> None:
    policy.put(
        node,
        key,
        value,
        from_date=today() + timedelta(days=days),
        reason="样本原因",
        by=cast.administrator,
        now=cast.now,
    )


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


# Setting --------------------------------------------------------------------------------------


def test_what_is_saved_holds_and_is_said(cast: Cast, admin: Client) -> None:
    answer = admin.post(
        page(cast.province, KEY),
        {"value": 3, "from_date": today().isoformat(), "reason": "样本通知", "do": "save"},
        follow=True,
    )

    assert "甲省公司及下级为“3 个”" in answer.content.decode()
    row = PolicyRow.objects.get()
    assert (row.channel, row.value, row.from_date, row.reason) == (
        cast.province,
        3,
        today(),
        "样本通知",
    )
    assert "样本通知" in answer.content.decode()


@pytest.mark.parametrize(
    ("key", "sent", "kept"),
    [
        (TIERS, ["endpoint", "own_hall"], ["own_hall", "endpoint"]),
        (TIERS, [], []),
        (HOURS, "off", "off"),
        (KEY, "1", 1),
    ],
)
def test_a_value_of_every_kind_can_be_set(
    cast: Cast, admin: Client, key: str, sent: Any, kept: Any
) -> None:
    answer = send(admin, cast.head, key, value=sent)

    assert answer.status_code == 302
    assert PolicyRow.objects.get().value == kept


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"value": 6}, "小于或等于5"),
        ({"value": 0}, "大于或等于1"),
        ({"value": ""}, "请填写这一项。"),
        ({"value": "三"}, "输入整数"),
        ({"reason": ""}, "这个字段是必填项"),
        ({"reason": "长" * 201}, "200"),
        ({"from_date": "2020-01-01"}, "生效日期不能早于今天。"),
        ({"from_date": ""}, "这个字段是必填项"),
    ],
)
@pytest.mark.parametrize("do", ["preview", "save"])
def test_what_is_wrong_is_said_beside_its_field(
    cast: Cast, admin: Client, said: dict[str, Any], sentence: str, do: str
) -> None:
    answer = send(admin, cast.province, do=do, **said)

    text = answer.content.decode()
    (name,) = said
    assert answer.status_code == 422
    assert sentence in text.replace(" ", "")
    assert f'id="id_{name}_error"' in text or f'id="error_1_id_{name}"' in text
    assert text.count("autofocus") == 1
    assert not PolicyRow.objects.exists()


def test_a_choice_that_is_not_offered_is_refused(cast: Cast, admin: Client) -> None:
    assert send(admin, cast.head, HOURS, value="never").status_code == 422
    assert send(admin, cast.head, TIERS, value=["moon"]).status_code == 422


def test_what_was_set_here_can_be_withdrawn(cast: Cast, admin: Client) -> None:
    put(cast, cast.head, 4)
    put(cast, cast.province, 3)
    assert "撤回本级的设定" in shown(admin, page(cast.province, KEY))

    answer = send(admin, cast.province, how="withdraw", value="")

    assert answer.status_code == 302
    text = shown(admin, page(cast.province, KEY))
    assert "上级设定" in text
    assert "撤回，改按上级" in text
    assert "撤回本级的设定" not in text


def test_what_was_set_above_is_not_withdrawn_here(cast: Cast, admin: Client) -> None:
    put(cast, cast.head, 4)

    assert "撤回本级的设定" not in shown(admin, page(cast.province, KEY))
    assert send(admin, cast.province, how="withdraw", value="").status_code == 422


def test_the_counter_asks_for_a_guardian_from_the_provinces_age_on(
    cast: Cast, admin: Client
) -> None:
    """Whoever is of the age is on their own; a year more, and a guardian is asked for."""
    years = age(PEOPLE["zhou"].birth_date, today())
    application = cast.ready("zhou")

    def found() -> set[str]:
        return {verdict.rule.id for verdict in flow.judge(application, now=cast.now)}

    send(admin, cast.head, GUARDIAN_AGE.key, value=years)
    assert "PX-08" not in found()
    send(admin, cast.other_province, GUARDIAN_AGE.key, value=years + 1)
    assert "PX-08" not in found()
    send(admin, cast.province, GUARDIAN_AGE.key, value=years + 1)
    assert "PX-08" in found()


# The preview ----------------------------------------------------------------------------------


def test_a_preview_counts_and_names_the_cases_masked_and_saves_nothing(
    cast: Cast, admin: Client
) -> None:
    application = last_month(cast)

    text = send(admin, cast.province, TIERS, value=["own_hall"], do="preview").content.decode()

    assert "上月 1 单里有 1 单结果会不同。" in text
    assert reverse("report_case", args=[application.pk]) in text
    assert "PD-08" in text
    assert "居民身份证以外的证件只能在自有营业厅办理。" in text
    assert "王样本" not in text
    assert not PolicyRow.objects.exists()


def test_a_preview_of_an_empty_month_says_so(cast: Cast, admin: Client) -> None:
    assert "上月这里没有提交过受理单" in send(admin, cast.head, do="preview").content.decode()


def test_a_preview_says_what_it_left_out(
    cast: Cast, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    last_month(cast)
    last_month(cast, person="li", number="17000000002", outlet=cast.sister, by=cast.sister_clerk)
    put(cast, cast.other_district, ["agent_point"], key=TIERS)

    text = send(admin, cast.head, TIERS, value=["own_hall"], do="preview").content.decode()

    assert "上月 2 单里有 1 单结果会不同。" in text
    assert "1 单所在的下级另有设定，不受影响。" in text


def test_what_old_cases_cannot_tell_is_not_previewed(cast: Cast, admin: Client) -> None:
    text = shown(admin, page(cast.head, COPY_MINUTES.key))

    assert "预览影响" not in text
    assert "看不出改动的影响" in text


def test_an_amount_says_its_bounds(cast: Cast, admin: Client) -> None:
    for each in POLICIES.values():
        if isinstance(each, Amount):
            text = shown(admin, page(cast.head, each.key))
            assert f"可以填 {each.least} 到 {each.most} {each.unit}。" in text
