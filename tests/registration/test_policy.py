"""Policies: the nearest node counts, from a day on; and what the rules make of them."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from outlets.models import Channel, Post
from outlets.services import right
from portal.models import AuditEntry, User
from registration import flow
from registration.models import Finding, Judgement, PolicyRow
from registration.rules import engine, snapshot
from registration.rules.policy import LINES_A_PERSON, POLICIES, Amount
from registration.rules.rule import RULES
from registration.services import policy
from tests.cast import Cast

pytestmark = pytest.mark.django_db
KEY = LINES_A_PERSON.key


def today(cast: Cast) -> date:
    return timezone.localdate(cast.now)


def put(
    cast: Cast,
    at: Channel,
    value: Any,
    *,
    days: int = 0,
    key: str = KEY,
    by: User | None = None,
) -> None:
    policy.put(
        at,
        key,
        value,
        from_date=today(cast) + timedelta(days=days),
        reason="样本",
        by=by or cast.administrator,
        now=cast.now,
    )


def holds(cast: Cast, at: Channel, *, days: int = 0) -> Any:
    on = timezone.localdate(cast.now) + timedelta(days=days)
    return policy.in_force(at.path, on).get(KEY)


def test_what_nobody_has_set_has_its_default(cast: Cast) -> None:
    assert policy.in_force(cast.outlet.channel.path, timezone.localdate(cast.now)) == {}
    assert LINES_A_PERSON.of({}) == 5


def test_the_nearest_node_counts(cast: Cast) -> None:
    put(cast, cast.province, 2)
    put(cast, cast.head, 4)

    assert holds(cast, cast.outlet.channel) == 2
    assert holds(cast, cast.other_province) == 4


def test_the_latest_value_at_a_node_counts(cast: Cast) -> None:
    put(cast, cast.province, 2)
    put(cast, cast.province, 3)

    assert holds(cast, cast.outlet.channel) == 3


def test_a_policy_holds_from_its_day_on(cast: Cast) -> None:
    put(cast, cast.province, 2, days=3)

    assert holds(cast, cast.outlet.channel, days=2) is None
    assert holds(cast, cast.outlet.channel, days=3) == 2


def test_a_withdrawn_value_leaves_what_is_set_above(cast: Cast) -> None:
    put(cast, cast.head, 4)
    put(cast, cast.province, 2)
    put(cast, cast.province, None)

    assert holds(cast, cast.outlet.channel) == 4


@pytest.mark.parametrize("value", [0, 6, True, "5", None.__class__, [5]])
def test_a_value_that_cannot_be_is_refused(cast: Cast, value: Any) -> None:
    with pytest.raises(policy.WrongValue):
        put(cast, cast.head, value)


def test_an_unknown_policy_is_refused(cast: Cast) -> None:
    with pytest.raises(policy.UnknownPolicy):
        put(cast, cast.head, 1, key="no.such")


def test_yesterday_s_policy_stays_as_it_was(cast: Cast) -> None:
    with pytest.raises(policy.TooEarly):
        put(cast, cast.head, 4, days=-1)


def test_setting_a_policy_is_written_down(cast: Cast) -> None:
    put(cast, cast.province, 2)

    entry = AuditEntry.objects.get(action="policy.set")
    assert entry.detail["key"] == KEY
    assert entry.detail["value"] == 2
    # The reason is free text and stays in the row.
    assert entry.detail["row"] == PolicyRow.objects.get().pk
    assert "样本" not in str(entry.detail)


def test_a_value_that_no_longer_fits_is_as_if_not_set() -> None:
    assert LINES_A_PERSON.of({KEY: 99}) == 5


def test_every_default_is_a_value_that_its_policy_takes() -> None:
    for each in POLICIES.values():
        assert each.clean(each.default) == each.default
        assert each.title
        assert not isinstance(each, Amount) or each.unit


def test_a_province_does_not_touch_its_sister(cast: Cast) -> None:
    put(cast, cast.head, 4)
    put(cast, cast.province, 2)

    assert holds(cast, cast.far_outlet.channel) == 4
    assert policy.standing(cast.far_outlet.channel, KEY, today(cast)).value == 4


def test_an_administrator_sets_nothing_above_or_beside_the_own_node(cast: Cast) -> None:
    by = cast.person("admin2", "乙省管理", cast.other_province, Post.Role.ADMINISTRATOR)

    for node in (cast.head, cast.province, cast.outlet.channel):
        with pytest.raises(right.NotYours):
            put(cast, node, 3, by=by)
    put(cast, cast.far_outlet.channel, 3, by=by)

    assert PolicyRow.objects.count() == 1


def test_a_manager_sets_nothing(cast: Cast) -> None:
    with pytest.raises(right.NotYours):
        put(cast, cast.district, 3, by=cast.manager)


def test_what_stands_says_who_set_it_where(cast: Cast) -> None:
    put(cast, cast.head, 4)
    put(cast, cast.province, 3)
    put(cast, cast.city, 2, days=3)

    found = policy.standing(cast.outlet.channel, KEY, today(cast))

    assert found.row is not None
    assert (found.value, found.row.channel, found.row.set_by) == (
        3,
        cast.province,
        cast.administrator,
    )
    assert [(row.channel, row.value) for row in found.coming] == [(cast.city, 2)]


def test_of_two_values_for_the_same_day_the_later_word_is_announced(cast: Cast) -> None:
    put(cast, cast.head, 4, days=3)
    put(cast, cast.head, 2, days=3)

    found = policy.standing(cast.head, KEY, today(cast))

    assert [row.value for row in found.coming] == [2]


def test_what_stands_is_what_is_in_force(cast: Cast) -> None:
    put(cast, cast.head, 4)
    put(cast, cast.province, 2)
    put(cast, cast.province, None, days=3)

    for days in (0, 3):
        on = today(cast) + timedelta(days=days)
        found = {one.policy.key: one for one in policy.standings(cast.city, on)}
        assert found.keys() == POLICIES.keys()
        assert found[KEY].value == LINES_A_PERSON.of(policy.in_force(cast.city.path, on))


def test_nodes_below_that_have_their_own_value_are_known(cast: Cast) -> None:
    put(cast, cast.head, 4)
    put(cast, cast.province, 3)
    put(cast, cast.city, 3)
    put(cast, cast.city, None)
    put(cast, cast.other_province, 2, days=3)

    assert [row.channel for row in policy.set_below(cast.head, today(cast))] == [cast.province]
    later = policy.set_below(cast.head, today(cast) + timedelta(days=3))
    assert [row.channel for row in later] == [cast.province, cast.other_province]


def test_the_history_goes_back_at_the_node_and_above(cast: Cast) -> None:
    put(cast, cast.head, 4)
    put(cast, cast.other_province, 3)
    put(cast, cast.city, 2)

    assert [row.value for row in policy.history(cast.province, KEY)] == [4]
    assert [row.value for row in policy.history(cast.city, KEY)] == [2, 4]


def test_the_counter_follows_the_province(cast: Cast) -> None:
    application = cast.ready()
    put(cast, cast.province, ["own_hall"], key="document.resident.tiers")

    found = flow.judge(application, now=cast.now)

    assert "PD-08" in {verdict.rule.id for verdict in engine.blocks(found)}


def test_a_rule_that_no_law_makes_firm_can_be_switched(cast: Cast) -> None:
    application = cast.ready()
    given = flow.facts(application, now=cast.now)
    rule = next(each for each in RULES if each.id == "CV-01H")

    assert rule.severity_under(given.policies) == "review"
    assert rule.severity_under({"rule.CV-01H": "block"}) == "block"
    assert rule.severity_under({"rule.CV-01H": "off"}) is None


def test_what_was_judged_can_be_judged_again(cast: Cast) -> None:
    application = cast.in_review()
    kept = Judgement.objects.filter(application=application).latest("pk")

    facts = snapshot.unpack(kept.facts)

    assert snapshot.pack(facts) == kept.facts
    assert facts.person("holder") is not None
    assert engine.judge(facts) == []


def test_a_finding_names_the_facts_that_it_rests_on(cast: Cast) -> None:
    put(cast, cast.province, "note", key="rule.CV-01T")
    for _visit in range(3):
        cast.read(cast.draft(), "wang")
    application = cast.submitted("wang")

    for finding in Finding.objects.filter(application=application):
        assert application.judgements.filter(digest=finding.facts_digest).exists()
