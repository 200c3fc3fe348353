"""The tree: services through the verbs, pages through HTTP, four visitors each."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from outlets.models import Channel, Outlet, Placed, Post, Tier
from outlets.services import channel as channels
from outlets.services import outlet as outlets
from outlets.services import right
from portal.models import AuditEntry
from tests.cast import Cast
from tests.outlets.places import authorised, outlets_below, queries, sub_agent, visitors

# ---------------------------------------------------------------- verbs


def test_a_level_hangs_only_below_the_level_above_it(cast: Cast) -> None:
    for parent, kind in (
        (cast.head, Channel.Kind.CITY),
        (cast.head, Channel.Kind.OUTLET),
        (cast.district, Channel.Kind.DISTRICT),
        (cast.outlet.channel, Channel.Kind.DISTRICT),
    ):
        with pytest.raises(channels.WrongPlace):
            channels.add(parent, kind=kind, name="不该有", code="X1", by=None, now=cast.now)


def test_the_outlets_below_each_child_are_counted_like_the_rows(cast: Cast) -> None:
    channels.add(
        cast.city, kind=Channel.Kind.DISTRICT, name="空区", code="KQ", by=None, now=cast.now
    )
    agent = sub_agent(cast, authorised(cast, cast.outlet).channel).channel
    below = [
        sub_agent(cast, agent),
        sub_agent(cast, cast.hall.channel),
        *outlets_below(cast, cast.province, 2),
    ]

    for node in Channel.objects.all():
        told = Channel.objects.outlets_by_child(node)
        for child in Channel.objects.get_children(node):
            hanging = Outlet.objects.below(child.path).exclude(channel=child)
            assert told.get(child.path, 0) == hanging.count()
    assert len(below) == 4


def test_there_is_one_head_office(cast: Cast) -> None:
    with pytest.raises(channels.WrongPlace):
        channels.add(
            None, kind=Channel.Kind.HEAD, name="第二总部", code="HQ2", by=None, now=cast.now
        )


def test_two_nodes_never_share_a_code(cast: Cast) -> None:
    with pytest.raises(channels.CodeTaken):
        channels.add(
            cast.city, kind=Channel.Kind.DISTRICT, name="南区", code="A1E", by=None, now=cast.now
        )


def test_a_manager_adds_nothing_outside_his_part_of_the_tree(cast: Cast) -> None:
    with pytest.raises(right.NotYours):
        outlets.add(
            cast.other_district,
            name="越界店",
            code="A1W009",
            tier=Tier.ENDPOINT,
            agent_code="DLA1W009",
            address="示例路1号",
            by=cast.manager,
            now=cast.now,
        )

    assert not Channel.objects.filter(code="A1W009").exists()


def test_a_move_stamps_the_new_path_on_everything_below(cast: Cast) -> None:
    moving, staying = cast.draft(), cast.draft(outlet=cast.far_outlet)

    moved = channels.move(cast.city, cast.other_province, by=None, now=cast.now)

    outlet = Outlet.objects.select_related("channel").get(pk=cast.outlet.pk)
    moving.refresh_from_db()
    staying.refresh_from_db()
    assert moved.path.startswith(cast.other_province.path)
    assert outlet.channel.path.startswith(moved.path)
    assert moving.channel_path == outlet.channel.path
    assert staying.channel_path == cast.far_outlet.channel.path
    assert Channel.objects.get_parent(moved) == cast.other_province
    assert AuditEntry.objects.get(action="channel.moved").subject_id == moved.pk


def test_a_path_as_long_as_the_deepest_place_fits_the_rows_that_carry_it() -> None:
    field = Placed._meta.get_field("channel_path")

    assert channels.DEEPEST * Channel.steplen == field.max_length


def test_nothing_hangs_deeper_than_the_rows_can_say(cast: Cast) -> None:
    parent = cast.outlet.channel
    while parent.depth < channels.DEEPEST:
        parent = sub_agent(cast, parent).channel

    with pytest.raises(channels.TooDeep):
        sub_agent(cast, parent)
    with pytest.raises(channels.TooDeep):
        channels.move(authorised(cast, cast.hall).channel, parent, by=None, now=cast.now)


def test_a_node_is_not_moved_below_itself_nor_to_where_it_is(cast: Cast) -> None:
    inner = sub_agent(cast, cast.outlet.channel)

    with pytest.raises(channels.BelowItself):
        channels.move(cast.outlet.channel, inner.channel, by=None, now=cast.now)
    with pytest.raises(channels.AlreadyThere):
        channels.move(inner.channel, cast.outlet.channel, by=None, now=cast.now)


def test_nobody_moves_a_node_out_of_or_into_anothers_part(cast: Cast) -> None:
    with pytest.raises(right.NotYours):
        channels.move(cast.outlet.channel, cast.other_district, by=cast.manager, now=cast.now)
    with pytest.raises(right.NotYours):
        channels.move(cast.sister.channel, cast.district, by=cast.manager, now=cast.now)
    with pytest.raises(right.OwnNode):
        channels.move(cast.district, cast.province, by=cast.manager, now=cast.now)


def test_an_outlet_below_an_outlet_needs_its_authorisation_before_the_move(cast: Cast) -> None:
    with pytest.raises(channels.Unauthorised):
        channels.move(cast.hall.channel, cast.outlet.channel, by=cast.manager, now=cast.now)

    authorised(cast, cast.hall)
    channels.move(cast.hall.channel, cast.outlet.channel, by=cast.manager, now=cast.now)

    cast.hall.refresh_from_db()
    assert cast.hall.is_sub_agent


def test_a_sub_agent_that_moves_up_is_none_any_more(cast: Cast) -> None:
    inner = sub_agent(cast, cast.outlet.channel)

    channels.move(inner.channel, cast.district, by=cast.manager, now=cast.now)

    inner.refresh_from_db()
    assert not inner.is_sub_agent


def test_nothing_is_hung_below_a_closed_outlet(cast: Cast) -> None:
    outlets.close(cast.outlet, reason="租约到期", by=cast.manager, now=cast.now)

    with pytest.raises(channels.ParentClosed):
        sub_agent(cast, cast.outlet.channel)


def test_what_would_move_is_counted_with_the_node_itself(cast: Cast) -> None:
    weight = channels.weigh(cast.district, today=timezone.localdate(cast.now))

    assert weight == channels.Subtree(nodes=3, outlets=2, posts=2)


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize(
    "name", ["channel", "channel_children", "channel_add", "channel_rename", "outlet_add"]
)
def test_a_nodes_pages_open_in_scope_only(cast: Cast, name: str) -> None:
    url = reverse(name, args=[cast.district.pk])

    statuses = {who: client.get(url).status_code for who, client in visitors(cast).items()}

    assert statuses == {
        "in scope": 200,
        "above": 200,
        "sister": 404,
        "clerk": 403,
        "signed out": 302,
    }


def test_the_move_page_opens_for_those_above_the_node(cast: Cast) -> None:
    url = reverse("channel_move", args=[cast.district.pk])

    statuses = {who: client.get(url).status_code for who, client in visitors(cast).items()}

    assert statuses == {
        "in scope": 409,
        "above": 200,
        "sister": 404,
        "clerk": 403,
        "signed out": 302,
    }


def test_the_tree_begins_at_the_own_node(cast: Cast) -> None:
    page = cast.signed_in(cast.manager).get(reverse("channels"))

    assert page.context["top"].channel == cast.district
    assert [branch.channel for branch in page.context["branches"]] == [
        cast.outlet.channel,
        cast.hall.channel,
    ]


def test_a_branch_counts_its_outlets_by_status(cast: Cast) -> None:
    outlets.suspend(cast.hall, reason="设备检修", by=cast.manager, now=cast.now)

    page = cast.signed_in(cast.head_manager).get(reverse("channel", args=[cast.city.pk]))

    counts = {
        branch.channel.code: (branch.open, branch.suspended, branch.closed)
        for branch in page.context["branches"]
    }
    assert counts == {"A1E": (1, 1, 0), "A1W": (1, 0, 0)}
    assert page.context["branch"].open == 2


def test_an_outlets_node_leads_to_the_outlets_page(cast: Cast) -> None:
    page = cast.signed_in(cast.manager).get(reverse("channel", args=[cast.outlet.channel.pk]))

    assert page.headers["Location"] == reverse("outlet", args=[cast.outlet.pk])


def test_the_breadcrumb_ends_where_the_view_ends(cast: Cast) -> None:
    url = reverse("outlet", args=[cast.outlet.pk])

    in_scope = cast.signed_in(cast.manager).get(url)
    above = cast.signed_in(cast.head_manager).get(url)

    assert in_scope.context["trail"] == [cast.district]
    assert above.context["trail"] == [cast.head, cast.province, cast.city, cast.district]
    assert cast.city.name not in in_scope.content.decode()


@pytest.mark.parametrize("q", ["样本通讯", "a1e001", "DLA1E001"])
def test_a_search_finds_name_code_and_agent_code(cast: Cast, q: str) -> None:
    page = cast.signed_in(cast.manager).get(reverse("channels"), {"q": q})

    assert [channel for channel, _trail in page.context["found"]] == [cast.outlet.channel]


def test_a_search_finds_nothing_of_a_sister(cast: Cast) -> None:
    page = cast.signed_in(cast.manager).get(reverse("channels"), {"q": "西区"})

    assert page.context["found"] == []
    assert "没有找到" in page.content.decode()


def test_a_search_narrows_by_status_tier_and_node(cast: Cast) -> None:
    client = cast.signed_in(cast.head_manager)
    query = {"node": cast.province.pk, "tier": Tier.AGENT_POINT, "status": Outlet.Status.OPEN}

    page = client.get(reverse("channels"), query)

    found = [channel for channel, _trail in page.context["found"]]
    assert found == [cast.outlet.channel, cast.sister.channel]


@pytest.mark.parametrize("query", ["q=\0", "status=lost", "node=-1", "node=x", "page=9999"])
def test_a_search_that_makes_no_sense_shows_the_tree(cast: Cast, query: str) -> None:
    assert cast.signed_in(cast.manager).get(f"{reverse('channels')}?{query}").status_code == 200


def test_a_typed_search_is_answered_with_the_part_that_changes(cast: Cast) -> None:
    headers = {"HX-Request": "true", "HX-Target": "tree"}

    page = cast.signed_in(cast.manager).get(reverse("channels"), {"q": "样本"}, headers=headers)

    assert "<html" not in page.content.decode()


def test_a_node_is_added_and_renamed(cast: Cast) -> None:
    client = cast.signed_in(cast.head_manager)
    fields = {"kind": Channel.Kind.DISTRICT, "name": "南区", "code": "A1S"}

    client.post(reverse("channel_add", args=[cast.city.pk]), fields)
    made = Channel.objects.get(code="A1S")
    client.post(reverse("channel_rename", args=[made.pk]), {"name": "新南区"})

    made.refresh_from_db()
    assert (made.name, Channel.objects.get_parent(made)) == ("新南区", cast.city)


@pytest.mark.parametrize(
    ("field", "value"), [("code", "A1E"), ("code", "有汉字"), ("code", ""), ("kind", "outlet")]
)
def test_a_wrong_node_is_not_added(cast: Cast, field: str, value: str) -> None:
    fields = {"kind": Channel.Kind.DISTRICT, "name": "南区", "code": "A1S"} | {field: value}
    url = reverse("channel_add", args=[cast.city.pk])

    page = cast.signed_in(cast.head_manager).post(url, fields)

    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not Channel.objects.filter(name="南区").exists()


def test_a_branch_is_moved_after_a_preview(cast: Cast) -> None:
    client = cast.signed_in(cast.head_manager)
    url = reverse("channel_move", args=[cast.city.pk])

    chooser = client.get(url, {"q": "乙省"})
    preview = client.get(url, {"to": cast.other_province.pk})
    before = parent_of(cast.city)
    client.post(f"{url}?to={cast.other_province.pk}")

    assert [channel for channel, _trail in chooser.context["choices"]] == [cast.other_province]
    assert preview.context["weight"].outlets == 3
    assert before == cast.province
    assert parent_of(cast.city) == cast.other_province


def test_only_places_that_fit_are_offered_for_a_move(cast: Cast) -> None:
    url = reverse("channel_move", args=[cast.outlet.channel.pk])

    without_leave = cast.signed_in(cast.manager).get(url)
    authorised(cast, cast.outlet)
    with_leave = cast.signed_in(cast.manager).get(url)

    assert without_leave.context["choices"] == []
    assert [channel for channel, _trail in with_leave.context["choices"]] == [cast.hall.channel]


def test_a_move_to_a_place_out_of_sight_is_not_found(cast: Cast) -> None:
    url = reverse("channel_move", args=[cast.outlet.channel.pk])
    client = cast.signed_in(cast.manager)

    for to in (cast.other_district.pk, cast.district.pk + 10_000, "x", "²", "9" * 30):
        assert client.post(f"{url}?to={to}").status_code == 404


def test_everyones_view_follows_a_move_at_once(cast: Cast) -> None:
    manager = cast.signed_in(cast.manager)
    far = cast.signed_in(cast.person("yi", "乙省经理", cast.other_province, Post.Role.MANAGER))
    url = reverse("outlet", args=[cast.outlet.pk])
    assert (manager.get(url).status_code, far.get(url).status_code) == (200, 404)

    channels.move(cast.outlet.channel, cast.other_province, by=None, now=cast.now)

    assert (manager.get(url).status_code, far.get(url).status_code) == (404, 200)


@pytest.mark.parametrize("name", ["channels", "channel", "channel_children"])
def test_a_level_costs_the_same_for_one_row_and_for_fifty(cast: Cast, name: str) -> None:
    client = cast.signed_in(cast.manager)
    url = reverse(name, args=[] if name == "channels" else [cast.district.pk])
    few = queries(client, url)

    outlets_below(cast, cast.district, 50)

    assert queries(client, url) == few


def test_a_search_costs_the_same_for_one_row_and_for_fifty(cast: Cast) -> None:
    client = cast.signed_in(cast.manager)
    few = queries(client, f"{reverse('channels')}?q=样本")

    outlets_below(cast, cast.district, 50)

    assert queries(client, f"{reverse('channels')}?q=样本") == few


def parent_of(channel: Channel) -> Channel:
    parent: Channel = Channel.objects.get_parent(Channel.objects.get(pk=channel.pk))
    return parent


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nodes_that_are_added_while_their_branch_moves_move_with_it() -> None:
    cast = Cast()
    places = [cast.city, cast.province, cast.other_province]

    def add(serial: int) -> None:
        outlets_below(cast, places[serial % 3], 2, serial)

    def move(_serial: int) -> None:
        channels.move(cast.city, cast.other_province, by=None, now=cast.now)

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(alone, move if serial == 10 else add, serial) for serial in range(18)]
    for job in jobs:
        job.result()

    assert Channel.objects.find_problems() == ([], [], [], [], [])
    assert Channel.objects.below(cast.district.path).count() == 0
    moved = Channel.objects.get(pk=cast.city.pk)
    assert Channel.objects.below(moved.path).count() == 6 + 2 * 6


def alone(verb: Callable[[int], None], serial: int) -> None:
    """A thread's connection ends with its work."""
    try:
        verb(serial)
    finally:
        connection.close()
