"""The desk's supervisor by keyboard: a team finishes, goes on; a skill goes and comes back."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from outlets.models import Post
from registration.models import Review
from registration.services import shift
from tests.browser import hands
from tests.cast import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = [(1366, 768), (390, 844)]


@pytest.fixture
def desk(shop: Cast) -> Cast:
    """Two teams; one case in hand, others that ask for skills which one of the two lacks."""
    shop.queued(priority=2)
    for minutes in range(1, 4):
        shop.queued(minutes=minutes)
    shop.claimed()
    shop.far_verifier.post.channel  # noqa: B018 - another team
    rows = Review.objects.filter(claimed_by=None).order_by("pk")
    Review.objects.filter(pk__in=rows.values("pk")[:2]).update(needs_foreign=True)
    Review.objects.filter(pk=rows[2].pk).update(needs_units=True)
    Post.objects.filter(user=shop.second_verifier).update(knows_units=False)
    Post.objects.filter(user__in=(shop.verifier, shop.second_verifier)).update(knows_foreign=False)
    return shop


@pytest.fixture
def page(context: BrowserContext, desk: Cast, live_server: Any) -> Page:
    return hands.at_work(context, desk.head_manager, live_server.url, reverse("supervision"))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).focus()
    page.keyboard.press("Enter")


def test_a_team_finishes_and_goes_on(page: Page) -> None:
    people = page.get_by_role("region", name="审核员")

    press(page, "全组收尾 甲省公司")
    expect(page.get_by_text("甲省公司：2 人开始收尾。")).to_be_visible()
    expect(people.get_by_text("收尾中", exact=True)).to_have_count(1)
    expect(people.get_by_text("已收尾", exact=True)).to_have_count(1)

    press(page, "收回手里的单 样本审核")
    expect(people.get_by_text("已收尾", exact=True)).to_have_count(2)

    press(page, "全组恢复派单 甲省公司")
    expect(people.get_by_text("已收尾", exact=True)).to_have_count(0)


def test_a_skill_is_given_back_where_cases_wait_for_it(page: Page) -> None:
    expect(page.get_by_text("2 单境外人员证件没有人能审。")).to_be_visible()

    press(page, "境外人员证件 样本审核乙")

    expect(page.get_by_text("样本审核乙可以审境外人员证件了。")).to_be_visible()
    expect(page.get_by_text("没有人能审。")).to_have_count(0)


def test_the_focus_stays_where_it_is_while_the_page_keeps_itself_fresh(
    page: Page, desk: Cast
) -> None:
    button = page.get_by_role("button", name="收尾 样本审核乙", exact=True)
    button.focus()

    with page.expect_response(lambda answer: "live" in answer.url and answer.status == 200):
        desk.queued(minutes=9)
    page.wait_for_timeout(200)

    expect(button).to_be_focused()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_hinders_anybody(page: Page, desk: Cast, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    post = Post.objects.select_related("channel", "user").get(user=desk.far_verifier)
    shift.drain(post, by=desk.head_manager, now=desk.now + timedelta(minutes=1))
    page.reload()

    hands.look(page, f"supervision-{width}")
    hands.sound(page)

    scroll = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(scroll) <= 0


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("holds", [True, False])
def test_the_desk_says_calmly_that_it_is_over(
    context: BrowserContext, desk: Cast, live_server: Any, holds: bool, width: int, height: int
) -> None:
    post = Post.objects.select_related("channel", "user").get(user=desk.verifier)
    (shift.drain if holds else shift.pause)(post, by=desk.head_manager, now=desk.now)

    page = hands.at_work(context, desk.verifier, live_server.url, reverse("desk"))
    page.set_viewport_size({"width": width, "height": height})

    expect(page.get_by_text("请找总部经理恢复派单")).to_be_visible()
    expect(page.get_by_role("button", name="继续审核")).to_have_count(1 if holds else 0)
    hands.sound(page)
    hands.look(page, f"drained-{'holding' if holds else 'done'}-{width}")
