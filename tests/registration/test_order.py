"""A unit's order at the counter: its form, its list of numbers, and what the pages say."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from stdnum import luhn

from portal.gateways import carrier
from registration import flow
from registration.models import Application, Role, Unit
from registration.services import line, order
from registration.services import unit as unit_service
from tests.cast import Cast
from tests.registration import units

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.signed_in(cast.hall_clerk)


def filled(cast: Cast, kind: str = "enterprise", **fields: Any) -> dict[str, Any]:
    """The unit's form as a clerk fills it in."""
    values = {
        "kind": kind,
        "name": "样本测试有限公司",
        "number": units.CODES.get(kind, ""),
        "address": "示例省样本市测试路100号",
        "purpose": "员工通信",
        "letter_until": f"{timezone.localdate(cast.now) + timedelta(days=30)}",
        "letter_names_handler": "on",
        "letter_states_scope": "on",
        "letter_is_sealed": "on",
        "shown_licence": "sealed",
    }
    return values | fields


def put(client: Client, cast: Cast, application: Application, **fields: Any) -> Any:
    data = filled(cast, **fields)
    return client.post(reverse("order_unit", args=[application.pk]), data)


def asked(cast: Cast) -> Application:
    application = cast.draft(by=cast.hall_clerk, outlet=cast.hall)
    cast.answer(application, "unit")
    return application


def text(response: Any) -> str:
    content: bytes = response.content
    return content.decode()


def page(client: Client, name: str, *args: int) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return text(response)


def test_a_unit_is_one_of_the_counter_s_customers(cast: Cast, client: Client) -> None:
    application = cast.draft(by=cast.hall_clerk, outlet=cast.hall)

    client.post(reverse("application_answer", args=[application.pk]), {"customer": "unit"})

    shown = page(client, "application_start", application.pk)
    assert "单位资料" in shown
    assert "data-iccid" not in shown
    assert "单位订单的号码" not in shown


def test_the_papers_are_written_down_and_the_list_comes_next(cast: Cast, client: Client) -> None:
    application = asked(cast)

    response = put(client, cast, application, number=" 9199 0101 0000 0001 9m")

    assert response.headers["Location"] == reverse("order", args=[application.pk])
    assert Unit.objects.get().number == units.CODES["enterprise"]
    assert "样本测试有限公司" in page(client, "application_start", application.pk)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"number": "91310115MA1G4L1WXK"}, "校验位不对"),
        ({"number": ""}, "请填证照上的统一社会信用代码"),
        ({"number": units.LICENCE_15}, "旧的注册号"),
        ({"kind": ""}, "请选单位类别"),
        ({"letter_until": ""}, "请填授权书的有效期"),
        ({"name": " "}, "请填单位名称"),
        ({"purpose": ""}, "请填号码用途"),
        ({"kind": "embassy"}, "请填照会文号"),
        ({"kind": "army"}, "请选单位级别"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    cast: Cast, client: Client, fields: dict[str, str], said: str
) -> None:
    response = put(client, cast, asked(cast), **fields)

    assert response.status_code == 422
    assert said in text(response)
    assert "autofocus" in text(response)
    assert not Unit.objects.exists()


def test_an_embassy_has_a_note_and_no_code(cast: Cast, client: Client) -> None:
    application = asked(cast)
    note = {"note_number": "样照字第1号", "note_date": "2026-11-01"}

    put(client, cast, application, kind="embassy", shown_diplomatic_note="sealed", **note)

    made = Unit.objects.get()
    assert (made.number, made.papers) == ("", ["diplomatic_note"])
    assert made.shown == {"diplomatic_note": "sealed"}


def test_a_person_is_no_unit(cast: Cast, client: Client) -> None:
    application = cast.draft(by=cast.hall_clerk, outlet=cast.hall)

    assert put(client, cast, application).status_code == 409
    assert client.get(reverse("order", args=[application.pk])).status_code == 409


# The list ---------------------------------------------------------------------------------


class Pool:
    """A carrier with so many free numbers; some of them are taken a moment earlier."""

    def __init__(self, free: int, taken: tuple[int, ...] = ()) -> None:
        self.numbers_free = [f"1700000{place:04d}" for place in range(free)]
        self.taken = {f"1700000{place:04d}" for place in taken}

    def numbers(self, _outlet: str, count: int, _kind: str) -> list[str]:
        return self.numbers_free[:count]

    def reserve(self, number: str, _key: str) -> carrier.Reservation:
        self.numbers_free.remove(number)
        if number in self.taken:
            raise carrier.Rejected("number_taken")
        return carrier.Reservation(number, timezone.now() + timedelta(days=1))


def offers(monkeypatch: pytest.MonkeyPatch, pool: Pool) -> None:
    monkeypatch.setattr(carrier, "client", lambda: pool)


def test_fifty_numbers_are_taken_one_after_the_other(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    offers(monkeypatch, Pool(60, taken=(3, 7)))
    application = units.draft(cast)

    client.post(reverse("order_add", args=[application.pk]), {"count": "50"})

    numbers = set(application.numbers.values_list("number_index", flat=True))
    assert len(numbers) == 50
    assert application.numbers.filter(number_index="").count() == 0


def test_what_the_pool_had_stays_when_it_runs_dry(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    offers(monkeypatch, Pool(3))
    application = units.draft(cast)

    response = client.post(reverse("order_add", args=[application.pk]), {"count": "5"}, follow=True)

    assert application.numbers.exclude(number_index="").count() == 3
    assert "加了 3 个号码。" in text(response)
    assert "没有空闲号码" in text(response)


@pytest.mark.parametrize("count", ["0", "51", "", "x"])
def test_no_other_count_is_taken(cast: Cast, client: Client, count: str) -> None:
    application = units.draft(cast)

    response = client.post(reverse("order_add", args=[application.pk]), {"count": count})

    assert response.status_code == 422
    assert "autofocus" in text(response)


def iccid(place: int) -> str:
    body = f"8986009911{place:09d}"
    return body + str(luhn.calc_check_digit(body))


def test_each_card_goes_to_the_next_number_without_one(cast: Cast, client: Client) -> None:
    application = units.draft(cast)
    rows = [units.number(cast, application, place) for place in (1, 2)]
    Application.objects.filter(order=application).update(iccid="")

    for place in (1, 2):
        client.post(reverse("order_card", args=[application.pk]), {"iccid": iccid(place)})

    assert [Application.objects.get(pk=row.pk).iccid for row in rows] == [iccid(1), iccid(2)]


def test_a_card_that_was_scanned_twice_is_taken_once(cast: Cast) -> None:
    application = units.draft(cast)
    for place in (1, 2):
        units.number(cast, application, place)
    Application.objects.filter(order=application).update(iccid="")
    order.scan(application, iccid(1), now=cast.now)

    with pytest.raises(order.CardTwice):
        order.scan(application, iccid(1), now=cast.now)

    assert application.numbers.filter(iccid="").count() == 1


def test_a_card_too_many_is_refused(cast: Cast) -> None:
    application = units.draft(cast)
    units.number(cast, application, 1)

    with pytest.raises(order.NoRowForCard):
        order.scan(application, iccid(2), now=cast.now)


def test_the_users_are_read_one_after_the_other_from_the_list(cast: Cast) -> None:
    application = units.draft(cast)
    rows = [units.number(cast, application, place) for place in (1, 2, 3)]
    cast.read(rows[1], "wang", Role.END_USER)

    assert order.next_to_read(application) == rows[0]
    assert order.next_to_read(application, after=rows[0]) == rows[2]
    assert order.next_to_read(application, after=rows[2]) == rows[0]


def test_the_list_costs_the_same_for_one_number_and_for_ten(
    cast: Cast, client: Client, django_assert_num_queries: Any
) -> None:
    application = units.draft(cast)
    people = units.crowd(10)
    units.number(cast, application, 0, people[0])
    page(client, "order", application.pk)  # what is asked once only has been asked
    with CaptureQueriesContext(connection) as one:
        page(client, "order", application.pk)
    for place in range(1, 10):
        units.number(cast, application, place, people[place])

    with django_assert_num_queries(len(one)):
        page(client, "order", application.pk)


def test_the_list_says_of_each_number_what_it_lacks(cast: Cast, client: Client) -> None:
    application = units.draft(cast)
    units.number(cast, application, 1, "wang")
    units.number(cast, application, 2)

    shown = page(client, "order", application.pk)

    assert "齐全" in shown
    assert "缺使用人" in shown
    assert "王样本" not in shown


def test_a_number_is_exchanged_and_removed(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    offers(monkeypatch, Pool(3))
    application = units.draft(cast)
    row = units.number(cast, application, 1)

    client.post(reverse("order_exchange", args=[application.pk, row.pk]))
    row.refresh_from_db()
    assert row.number_index == line.index("17000000000")

    client.post(reverse("order_remove", args=[application.pk, row.pk]))
    row.refresh_from_db()
    assert row.status == Application.Status.ABANDONED


def test_a_number_of_another_order_is_not_found(cast: Cast, client: Client) -> None:
    application, other = units.draft(cast), units.draft(cast)
    row = units.number(cast, other, 1)

    response = client.post(reverse("order_remove", args=[application.pk, row.pk]))

    assert response.status_code == 404


def test_who_was_missing_is_handed_in_when_the_order_is_open(cast: Cast, client: Client) -> None:
    application = units.papered(cast, units.draft(cast))
    units.number(cast, application, 1, "wang")
    late = units.number(cast, application, 2)
    units.matched(cast, units.submitted(cast, application))
    units.decided(cast)
    cast.read(late, "li", Role.END_USER)

    shown = page(client, "order", application.pk)
    response = client.post(reverse("order_hand_in", args=[application.pk]), follow=True)

    assert "提交已齐的 1 个号码" in shown
    assert "提交了 1 个号码。" in text(response)


def test_why_a_number_stayed_behind_is_said_in_the_list(cast: Cast, client: Client) -> None:
    application = units.papered(cast, units.draft(cast))
    units.number(cast, application, 1, "wang")
    units.number(cast, application, 2, "wu")  # whose card has expired

    units.submitted(cast, application)

    assert "身份证已过期" in page(client, "order", application.pk)


def test_every_step_of_an_order_opens(cast: Cast, client: Client) -> None:
    application = units.papered(cast, units.draft(cast))
    row = units.number(cast, application, 1, "wang")

    for name in ("application_start", "order", "photos", "application_check", "application_sign"):
        assert "样本测试有限公司" in page(client, name, application.pk)
    handler = client.get(reverse("identity", args=[application.pk, "handler"]))
    user = client.get(reverse("identity", args=[row.pk, "end_user"]))
    assert "读经办人的证件" in text(handler)
    assert "读使用人的证件" in text(user)
    assert unit_service.of(row) == application.unit


@pytest.mark.parametrize("step", ["photos", "application_check", "application_sign"])
def test_a_number_of_an_order_has_no_steps_of_its_own(
    cast: Cast, client: Client, step: str
) -> None:
    application = units.draft(cast)
    row = units.number(cast, application, 1)

    response: Any = client.get(reverse(step, args=[row.pk]), follow=True)

    assert response.redirect_chain[-1][0] == reverse("order", args=[application.pk])


def test_what_the_papers_rule_out_is_said_at_once(cast: Cast, client: Client) -> None:
    application = asked(cast)
    data = filled(cast, shown_licence="unsealed")
    del data["letter_names_handler"]

    response: Any = client.post(reverse("order_unit", args=[application.pk]), data)

    start = reverse("application_start", args=[application.pk])
    assert response.headers["Location"] == start
    shown = page(client, "application_start", application.pk)
    assert "授权书没有写明经办人。" in shown
    assert "单位证件没有公章。" in shown


def test_a_unit_at_an_agent_s_point_hears_so_before_anything_is_typed(cast: Cast) -> None:
    application = cast.draft()
    cast.answer(application, "unit")

    shown = page(cast.signed_in(cast.clerk), "application_start", application.pk)

    assert "单位客户只能在自有营业厅办理。" in shown


# At the desk, for the manager, on the slip ------------------------------------------------


def test_the_verifier_sees_the_unit_and_each_number(cast: Cast) -> None:
    application = units.papered(cast, units.draft(cast))
    row = units.number(cast, application, 1, "wang")
    units.number(cast, application, 2)
    units.matched(cast, units.submitted(cast, application))
    case = cast.claimed()

    shown = page(cast.signed_in(cast.verifier), "review", case.pk)

    assert units.CODES["enterprise"] in shown
    assert "王样本" in shown
    assert f'name="numbers_back" value="{row.pk}"' in shown
    assert shown.count('name="numbers"') == 1


def test_a_number_that_came_later_is_shown_with_its_approved_order(cast: Cast) -> None:
    application = units.papered(cast, units.draft(cast))
    units.number(cast, application, 1, "wang")
    late = units.number(cast, application, 2)
    units.matched(cast, units.submitted(cast, application))
    units.decided(cast)
    cast.read(late, "li", Role.END_USER)
    fresh = Application.objects.get(pk=application.pk)
    flow.hand_in_numbers(fresh, by=cast.hall_clerk, now=cast.now)
    units.matched(cast, fresh)
    case, client = cast.claimed(), cast.signed_in(cast.verifier)

    shown = page(client, "review", case.pk)
    client.post(
        reverse("review_decide", args=[case.pk]),
        {"claim_no": case.claim_no, "verdict": "approve", "check_end_user": "y"},
    )

    assert "订单已通过" in shown
    assert application.reference in shown
    late.refresh_from_db()
    assert late.status == Application.Status.APPROVED


def test_the_manager_s_case_shows_the_unit_and_its_numbers_masked(cast: Cast) -> None:
    application = units.papered(cast, units.draft(cast))
    row = units.number(cast, application, 1, "wang")
    units.submitted(cast, application)
    client = cast.signed_in(cast.manager)

    order_page = page(client, "report_case", application.pk)
    number_page = page(client, "report_case", row.pk)

    assert "样本测试有限公司" in order_page
    assert "王样本" not in order_page
    assert reverse("report_case", args=[row.pk]) in order_page
    assert application.reference in number_page


def test_the_slip_lists_the_numbers(cast: Cast, client: Client) -> None:
    application = units.papered(cast, units.draft(cast))
    units.number(cast, application, 1, "wang")
    units.submitted(cast, application)

    shown = page(client, "application_result", application.pk)

    assert "样本测试有限公司" in shown
    assert "170 **** 0001" in shown


def test_the_result_says_what_a_number_that_stayed_behind_lacks(cast: Cast, client: Client) -> None:
    application = units.papered(cast, units.draft(cast))
    units.number(cast, application, 1, "wang")
    units.number(cast, application, 2)
    units.submitted(cast, application)

    shown = page(client, "application_result", application.pk)

    # In the list, on the slip of the screen and on its two printed parts.
    assert shown.count("缺使用人") == 4


def test_an_order_with_numbers_left_stays_on_the_home_page(cast: Cast, client: Client) -> None:
    application = units.papered(cast, units.draft(cast))
    units.number(cast, application, 1, "wang")
    units.number(cast, application, 2)
    units.matched(cast, units.submitted(cast, application))
    units.decided(cast)
    Application.objects.filter(order=None).update(touched_at=cast.now - timedelta(days=3))

    shown = page(client, "counter")

    assert "单位订单：还有号码没办完" in shown
    assert shown.count("样本测试有限公司") == 1
