"""The manager's pages through HTTP: who sees what, in which words, at what cost."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.bridge.people import PEOPLE
from outlets.models import Channel, Post
from outlets.services import channel as channels
from outlets.services import outlet as outlets
from outlets.services import staff
from portal import crypto
from portal.models import User
from registration import flow
from registration.models import Application, Decision, Photo
from registration.services import case as cases
from tests.cast import Cast
from tests.outlets.places import outlets_below, queries, visitors
from tests.registration.work import (
    APPROVE,
    BLURRED,
    FORGED,
    REFUSE,
    RETURN,
    at,
    done,
    handed_in,
    handed_in_again,
    judged,
    opened,
)

pytestmark = pytest.mark.django_db

WANG = PEOPLE["wang"]
NUMBER = "17000000001"


def today() -> date:
    return timezone.localdate()


def earlier(days: int = 1) -> date:
    return today() - timedelta(days=days)


def url(name: str, node: Channel, **query: object) -> str:
    return reverse(name, args=[node.pk], query={key: str(value) for key, value in query.items()})


def shown(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def names(page: str) -> list[str]:
    """The heads of the table's rows, in order."""
    body = page[page.rindex("<tbody>") :]
    cells = re.findall(r'<th scope="row">(.*?)</th>', body, re.DOTALL)
    return [re.sub(r"<[^>]+>", " ", cell).split()[0] for cell in cells]


@pytest.fixture
def old(cast: Cast) -> Cast:
    """The cast, with work that was done yesterday."""
    done(cast, at(9, day=earlier()), minutes=10)
    done(cast, at(10, day=earlier()), RETURN, minutes=30)
    done(cast, at(11, day=earlier()), RETURN, outlet=cast.hall, minutes=5)
    done(cast, at(12, day=earlier()), outlet=cast.sister)
    return cast


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
        ("median", "东区营业厅"),
        ("-median", "样本通讯店"),
    ],
)
def test_a_click_on_a_column_sorts_by_it(old: Cast, sort: str, first: str) -> None:
    done(old, at(13, day=earlier()), RETURN, outlet=old.hall, minutes=5)
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
    assert district == 15


# The file -------------------------------------------------------------------------------------


def lines(client: Client, address: str) -> list[dict[str, str]]:
    response = client.get(address)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_the_file_has_the_figures_of_the_page(old: Cast) -> None:
    found = lines(old.signed_in(old.manager), url("report_csv", old.district))

    assert [line["名称"] for line in found] == ["东区营业厅", "样本通讯店"]
    shop = found[1]
    assert (shop["编码"], shop["提交"], shop["一次通过率"]) == ("A1E001", "2", "50.0%")
    assert (shop["退回"], shop["中位时长（秒）"]) == ("1", "1200")
    assert shop[str(Decision.Reason(BLURRED).label)] == "1"


def test_the_file_is_narrowed_like_the_page(old: Cast) -> None:
    found = lines(old.signed_in(old.manager), url("report_csv", old.district, tier="own_hall"))

    assert [line["名称"] for line in found] == ["东区营业厅"]


@pytest.mark.parametrize("name", ["=1+1", "+cmd", "-2", "@SUM(A1)", "＝1+1", "\t=1"])
def test_no_name_becomes_a_formula(old: Cast, name: str) -> None:
    Channel.objects.filter(pk=old.hall.channel_id).update(name=name)

    found = lines(old.signed_in(old.manager), url("report_csv", old.district))

    assert found[0]["名称"] == f"'{name}"


# The cases behind a figure --------------------------------------------------------------------


def test_each_figure_opens_as_many_cases_as_it_counts(old: Cast) -> None:
    old.now = at(8, day=earlier())
    again = done(old, at(13, day=earlier()), RETURN)
    judged(old, handed_in_again(again, at(15, day=earlier())), APPROVE)
    done(old, at(14, day=earlier()), REFUSE)
    handed_in(old, at(16, day=earlier()))
    opened(old, old.draft(), at(17, day=earlier()))
    client = old.signed_in(old.manager)

    page = shown(client, url("report_cases", old.district))
    counts = dict(re.findall(r'kind=(\w+)"[^>]*>[^<]*<span class="tabular">(\d+)<', page))

    assert counts == {
        "submitted": "6",
        "first": "5",
        "passed": "1",
        "failed": "4",
        "decided": "6",
        "returned": "3",
        "refused": "1",
        "opened": "1",
    }
    for kind, count in counts.items():
        listed = shown(client, url("report_cases", old.district, kind=kind))
        assert len(names(listed)) == int(count), kind


def test_a_reason_and_a_clerk_narrow_the_cases(old: Cast) -> None:
    done(old, at(13, day=earlier()), RETURN, reason=Decision.Reason.WRONG_PICTURE)
    done(old, at(14, day=earlier()), RETURN, by=old.colleague)
    client = old.signed_in(old.manager)

    by_reason = url("report_cases", old.district, kind="returned", reason=BLURRED)
    by_clerk = url("report_cases", old.outlet.channel, kind="returned", clerk=old.colleague.pk)

    assert len(names(shown(client, by_reason))) == 3
    assert len(names(shown(client, by_clerk))) == 1
    assert "同店店员" in shown(client, by_clerk)


def test_the_name_of_somebody_elses_clerk_is_not_told(old: Cast) -> None:
    address = url("report_cases", old.outlet.channel, clerk=old.sister_clerk.pk)

    assert old.signed_in(old.manager).get(address).status_code == 404


def test_a_case_is_listed_masked(cast: Cast) -> None:
    cast.in_review()

    page = shown(cast.signed_in(cast.manager), url("report_cases", cast.district, span="today"))

    assert "王*" in page
    assert "170 **** 0001" in page
    for clear in (WANG.name, WANG.number, NUMBER):
        assert clear not in page


def test_long_lists_are_turned_page_by_page_without_gap_or_repeat(
    old: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "SIZE", 3)
    for number in range(8):  # several at the very same moment
        done(old, at(8, day=earlier()), minutes=[5, 5, 5, 7, 9, 9, 9, 1][number])
    client = old.signed_in(old.manager)

    for query in ({"kind": "submitted"}, {"kind": "decided", "slowest": 1}, {"kind": "decided"}):
        seen: list[str] = []
        address: str | None = url("report_cases", old.district, **query)
        while address:
            page = shown(client, address)
            seen += names(page)
            follow = re.search(r'rel="next" href="([^"]+)"', page)
            path = reverse("report_cases", args=[old.district.pk])
            address = path + follow[1].replace("&amp;", "&") if follow else None
        assert len(seen) == len(set(seen)) == 11


def test_the_slowest_come_first_on_demand(old: Cast) -> None:
    address = url("report_cases", old.district, kind="decided", slowest=1)

    page = shown(old.signed_in(old.manager), address)

    took = re.findall(r"(\d+) 分 0 秒</td>", page)
    assert took == ["30", "10", "5"]


def test_a_list_opens_one_page_of_people_and_costs_the_same_queries(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = cast.in_review()
    client = cast.signed_in(cast.manager)
    address = url("report_cases", cast.district, span="today")
    few = queries(client, address)
    for _ in range(60):
        handed_in(cast, cast.now)
    Application.objects.exclude(pk=application.pk).update(number=NUMBER)
    opened_texts: list[object] = []
    decrypt = crypto.Keyring.decrypt

    def counted(ring: crypto.Keyring, token: bytes, aad: bytes) -> bytes:
        opened_texts.append(aad)
        return decrypt(ring, token, aad)

    monkeypatch.setattr(crypto.Keyring, "decrypt", counted)

    assert len(names(shown(client, address))) == cases.SIZE
    assert len(opened_texts) <= cases.SIZE + 1
    assert queries(client, address) == few <= 16


def test_no_case_in_the_period_says_so(cast: Cast) -> None:
    page = shown(cast.signed_in(cast.manager), url("report_cases", cast.district))

    assert "没有这样的受理单" in page


# One case -------------------------------------------------------------------------------------


def test_a_case_tells_its_story_in_order(cast: Cast) -> None:
    application = cast.in_review(proxy="li")
    held = cast.claimed()
    flow.decide(
        held,
        claim_no=held.claim_no,
        verdict=RETURN,
        by=cast.verifier,
        now=cast.now + timedelta(minutes=1),
        reason=BLURRED,
        items=["letter", "proxy"],
    )

    page = shown(cast.signed_in(cast.manager), reverse("report_case", args=[application.pk]))

    story = re.sub(r"<[^>]+>|\s+", " ", page[page.index('class="story"') :])
    order = [
        "开始受理",
        "读卡：机主",
        "拍照：委托书",
        "提交",
        "联网核验",
        "进入审核队列",
        "审核：退回",
    ]
    assert all(words in story for words in order)
    assert story.index("开始受理") < story.index("提交") < story.index("审核：退回")
    assert str(Decision.Reason(BLURRED).label) in story
    assert "委托书、受托人读卡" in story


def test_a_case_shows_nobody_in_clear_and_no_picture(cast: Cast) -> None:
    application = cast.in_review(proxy="li")

    page = shown(cast.signed_in(cast.manager), reverse("report_case", args=[application.pk]))

    for person in (WANG, PEOPLE["li"]):
        assert person.name not in page
        assert person.number not in page
        assert person.address not in page
    assert NUMBER not in page
    assert "王*" in page
    assert "<img" not in page
    for photo in Photo.objects.all():
        assert reverse("photo", args=[photo.pk]) not in page


def test_what_a_verifier_wrote_is_not_shown(cast: Cast) -> None:
    note = "样本备注，可能写着客户的名字"
    application = cast.decided(RETURN, reason=Decision.Reason.OTHER, items=["id_front"], note=note)
    client = cast.signed_in(cast.manager)

    assert note not in shown(client, reverse("report_case", args=[application.pk]))
    assert note not in shown(client, url("report_cases", cast.district, span="today"))


def test_a_finding_stands_with_its_article(cast: Cast) -> None:
    application = cast.in_review()
    application.findings.create(
        rule="PD-10",
        severity="note",
        reason="证件快到期",
        article="《电话用户真实身份信息登记规定》第七条",
        rules_version="1",
        found_at=cast.now,
    )

    page = shown(cast.signed_in(cast.manager), reverse("report_case", args=[application.pk]))

    assert "证件快到期" in page
    assert "第七条" in page


def test_a_draft_is_a_case_too(cast: Cast) -> None:
    page = shown(cast.signed_in(cast.manager), reverse("report_case", args=[cast.draft().pk]))

    assert "还没有提交" in page


def test_a_long_story_costs_the_queries_of_a_short_one(cast: Cast) -> None:
    application = cast.in_review()
    client = cast.signed_in(cast.manager)
    address = reverse("report_case", args=[application.pk])
    short = queries(client, address)
    for day in range(5):
        judged(cast, handed_in_again(application, cast.now + timedelta(hours=day)), RETURN)
        cast.photo(application, Photo.Kind.ID_FRONT, replaced_at=cast.now)

    assert queries(client, address) == short


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
