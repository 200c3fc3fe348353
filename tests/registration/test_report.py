"""The manager's pages through HTTP: who sees what, in which words, at what cost."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from outlets.models import Channel, Post
from outlets.services import channel as channels
from outlets.services import outlet as outlets
from outlets.services import staff
from portal.models import User
from registration.models import Decision
from tests.cast import Cast
from tests.outlets.places import outlets_below, queries, visitors
from tests.registration.pages import busy, earlier, names, shown, today, url
from tests.registration.work import (
    BLURRED,
    FORGED,
    REFUSE,
    RETURN,
    at,
    done,
    flagged,
    handed_in,
    refused_read,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(cast: Cast) -> Cast:
    return busy(cast)


# Who sees what --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["report_channel", "report_csv", "report_cases"])
def test_four_visitors_at_a_node(old: Cast, name: str) -> None:
    address = url(name, old.district)

    answers = {who: client.get(address).status_code for who, client in visitors(old).items()}

    assert answers == {
        "in scope": 200,
        "above": 200,
        "sister": 404,
        "clerk": 403,
        "signed out": 302,
    }


def test_four_visitors_at_a_case(old: Cast) -> None:
    address = reverse("report_case", args=[handed_in(old, at(9, day=earlier())).pk])

    answers = {who: client.get(address).status_code for who, client in visitors(old).items()}

    assert answers == {
        "in scope": 200,
        "above": 200,
        "sister": 404,
        "clerk": 403,
        "signed out": 302,
    }


def test_a_manager_begins_at_the_own_node(old: Cast) -> None:
    page = shown(old.signed_in(old.manager), reverse("report"))

    assert "<title>东区" in page
    assert sorted(names(page)) == ["东区营业厅", "样本通讯店"]
    assert "西区" not in page


def test_the_way_down_begins_at_the_own_node(old: Cast) -> None:
    page = shown(old.signed_in(old.manager), url("report_channel", old.outlet.channel))

    crumbs = page[page.index('class="crumbs"') : page.index("</ol>")]
    assert "东区" in crumbs
    assert "甲市公司" not in crumbs


@pytest.mark.parametrize("role", [Post.Role.ADMINISTRATOR, Post.Role.INSPECTOR])
def test_administrators_and_inspectors_look_as_managers_do(old: Cast, role: str) -> None:
    user = User.objects.create(username="looker", name="样本检查")
    until = today() + timedelta(days=1)
    staff.appoint(user, channel=old.district, role=role, by=None, now=old.now, until=until)

    assert "东区营业厅" in shown(old.signed_in(user), reverse("report"))


def test_an_inspector_begins_at_the_report(cast: Cast) -> None:
    user = User.objects.create(username="looker", name="样本检查")
    until = today() + timedelta(days=1)
    staff.appoint(
        user, channel=cast.district, role=Post.Role.INSPECTOR, by=None, now=cast.now, until=until
    )

    assert cast.signed_in(user).get(reverse("home"))["Location"] == reverse("report")


@pytest.mark.parametrize("role", [Post.Role.VERIFIER, Post.Role.PRIVACY])
def test_other_roles_are_told_that_the_page_is_not_theirs(old: Cast, role: str) -> None:
    response = old.signed_in(old.person("other", "样本旁人", old.district, role)).get(
        reverse("report")
    )

    assert response.status_code == 403
    assert "岗位" in response.content.decode()


def test_after_a_move_the_new_manager_sees_the_history_and_the_old_one_does_not(old: Cast) -> None:
    old.manager, old.sister_manager  # noqa: B018 - their posts are from before the move
    channels.move(old.hall.channel, old.other_district, by=old.administrator, now=old.now)

    new = shown(old.signed_in(old.sister_manager), reverse("report"))
    former = shown(old.signed_in(old.manager), reverse("report"))

    assert "东区营业厅" in new
    assert "东区营业厅" not in former
    address = url("report_cases", old.hall.channel)
    assert old.signed_in(old.sister_manager).get(address).status_code == 200
    assert old.signed_in(old.manager).get(address).status_code == 404


# The page -------------------------------------------------------------------------------------


def test_the_page_says_the_figures_and_puts_the_worst_first(old: Cast) -> None:
    page = shown(old.signed_in(old.manager), reverse("report"))

    assert names(page) == ["东区营业厅", "样本通讯店"]
    assert "33.3%" in page
    assert "10 分 0 秒" in page
    assert str(Decision.Reason(BLURRED).label) in page


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("name", "东区营业厅"),
        ("-name", "样本通讯店"),
        ("kind", "样本通讯店"),
        ("-kind", "东区营业厅"),
        ("submitted", "东区营业厅"),
        ("-submitted", "样本通讯店"),
        ("first_pass", "东区营业厅"),
        ("-first_pass", "样本通讯店"),
        ("-returned", "东区营业厅"),
        ("returned", "样本通讯店"),
        ("refused", "东区营业厅"),
        ("-refused", "样本通讯店"),
        ("-odd_reads", "东区营业厅"),
        ("odd_reads", "样本通讯店"),
        ("median", "东区营业厅"),
        ("-median", "样本通讯店"),
    ],
)
def test_a_click_on_a_column_sorts_by_it(old: Cast, sort: str, first: str) -> None:
    flagged(done(old, at(13, day=earlier()), RETURN, outlet=old.hall, minutes=5))
    done(old, at(14, day=earlier()), REFUSE, minutes=30)
    done(old, at(15, day=earlier()), minutes=30)

    page = shown(old.signed_in(old.manager), url("report_channel", old.district, sort=sort))

    assert names(page)[0] == first
    word = "descending" if sort.startswith("-") else "ascending"
    assert page.count(f'aria-sort="{word}"') == 1


def test_a_manager_narrows_the_list_by_tier_status_and_name(old: Cast) -> None:
    old.hall.move("suspended")
    client = old.signed_in(old.manager)

    def narrowed(**query: str) -> list[str]:
        return names(shown(client, url("report_channel", old.district, **query)))

    assert narrowed(tier="own_hall") == ["东区营业厅"]
    assert narrowed(status="open") == ["样本通讯店"]
    assert narrowed(q="通讯") == ["样本通讯店"]


def test_the_head_office_finds_any_outlet_in_the_flat_list(old: Cast) -> None:
    address = url("report_channel", old.head, flat=1, q="B001")

    assert names(shown(old.signed_in(old.head_manager), address)) == ["乙省报刊亭"]


@pytest.mark.parametrize(
    "query",
    [
        {"span": "for ever", "tier": "x", "status": "y", "sort": "pk", "page": "-3", "flat": "?"},
        {"sort": "-", "q": "'; drop table", "page": "999999999999999999999"},
        {"since": "not a day", "until": "9999-12-31"},
        {"since": "0001-01-01", "until": "0001-01-02"},
        {"kind": "x", "reason": "y", "clerk": "z", "after": "1-2-3", "slowest": "no"},
        {"kind": "decided", "after": "99999999999999999-999999999999999999", "slowest": "1"},
        {"kind": "submitted", "after": "99999999999999999-999999999999999999"},
        {"q": "\x00"},
    ],
)
@pytest.mark.parametrize("name", ["report_channel", "report_csv", "report_cases"])
def test_an_address_that_makes_no_sense_still_shows_a_page(
    old: Cast, name: str, query: dict[str, str]
) -> None:
    shown(old.signed_in(old.manager), url(name, old.district, **query))


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (-2, -3, "结束日期早于开始日期"),
        (1, 2, "这一天还没有到"),
        (-400, 0, "一次最多看 366 天"),
        (-9000, -8999, "2010 年 9 月 1 日以后"),
    ],
)
def test_a_wrong_pair_of_dates_is_told_and_a_week_is_shown(
    old: Cast, since: int, until: int, words: str
) -> None:
    dates = {"since": earlier(-since), "until": earlier(-until)}

    page = shown(old.signed_in(old.manager), url("report_channel", old.district, **dates))

    assert words in page
    assert "样本通讯店" in page


def test_of_two_dates_that_are_none_the_same_is_said_once(old: Cast) -> None:
    dates = {"since": "gestern", "until": "morgen"}

    page = shown(old.signed_in(old.manager), url("report_channel", old.district, **dates))

    assert page.count("输入一个有效的日期") == 1


def test_an_own_pair_of_dates_is_shown(old: Cast) -> None:
    dates = {"since": earlier(3), "until": earlier(2)}

    page = shown(old.signed_in(old.manager), url("report_channel", old.district, **dates))

    assert f'value="{earlier(3)}"' in page
    assert "这段时间没有提交" in page


def test_a_node_without_outlets_says_what_to_do(cast: Cast) -> None:
    empty = channels.add(
        cast.city, kind=Channel.Kind.DISTRICT, name="新区", code="A1X", by=None, now=cast.now
    )

    page = shown(cast.signed_in(cast.head_manager), url("report_channel", empty))

    assert "下面还没有网点" in page
    assert "这段时间没有提交" in page


def test_a_search_without_a_hit_says_so(old: Cast) -> None:
    page = shown(old.signed_in(old.manager), url("report_channel", old.district, q="没有这家"))

    assert "没有符合条件的" in page


def test_an_outlet_lists_its_clerks(old: Cast) -> None:
    page = shown(old.signed_in(old.manager), url("report_channel", old.outlet.channel))

    assert names(page) == ["样本店员"]


def test_a_page_of_the_head_office_costs_what_one_of_a_district_does(old: Cast) -> None:
    district = queries(old.signed_in(old.manager), reverse("report"))
    for outlet in outlets_below(old, old.district, 50):
        done(old, at(9, day=earlier()), outlet=outlet)

    assert queries(old.signed_in(old.manager), reverse("report")) == district
    assert queries(old.signed_in(old.head_manager), reverse("report")) <= district
    assert district == 16


def test_odd_reads_stand_in_the_table_with_the_cases_behind_them(old: Cast) -> None:
    case = flagged(done(old, at(13, day=earlier())))
    refused = refused_read(old, at(14, day=earlier()))
    client = old.signed_in(old.manager)

    page = shown(client, reverse("report"))
    outlet = url("report_cases", old.outlet.channel, kind="flagged")
    refusals = url("report_cases", old.outlet.channel, kind="refused_read")

    assert "读卡异常" in page
    assert "未采用 1" in page
    assert case.reference in shown(client, outlet)
    assert refused.application.reference in shown(client, refusals)
    assert refused.application.reference not in shown(client, outlet)


# The file -------------------------------------------------------------------------------------


def lines(client: Client, address: str) -> list[dict[str, str]]:
    response = client.get(address)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    content: bytes = response.getvalue()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_file_has_the_figures_of_the_page(old: Cast) -> None:
    refused_read(old, at(9, day=earlier()))

    found = lines(old.signed_in(old.manager), url("report_csv", old.district))

    assert [line["名称"] for line in found] == ["东区营业厅", "样本通讯店"]
    shop = found[1]
    assert (shop["编码"], shop["提交"], shop["一次通过率"]) == ("A1E001", "2", "50.0%")
    assert (shop["退回"], shop["中位时长（秒）"]) == ("1", "1200")
    assert (shop["读卡异常"], shop["读卡未采用"]) == ("0", "1")
    assert shop[str(Decision.Reason(BLURRED).label)] == "1"


def test_the_file_tells_how_often_the_first_picture_did(old: Cast) -> None:
    application = handed_in(old, at(10, day=earlier()))
    old.photo(application, "id_front", taken_at=at(9, day=earlier()))
    old.photo(application, "id_back", taken_at=at(9, day=earlier()), hint="glare")
    client = old.signed_in(old.manager)

    above = lines(client, url("report_csv", old.district))
    within = lines(client, url("report_csv", old.outlet.channel))

    told = [(line["照片"], line["一次合格"], line["拍照一次合格率"]) for line in above]
    assert told == [("0", "0", "—"), ("2", "1", "50.0%")]
    assert [line["拍照一次合格率"] for line in within] == ["50.0%"]


def test_on_the_way_into_an_outlet_the_choice_of_outlets_is_left_behind(old: Cast) -> None:
    address = url("report_channel", old.outlet.channel, tier="own_hall")

    assert names(shown(old.signed_in(old.manager), address)) == ["样本店员"]
    assert "这段时间没有提交" not in shown(old.signed_in(old.manager), address)


def test_the_file_is_narrowed_like_the_page(old: Cast) -> None:
    found = lines(old.signed_in(old.manager), url("report_csv", old.district, tier="own_hall"))

    assert [line["名称"] for line in found] == ["东区营业厅"]


@pytest.mark.parametrize("name", ["=1+1", "+cmd", "-2", "@SUM(A1)", "＝1+1", "\t=1"])
def test_no_name_becomes_a_formula(old: Cast, name: str) -> None:
    Channel.objects.filter(pk=old.hall.channel_id).update(name=name)

    found = lines(old.signed_in(old.manager), url("report_csv", old.district))

    assert found[0]["名称"] == f"'{name}"


def test_an_outlet_of_a_suspended_tier_links_to_its_page(old: Cast) -> None:
    outlets.suspend(old.hall, reason="样本原因", by=old.manager, now=old.now)

    page = shown(old.signed_in(old.manager), reverse("report"))

    assert reverse("outlet", args=[old.hall.pk]) in page
    assert "暂停" in page


def test_refusals_are_counted_with_their_reason(old: Cast) -> None:
    done(old, at(14, day=earlier()), REFUSE)

    page = shown(old.signed_in(old.manager), reverse("report"))

    assert "拒绝 1 件" in page
    assert str(Decision.Reason(FORGED).label) in page
