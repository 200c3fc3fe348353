"""What a unit orders besides mobile numbers: data cards and fixed lines (UD-11)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.gateways import carrier
from registration import flow, intake
from registration.models import Application, CarrierOrder, Decision, Line, Role, Slot
from registration.services import line, order
from tests.cast import Cast
from tests.pictures import address
from tests.registration import units

pytestmark = pytest.mark.django_db

SITE = "示例省样本市测试路100号3层"


class Pool:
    """A carrier with free numbers of either kind."""

    def numbers(self, _outlet: str, count: int, kind: str) -> list[str]:
        taken = Application.objects.exclude(number_index="").count()
        first = "0600800" if kind == "fixed" else "1700000"
        return [f"{first}{taken + place:04d}" for place in range(count)]

    def reserve(self, number: str, _key: str) -> carrier.Reservation:
        return carrier.Reservation(number, timezone.now() + timedelta(days=1))


@pytest.fixture(autouse=True)
def _pool(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.UNDO = timedelta(0)
    monkeypatch.setattr(carrier, "client", Pool)


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.signed_in(cast.hall_clerk)


def draft(cast: Cast, service: str) -> Application:
    application = units.draft(cast)
    intake.answer(application, holder_kind="unit", service=service, now=cast.now)
    return application


def fixed(cast: Cast, count: int = 2) -> Application:
    """An order of fixed lines that lacks nothing."""
    application = units.papered(cast, draft(cast, "fixed_install"))
    order.add(application, count, address=SITE, by=cast.hall_clerk, now=cast.now)
    return application


def rows(application: Application) -> list[Application]:
    return list(application.numbers.live().order_by("pk"))


def text(response: Any) -> str:
    content: bytes = response.content
    return content.decode()


def test_the_lines_are_added_with_the_place_where_they_are_installed(
    cast: Cast, client: Client
) -> None:
    application = draft(cast, "fixed_install")

    asked = {"count": "3", "address": SITE}
    response = client.post(reverse("order_add", args=[application.pk]), asked, follow=True)

    shown = text(response)
    assert {row.address for row in rows(application)} == {SITE}
    assert all(row.is_fixed for row in rows(application))
    assert shown.count("齐全") == 3
    assert "SIM 卡</th>" not in shown
    assert "使用人</th>" not in shown


def test_lines_without_a_place_are_not_added(cast: Cast, client: Client) -> None:
    application = draft(cast, "fixed_install")

    response = client.post(reverse("order_add", args=[application.pk]), {"count": "3"})

    assert response.status_code == 422
    assert "请填写装机或移机的详细地址" in text(response)
    assert rows(application) == []


def test_each_line_can_be_installed_somewhere_else(cast: Cast, client: Client) -> None:
    application = fixed(cast)
    first, second = rows(application)
    url = reverse("order_address", args=[application.pk, second.pk])

    refused = client.post(url, {f"line{second.pk}-address": "短"})
    client.post(url, {f"line{second.pk}-address": "示例省样本市新居路66号"})

    second.refresh_from_db()
    assert refused.status_code == 422
    assert "地址太短" in text(refused)
    assert (first.address, second.address) == (SITE, "示例省样本市新居路66号")


def test_fixed_lines_need_no_end_user_and_take_nobody_s_place(cast: Cast, client: Client) -> None:
    application = fixed(cast)
    line_row = rows(application)[0]

    units.matched(cast, units.submitted(cast, application))
    units.decided(cast)

    assert client.get(reverse("identity", args=[line_row.pk, "end_user"])).status_code == 404
    assert {row.status for row in rows(application)} == {Application.Status.APPROVED}
    assert Line.objects.count() == 2
    assert not Slot.objects.exists()
    told = [line.details(row) for row in rows(application)]
    assert all(said["address"] == SITE for said in told)
    assert {said["document"] for said in told} == {units.CODES["enterprise"]}
    assert set(CarrierOrder.objects.values_list("command", flat=True)) == {"install"}


def test_a_line_that_the_verifier_sends_back_gets_another_place(cast: Cast, client: Client) -> None:
    application = fixed(cast)
    second = rows(application)[1]
    units.matched(cast, units.submitted(cast, application))
    units.decided(cast, numbers_back=[second.pk])

    second.refresh_from_db()
    assert (second.status, second.redo) == (Application.Status.RETURNED, ["address"])

    url = reverse("order_address", args=[application.pk, second.pk])
    client.post(url, {f"line{second.pk}-address": "示例省样本市新居路66号"})
    client.post(reverse("order_hand_in", args=[application.pk]))
    second.refresh_from_db()
    flow.advance(second, now=cast.now)

    # The order is done: the line is a case of its own, with a question of its own.
    case = cast.claimed()
    assert case.application == second
    assert "装机地址与单位订单相符" in text(
        cast.signed_in(cast.verifier).get(reverse("review", args=[case.pk]))
    )
    units.decided(cast, checks=[Decision.Check.SITE])
    second.refresh_from_db()
    assert second.status == Application.Status.APPROVED


def test_the_verifier_sees_where_each_line_goes(cast: Cast) -> None:
    units.matched(cast, units.submitted(cast, fixed(cast)))

    case = cast.claimed()
    shown = text(cast.signed_in(cast.verifier).get(reverse("review", args=[case.pk])))

    assert shown.count(SITE) >= 2
    assert "待读" not in shown


def test_a_line_without_a_place_stays_behind_alone(cast: Cast) -> None:
    application = fixed(cast)
    second = rows(application)[1]
    Application.objects.filter(pk=second.pk).update(address=None)

    units.submitted(cast, application)

    assert [row.status for row in rows(application)] == ["submitted", "draft"]


def test_another_service_keeps_the_numbers_that_suit_it(cast: Cast) -> None:
    application = units.draft(cast)
    number = units.number(cast, application, 1, "wang")

    intake.answer(application, holder_kind="unit", service="new_data_card", now=cast.now)

    number.refresh_from_db()
    assert number.service == "new_data_card"
    assert number.iccid
    assert number.parties.filter(role=Role.END_USER).exists()
    assert application.numbers.complete().count() == 1


def test_another_kind_of_line_gives_the_numbers_back(cast: Cast) -> None:
    application = units.draft(cast)
    number = units.number(cast, application, 1, "wang")

    intake.answer(application, holder_kind="unit", service="fixed_install", now=cast.now)

    number.refresh_from_db()
    assert number.status == Application.Status.ABANDONED
    assert CarrierOrder.objects.get().command == CarrierOrder.Command.RELEASE
    assert rows(application) == []


def test_a_page_that_is_behind_adds_what_the_order_asks_for_now(cast: Cast) -> None:
    application = units.draft(cast)
    behind = Application.objects.get(pk=application.pk)
    intake.answer(application, holder_kind="unit", service="fixed_install", now=cast.now)

    order.add(behind, 1, by=cast.hall_clerk, now=cast.now)

    [number] = rows(application)
    assert (number.service, number.is_fixed) == ("fixed_install", True)
    # It came without an address, and is not taken for complete.
    assert number.address is None
    assert not application.numbers.complete().exists()


def test_an_order_has_no_place_itself(cast: Cast, client: Client) -> None:
    application = draft(cast, "fixed_install")

    response = client.post(reverse("application_address", args=[application.pk]), {"address": SITE})

    assert response.status_code == 422


def test_the_unit_is_asked_what_it_wants(cast: Cast, client: Client) -> None:
    application = units.draft(cast)

    shown = text(client.get(reverse("application_start", args=[application.pk])))

    for service in ("新开移动号码", "新开无线上网卡", "固定电话装机"):
        assert service in shown
    assert "过户" not in shown


# An end user without a chip ----------------------------------------------------------------


def with_traveller(cast: Cast) -> tuple[Application, Application, Application]:
    """A complete order of two numbers: the second one's user shows a passport."""
    application = units.papered(cast, units.draft(cast))
    first = units.number(cast, application, 1, "wang")
    second = units.number(cast, application, 2)
    cast.travel(second, "anna", Role.END_USER)
    return application, first, second


def test_an_end_user_may_show_a_passport_whose_page_is_shot(cast: Cast, client: Client) -> None:
    application = units.draft(cast)
    number = units.number(cast, application, 1)
    cast.choose(number, "passport", Role.END_USER)
    number.refresh_from_db()

    page = text(client.get(reverse("identity", args=[number.pk, "end_user"])))

    assert number.photos_due == ("end_user_id_front",)
    assert "护照资料页" in page
    assert application.numbers.complete().count() == 0


def test_both_pages_of_a_permit_are_shot_where_it_is_typed(cast: Cast, client: Client) -> None:
    application = units.draft(cast)
    number = units.number(cast, application, 1)
    cast.travel(number, "hk", Role.END_USER)
    number.refresh_from_db()

    page = text(client.get(reverse("identity", args=[number.pk, "end_user"])))
    shown = text(client.get(reverse("order", args=[application.pk])))

    assert number.photos_due == ("end_user_id_front", "end_user_id_back")
    assert "缺 使用人通行证正面" in page
    assert "缺照片" in shown
    assert application.numbers.complete().count() == 0


def test_a_chip_read_after_all_needs_no_picture(cast: Cast) -> None:
    application, _first, second = with_traveller(cast)

    cast.read(second, "li", Role.END_USER)

    second.refresh_from_db()
    assert second.photos_due == ()
    assert not second.photos.current().exists()
    assert application.numbers.complete().count() == 2


def test_a_passport_is_looked_at_by_itself_once_the_order_is_approved(cast: Cast) -> None:
    application, first, second = with_traveller(cast)
    units.matched(cast, units.submitted(cast, application))
    case = cast.claimed()
    desk = cast.signed_in(cast.verifier)
    shown = text(desk.get(reverse("review", args=[case.pk])))
    assert "没有芯片：订单通过后单独审核" in shown
    assert f'name="numbers" value="{second.pk}"' not in shown

    # Whatever is posted: this number's picture was not before the verifier.
    units.decided(cast, numbers=[first.pk, second.pk])

    assert [row.status for row in rows(application)] == ["approved", "in_review"]
    case = cast.claimed()
    assert case.application == second
    shown = text(desk.get(reverse("review", args=[case.pk])))
    assert address(desk, cast.verifier, second.photos.get()) in shown
    assert "机读和录入的内容与影像一致" in shown

    asked = ("papers_clear", "typed_agrees", "end_user")
    units.decided(cast, checks=asked)
    assert rows(application)[1].status == "approved"


def test_a_page_that_is_sent_back_is_shot_again_from_the_list(cast: Cast, client: Client) -> None:
    application, first, second = with_traveller(cast)
    units.matched(cast, units.submitted(cast, application))
    units.decided(cast, numbers=[first.pk])
    units.decided(cast, "return", reason="IMAGE_UNREADABLE", items=["end_user_id_front"])

    second.refresh_from_db()
    shown = text(client.get(reverse("order", args=[application.pk])))
    page = text(client.get(reverse("identity", args=[second.pk, "end_user"])))

    assert second.redo == ["end_user_id_front"]
    assert "退回待改" in shown
    assert "审核退回：请重拍" in page
