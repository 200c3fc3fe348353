"""A policy from the administrator's page to the counter, and the pages at three sizes."""

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from outlets.bridge.people import PEOPLE
from outlets.models import Channel
from registration.models import PolicyRow
from registration.rules.facts import age
from registration.rules.policy import GUARDIAN_AGE
from registration.services import policy
from tests.browser.conftest import sign_in
from tests.cast import Cast
from tests.registration.work import last_month

SIZES = [(1366, 768), (768, 1024), (390, 844)]
TIERS = "document.resident.tiers"


def put(shop: Cast, node: Channel, key: str, value: Any, *, days: int = 0) -> None:
    policy.put(
        node,
        key,
        value,
        from_date=timezone.localdate(shop.now) + timedelta(days=days),
        reason="样本通知第 1 号",
        by=shop.administrator,
        now=shop.now,
    )


def test_a_province_raises_the_age_and_the_counter_asks_for_a_guardian(
    context: BrowserContext, shop: Cast, live_server: Any
) -> None:
    years = age(PEOPLE["zhou"].birth_date, timezone.localdate(shop.now))
    put(shop, shop.head, GUARDIAN_AGE.key, years)
    put(shop, shop.head, "minor.teen_alone", "alone")
    last_month(shop, person="zhou")
    page = sign_in(context, shop.administrator, live_server.url)

    page.goto(f"{live_server.url}{reverse('policies_at', args=[shop.province.pk])}")
    page.get_by_role("link", name=GUARDIAN_AGE.title).click()
    page.get_by_label(GUARDIAN_AGE.title).fill(str(years + 1))
    page.get_by_label("原因").fill("省通信管理局样本通知")
    page.keyboard.press("Enter")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("上月 1 单里有 1 单结果会不同。")
    expect(preview).to_contain_text("PX-08")
    assert PolicyRow.objects.filter(channel=shop.province).count() == 0

    page.get_by_role("button", name="保存").click()
    expect(page.locator("#messages")).to_contain_text("甲省公司")
    expect(page.get_by_text("本级设定").first).to_be_visible()

    application = shop.ready("zhou", number="17000000002")
    counter = sign_in(context, shop.clerk, live_server.url)
    counter.goto(f"{live_server.url}{reverse('application_check', args=[application.pk])}")
    expect(counter.get_by_role("main")).to_contain_text("监护人")


def every_page(shop: Cast) -> list[str]:
    return [
        reverse("policies"),
        reverse("policies_at", args=[shop.province.pk]),
        reverse("policies_at", args=[shop.outlet.channel_id]),
        reverse("policy", args=[shop.province.pk, GUARDIAN_AGE.key]),
        reverse("policy", args=[shop.province.pk, TIERS]),
        reverse("policy", args=[shop.head.pk, "rule.CV-01H"]),
    ]


def is_fine(page: Page) -> tuple[bool, list[tuple[str, str]]]:
    is_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    found = Axe().run(page).response["violations"]
    return is_wide, [(rule["id"], rule["nodes"][0]["html"]) for rule in found]


@pytest.mark.parametrize("size", SIZES)
def test_every_page_fits_and_is_accessible(
    context: BrowserContext, shop: Cast, live_server: Any, size: tuple[int, int]
) -> None:
    last_month(shop)
    put(shop, shop.head, GUARDIAN_AGE.key, 12)
    put(shop, shop.province, GUARDIAN_AGE.key, 14)
    put(shop, shop.province, GUARDIAN_AGE.key, 16, days=5)
    put(shop, shop.city, TIERS, ["own_hall", "agent_point"])
    page = sign_in(context, shop.administrator, live_server.url)
    page.set_viewport_size({"width": size[0], "height": size[1]})

    for address in every_page(shop):
        page.goto(f"{live_server.url}{address}")
        for summary in page.locator("main details > summary").all():
            summary.click()
        assert (address, *is_fine(page)) == (address, False, [])

    page.goto(f"{live_server.url}{reverse('policy', args=[shop.district.pk, TIERS])}")
    page.get_by_label("特约代理点").uncheck()
    page.get_by_role("button", name="预览影响").click()
    assert page.get_by_label("原因").get_attribute("aria-invalid") == "true"
    expect(page.get_by_label("原因")).to_be_focused()
    assert is_fine(page) == (False, [])
    page.get_by_label("原因").fill("样本")
    page.get_by_role("button", name="预览影响").click()
    expect(page.locator("#preview")).to_contain_text("上月 1 单里有 1 单结果会不同。")
    assert is_fine(page) == (False, [])
