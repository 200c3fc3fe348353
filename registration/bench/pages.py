"""A thousand open pages: whoever logged in at nine leaves a page open, and it asks again and again.

A verifier's page with a case asks whether the case is still theirs, the desk's first page what
waits. They are asked as the pages do it: each in its own rhythm, with the tag of the last answer.
"""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from registration.bench.browser import JSON, Browser, Refused, inputs

# Seconds, as in static/js/lease.js and on the desk's page.
LOOK, LIVE = 5.0, 3.0
# To have all of them open before any is measured.
OPENED_TOGETHER = 32


# Seconds and status.
Answer = tuple[float, int]


@dataclass(frozen=True)
class Page:
    """What an open page asks for, every so many seconds. ``back`` frees its case."""

    browser: Browser
    url: str
    every: float
    back: str = ""
    token: str = ""


@dataclass(frozen=True)
class Watch:
    """``unchanged`` of the ``asked`` were answered by 304; ``errors`` as in a Wave."""

    pages: int
    seconds: float
    asked: int
    unchanged: int
    errors: int
    p50: float
    p95: float

    def __str__(self) -> str:
        return (
            f"{self.pages} open pages: {self.asked / self.seconds:.0f} questions/s, "
            f"{self.unchanged} of {self.asked} unchanged, {self.errors} errors, "
            f"p50 {1000 * self.p50:.0f} ms, p95 {1000 * self.p95:.0f} ms"
        )


def watch(browsers: list[Browser], seconds: float) -> Watch | None:
    """Open a page for everybody, let them ask, and give the cases back."""
    if not (browsers and seconds):
        return None
    with ThreadPoolExecutor(OPENED_TOGETHER) as pool:
        pages = list(pool.map(_open, browsers))
    failures = _failures(browsers)
    began = time.monotonic() + LOOK  # by when there is a thread for each

    def ask(at: int) -> list[Answer]:
        page = pages[at]
        return list(_ask(page, began + page.every * at / len(pages), began + seconds))

    with ThreadPoolExecutor(len(pages)) as pool:
        answers = [answer for told in pool.map(ask, range(len(pages))) for answer in told]
    errors = _failures(browsers) - failures
    with ThreadPoolExecutor(OPENED_TOGETHER) as pool:
        list(pool.map(_close, pages))
    times = sorted(took for took, _status in answers)
    unchanged = sum(status == 304 for _took, status in answers)
    p50, p95 = times[len(times) // 2], times[len(times) * 95 // 100]
    return Watch(len(pages), seconds, len(answers), unchanged, errors, p50, p95)


def _failures(browsers: list[Browser]) -> int:
    return sum(browser.failures for browser in browsers)


def _open(browser: Browser) -> Page:
    """The page of a case, where one waits; else the desk's."""
    found = browser.send("/desk/claim/", accept="text/html")
    case = re.findall(r"/desk/(\d+)/", found.headers.get("Location", ""))
    if not case:
        return Page(browser, "/desk/queue/", LIVE)
    here = f"/desk/{case[0]}/"
    token = inputs(browser.get(here).text, "claim_no")[-1]
    return Page(browser, f"{here}lease/?claim_no={token}", LOOK, f"{here}release/", token)


def _ask(page: Page, first: float, until: float) -> Iterator[Answer]:
    """The first, since which nothing can be unchanged, goes uncounted."""
    tag, at = "", first
    accept = JSON if page.back else "text/html"
    while at < until:
        time.sleep(max(0.0, at - time.monotonic()))
        began = time.monotonic()
        answer = page.browser.get(
            page.url, **{"Accept": accept, "HX-Polling": "true", "If-None-Match": tag}
        )
        if answer.status_code >= 400:
            raise Refused(answer)
        if tag:
            yield time.monotonic() - began, answer.status_code
        tag = answer.headers["ETag"]
        at = max(at + page.every, time.monotonic())


def _close(page: Page) -> None:
    if page.back:
        page.browser.send(page.back, {"claim_no": page.token}, accept="text/html")
    page.browser.close()
