"""What is known besides a case: other applications of its people, and its outlet's last weeks."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from outlets.bridge.people import PEOPLE
from portal.models import AuditEntry
from registration import flow
from registration.models import Application, Decision, Review
from registration.services import history
from tests.cast import Cast

pytestmark = pytest.mark.django_db

WANG, LI = PEOPLE["wang"], PEOPLE["li"]


@pytest.fixture
def desk(cast: Cast) -> Client:
    return cast.signed_in(cast.verifier)


def other(cast: Cast, person: str = "wang", number: str = "17000000009", **how: Any) -> Application:
    """An application of before, refused."""
    application = cast.in_review(person, number=number, **how)
    case = application.reviews.get()
    Review.objects.filter(pk=case.pk).update(
        claimed_by=cast.verifier, claim_no=1, lease_until=cast.now + timedelta(minutes=9)
    )
    flow.decide(
        case, claim_no=1, verdict="refuse", reason="ABNORMAL", by=cast.verifier, now=cast.now
    )
    application.refresh_from_db()
    return application


def held(cast: Cast, **how: Any) -> Review:
    cast.in_review(**how)
    return cast.claimed()


def shown(client: Client, case: Review) -> Any:
    return client.get(reverse("review_history", kwargs={"pk": case.pk}))


def test_other_applications_of_the_holder_are_told_masked(cast: Cast, desk: Client) -> None:
    before = other(cast)
    case = held(cast)

    page = shown(desk, case).content.decode()

    assert before.reference in page
    assert "170 **** 0009" in page
    assert "拒绝：异常办卡" in page
    for clear in (WANG.name, WANG.number, "17000000009"):
        assert clear not in page


def test_looking_is_no_read_of_clear_data(cast: Cast, desk: Client) -> None:
    other(cast)
    case = held(cast)
    AuditEntry.objects.all().delete()

    shown(desk, case)

    assert not AuditEntry.objects.exists()


def test_a_proxy_s_other_letters_name_the_principal_masked(cast: Cast, desk: Client) -> None:
    other(cast, "zhang", proxy="li")
    case = held(cast, proxy="li")

    [_holder, proxy] = shown(desk, case).context["history"].people

    [letter] = proxy.others
    assert (proxy.letters, letter.role) == (1, "受托人")
    assert letter.principal is not None
    assert letter.principal.name.startswith("张")
    assert PEOPLE["zhang"].name not in letter.principal.name


def test_of_other_parts_of_the_tree_there_is_only_the_number(cast: Cast, desk: Client) -> None:
    far = other(cast)
    Application.objects.filter(pk=far.pk).update(channel_path=cast.other_province.path)
    case = held(cast)

    answer = shown(desk, case)

    [holder] = answer.context["history"].people
    assert (holder.others, holder.more, holder.elsewhere) == ([], 0, 1)
    assert far.reference not in answer.content.decode()


def test_what_is_older_than_a_year_is_not_told(cast: Cast, desk: Client) -> None:
    old = other(cast)
    Application.objects.filter(pk=old.pk).update(made_at=cast.now - history.PEOPLE)

    [holder] = shown(desk, held(cast)).context["history"].people

    assert (holder.others, holder.elsewhere) == ([], 0)


def test_the_outlet_s_last_weeks_are_counted(cast: Cast, desk: Client) -> None:
    other(cast, "zhang")
    long_ago = other(cast, "li", number="17000000008")
    Review.objects.filter(application=long_ago).update(queued_at=cast.now - history.OUTLET * 2)
    case = held(cast)

    shop = shown(desk, case).context["history"].shop

    assert (shop.decided, shop.refused, shop.returned) == (1, 1, 0)
    assert Decision.objects.count() == 2


def test_a_person_with_much_history_is_cut_short_and_the_rest_counted(
    cast: Cast, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST", 1)
    other(cast)
    newest = other(cast, number="17000000008")

    [holder] = shown(desk, held(cast)).context["history"].people

    assert [each.application for each in holder.others] == [newest]
    assert holder.more == 1


@pytest.mark.parametrize("rows", [1, 4])
def test_a_long_history_costs_the_same(
    cast: Cast, desk: Client, rows: int, django_assert_num_queries: Any
) -> None:
    for row in range(rows):
        other(cast, "zhang", number=f"1700000001{row}", proxy="li")
    case = held(cast, proxy="li")
    shown(desk, case)

    with django_assert_num_queries(12):
        shown(desk, case)


def test_only_who_holds_the_case_may_look(cast: Cast) -> None:
    case = held(cast)

    assert shown(cast.signed_in(cast.second_verifier), case).status_code == 409
    assert shown(cast.signed_in(cast.far_verifier), case).status_code == 404
    assert shown(cast.signed_in(cast.clerk), case).status_code == 403
