"""Pictures for the documents: the demo is started, driven through a day, and photographed.

    make shots                                       the demo in a temporary folder
    make shots ARGS="--var FOLDER --only verifier"   one that was loaded before; one part of the day

Every read goes page -> bridge -> serial line -> emulated reader and back; the camera of the browser
films a specimen. Nothing is retouched.
"""

import argparse
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect, sync_playwright
from stdnum import luhn

from outlets.bridge.people import PEOPLE
from portal.supervisor import die_with_parent
from registration import specimens
from tests import chromium, servers
from tests.specimens import mjpeg

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs" / "img"
# The first start loads the demo: a minute or two on a small machine.
START_SECONDS = 400
PASSWORD = "yanshi-2026"
CUSTOMER = PEOPLE["wang"]
CARDS = count(800)
# A small machine works on pictures for a while.
PATIENCE_MS = 60_000
DESKTOP, PHONE = (1366, 768), (390, 844)
QUALITY = 84


class Demo:
    """`manage.py serve` on free ports."""

    def __init__(self, var: Path) -> None:
        names = (
            "port",
            "bridge-port",
            "carrier-port",
            "identity-port",
            "decoder-port",
            "reader-port",
        )
        ports = {name: servers.free_port() for name in names}
        self.url = f"http://127.0.0.1:{ports['port']}"
        self._reader = f"http://127.0.0.1:{ports['reader-port']}"
        self._bridge_port = ports["bridge-port"]
        arguments = [f"--{name}={port}" for name, port in ports.items()]
        self._log = (var / "shots.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", *arguments],
            cwd=ROOT,
            env=os.environ | {"SHIMING_VAR": str(var)},
            stdout=self._log,
            stderr=self._log,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )

    def wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while not servers.answers(self._bridge_port):
            if self._process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the demo did not start, see {self._log.name}")
            time.sleep(0.5)

    def lay(self, person: str | None) -> None:
        """Lay a card on the emulated reader, or take it away."""
        body = json.dumps({"person": person, "once": True}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self._reader}/card", body)).close()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)
        self._log.close()


@contextmanager
def demo(var: Path) -> Iterator[Demo]:
    running = Demo(var)
    try:
        running.wait()
        yield running
    finally:
        running.stop()


@contextmanager
def signed_in(
    browser: Browser, url: str, account: str, size: tuple[int, int] = DESKTOP
) -> Iterator[Page]:
    width, height = size
    context = browser.new_context(
        base_url=url,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        permissions=["camera", "local-network-access"],
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto("/")
    page.get_by_label("工号").fill(account)
    page.get_by_label("密码").fill(PASSWORD)
    if account == "clerk" and size == DESKTOP:
        shoot(page, "login")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "login" not in address)
    yield page
    context.close()


def shoot(page: Page, name: str) -> None:
    """What is on the screen, as a small WebP."""
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(400)
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide")))
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.webp"
    picture.convert("RGB").save(path, "WEBP", quality=QUALITY, method=6)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} kB", flush=True)


# ---------------------------------------------------------------- the clerk


def clerk(browser: Browser, running: Demo) -> None:
    with signed_in(browser, running.url, "clerk") as page:
        page.get_by_text("读卡器正常").first.wait_for()
        shoot(page, "counter")
        page.keyboard.press("c")
        page.get_by_text("可以读卡。").wait_for()
        shoot(page, "doctor")
        page.keyboard.press("Escape")
        page.wait_for_url("**/counter/")
        refused(page, running)
        page.keyboard.press("n")
        choose(page)
        shoot(page, "start")
        page.keyboard.press("Alt+2")
        page.get_by_text("请把机主的证件放到读卡器上").wait_for()
        page.wait_for_timeout(2500)
        shoot(page, "read")
        read(page, running, CUSTOMER.key)
        page.keyboard.press("Alt+3")
        photograph(page)
        page.keyboard.press("Alt+5")
        sign(page)
        shoot(page, "sign")
        page.get_by_role("button", name="提交").click()
        page.get_by_text("审核").first.wait_for()
        page.wait_for_timeout(6000)
        shoot(page, "result")


def refused(page: Page, running: Demo) -> None:
    """A card that has expired: the rules say so at once, and the draft is given up."""
    page.keyboard.press("n")
    choose(page)
    page.keyboard.press("Alt+2")
    read(page, running, "wu")
    page.keyboard.press("Alt+4")
    page.get_by_role("heading", name="提交前的核对").wait_for()
    shoot(page, "check")
    page.get_by_text("放弃这张受理单").click()
    page.get_by_role("button", name="确定放弃").click()
    page.wait_for_url("**/counter/")


def read(page: Page, running: Demo, person: str) -> None:
    page.locator("[data-reader]").wait_for()
    running.lay(person)
    page.get_by_text("读卡成功").wait_for()


def choose(page: Page) -> None:
    page.locator("[data-number]").first.click()
    page.locator("[data-chosen]").wait_for()
    body = f"8986009966{next(CARDS):09d}"
    page.keyboard.type(body + str(luhn.calc_check_digit(body)))
    page.keyboard.press("Enter")
    expect(page.locator(".step.is-done")).to_have_count(1)


def photograph(page: Page) -> None:
    """Both sides of the card from files, as a scanner leaves them; the person by the camera."""
    page.wait_for_url("**/photos/")
    page.wait_for_load_state()  # a file that is chosen before the script listens is nobody's
    for kind, data in (
        ("id_front", specimens.id_front(CUSTOMER)),
        ("id_back", specimens.id_back(CUSTOMER)),
    ):
        file = FilePayload(name=f"{kind}.jpg", mimeType="image/jpeg", buffer=data)
        slot(page, kind).locator("input[type=file]").set_input_files(file)
        slot(page, kind).locator("img").wait_for()
    slot(page, "live").locator("[data-open]").click()
    expect(page.locator("[data-camera-name]")).to_have_text("本人现场照")
    page.wait_for_timeout(1500)
    shoot(page, "photos")
    page.get_by_role("button", name="拍下").click()
    expect(page.locator(".slot.is-good")).to_have_count(3)


def slot(page: Page, kind: str) -> Locator:
    return page.locator(f"[data-kind={kind}]")


def sign(page: Page) -> None:
    page.locator("[data-consents]").wait_for()
    page.wait_for_load_state()
    for _question in page.locator(".consent-asked").all():
        page.keyboard.press("y")
    pad = page.locator("canvas.signature")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    for stroke in STROKES:
        for place, (x, y) in enumerate(stroke):
            page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
            if not place:
                page.mouse.down()
        page.mouse.up()
    page.get_by_text("已签名").wait_for()


# 王 and something that follows it, as a finger writes: points from 0 to 1 on the pad.
STROKES = (
    ((0.30, 0.30), (0.36, 0.28), (0.42, 0.29)),
    ((0.31, 0.50), (0.37, 0.48), (0.41, 0.49)),
    ((0.36, 0.29), (0.365, 0.50), (0.36, 0.72)),
    ((0.28, 0.73), (0.36, 0.70), (0.45, 0.71)),
    ((0.52, 0.25), (0.53, 0.50), (0.52, 0.78)),
    ((0.48, 0.42), (0.54, 0.38), (0.58, 0.40), (0.50, 0.60), (0.56, 0.66), (0.60, 0.72)),
    ((0.62, 0.36), (0.68, 0.33), (0.72, 0.36), (0.66, 0.55), (0.62, 0.70), (0.72, 0.66)),
)


def phone(browser: Browser, running: Demo) -> None:
    with signed_in(browser, running.url, "clerk", PHONE) as page:
        page.get_by_role("button", name="新受理").click()
        choose(page)
        page.get_by_role("link", name="下一步").click()
        read(page, running, "zhao")
        shoot(page, "phone")


# ---------------------------------------------------------------- the verifier


def verifier(browser: Browser, running: Demo) -> None:
    with signed_in(browser, running.url, "verifier") as page:
        page.locator("[data-key=Enter]").wait_for()
        page.keyboard.press("Enter")
        page.locator(".desk-view img:visible").first.wait_for()
        page.wait_for_load_state("networkidle")
        shoot(page, "desk")


# ---------------------------------------------------------------- the manager


def manager(browser: Browser, running: Demo) -> None:
    with signed_in(browser, running.url, "head") as page:
        page.goto("/report/")
        page.get_by_role("link", name="全部网点").click()
        shoot(page, "report")
        page.goto("/channels/")
        unfold(page, "甲省公司", "样本市公司", "测试区")
        shoot(page, "channels")
    with signed_in(browser, running.url, "manager") as page:
        page.goto("/channels/")
        page.get_by_role("link", name="测试路营业厅").first.click()
        shoot(page, "outlet")


def unfold(page: Page, *nodes: str) -> None:
    for name in nodes:
        row = page.locator("summary", has_text=name)
        row.locator(".tabular").first.click()
        row.locator("xpath=..").locator("li").first.wait_for()


PARTS: dict[str, Callable[[Browser, Demo], None]] = {
    "clerk": clerk,
    "phone": phone,
    "verifier": verifier,
    "manager": manager,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make shots", description=__doc__.partition("\n")[0])
    parser.add_argument("--var", type=Path, help="data folder of a demo; default: a new one")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part")
    options = parser.parse_args()
    expect.set_options(timeout=PATIENCE_MS)
    with tempfile.TemporaryDirectory(prefix="shiming-shots-") as temporary:
        var = (options.var or Path(temporary)).resolve()
        var.mkdir(parents=True, exist_ok=True)
        film = Path(temporary) / "person.mjpeg"
        film.write_bytes(mjpeg([specimens.live_photo(CUSTOMER, size=(960, 1280))] * 2))
        with demo(var) as running, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium.executable(),
                args=[*chromium.ARGS, f"--use-file-for-fake-video-capture={film}"],
            )
            for part in options.only or PARTS:
                PARTS[part](browser, running)
            browser.close()


if __name__ == "__main__":
    main()
