"""What a change would have made of last month's applications, judged again and never stored."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from outlets.models import Channel
from registration.models import Application, Finding, Judgement, PolicyRow
from registration.rules.policy import GUARDIAN_AGE, LINES_A_PERSON
from registration.services import policy, policy_preview
from registration.services.policy_preview import Case, Change, Preview
from tests.cast import Cast
from tests.registration.work import at, last_month

pytestmark = pytest.mark.django_db
TIERS = "document.resident.tiers"


def seen(cast: Cast, node: Channel, key: str, value: Any, *, days: int = 0) -> Preview:
    on = timezone.localdate(cast.now) + timedelta(days=days)
    return policy_preview.preview(Change(node, key, value, on), now=cast.now)


def seen_on(cast: Cast, day: date) -> Preview:
    return policy_preview.preview(Change(cast.head, TIERS, [], day), now=at(12, day=day))


def put(cast: Cast, node: Channel, key: str, value: Any, *, days: int = 0) -> None:
    policy.put(
        node,
        key,
        value,
        from_date=timezone.localdate(cast.now) + timedelta(days=days),
        reason="样本",
        by=cast.administrator,
        now=cast.now,
    )


def in_sister(cast: Cast) -> Application:
    return last_month(
        cast, person="li", number="17000000002", outlet=cast.sister, by=cast.sister_clerk
    )


def test_a_case_that_would_have_been_stopped_is_told(cast: Cast) -> None:
    application = last_month(cast)

    found = seen(cast, cast.province, TIERS, ["own_hall"])

    assert (found.total, found.judged, found.changed) == (1, 1, 1)
    assert found.moves == {("clear", "block"): 1}
    assert found.cases == [Case(application.pk, "clear", "block", ("PD-08",), ())]
    (tally,) = found.rules.values()
    assert (tally.rule, tally.severity, tally.more, tally.fewer) == ("PD-08", "block", 1, 0)


def test_a_finding_that_would_not_have_been_made_is_told(cast: Cast) -> None:
    for holder in ("li", "zhang"):
        draft = cast.draft()
        cast.answer(draft, "proxy")
        cast.read(draft, holder)
        cast.read(draft, "wang", "proxy")
    last_month(cast)

    found = seen(cast, cast.province, "reading.customers", 4)

    # That a card was read again within minutes is still odd.
    assert found.moves == {("review", "review"): 1}
    assert [case.fewer for case in found.cases] == [("CV-01T",)]


def test_a_change_without_effect_says_so(cast: Cast) -> None:
    last_month(cast)

    found = seen(cast, cast.province, LINES_A_PERSON.key, 4)

    assert (found.total, found.judged, found.changed) == (1, 1, 0)
    assert found.cases == []


@pytest.mark.parametrize(
    ("day", "total"), [("2026-09-30", 0), ("2026-10-01", 1), ("2026-10-31", 1), ("2026-11-01", 0)]
)
def test_only_last_calendar_month_counts(cast: Cast, day: str, total: int) -> None:
    """A minute before midnight, which in UTC is the same day's afternoon."""
    there, other = cast.in_review(), in_sister(cast)
    dates = {there.pk: day, other.pk: "2026-10-15"}
    for pk, each in dates.items():
        late = at(23, 59, day=date.fromisoformat(each))
        Application.objects.filter(pk=pk).update(first_submitted_at=late)

    found = seen_on(cast, date(2026, 11, 27))

    assert (found.first, found.last) == (date(2026, 10, 1), date(2026, 10, 31))
    assert (found.total, found.is_recent) == (1 + total, False)


@pytest.mark.parametrize(
    ("day", "total"), [("2026-09-30", 0), ("2026-11-01", 1), ("2026-11-27", 1)]
)
def test_after_a_month_without_any_the_last_thirty_days_count(
    cast: Cast, day: str, total: int
) -> None:
    application = cast.in_review()
    late = at(23, 59, day=date.fromisoformat(day))
    Application.objects.filter(pk=application.pk).update(first_submitted_at=late)

    found = seen_on(cast, date(2026, 11, 27))

    assert (found.first, found.last) == (date(2026, 10, 29), date(2026, 11, 27))
    assert (found.total, found.is_recent) == (total, True)


def test_the_month_before_january_is_december() -> None:
    assert policy_preview.last_month(date(2027, 1, 31)) == (date(2026, 12, 1), date(2026, 12, 31))


def test_only_the_part_of_the_tree_below_the_node_counts(cast: Cast) -> None:
    last_month(cast)
    in_sister(cast)

    assert seen(cast, cast.district, TIERS, []).total == 1
    assert seen(cast, cast.province, TIERS, []).total == 2
    assert seen(cast, cast.other_province, TIERS, []).total == 0


def test_a_node_below_that_sets_it_for_itself_keeps_its_own(cast: Cast) -> None:
    last_month(cast)
    in_sister(cast)
    put(cast, cast.other_district, TIERS, ["own_hall", "agent_point"])

    found = seen(cast, cast.province, TIERS, [])

    assert (found.total, found.kept_below, found.judged, found.changed) == (2, 1, 1, 1)
    assert not found.is_cut


def test_a_node_below_that_will_have_withdrawn_it_does_not(cast: Cast) -> None:
    in_sister(cast)
    put(cast, cast.other_district, TIERS, ["agent_point"])
    put(cast, cast.other_district, TIERS, None, days=3)

    assert seen(cast, cast.province, TIERS, [], days=2).kept_below == 1
    assert seen(cast, cast.province, TIERS, [], days=3).kept_below == 0


def test_to_withdraw_brings_back_what_is_set_above(cast: Cast) -> None:
    put(cast, cast.head, TIERS, ["own_hall"])
    put(cast, cast.province, TIERS, ["agent_point"])
    last_month(cast)

    assert seen(cast, cast.province, TIERS, None).moves == {("clear", "block"): 1}
    assert seen(cast, cast.head, TIERS, None).kept_below == 1


def test_to_withdraw_at_the_head_office_brings_back_the_default(cast: Cast) -> None:
    put(cast, cast.head, GUARDIAN_AGE.key, 18)
    last_month(cast)

    found = seen(cast, cast.head, GUARDIAN_AGE.key, None)

    assert (found.judged, found.changed) == (1, 0)


def test_the_last_facts_of_an_application_are_judged(cast: Cast) -> None:
    application = last_month(cast)
    assert Judgement.objects.filter(application=application).count() == 2  # before and after 核验

    assert seen(cast, cast.head, TIERS, []).judged == 1


@pytest.mark.parametrize("facts", [b"not json", b"{}", b'{"today": 7}'])
def test_facts_that_can_no_longer_be_read_are_counted(cast: Cast, facts: bytes) -> None:
    last_month(cast)
    kept = Judgement.objects.latest("pk")
    kept.facts = facts
    kept.save(update_fields=["facts"])

    found = seen(cast, cast.head, TIERS, [])

    assert (found.total, found.judged, found.unreadable, found.changed) == (1, 0, 1, 0)


def test_a_kind_of_holder_that_is_no_longer_there_is_counted_too(cast: Cast) -> None:
    last_month(cast)
    kept = Judgement.objects.latest("pk")
    kept.facts = kept.facts.replace(b'"self"', b'"gone"')
    kept.save(update_fields=["facts"])

    assert seen(cast, cast.head, TIERS, []).unreadable == 1


def test_beyond_the_most_the_newest_are_judged_and_it_is_said(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    last_month(cast)
    newest = in_sister(cast)
    Application.objects.filter(pk=newest.pk).update(
        first_submitted_at=F("first_submitted_at") + timedelta(hours=1)
    )
    monkeypatch.setattr(policy_preview, "MOST", 1)

    found = seen(cast, cast.head, TIERS, [])

    assert [case.application for case in found.cases] == [newest.pk]
    assert (found.total, found.judged, found.is_cut) == (2, 1, True)


def test_a_preview_stores_nothing(cast: Cast) -> None:
    last_month(cast)
    before = (Judgement.objects.count(), Finding.objects.count(), PolicyRow.objects.count())

    seen(cast, cast.head, TIERS, [])

    assert (Judgement.objects.count(), Finding.objects.count(), PolicyRow.objects.count()) == before


def test_more_cases_cost_the_same_queries(cast: Cast, django_assert_num_queries: Any) -> None:
    last_month(cast)
    with django_assert_num_queries(3):
        seen(cast, cast.head, TIERS, [])
    in_sister(cast)

    with django_assert_num_queries(3):
        seen(cast, cast.head, TIERS, [])
