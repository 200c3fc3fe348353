"""Appeals in a real browser: taken down and answered by keyboard, at two sizes, on paper."""

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from registration import flow
from registration.models import Appeal, Application
from registration.services import appeal
from tests.cast import Cast

SIZES = [(1366, 768), (390, 844)]
WORDS = "样本：我用的是自己的证件，店员说读不出来，请再查一次。"
ANSWER = "样本：我们查了读卡记录，是读卡器故障。请携带证件原件再来办理，给您添麻烦了。"


@pytest.fixture
def site(cast: Cast, live_server: Any) -> str:
    """Three customers who appeal, one of them for long, and one who has not."""
    for person, number, code, days in (
        ("wang", "17000000001", "FORGED", 20),
        ("li", "17000000002", "ABNORMAL", 2),
        ("zhao", "17000000004", "LIMIT_REACHED", 0),
    ):
        application = refused(cast, person, number, code)
        then = cast.now - timedelta(days=days)
        appeal.make(application, "hotline", WORDS, by=cast.manager, now=then)
    refused(cast, "zhang", "17000000003", "FORGED")
    return str(live_server.url)


@pytest.fixture
def page(context: BrowserContext, cast: Cast, site: str) -> Page:
    client = cast.signed_in(cast.manager)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    return context.new_page()


def refused(cast: Cast, person: str, number: str, code: str) -> Application:
    application = cast.ready(person, number=number)
    flow.turn_down(application, code, by=cast.clerk, now=cast.now)
    return application


def test_an_appeal_is_found_recorded_and_answered_by_keyboard(
    page: Page, site: str, cast: Cast
) -> None:
    application = Application.objects.order_by("pk").last()
    assert application is not None
    page.goto(f"{site}{reverse('report')}")
    page.get_by_role("link", name="申诉 3").focus()
    page.keyboard.press("Enter")

    page.get_by_role("searchbox").focus()
    page.keyboard.type(application.reference)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="登记申诉").click()
    expect(page.get_by_text("请选是怎样提出的。")).to_be_visible()
    page.get_by_label("客服热线").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type(WORDS)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".messages")).to_contain_text("已登记")

    page.get_by_label("申诉成立", exact=True).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type(ANSWER)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="打印答复单")).to_be_visible()

    made = Appeal.objects.order_by("pk").last()
    assert made is not None
    assert (made.words, made.answer, made.outcome) == (WORDS, ANSWER, "upheld")
    assert not Application.objects.get(pk=application.pk).legal_hold_at


@pytest.mark.parametrize("size", SIZES)
def test_every_page_fits_and_is_accessible(
    page: Page, site: str, cast: Cast, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        heard.append(message.text)

    page.on("console", listen)
    late, other, open_ = Appeal.objects.order_by("pk")
    appeal.decide(other, "rejected", ANSWER, by=cast.manager, now=cast.now)
    last = Application.objects.order_by("pk").last()
    assert last is not None

    for address in (
        reverse("appeals"),
        reverse("appeals", query={"q": "20200101-000001"}),
        reverse("appeal", args=[late.pk]),
        reverse("appeal", args=[open_.pk]),
        reverse("appeal", args=[other.pk]),
        reverse("report_case", args=[other.application_id]),
        reverse("report_case", args=[last.pk]),
    ):
        page.goto(f"{site}{address}")
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, f"{address} scrolls sideways"
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
    assert heard == []


def test_on_paper_there_is_the_answer_and_nothing_else(page: Page, site: str, cast: Cast) -> None:
    row = Appeal.objects.order_by("pk").first()
    assert row is not None
    appeal.decide(row, "upheld", ANSWER, by=cast.manager, now=cast.now)
    page.goto(f"{site}{reverse('appeal', args=[row.pk])}")
    expect(page.locator(".notice-sheet")).to_be_hidden()

    page.emulate_media(media="print")

    expect(page.locator(".notice-sheet")).to_be_visible()
    expect(page.locator(".notice-sheet")).to_contain_text(ANSWER)
    expect(page.get_by_text(WORDS)).to_be_hidden()
    expect(page.locator(".rail")).to_be_hidden()
