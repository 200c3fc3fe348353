"""What each of the ten commonest cases costs a clerk, in clicks and keystrokes: docs/counter.md.

The clerk here is quick but not clever: what the page offers as its next key is pressed, what has
no key is clicked. The table may only shrink.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import meter
from tests.browser.conftest import sign_in
from tests.browser.hands import ALONE, CARD, SLOW, draw
from tests.browser.meter import Effort
from tests.cast import ICCID, Cast
from tests.outlets.counter import DemoCounter

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("carrier", "identity_check", "worker"),
]

TABLE = Path(__file__).parents[2] / "docs" / "counter.md"
HOLDER = (("wang", "机主"),)
# A scanner's second Enter is passed over for so long.
SCANNER_MS = 700


@dataclass(frozen=True)
class Case:
    """``answers`` are clicked on the first page; ``number`` is the customer's own; ``switch``: the
    page asks for another answer once the card is read."""

    answers: tuple[str, ...] = ()
    people: tuple[tuple[str, str], ...] = HOLDER
    photos: tuple[str, ...] = ALONE
    number: str = ""
    has_card: bool = False
    has_address: bool = False
    has_letter: bool = False
    proofs: tuple[str, ...] = ()
    switch: str = ""


CASES = {
    "a new number": Case(has_card=True),
    "a new number, by proxy": Case(
        ("代办",),
        (*HOLDER, ("li", "受托人")),
        (*CARD, "受托人身份证正面", "受托人身份证背面", "受托人现场照", "委托书"),
        has_card=True,
        has_letter=True,
    ),
    "a new number, for a child": Case(
        people=(("tong", "机主"), ("tongfu", "监护人")),
        photos=(*CARD, "监护人证件正面", "监护人证件背面", "监护人现场照", "监护关系证明"),
        has_card=True,
        switch="改为监护人代办",
    ),
    "a data card": Case(("新开无线上网卡",), has_card=True),
    "a new SIM card": Case(("补卡、换卡",), number="13800009001", has_card=True),
    "a transfer": Case(
        ("过户",),
        (("li", "机主"), ("zhang", "原机主")),
        (*CARD, "原机主证件正面", "原机主证件背面", "本人现场照", "原机主现场照"),
        number="13800009003",
    ),
    "a cancellation": Case(("销号",), number="13800009001"),
    "a backfill": Case(
        ("补登记",),
        photos=(*ALONE, "号码使用凭证"),
        number="13800009101",
        proofs=("服务密码正确", "有原卡托"),
    ),
    "a fixed line": Case(("固定电话装机",), has_address=True),
    "a fixed line that moves": Case(("固定电话移机",), number="06008009001", has_address=True),
}


def table() -> dict[str, Effort]:
    """The rows of docs/counter.md."""
    rows = (line.strip("| \n").split("|") for line in TABLE.read_text("utf-8").splitlines())
    found = [[cell.strip() for cell in row] for row in rows]
    return {
        row[0]: Effort(int(row[1]), int(row[2]))
        for row in found
        if len(row) == 3 and row[1].isdigit()
    }


@pytest.mark.parametrize("name", CASES)
def test_a_case_costs_what_the_table_says(
    context: BrowserContext, shop: Cast, live_server: Any, counter_pc: DemoCounter, name: str
) -> None:
    page = sign_in(context, shop.clerk, live_server.url)
    page.set_default_timeout(SLOW)
    meter.start(page)
    page.goto(f"{live_server.url}/counter/")
    case = CASES[name]

    begin(page, case)
    read(page, counter_pc, case)
    photograph(page, case)
    spent = hand_in(page)

    assert spent == table()[name]


def test_the_table_holds_each_case() -> None:
    assert table().keys() == CASES.keys()


def begin(page: Page, case: Case) -> None:
    page.keyboard.press("n")
    for answer in case.answers:
        page.locator("label.form-check-label", has_text=answer).first.click()
        expect(page.get_by_role("radio", name=answer).first).to_be_checked()
    if case.number:
        page.get_by_label("客户的号码").click()
        page.keyboard.type(f"{case.number}\n")
        page.locator("[data-named]").wait_for()
    else:
        free = "[data-number^='0']" if case.has_address else "[data-number]"
        page.locator(free).first.click()
        page.locator("[data-chosen]").wait_for()
    if case.has_address:
        page.get_by_label("装机地址").click()
        with meter.by_machine(page):  # dictated; how it is typed is the keyboard's business
            page.keyboard.type("示例省样本市测试路1号2单元301室")
        page.keyboard.press("Tab")
    if case.has_card:
        with meter.by_machine(page):
            page.keyboard.type(f"{ICCID}\n")
            page.wait_for_timeout(SCANNER_MS)
    page.locator("[data-next].btn-primary").wait_for()
    if page.evaluate("document.activeElement.matches('input:not([type=radio], [name=iccid])')"):
        page.locator("[data-next]").click()
    else:
        page.keyboard.press("Enter")


def read(page: Page, counter_pc: DemoCounter, case: Case) -> None:
    for person, role in case.people:
        expect(page.get_by_text(f"请把{role}的证件放到读卡器上")).to_be_visible(timeout=SLOW)
        counter_pc.place(person, once=True)
        expect(page.get_by_text("读卡成功").first).to_be_visible(timeout=SLOW)
        page.wait_for_load_state()
        if case.switch and role == "机主":
            expect(page.get_by_role("button", name=case.switch)).to_be_visible(timeout=SLOW)
        page.keyboard.press("Enter")


def photograph(page: Page, case: Case) -> None:
    for name in case.photos:
        expect(page.locator("[data-camera-name]")).to_have_text(name)
        expect(page.locator("[data-shoot]")).to_be_enabled()
        page.keyboard.press("Space")
    expect(page.locator(".slot.is-good")).to_have_count(len(case.photos), timeout=SLOW)
    for proof in case.proofs:
        page.get_by_label(proof).click()
    if case.has_letter:
        for box in page.locator("form[data-autosave] input[type=checkbox]").all():
            box.click()
        page.get_by_label("委托书写明的有效期").click()
        page.keyboard.type("01312036")
        page.keyboard.press("Tab")
    page.locator(".actions .btn-primary", has_text="下一步：核对").wait_for()
    if page.evaluate("document.activeElement.matches('input[type=date]')"):
        page.locator(".actions .btn-primary").click()
    else:
        page.keyboard.press("Enter")


def hand_in(page: Page) -> Effort:
    expect(page.get_by_role("heading", name="提交前的核对")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("Enter")
    page.locator("[data-consents]").wait_for()
    page.wait_for_load_state()
    for _question in page.locator(".consent-asked").all():
        page.keyboard.press("y")
    draw(page)
    expect(page.get_by_text("已签名")).to_be_visible(timeout=SLOW)
    spent = meter.read(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/result/")
    return Effort(spent.clicks, spent.keys + 1)
