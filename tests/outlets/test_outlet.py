"""Outlets: their place and authorisation, their status, and their pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from outlets.models import Channel, Outlet, Post, Tier
from outlets.services import channel as channels
from outlets.services import outlet as outlets
from outlets.services import right
from portal.models import AuditEntry
from portal.states import Stale, WrongMove
from tests.cast import Cast
from tests.outlets.places import DOCUMENT, WHEN, WHO, outlets_below, queries, sub_agent, visitors

# ---------------------------------------------------------------- sub-agents


def test_a_sub_agent_without_an_authorisation_is_refused(cast: Cast) -> None:
    with pytest.raises(channels.Unauthorised):
        outlets.add(
            cast.outlet.channel,
            name="无授权代理",
            code="A1E001-1",
            tier=Tier.ENDPOINT,
            agent_code="DLA1E001-1",
            address="示例路1号",
            by=cast.manager,
            now=cast.now,
        )

    assert not Channel.objects.filter(code="A1E001-1").exists()


@pytest.mark.parametrize(
    "missing", [{"authorised_by": ""}, {"authorised_date": None}, {"authorisation": ""}]
)
def test_the_database_holds_no_sub_agent_with_half_an_authorisation(
    cast: Cast, missing: dict[str, Any]
) -> None:
    agent = sub_agent(cast, cast.outlet.channel)

    with pytest.raises(IntegrityError, match="a_sub_agent_has_a_recorded_authorisation"):
        Outlet.objects.filter(pk=agent.pk).update(**missing)


def test_the_database_makes_no_sub_agent_of_an_outlet_without_authorisation(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="a_sub_agent_has_a_recorded_authorisation"):
        Outlet.objects.filter(pk=cast.hall.pk).update(is_sub_agent=True)


def test_an_authorisation_is_not_dated_ahead(cast: Cast) -> None:
    tomorrow = timezone.localdate(cast.now) + timedelta(days=1)

    with pytest.raises(outlets.DatedAhead):
        outlets.authorise(
            cast.hall, who=WHO, when=tomorrow, document=DOCUMENT, by=cast.manager, now=cast.now
        )


def test_an_outlets_own_manager_does_not_authorise_it(cast: Cast) -> None:
    keeper = cast.person("keeper", "店长样", cast.outlet.channel, Post.Role.MANAGER)

    with pytest.raises(right.OwnNode):
        outlets.authorise(
            cast.outlet, who=WHO, when=WHEN, document=DOCUMENT, by=keeper, now=cast.now
        )


# ---------------------------------------------------------------- status


def test_a_suspension_says_who_when_and_why(cast: Cast) -> None:
    outlets.suspend(cast.outlet, reason=" 稽核发现代签 ", by=cast.manager, now=cast.now)

    row = Outlet.objects.get(pk=cast.outlet.pk)
    assert (row.status, row.status_at, row.status_by, row.status_reason) == (
        Outlet.Status.SUSPENDED,
        cast.now,
        cast.manager,
        "稽核发现代签",
    )
    entry = AuditEntry.objects.get(action="outlet.suspended")
    assert (entry.subject_id, entry.actor, entry.detail) == (row.pk, cast.manager, {})


def test_no_status_changes_without_a_reason(cast: Cast) -> None:
    with pytest.raises(outlets.NoReason):
        outlets.suspend(cast.outlet, reason="  ", by=cast.manager, now=cast.now)

    assert Outlet.objects.get(pk=cast.outlet.pk).is_open


def test_a_closed_outlet_does_not_open_again(cast: Cast) -> None:
    outlets.close(cast.outlet, reason="租约到期", by=cast.manager, now=cast.now)

    with pytest.raises(WrongMove):
        outlets.reopen(cast.outlet, reason="又续租了", by=cast.manager, now=cast.now)


def test_of_two_managers_who_saw_the_same_status_one_wins(cast: Cast) -> None:
    first = Outlet.objects.select_related("channel").get(pk=cast.outlet.pk)
    second = Outlet.objects.select_related("channel").get(pk=cast.outlet.pk)
    outlets.suspend(first, reason="设备检修", by=cast.manager, now=cast.now)

    with pytest.raises(Stale):
        outlets.close(second, reason="租约到期", by=cast.head_manager, now=cast.now)

    assert Outlet.objects.get(pk=cast.outlet.pk).status == Outlet.Status.SUSPENDED


def test_a_decision_on_an_outdated_page_is_refused(cast: Cast) -> None:
    outlets.suspend(cast.outlet, reason="设备检修", by=cast.manager, now=cast.now)
    fresh = Outlet.objects.select_related("channel").get(pk=cast.outlet.pk)

    with pytest.raises(Stale):
        outlets.close(fresh, reason="租约到期", by=cast.manager, now=cast.now, seen="open")


def test_nobody_lifts_the_suspension_of_the_outlet_where_he_works(cast: Cast) -> None:
    keeper = cast.person("keeper", "店长样", cast.outlet.channel, Post.Role.MANAGER)
    outlets.suspend(cast.outlet, reason="稽核发现代签", by=cast.manager, now=cast.now)

    with pytest.raises(right.OwnNode):
        outlets.reopen(cast.outlet, reason="已整改", by=keeper, now=cast.now)
    with pytest.raises(right.NotYours):
        outlets.reopen(cast.outlet, reason="已整改", by=cast.sister_manager, now=cast.now)


def test_a_clerk_is_stopped_at_the_next_click_and_told_what_to_do(cast: Cast) -> None:
    clerk = cast.signed_in(cast.clerk)
    assert clerk.get(reverse("counter")).status_code == 200

    outlets.suspend(cast.outlet, reason="设备检修", by=cast.manager, now=cast.now)
    suspended = clerk.get(reverse("counter"))
    outlets.close(cast.outlet, reason="租约到期", by=cast.manager, now=cast.now)
    closed = clerk.get(reverse("counter"))

    assert (suspended.status_code, closed.status_code) == (403, 403)
    assert "已暂停受理" in suspended.content.decode()
    assert "已经关闭" in closed.content.decode()


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize("name", ["outlet", "outlet_edit", "outlet_authorise"])
def test_an_outlets_pages_open_in_scope_only(cast: Cast, name: str) -> None:
    url = reverse(name, args=[cast.outlet.pk])

    statuses = {who: client.get(url).status_code for who, client in visitors(cast).items()}

    assert statuses == {
        "in scope": 200,
        "above": 200,
        "sister": 404,
        "clerk": 403,
        "signed out": 302,
    }


def test_the_status_is_changed_in_scope_only(cast: Cast) -> None:
    url = reverse("outlet_status", args=[cast.outlet.pk, "suspended"])
    fields = {"reason": "设备检修", "seen": "open"}
    people = visitors(cast)

    statuses = {
        who: people[who].post(url, fields).status_code
        for who in ("sister", "clerk", "signed out", "in scope", "above")
    }

    # The last one comes too late: the outlet is suspended already.
    assert statuses == {
        "sister": 404,
        "clerk": 403,
        "signed out": 302,
        "in scope": 302,
        "above": 409,
    }


def test_the_status_is_never_changed_by_a_link(cast: Cast) -> None:
    url = reverse("outlet_status", args=[cast.outlet.pk, "closed"])

    assert cast.signed_in(cast.manager).get(url).status_code == 405


@pytest.mark.parametrize(
    ("before", "offered"),
    [("open", {"suspended", "closed"}), ("suspended", {"open", "closed"}), ("closed", set())],
)
def test_the_page_offers_what_can_be_done_now(cast: Cast, before: str, offered: set[str]) -> None:
    Outlet.objects.filter(pk=cast.outlet.pk).update(status=before)

    page = cast.signed_in(cast.manager).get(reverse("outlet", args=[cast.outlet.pk]))

    text = page.content.decode()
    assert offered == {
        status
        for status in Outlet.Status.values
        if reverse("outlet_status", args=[cast.outlet.pk, status]) in text
    }


def test_a_missing_reason_is_answered_with_what_to_do(cast: Cast) -> None:
    url = reverse("outlet_status", args=[cast.outlet.pk, "suspended"])

    page = cast.signed_in(cast.manager).post(url, {"reason": " "})

    assert page.status_code == 409
    assert "请写明原因" in page.content.decode()


def new_outlet(**fields: str) -> dict[str, str]:
    return {
        "name": "样本新店",
        "code": "A1E003",
        "tier": Tier.ENDPOINT,
        "agent_code": "DLA1E003",
        "address": "示例省样本市测试路5号",
        "licence": "",
        "opens_at": "08:30",
        "closes_at": "20:00",
    } | fields


def test_an_outlet_is_added_below_the_node(cast: Cast) -> None:
    url = reverse("outlet_add", args=[cast.district.pk])

    page = cast.signed_in(cast.manager).post(url, new_outlet())

    made = Outlet.objects.get(agent_code="DLA1E003")
    assert page.headers["Location"] == reverse("outlet", args=[made.pk])
    assert (made.channel.code, f"{made.opens_at:%H:%M}", made.is_sub_agent) == (
        "A1E003",
        "08:30",
        False,
    )


@pytest.mark.parametrize(
    ("licence", "is_sound"),
    [
        ("", True),
        ("91350100M000100Y43", True),
        ("91310115MA1G4L1WXK", False),
        ("350100100000000", True),  # fifteen digits, from before 2015
    ],
)
def test_a_unified_social_credit_code_must_have_its_check_character(
    cast: Cast, licence: str, is_sound: bool
) -> None:
    url = reverse("outlet_add", args=[cast.district.pk])

    cast.signed_in(cast.manager).post(url, new_outlet(licence=licence))

    assert Outlet.objects.filter(agent_code="DLA1E003").exists() is is_sound


def test_a_sub_agent_is_added_with_its_authorisation(cast: Cast) -> None:
    url = reverse("outlet_add", args=[cast.outlet.channel.pk])
    client = cast.signed_in(cast.manager)

    without = client.post(url, new_outlet())
    leave = {"authorised_by": WHO, "authorised_date": "2026-01-05", "authorisation": DOCUMENT}
    client.post(url, new_outlet(**leave))

    assert set(without.context["form"].errors) == set(leave)
    assert Outlet.objects.get(agent_code="DLA1E003").is_sub_agent


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "A1E001"),
        ("code", "没有汉字"),
        ("agent_code", "DLA1E001"),
        ("agent_code", "=1+1"),
        ("tier", "kiosk"),
        ("closes_at", "08:30"),
        ("opens_at", "25:00"),
        ("name", ""),
        ("address", "路" * 201),
    ],
)
def test_a_wrong_outlet_is_not_added(cast: Cast, field: str, value: str) -> None:
    url = reverse("outlet_add", args=[cast.district.pk])

    page = cast.signed_in(cast.manager).post(url, new_outlet(**{field: value}))

    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert Outlet.objects.count() == 4


def test_an_edit_changes_what_describes_and_nothing_else(cast: Cast) -> None:
    url = reverse("outlet_edit", args=[cast.outlet.pk])
    fields = new_outlet(name="样本通讯新店", agent_code="DLA1E001", status="closed", code="HACK")

    cast.signed_in(cast.manager).post(url, fields)

    row = Outlet.objects.select_related("channel").get(pk=cast.outlet.pk)
    assert (row.channel.name, row.channel.code, row.tier, row.status) == (
        "样本通讯新店",
        "A1E001",
        Tier.ENDPOINT,
        Outlet.Status.OPEN,
    )
    assert set(AuditEntry.objects.get(action="outlet.edited").detail["fields"]) == {
        "tier",
        "address",
        "opens_at",
        "closes_at",
    }


def test_two_outlets_never_share_an_agent_code(cast: Cast) -> None:
    with pytest.raises(outlets.AgentCodeTaken):
        outlets.edit(
            cast.outlet, name="样本通讯店", agent_code="DLA1E002", by=cast.manager, now=cast.now
        )


def test_an_authorisation_is_recorded_on_the_page(cast: Cast) -> None:
    url = reverse("outlet_authorise", args=[cast.hall.pk])
    fields = {"authorised_by": WHO, "authorised_date": "2026-01-05", "authorisation": DOCUMENT}
    client = cast.signed_in(cast.manager)

    ahead = client.post(url, fields | {"authorised_date": "2999-01-01"})
    client.post(url, fields)

    assert ahead.status_code == 422
    row = Outlet.objects.get(pk=cast.hall.pk)
    assert row.is_authorised
    assert not row.is_sub_agent


def test_the_page_tells_the_history_without_the_reason(cast: Cast) -> None:
    outlets.suspend(cast.outlet, reason="设备检修", by=cast.manager, now=cast.now)

    page = cast.signed_in(cast.manager).get(reverse("outlet", args=[cast.outlet.pk]))

    assert [entry["what"] for entry in page.context["history"]] == ["暂停", "新增"]
    assert "设备检修" in page.content.decode()


def test_an_outlets_page_costs_the_same_for_one_sub_agent_and_for_fifty(cast: Cast) -> None:
    sub_agent(cast, cast.outlet.channel)
    cast.person("second", "样本店员乙", cast.outlet.channel, Post.Role.CLERK)
    client, url = cast.signed_in(cast.manager), reverse("outlet", args=[cast.outlet.pk])
    few = queries(client, url)

    for serial in range(10):
        cast.person(f"more{serial}", "样本店员丙", cast.outlet.channel, Post.Role.CLERK)
    authorised_below(cast, 50)

    assert queries(client, url) == few


def authorised_below(cast: Cast, number: int) -> None:
    for outlet in outlets_below(cast, cast.district, number):
        outlets.authorise(
            outlet, who=WHO, when=WHEN, document=DOCUMENT, by=cast.manager, now=cast.now
        )
        channels.move(outlet.channel, cast.outlet.channel, by=None, now=cast.now)
