"""The verifier's desk in a real browser, by the keyboard alone."""

import re
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from outlets.bridge.people import PEOPLE
from portal import blobs
from registration import specimens
from registration.models import Application, Decision, Photo, Review
from registration.services import review
from tests.browser.conftest import sign_in
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

SIZES = [(1366, 768), (768, 1024), (390, 844)]


@pytest.fixture
def desk(context: BrowserContext, shop: Cast, live_server: Any) -> Page:
    """The verifier's first page."""
    page = sign_in(context, shop.verifier, live_server.url)
    page.set_default_timeout(15_000)
    page.goto(f"{live_server.url}/desk/")
    return page


def waiting(shop: Cast, *people: str, proxy: str | None = None) -> list[Review]:
    """Whole cases with real pictures, the first person's being the oldest."""
    cases = []
    for minute, person in enumerate(people):
        application = shop.in_review(person, number=f"1700000001{minute}", proxy=proxy)
        for photo in application.photos.all():
            Photo.objects.filter(pk=photo.pk).update(view=blobs.put(_drawn(photo.kind, person)))
        case = application.reviews.get()
        Review.objects.filter(pk=case.pk).update(queued_at=shop.now + timedelta(minutes=minute))
        cases.append(case)
    return cases


def _drawn(kind: str, person: str) -> bytes:
    if kind == Photo.Kind.LETTER:
        return specimens.letter(PEOPLE[person], PEOPLE["li"], "17000000010")
    if kind in (Photo.Kind.LIVE, Photo.Kind.PROXY_LIVE):
        return specimens.live_photo(PEOPLE[person])
    if kind in (Photo.Kind.ID_BACK, Photo.Kind.PROXY_ID_BACK):
        return specimens.id_back(PEOPLE[person])
    return specimens.id_front(PEOPLE[person])


# The seconds that a page would wait, without waiting: unchanged, changed once, without an answer.
WAITS = """async () => {
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const { Rhythm } = await import(loaded.find((name) => name.includes("rhythm")));
  const waits = [];
  const real = window.setTimeout;
  window.setTimeout = (done, ms) => waits.push(ms / 1000) && done();
  const rhythm = new Rhythm(2);
  const then = async (what) => { await rhythm.tick(); what.call(rhythm); };
  for (let at = 0; at < 9; at++) await then(rhythm.unchanged);
  await then(rhythm.changed);
  for (let at = 0; at < 9; at++) await then(rhythm.failed);
  window.setTimeout = real;
  return waits;
}"""


def look_away(page: Page, *, is_away: bool) -> None:
    page.evaluate(
        """(away) => {
          Object.defineProperty(document, "hidden", { value: away, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        is_away,
    )


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def take_the_next(page: Page, case: Review) -> None:
    """Enter on the first page, and the case is there with its keys."""
    press(page, "Enter")
    arrived(page, case)


def arrived(page: Page, case: Review) -> None:
    expect(page.locator("h1")).to_have_text(f"受理 {case.application.reference}")
    expect(page.locator(".desk-question.is-now")).to_be_visible()
    page.wait_for_load_state()  # no person strikes a key before the page listens


# One key after the other ---------------------------------------------------------------------


def test_three_answers_and_one_key_approve_and_open_the_next(desk: Page, shop: Cast) -> None:
    first, second = waiting(shop, "wang", "zhang")
    desk.reload()

    take_the_next(desk, first)
    press(desk, "y", "y", "y", "a")
    arrived(desk, second)

    made = Decision.objects.get()
    assert (made.review_id, made.verdict) == (first.pk, "approve")
    assert made.checks == ["same_person", "papers_clear", "data_agrees"]


def test_work_is_returned_by_letters_and_numbers(desk: Page, shop: Cast) -> None:
    [case] = waiting(shop, "wang")
    desk.reload()
    take_the_next(desk, case)

    press(desk, "n", "b", "a", "e", "5", "n")
    desk.keyboard.type("abc 号码处反光 123?")  # no key fires while typing
    expect(desk.locator("#return-note")).to_have_value("abc 号码处反光 123?")
    press(desk, "Enter")
    expect(desk.get_by_text("没有等待审核的受理单")).to_be_visible()

    made = Decision.objects.get()
    assert (made.verdict, made.reason, made.note) == ("return", "OTHER", "abc 号码处反光 123?")
    assert made.items == ["holder", "id_front"]
    assert Application.objects.get().redo == ["holder", "id_front"]


def test_a_customer_is_refused_by_two_keys_and_enter(desk: Page, shop: Cast) -> None:
    [case] = waiting(shop, "wang")
    desk.reload()
    take_the_next(desk, case)

    press(desk, "c", "4", "Enter")
    expect(desk.get_by_text("没有等待审核的受理单")).to_be_visible()

    assert Decision.objects.get().reason == "FORGED"


@pytest.mark.scenario(5)
def test_a_proxys_letter_is_answered_point_by_point(desk: Page, shop: Cast) -> None:
    [case] = waiting(shop, "wang", proxy="li")
    desk.reload()
    take_the_next(desk, case)

    press(desk, *"yyy")
    expect(desk.locator('[data-picture="letter"]')).to_be_visible()
    press(desk, *"yyyyyy", "a")
    expect(desk.locator("[data-say]")).to_contain_text("还有没回答的项目")
    press(desk, "y", "a")
    expect(desk.get_by_text("没有等待审核的受理单")).to_be_visible()

    assert len(Decision.objects.get().letter_points) == 6


def test_nothing_is_sent_while_something_is_missing(desk: Page, shop: Cast) -> None:
    [case] = waiting(shop, "wang")
    desk.reload()
    take_the_next(desk, case)
    said = desk.locator("[data-say]")

    press(desk, "a")
    expect(said).to_contain_text("还有没回答的项目")
    press(desk, "y", "n", "y", "a")
    expect(said).to_contain_text("答了“否”")
    press(desk, "b", "Enter")
    expect(said).to_contain_text("请勾选")
    press(desk, "a", "Enter")
    expect(said).to_contain_text("请选一个原因")
    press(desk, "5", "Enter")
    expect(said).to_contain_text("请写明")
    press(desk, "Escape")
    expect(desk.locator(".desk-questions")).to_be_visible()

    assert not Decision.objects.exists()


def test_the_check_list_does_not_wait_for_keys_before_what_says_what_is_missing(
    desk: Page, shop: Cast
) -> None:
    [case] = waiting(shop, "wang")
    desk.reload()
    late: list[Route] = []
    desk.route(re.compile("/verdict"), lambda route: late.append(route))
    press(desk, "Enter")
    expect(desk.locator("h1")).to_have_text(f"受理 {case.application.reference}")
    desk.wait_for_timeout(500)
    expect(desk.locator(".desk-question.is-now")).to_have_count(0)

    late[0].continue_()
    expect(desk.locator(".desk-question.is-now")).to_be_visible()
    press(desk, "n", "a")

    expect(desk.locator("[data-say]")).to_contain_text("答了“否”")


def test_a_slip_of_the_finger_is_taken_back(desk: Page, shop: Cast, settings: Any) -> None:
    settings.UNDO = timedelta(minutes=1)
    first, second = waiting(shop, "wang", "zhang")
    desk.reload()
    take_the_next(desk, first)

    press(desk, *"yyy", "a")
    arrived(desk, second)
    expect(desk.locator("[data-undo]")).to_contain_text(f"{first.application.reference}：通过")
    press(desk, "u")
    arrived(desk, first)

    assert not Decision.objects.exists()
    first.refresh_from_db()
    assert first.claim_no == 2


def test_the_offer_to_take_back_goes_by_itself(desk: Page, shop: Cast, settings: Any) -> None:
    settings.UNDO = timedelta(seconds=2)
    [case] = waiting(shop, "wang")
    desk.reload()
    take_the_next(desk, case)

    press(desk, *"yyy", "a")
    expect(desk.locator("[data-undo]")).to_be_visible()

    expect(desk.locator("[data-undo]")).to_have_count(0)


def test_a_case_is_put_back_by_one_key(desk: Page, shop: Cast) -> None:
    [case] = waiting(shop, "wang")
    desk.reload()
    take_the_next(desk, case)

    press(desk, "q")
    expect(desk.get_by_text("已放回队列")).to_be_visible()

    assert review.claim(shop.second_verifier, now=timezone.now()) == case


@pytest.mark.scenario(7)
def test_a_mismatch_leaves_no_key_to_approve(desk: Page, shop: Cast) -> None:
    [case] = waiting(shop, "wang")
    case.application.online_checks.update(result="mismatch")
    desk.reload()
    take_the_next(desk, case)

    press(desk, *"yyy", "a", "a")

    expect(desk.locator("#why-not")).to_contain_text("姓名与号码不一致")
    assert not Decision.objects.exists()


# Pictures ------------------------------------------------------------------------------------


def test_the_pictures_follow_the_question_and_the_keys(desk: Page, shop: Cast) -> None:
    [case] = waiting(shop, "wang")
    desk.reload()
    take_the_next(desk, case)
    shown = desk.locator(".desk-frame:visible")

    expect(shown).to_have_count(2)  # the card and the person, for the first question
    expect(shown.last).to_contain_text("本人现场照")
    press(desk, "2")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("身份证背面")
    press(desk, "ArrowRight")
    expect(shown).to_contain_text("本人现场照")
    press(desk, "ArrowLeft", "ArrowLeft")
    expect(shown).to_contain_text("身份证正面")
    press(desk, "s")
    expect(shown).to_have_count(2)
    press(desk, "y")
    expect(shown.last).to_contain_text("身份证背面")


def test_a_picture_is_zoomed_turned_and_moved(desk: Page, shop: Cast) -> None:
    [case] = waiting(shop, "wang")
    desk.reload()
    take_the_next(desk, case)
    press(desk, "1")
    view = desk.locator(".desk-frame:visible .desk-view")
    image = view.locator("img")
    flat = re.compile(r"scale\(1\) rotate\(0deg\)")

    press(desk, "Space")
    expect(image).to_have_attribute("style", re.compile(r"scale\(2\.5\)"))
    press(desk, "Space")
    expect(image).to_have_attribute("style", flat)
    press(desk, "+", "-")
    expect(image).to_have_attribute("style", flat)
    press(desk, "r")
    expect(image).to_have_attribute("style", re.compile(r"rotate\(90deg\)"))

    box = view.bounding_box()
    assert box
    desk.mouse.move(box["x"] + 40, box["y"] + 40)
    desk.mouse.wheel(0, -400)
    expect(view).to_have_class(re.compile("is-zoomed"))
    before = image.get_attribute("style")
    desk.mouse.down()
    desk.mouse.move(box["x"] + 140, box["y"] + 160)
    desk.mouse.up()
    assert image.get_attribute("style") != before


# The lease -----------------------------------------------------------------------------------


def test_a_colleague_who_took_the_case_is_named_before_the_next_key(desk: Page, shop: Cast) -> None:
    [case] = waiting(shop, "wang")
    desk.reload()
    take_the_next(desk, case)
    Review.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert review.claim(shop.second_verifier, now=timezone.now()) == case

    # Back at the window the page asks at once; otherwise every five seconds.
    desk.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(desk.locator("[data-lost]")).to_be_visible()
    expect(desk.locator("[data-lost]")).to_contain_text("样本审核乙 从")
    press(desk, *"yyy", "a")

    expect(desk.get_by_text(PEOPLE["wang"].name)).to_have_count(0)
    assert not Decision.objects.exists()


def test_a_lease_that_runs_out_stops_the_page(desk: Page, shop: Cast, settings: Any) -> None:
    settings.LEASE = timedelta(seconds=4)
    [case] = waiting(shop, "wang")
    desk.reload()
    take_the_next(desk, case)
    expect(desk.locator("[data-countdown]")).to_have_text(re.compile(r"00:0\d"))

    expect(desk.locator("[data-lost]")).to_be_visible()
    settings.LEASE = timedelta(minutes=10)
    press(desk, "Enter")  # the next one: here the same again, under a new token
    arrived(desk, case)

    case.refresh_from_db()
    assert case.claim_no == 2


def test_an_old_window_hears_that_its_decision_came_too_late(desk: Page, shop: Cast) -> None:
    [case] = waiting(shop, "wang")
    desk.reload()
    take_the_next(desk, case)
    Review.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert review.claim(shop.second_verifier, now=timezone.now()) == case

    press(desk, *"yyy", "a")

    expect(desk.get_by_text("样本审核乙 从")).to_be_visible()
    expect(desk.get_by_text("刚才的操作没有生效")).to_be_visible()
    assert not Decision.objects.exists()


# The page ------------------------------------------------------------------------------------


def test_an_empty_desk_fills_by_itself(desk: Page, shop: Cast) -> None:
    expect(desk.get_by_text("没有等待审核的受理单")).to_be_visible()

    [case] = waiting(shop, "wang")
    expect(desk.get_by_text("1 单等待审核")).to_be_visible()

    take_the_next(desk, case)


def test_a_page_that_nobody_sees_asks_nothing_until_it_is_seen(desk: Page, shop: Cast) -> None:
    desk.clock.install()
    desk.reload()
    look_away(desk, is_away=True)
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))

    desk.clock.run_for(60_000)
    unseen = list(asked)
    with desk.expect_request("**/desk/queue/"):
        look_away(desk, is_away=False)

    assert unseen == []


def test_a_page_asks_less_often_but_at_least_every_five_seconds(desk: Page) -> None:
    waits = desk.evaluate(WAITS)

    same, changed, away = waits[:10], waits[10], waits[11:]
    assert max(same) <= 5
    assert 1.8 <= same[0] <= 2 < 4.5 <= same[-1]
    assert changed <= 2
    assert max(away) <= 10
    assert away[-1] >= 9


def test_the_keys_are_listed_on_the_page(desk: Page, shop: Cast) -> None:
    [case] = waiting(shop, "wang")
    desk.reload()
    take_the_next(desk, case)

    press(desk, "?")
    expect(desk.get_by_text("五秒内撤销刚才的决定")).to_be_visible()
    press(desk, "Escape")
    expect(desk.get_by_text("五秒内撤销刚才的决定")).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_desk_fits_and_is_accessible(desk: Page, shop: Cast, width: int, height: int) -> None:
    [case] = waiting(shop, "wang", proxy="li")
    desk.set_viewport_size({"width": width, "height": height})
    desk.reload()
    claim = desk.get_by_role("button", name=re.compile("领取下一单"))
    expect(claim).to_be_in_viewport()
    is_sound(desk)

    take_the_next(desk, case)
    if width != 768:  # between the two the decision stands below the pictures
        expect(desk.get_by_role("button", name=re.compile("^通过"))).to_be_in_viewport()
    is_sound(desk)
    press(desk, "b")
    # It takes the focus a moment after it opens, and the page may scroll to it.
    expect(desk.locator("details[data-verdict=return] [data-panel]")).to_be_focused()
    is_sound(desk)


def is_sound(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide, "the page scrolls sideways"
    # A button that happens to lie half under the top bar counts as too small a target.
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()


def test_the_desk_works_without_scripts(browser: Browser, shop: Cast, live_server: Any) -> None:
    [case] = waiting(shop, "wang")
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = sign_in(context, shop.verifier, live_server.url)
    page.goto(f"{live_server.url}/desk/")

    page.get_by_role("button", name=re.compile("领取下一单")).click()
    for row in page.locator(".desk-question").all():
        row.locator("input[value=y]").check()
    page.get_by_role("button", name=re.compile("^通过")).click()
    expect(page.get_by_text("没有等待审核的受理单")).to_be_visible()
    context.close()

    assert Decision.objects.get().review_id == case.pk
