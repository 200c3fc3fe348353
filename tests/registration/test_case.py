"""The cases behind a figure, masked, and what one of them tells."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from outlets.bridge.people import PEOPLE
from portal import crypto, keyset
from registration import flow
from registration.models import Application, Decision, Photo
from registration.rules import law
from registration.services import story
from tests.cast import Cast
from tests.outlets.places import queries
from tests.registration.pages import busy, earlier, names, shown, url
from tests.registration.work import (
    APPROVE,
    BLURRED,
    REFUSE,
    RETURN,
    at,
    done,
    flagged,
    handed_in,
    handed_in_again,
    judged,
    opened,
    refused_read,
)

pytestmark = pytest.mark.django_db

WANG = PEOPLE["wang"]
NUMBER = "17000000001"


@pytest.fixture
def old(cast: Cast) -> Cast:
    return busy(cast)


# The cases behind a figure --------------------------------------------------------------------


def test_each_figure_opens_as_many_cases_as_it_counts(old: Cast) -> None:
    old.now = at(8, day=earlier())
    again = done(old, at(13, day=earlier()), RETURN)
    judged(old, handed_in_again(again, at(15, day=earlier())), APPROVE)
    done(old, at(14, day=earlier()), REFUSE)
    handed_in(old, at(16, day=earlier()))
    opened(old, old.draft(), at(17, day=earlier()))
    flagged(again)
    refused_read(old, at(12, day=earlier()))
    refused_read(old, at(12, day=earlier()), outlet=old.hall)
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
        "flagged": "1",
        "refused_read": "2",
    }
    for kind, count in counts.items():
        listed = shown(client, url("report_cases", old.district, kind=kind))
        assert len(names(listed)) == int(count), kind


def test_a_refused_read_is_told_in_the_story_of_its_case(old: Cast) -> None:
    refused = refused_read(old, at(12, day=earlier()))

    page = shown(old.signed_in(old.manager), reverse("report_case", args=[refused.application_id]))

    assert "读卡未采用" in page
    assert str(refused.get_code_display()) in page


def test_a_read_by_a_reader_without_a_number_is_told_by_its_kind(cast: Cast) -> None:
    application = cast.draft()
    cast.read(application, reader="zkteco", source="fields", sam_id="")

    told = story.tell(application)

    assert [event.detail for event in told if event.title == "读卡：机主"] == ["中控读卡服务"]


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
    monkeypatch.setattr(keyset, "SIZE", 3)
    for number in range(8):  # several at the very same moment
        done(old, at(8, day=earlier()), minutes=[5, 5, 5, 7, 9, 9, 9, 1][number])
    client = old.signed_in(old.manager)

    for query in ({"kind": "submitted"}, {"kind": "decided", "slowest": 1}, {"kind": "decided"}):
        forwards = list(_turned(client, url("report_cases", old.district, **query), "next"))
        backwards = list(_turned(client, forwards[-1][0], "prev"))

        seen = [name for _address, page in forwards for name in names(page)]
        assert len(seen) == len(set(seen)) == 11
        assert [names(page) for _, page in backwards] == [
            names(page) for _, page in reversed(forwards)
        ]


def _turned(client: Client, address: str, way: str) -> Iterator[tuple[str, str]]:
    """Address and text of a page and of those that its links lead to, one after the other."""
    while True:
        page = shown(client, address)
        yield address, page
        follow = re.search(rf'rel="{way}" href="([^"]+)"', page)
        if not follow:
            return
        address = address.partition("?")[0] + follow[1].replace("&amp;", "&")


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

    assert len(names(shown(client, address))) == keyset.SIZE
    assert len(opened_texts) <= keyset.SIZE + 1
    assert queries(client, address) == few <= 16


def test_no_case_in_the_period_says_so(cast: Cast) -> None:
    page = shown(cast.signed_in(cast.manager), url("report_cases", cast.district))

    assert "没有这样的受理单" in page


# One case -------------------------------------------------------------------------------------


def test_a_number_is_opened_after_it_was_approved_also_within_one_second(cast: Cast) -> None:
    cast.now = cast.now.replace(microsecond=500_000)
    application = cast.approved(cast.ready())
    cast.done(application, at=cast.now.replace(microsecond=0))

    told = [event.title for event in story.tell(application)]

    assert told.index("审核：通过") < told.index("号码已开通")


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
    assert "/photos/" not in page


def test_what_a_verifier_wrote_is_not_shown(cast: Cast) -> None:
    note = "样本备注，可能写着客户的名字"
    application = cast.decided(RETURN, reason=Decision.Reason.OTHER, items=["id_front"], note=note)
    client = cast.signed_in(cast.manager)

    assert note not in shown(client, reverse("report_case", args=[application.pk]))
    assert note not in shown(client, url("report_cases", cast.district, span="today"))


def case_with_finding(cast: Cast, citation: str) -> str:
    application = cast.in_review()
    application.findings.create(
        rule="PD-10",
        severity="note",
        reason="证件快到期",
        article=citation,
        rules_version="1",
        found_at=cast.now,
    )
    return shown(cast.signed_in(cast.manager), reverse("report_case", args=[application.pk]))


def test_a_finding_stands_with_its_article_and_what_that_says(cast: Cast) -> None:
    page = case_with_finding(cast, str(law.ORDER_25_7))

    assert "证件快到期" in page
    assert "《电话用户真实身份信息登记规定》第7条" in page
    assert "（四）外国公民护照；" in page
    assert "原文" in page
    assert "自 2013-09-01 起施行" in page


def test_an_article_that_was_replaced_says_until_when_it_held(cast: Cast) -> None:
    page = case_with_finding(cast, str(law.CYBERSECURITY_24))

    assert "自 2017-06-01 起施行" in page
    assert "至 2025-12-31 止" in page


def test_a_finding_of_long_ago_shows_its_citation_alone(cast: Cast) -> None:
    page = case_with_finding(cast, "《电话用户真实身份信息登记规定》第七条")

    assert "第七条" in page
    assert "law-text" not in page


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
