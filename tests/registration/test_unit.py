"""A unit's order through the verbs: its papers, its numbers, the decision on both."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.models import AuditEntry
from registration import flow
from registration.models import Application, CarrierOrder, Finding, Line, Review, Slot, Unit
from registration.services import application as applications
from registration.services import check, unit
from tests.cast import Cast
from tests.registration import units

pytestmark = pytest.mark.django_db
Status = Application.Status


def statuses(order: Application) -> list[str]:
    return list(order.numbers.order_by("pk").values_list("status", flat=True))


def blocked(order: Application, cast: Cast) -> set[str]:
    found = flow.judge(order, clerk=cast.hall_clerk, now=cast.now)
    return {verdict.rule.id for verdict in found if verdict.severity == "block"}


@pytest.mark.parametrize("kind", ["enterprise", "institution", "social", "government"])
def test_every_kind_of_unit_with_a_code_opens_its_numbers(cast: Cast, kind: str) -> None:
    order = units.papered(cast, units.draft(cast, kind))
    units.number(cast, order, 1, "wang")

    units.matched(cast, units.submitted(cast, order))
    units.decided(cast)

    order.refresh_from_db()
    assert order.status == Status.ACTIVE
    assert statuses(order) == [Status.APPROVED]


@pytest.mark.parametrize("kind", ["army", "embassy"])
def test_an_army_unit_and_an_embassy_have_no_code_and_need_none(cast: Cast, kind: str) -> None:
    order = units.papered(cast, units.draft(cast, kind))
    units.number(cast, order, 1, "wang")

    units.matched(cast, units.submitted(cast, order))
    units.decided(cast)

    assert statuses(order) == [Status.APPROVED]
    assert Line.objects.get().person_key == unit.key(order.unit)


def test_the_letter_is_looked_at_again_when_another_handler_comes(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    units.number(cast, order, 1, "wang")

    cast.read(order, "li", "handler")

    order.refresh_from_db()
    assert not order.photos.current().filter(kind="unit_letter").exists()
    assert blocked(order, cast) == {"UD-01L", "CV-04", "CV-10"}


def test_a_number_for_a_child_stays_behind_and_the_others_go(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    units.number(cast, order, 1, "tong")
    units.number(cast, order, 2, "wang")

    units.submitted(cast, order)

    assert statuses(order) == [Status.DRAFT, Status.SUBMITTED]


def test_fifty_numbers_and_forty_nine_users_open_forty_nine(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    people = units.crowd(49)
    for place, person in enumerate(people):
        units.number(cast, order, place, person)
    waiting = units.number(cast, order, 49)

    units.matched(cast, units.submitted(cast, order))
    units.decided(cast)

    assert statuses(order) == [Status.APPROVED] * 49 + [Status.DRAFT]
    assert Line.objects.count() == 49
    assert CarrierOrder.objects.filter(command="open").count() == 49
    waiting.refresh_from_db()
    assert waiting.number


def test_a_unit_s_numbers_take_nobody_s_place_and_are_the_unit_s(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    for place in range(6):
        units.number(cast, order, place, units.crowd(6)[place])

    units.matched(cast, units.submitted(cast, order))
    units.decided(cast)

    assert not Slot.objects.exists()
    assert set(Line.objects.values_list("person_key", flat=True)) == {unit.key(order.unit)}


def test_a_number_that_comes_later_is_a_case_of_its_own(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    units.number(cast, order, 1, "wang")
    late = units.number(cast, order, 2)
    units.matched(cast, units.submitted(cast, order))
    units.decided(cast)

    cast.read(late, "li", "end_user")
    assert (
        flow.hand_in_numbers(Application.objects.get(pk=order.pk), by=cast.hall_clerk, now=cast.now)
        == 1
    )
    units.matched(cast, order)
    late.refresh_from_db()
    assert Review.objects.get(application=late).status == "open"

    units.decided(cast)
    late.refresh_from_db()
    assert late.status == Status.APPROVED


def test_a_number_that_comes_after_the_letter_s_last_day_stays(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    units.number(cast, order, 1, "wang")
    units.number(cast, order, 2)
    units.matched(cast, units.submitted(cast, order))
    units.decided(cast)
    Unit.objects.update(letter_until=timezone.localdate(cast.now) - timedelta(days=1))

    late = order.numbers.get(status=Status.DRAFT)
    cast.read(late, "li", "end_user")
    done = flow.hand_in_numbers(
        Application.objects.get(pk=order.pk), by=cast.hall_clerk, now=cast.now
    )

    assert done == 0
    assert Finding.objects.filter(application=late, severity="block").get().rule == "UD-01L"
    assert late in Application.objects.overdue(cast.now)


def test_a_user_without_a_match_is_sent_back_and_the_order_is_approved(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    units.number(cast, order, 1, "wang")
    odd = units.number(cast, order, 2, "li")

    units.matched(cast, units.submitted(cast, order), besides=odd)
    units.decided(cast)

    assert statuses(order) == [Status.APPROVED, Status.RETURNED]
    odd.refresh_from_db()
    assert odd.redo == ["end_user"]
    assert AuditEntry.objects.filter(action="number.returned").count() == 1


def test_the_verifier_sends_one_number_back_and_approves_the_rest(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    units.number(cast, order, 1, "wang")
    back = units.number(cast, order, 2, "li")

    units.matched(cast, units.submitted(cast, order))
    units.decided(cast, numbers_back=[back.pk])

    assert statuses(order) == [Status.APPROVED, Status.RETURNED]


def test_a_number_that_the_verifier_did_not_see_is_not_approved_unseen(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    seen = units.number(cast, order, 1, "wang")
    unseen = units.number(cast, order, 2, "li")

    units.matched(cast, units.submitted(cast, order))
    units.decided(cast, numbers=[seen.pk])

    assert statuses(order) == [Status.APPROVED, Status.IN_REVIEW]
    assert Review.objects.get(status="open").application == unseen


def test_a_returned_order_takes_its_numbers_back_and_brings_them_again(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    units.number(cast, order, 1, "wang")
    units.matched(cast, units.submitted(cast, order))

    units.decided(cast, "return", reason="IMAGE_UNREADABLE", items=["licence"])
    assert statuses(order) == [Status.RETURNED]
    order.refresh_from_db()
    applications.redone(order, "licence", now=cast.now)
    units.submitted(cast, order)

    assert statuses(order) == [Status.SUBMITTED]


def test_a_refused_order_ends_every_number(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    units.number(cast, order, 1, "wang")
    units.number(cast, order, 2)
    units.matched(cast, units.submitted(cast, order))

    units.decided(cast, "refuse", reason="FORGED")

    assert statuses(order) == [Status.REFUSED, Status.ABANDONED]
    assert CarrierOrder.objects.filter(command="release").count() == 2


def test_an_abandoned_order_gives_its_numbers_back(cast: Cast) -> None:
    order = units.draft(cast)
    units.number(cast, order, 1, "wang")

    flow.abandon(order, by=cast.hall_clerk, now=cast.now)

    assert statuses(order) == [Status.ABANDONED]
    assert CarrierOrder.objects.get().command == CarrierOrder.Command.RELEASE


def test_work_on_a_number_keeps_its_order_alive(cast: Cast) -> None:
    order = units.draft(cast)
    row = units.number(cast, order, 1)
    long_ago = cast.now - settings.DRAFT_LIFE * 2
    Application.objects.update(touched_at=long_ago)

    cast.read(row, "wang", "end_user")

    assert not Application.objects.overdue(cast.now).exists()


def test_a_handler_whom_the_letter_does_not_name_is_refused(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast, letter_names_handler=False))
    units.number(cast, order, 1, "wang")

    with pytest.raises(check.Blocked, match="授权书没有写明经办人"):
        units.submitted(cast, order)


def test_one_paper_of_three_missing_is_said_by_name(cast: Cast) -> None:
    order = cast.draft(by=cast.hall_clerk, outlet=cast.hall)
    cast.answer(order, "unit")

    found = flow.judge(order, clerk=cast.hall_clerk, now=cast.now)

    said = [verdict.reason.text for verdict in found if verdict.rule.id == "UD-01"]
    assert len(said) == 2
    assert any("单位资料" in text for text in said)
    assert any("经办人" in text for text in said)


def test_a_unit_at_an_agent_s_point_is_sent_to_an_own_hall(cast: Cast) -> None:
    order = cast.draft()
    cast.answer(order, "unit")

    assert "UD-09" in blocked(order, cast)


def test_the_number_that_a_person_had_chosen_goes_back_when_a_unit_comes(cast: Cast) -> None:
    application = cast.numbered(cast.draft(by=cast.hall_clerk, outlet=cast.hall))

    cast.answer(application, "unit")

    assert application.number is None
    assert CarrierOrder.objects.get().command == CarrierOrder.Command.RELEASE


def test_a_unit_that_is_a_person_after_all_leaves_nothing(cast: Cast) -> None:
    order = units.draft(cast)
    units.number(cast, order, 1, "wang")

    cast.answer(order, "self")

    assert not Unit.objects.exists()
    assert statuses(order) == [Status.ABANDONED]


def test_nobody_asks_for_a_number_of_an_order_at_the_counter(cast: Cast) -> None:
    with pytest.raises(applications.NoSuchAnswer):
        cast.answer(cast.draft(), "numbered")


@pytest.mark.parametrize(
    ("number", "policy", "papers"),
    [
        (units.CODES["institution"], {}, ("institution",)),
        (units.ORGANISATION_9, {}, ("institution", "org_code")),
        (units.ORGANISATION_9, {"unit.strict_papers": False}, ("institution",)),
    ],
)
def test_an_institution_s_papers_follow_its_number_and_the_policy(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, number: str, policy: Any, papers: Any
) -> None:
    monkeypatch.setattr(unit, "policies", lambda *_: policy)

    order = units.draft(cast, "institution", number=number)

    assert tuple(order.unit.papers) == papers
    assert set(papers) <= set(order.photos_due)


@pytest.mark.parametrize(
    "wrong", [{"kind": "embassy"}, {"kind": "army"}, {"purpose": ""}], ids=lambda wrong: str(wrong)
)
def test_the_database_refuses_a_unit_that_says_too_little(
    cast: Cast, wrong: dict[str, str]
) -> None:
    order = units.draft(cast)

    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.filter(application=order).update(**wrong)


def test_the_database_keeps_a_number_on_its_order(cast: Cast) -> None:
    order = units.draft(cast)
    row = units.number(cast, order)

    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=row.pk).update(order=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=order.pk).update(number="17000000009")


def test_handing_in_twice_with_one_key_hands_each_number_in_once(cast: Cast) -> None:
    order, key = units.papered(cast, units.draft(cast)), uuid.uuid4()
    units.number(cast, order, 1, "wang")

    flow.submit(order, by=cast.hall_clerk, key=key, now=cast.now)
    again = Application.objects.get(pk=order.pk)
    flow.submit(again, by=cast.hall_clerk, key=key, now=cast.now)

    assert AuditEntry.objects.filter(action="application.submitted").count() == 2
