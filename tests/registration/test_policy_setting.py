"""Setting a policy through HTTP, and the preview before it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from outlets.bridge.people import PEOPLE
from registration import flow
from registration.models import Application, PolicyRow
from registration.rules.facts import age
from registration.rules.policy import GUARDIAN_AGE, POLICIES, Amount
from registration.rules.reading import COPY_MINUTES
from tests.cast import Cast
from tests.registration.pages import shown
from tests.registration.policies import HOURS, KEY, TIERS, page, put, send, today
from tests.registration.work import last_month

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(cast: Cast) -> Client:
    return cast.signed_in(cast.administrator)


# Setting ---------------------------------------------------------------------------------------


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
    assert "都没有提交过受理单" in send(admin, cast.head, do="preview").content.decode()


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


def test_a_first_month_is_previewed_by_its_last_days(cast: Cast, admin: Client) -> None:
    application = cast.in_review()
    Application.objects.filter(pk=application.pk).update(first_submitted_at=cast.now)

    text = send(admin, cast.province, TIERS, value=["own_hall"], do="preview").content.decode()

    assert "近 30 天 1 单里有 1 单结果会不同。" in text
    assert "上月这里没有提交过受理单，所以看近 30 天。" in text
