"""Documents without a chip through the counter's and the desk's pages."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from outlets.bridge.people import PEOPLE
from portal.models import AuditEntry
from registration import flow
from registration.models import Application, Identity, Photo, Role
from registration.services import story
from registration.specimens import TRAVELLERS
from tests.cast import Cast

pytestmark = pytest.mark.django_db
ADDRESS = "示例省样本市测试路20号"
TEMPORARY = {
    "name": "王样本",
    "number": PEOPLE["wang"].number,
    "address": ADDRESS,
    "issuer": "样本市公安局测试分局",
    "valid_from": "2026-11-01",
    "valid_to": "2099-02-01",
}
SOLDIER = {
    "purpose": "official",
    "form": "军官证",
    "number": "军字第9900001号",
    "name": "样军人",
    "sex": "male",
    "birth_date": "1990-01-01",
    "issuer": "样本部队",
    "address": ADDRESS,
}


@pytest.fixture
def draft(cast: Cast) -> Application:
    return cast.draft(by=cast.hall_clerk, outlet=cast.hall)


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.signed_in(cast.hall_clerk)


def url(name: str, application: Application, role: str = Role.HOLDER) -> str:
    return reverse(name, kwargs={"pk": application.pk, "role": role})


def shown(client: Client, application: Application) -> str:
    return client.get(url("identity", application)).content.decode()


# Choosing -------------------------------------------------------------------------------


def test_the_reader_is_the_way_in_and_other_documents_are_one_click_away(
    client: Client, draft: Application
) -> None:
    page = shown(client, draft)

    assert "data-reader" in page
    assert url("identity_documents", draft) in page


def test_an_own_hall_may_choose_all_but_the_chinese_passport(
    client: Client, draft: Application
) -> None:
    page = client.get(url("identity_documents", draft)).content.decode()

    for kind in ("passport", "hkm_permit", "taiwan_permit", "temporary_id", "military_id"):
        assert f'value="{kind}"' in page
    assert 'value="prc_passport"' not in page
    assert "目前没有开放办理" in page
    assert "手机上的电子身份证不是原件" in page


def test_an_agent_sees_where_to_send_the_customer(cast: Cast) -> None:
    application = cast.draft()

    page = cast.signed_in(cast.clerk).get(url("identity_documents", application)).content.decode()

    assert 'value="passport"' not in page
    assert "请到最近的 东区营业厅 办理" in page
    assert "示例省样本市测试路2号" in page


def test_an_agent_who_posts_a_passport_is_refused_with_the_nearest_hall(cast: Cast) -> None:
    application = cast.draft()

    answer = cast.signed_in(cast.clerk).post(
        url("identity_choose", application), {"kind": "passport"}
    )

    assert answer.status_code == 409
    assert "东区营业厅" in answer.content.decode()
    assert AuditEntry.objects.filter(action="refused").exists()


def test_a_choice_leads_to_its_own_page(client: Client, draft: Application) -> None:
    answer = client.post(url("identity_choose", draft), {"kind": "passport"}, follow=True)

    page = answer.content.decode()
    assert "机主的外国护照" in page
    assert "护照资料页" in page
    assert "data-challenge" not in page
    # Nothing can be typed before the zone was read.
    assert 'name="address"' not in page


def test_a_card_that_the_shop_may_not_register_shows_the_nearest_hall(cast: Cast) -> None:
    application = cast.draft()
    cast.read(application, "hk")

    page = shown(cast.signed_in(cast.clerk), application)

    assert "最近的可办网点：东区营业厅" in page


def test_the_manager_s_story_says_how_a_passport_was_taken_in(
    cast: Cast, draft: Application
) -> None:
    cast.travel(draft, "anna")

    event = next(event for event in story.tell(draft) if "机主" in event.title)

    assert event.detail == "外国护照 · 机读区，校验位全部相符"


# The zone -------------------------------------------------------------------------------


def read_page(cast: Cast, draft: Application, key: str = "anna") -> None:
    cast.choose(draft, "passport")
    cast.photo(draft, Photo.Kind.ID_FRONT, mrz="\n".join(TRAVELLERS[key].zone()))


def test_what_the_zone_says_is_shown_masked_and_only_the_rest_is_asked(
    cast: Cast, client: Client, draft: Application
) -> None:
    read_page(cast, draft)

    page = shown(client, draft)

    assert "L9*****03" in page
    assert "L99890203" not in page
    assert "ANNA" not in page
    assert 'name="address"' in page
    assert 'name="number"' not in page


def test_a_passport_is_taken_in_with_the_address_alone(
    cast: Cast, client: Client, draft: Application
) -> None:
    read_page(cast, draft)

    answer = client.post(url("identity_state", draft), {"name": "", "address": ADDRESS})

    assert answer.status_code == 302
    assert draft.parties.get().identity.card.address == ADDRESS
    assert "已登记" in shown(client, draft)


def test_a_missing_address_is_said_beside_the_field_and_the_cursor_stands_there(
    cast: Cast, client: Client, draft: Application
) -> None:
    read_page(cast, draft)

    answer = client.post(url("identity_state", draft), {"name": "样安娜"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.index('id="id_address"') < page.index('id="error_1_id_address"')
    field = page[page.index('name="address"') :]
    assert "autofocus" in field[: field.index(">")]
    assert 'value="样安娜"' in page


def test_the_page_is_asked_for_again_only_when_something_changed(
    cast: Cast, client: Client, draft: Application
) -> None:
    cast.choose(draft, "passport")
    page = cast.photo(draft, Photo.Kind.ID_FRONT, status=Photo.Status.RECEIVED)
    first = client.get(url("identity_look", draft))

    again = client.get(url("identity_look", draft), headers={"If-None-Match": first["ETag"]})
    Photo.objects.filter(pk=page.pk).update(
        status=Photo.Status.READY, mrz="\n".join(TRAVELLERS["anna"].zone())
    )
    then = client.get(url("identity_look", draft), headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code, then.status_code) == (200, 304, 200)
    assert "机读区已读出" in then.content.decode()


# CV-02: nothing that a reader reads is typed ---------------------------------------------


@pytest.mark.parametrize("kind", ["resident", "permit", "foreigner_2017", "foreigner_2023", ""])
def test_no_form_takes_the_data_of_a_card_with_a_chip(
    client: Client, draft: Application, kind: str
) -> None:
    client.post(url("identity_choose", draft), {"kind": kind})

    answer = client.post(url("identity_state", draft), TEMPORARY | {"kind": kind})

    assert answer.status_code == 409
    assert "不能手工录入" in answer.content.decode()
    assert not Identity.objects.exists()


def test_the_number_of_a_passport_cannot_be_typed_over_the_zone_s(
    cast: Cast, client: Client, draft: Application
) -> None:
    read_page(cast, draft)
    forged = {"address": ADDRESS, "number": "X0000000", "birth_date": "2000-01-01", "sex": "male"}

    client.post(url("identity_state", draft), forged)

    card = draft.parties.get().identity.card
    assert (card.number, card.birth_date) == ("L99890203", TRAVELLERS["anna"].birth_date)


# The sighted lane -----------------------------------------------------------------------


def test_a_wrong_number_is_said_at_once_beside_its_field(
    cast: Cast, client: Client, draft: Application
) -> None:
    cast.choose(draft, "temporary_id")

    answer = client.post(url("identity_state", draft), TEMPORARY | {"number": "991101199003140011"})

    assert answer.status_code == 422
    assert "证件号码的校验位不对。" in answer.content.decode()
    assert not Identity.objects.exists()


def test_full_width_digits_and_a_small_x_are_the_same_number(
    cast: Cast, client: Client, draft: Application
) -> None:
    cast.choose(draft, "temporary_id")
    wide = PEOPLE["wang"].number.translate(
        {ord("0") + place: ord("０") + place for place in range(10)}
    )

    client.post(url("identity_state", draft), TEMPORARY | {"number": wide.lower()})

    assert draft.parties.get().identity.card.number == PEOPLE["wang"].number


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"valid_to": "2026-10-31"}, "截止日期在开始日期之前"),
        ({"valid_to": "yesterday"}, "请写成日期"),
        ({"name": ""}, "请填写。"),
        ({"name": "王"}, "太短，请写全。"),
    ],
)
def test_a_temporary_card_is_typed_in_full(
    cast: Cast, client: Client, draft: Application, change: dict[str, str], error: str
) -> None:
    cast.choose(draft, "temporary_id")

    answer = client.post(url("identity_state", draft), TEMPORARY | change)

    assert answer.status_code == 422
    assert error in answer.content.decode()


def test_a_soldiers_private_number_is_told_at_the_read_step(
    cast: Cast, client: Client, draft: Application
) -> None:
    cast.choose(draft, "military_id")

    client.post(url("identity_state", draft), SOLDIER | {"purpose": "private"})

    page = shown(client, draft)
    assert "军人、武警的私人号码凭居民身份证办理。" in page
    assert "请出示居民身份证。" in page


@pytest.mark.parametrize("kind", ["household_book", "armed_police_id"])
def test_each_sighted_document_has_its_own_form(
    cast: Cast, client: Client, draft: Application, kind: str
) -> None:
    cast.choose(draft, kind)

    page = shown(client, draft)

    assert ('name="purpose"' in page) is (kind == "armed_police_id")
    assert "手工录入" in page


# Pictures and the desk ------------------------------------------------------------------


def test_the_slots_are_called_by_the_document(
    cast: Cast, client: Client, draft: Application
) -> None:
    cast.answer(draft, "proxy")
    cast.choose(draft, "hkm_permit")
    cast.choose(draft, "passport", Role.PROXY)

    page = client.get(reverse("photos", kwargs={"pk": draft.pk})).content.decode()

    for name in ("通行证正面", "通行证背面", "受托人护照资料页", "受托人现场照", "委托书"):
        assert name in page
    assert "身份证正面" not in page


def case(cast: Cast, draft: Application) -> dict[str, Any]:
    """The desk's page of this application, as its verifier sees it."""
    draft.refresh_from_db()
    cast.numbered(draft)
    for kind in draft.photos_due:
        if not draft.photos.current().filter(kind=kind).exists():
            cast.photo(draft, kind)
    cast.signed(draft)
    draft.refresh_from_db()
    flow.submit(draft, by=draft.clerk, key=uuid.uuid4(), now=cast.now)
    cast.compared(draft)
    flow.advance(draft, now=cast.now)
    found = cast.claimed()
    answer = cast.signed_in(cast.verifier).get(reverse("review", kwargs={"pk": found.pk}))
    return {"page": answer.content.decode(), "case": found}


def test_the_verifier_sees_what_was_read_and_what_was_typed(cast: Cast, draft: Application) -> None:
    cast.travel(draft, "anna", name="样安娜")

    page = case(cast, draft)["page"]

    assert "L99890203" in page
    assert "机读区，校验位全部相符" in page
    assert page.count("手工录入·请对照影像") == 2  # the Chinese name and the address
    assert "机读和录入的内容与影像一致" in page
    assert "影像文字与芯片信息一致" not in page
    assert "这种证件没有联网核验可查。" in page


def on_duty(cast: Cast, draft: Application) -> str:
    """The verifier's page about a soldier's duty number."""
    cast.choose(draft, "military_id")
    cast.state(draft, **SOLDIER)
    return str(case(cast, draft)["page"])


def test_nobody_is_asked_to_compare_a_card_that_was_not_shot(
    cast: Cast, draft: Application
) -> None:
    page = on_duty(cast, draft)

    assert "现场照与登记的性别、年龄相符" in page
    assert "单位证明清晰、完整" in page
    assert "录入的内容与单位证明一致" in page
    assert "手工录入·没有影像" in page
    assert "请对照影像</span>" not in page
    assert 'data-show="unit_certificate"' in page
    assert "长期" not in page  # nobody was asked until when it is valid


def test_where_policy_has_the_card_shot_it_is_compared(cast: Cast, draft: Application) -> None:
    cast.policy("military.image", True)

    page = on_duty(cast, draft)

    assert "机读和录入的内容与影像一致" in page
    assert "手工录入·请对照影像" in page
    assert 'data-show="id_front"' in page


def test_a_chip_is_not_asked_about_typing(cast: Cast) -> None:
    cast.in_review()
    found = cast.claimed()

    page = cast.signed_in(cast.verifier).get(reverse("review", kwargs={"pk": found.pk}))

    assert "手工录入" not in page.content.decode()
    assert "机读和录入的内容与影像一致" not in page.content.decode()


def test_a_passport_is_approved_only_when_the_typed_question_was_answered(
    cast: Cast, draft: Application
) -> None:
    cast.travel(draft, "anna")
    found = case(cast, draft)["case"]
    client = cast.signed_in(cast.verifier)
    answers = {
        "claim_no": found.claim_no,
        "verdict": "approve",
        "check_same_person": "y",
        "check_papers_clear": "y",
    }
    decide = reverse("review_decide", kwargs={"pk": found.pk})

    without = client.post(decide, answers)
    with_it = client.post(decide, answers | {"check_typed_agrees": "y"})

    assert without.status_code == 422
    assert with_it.status_code == 302
    draft.refresh_from_db()
    assert draft.status == Application.Status.APPROVED


@pytest.mark.parametrize(("day", "is_stopped"), [("2020-01-01", True), ("", False)])
def test_a_soldier_s_card_that_says_when_it_ends_ends_then(
    cast: Cast, client: Client, draft: Application, day: str, is_stopped: bool
) -> None:
    cast.choose(draft, "military_id")

    client.post(url("identity_state", draft), SOLDIER | {"valid_to": day})

    found = flow.judge(Application.objects.get(pk=draft.pk), now=cast.now)
    assert ("PD-10" in {verdict.rule.id for verdict in found}) is is_stopped
